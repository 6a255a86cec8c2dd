/*
 * The worker threads: bounded queues of jobs, each run once by one of them.
 *
 * A job runs straight-line code and may block. Agents and people have a queue
 * each, served in turn, and agents keep only a part of the threads busy: an
 * administrator is answered while a whole fleet waits for a slow database.
 * What waits is bounded in number and in time: a queue that is full, or whose
 * first job waits too long already, is told to whom submits, who answers 503.
 */
#ifndef SERVER_CORE_WORKERS_H
#define SERVER_CORE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/err.h"

struct workers;

typedef void worker_fn(void *context);

enum worker_lane {
	WORKER_PEOPLE, /* and what core itself has to do */
	WORKER_AGENTS, /* and whatever strangers can cause in numbers */
	WORKER_LANES,
};

enum {
	/* The threads are stuck when nothing was taken for so long. */
	WORKERS_WAIT_MAX_MS = 10 * 1000,
};

/* queue_max: jobs that wait in each lane; agents_max: of those that run, the
 * agents' at most. Nothing runs before workers_start. */
must_use struct workers *workers_new(size_t queue_max, size_t agents_max);
/* ERR_SYSTEM when not even one thread can be made. */
must_use bool
workers_start(struct workers *workers, size_t threads, struct err *err);
/* Any thread. False when the queue is full (or closing): the context stays the
 * caller's. */
must_use bool workers_submit(struct workers *workers, enum worker_lane lane,
    worker_fn *run, void *context);
must_use size_t workers_queued(struct workers *workers);
must_use size_t workers_queued_of(
    struct workers *workers, enum worker_lane lane);
/* Jobs that run now. */
must_use size_t workers_busy(struct workers *workers);
/* Take no more jobs, finish what is queued, join the threads, free. */
void workers_free(struct workers *workers);

#endif
