/*
 * The writer: one thread with a connection of its own that runs all waiting
 * closures in one transaction (group commit), so that one sync of the disk
 * serves many. For this folder only.
 */
#ifndef STORE_WRITER_THREAD_H
#define STORE_WRITER_THREAD_H

#include "store/driver.h"
#include "store/health.h"
#include "store/store.h"

struct writer_thread;

/* Takes the connection over (it may be NULL: then it is made when needed).
 * target and health are borrowed. */
must_use bool writer_thread_start(const struct driver *driver,
    const struct driver_target *target, struct driver_connection *connection,
    struct health *health, struct writer_thread **out_thread, struct err *err);
/* Runs what waits, ends the thread, closes the connection. Takes NULL. */
void writer_thread_stop(struct writer_thread *thread);
/* Either fn or batch_fn. */
must_use bool
writer_thread_run(struct writer_thread *thread, store_write_fn *fn,
    store_batch_fn *batch_fn, void *context, struct err *err);

#endif
