/*
 * The worker threads: a bounded queue of jobs, each run once by one of them.
 *
 * A job runs straight-line code and may block. What waits in the queue is
 * bounded by its maximum: a full queue is told to whom submits, who answers
 * 503.
 */
#ifndef SERVER_CORE_WORKERS_H
#define SERVER_CORE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/err.h"

struct workers;

typedef void worker_fn(void *context);

/* Nothing runs before workers_start. */
must_use struct workers *workers_new(size_t queue_max);
/* ERR_SYSTEM when not even one thread can be made. */
must_use bool
workers_start(struct workers *workers, size_t threads, struct err *err);
/* Any thread. False when the queue is full (or closing): the context stays the
 * caller's. */
must_use bool
workers_submit(struct workers *workers, worker_fn *run, void *context);
must_use size_t workers_queued(struct workers *workers);
/* Jobs that run now. */
must_use size_t workers_busy(struct workers *workers);
/* Take no more jobs, finish what is queued, join the threads, free. */
void workers_free(struct workers *workers);

#endif
