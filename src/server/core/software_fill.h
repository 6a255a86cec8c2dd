/*
 * Software that is counted from stored inventories: after an update from a
 * version that did not count it, and of computers that come back.
 *
 * A worker takes a few computers at a time, each batch one transaction, so that
 * agents' writes get in between. What is left stands in the database: who stops
 * half-way goes on there, and two cores do not count twice.
 */
#ifndef SERVER_CORE_SOFTWARE_FILL_H
#define SERVER_CORE_SOFTWARE_FILL_H

#include <stdatomic.h>

#include "base/attributes.h"

struct core;

struct software_fill {
	atomic_bool is_running;
	atomic_bool must_end;
};

/* Start a worker on it, where there is something left and none is at it. Any
 * thread. */
void software_fill_begin(struct core *core);
/* It ends after the batch at hand, and none begins any more. */
void software_fill_end(struct core *core);

#endif
