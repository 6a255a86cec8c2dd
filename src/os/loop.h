/*
 * The event loop: descriptors, timers, signals and wake-ups, over libevent.
 *
 * One loop per process, used by one thread; only loop_wake_send() may be called
 * from another. A watch, timer, signal or wake-up belongs to its maker, who
 * frees it before the loop; freeing one inside any callback, its own included,
 * is fine. Timers run on the monotonic clock. Nothing here wakes an idle
 * process.
 */
#ifndef OS_LOOP_H
#define OS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct loop;
struct loop_watch;
struct loop_timer;
struct loop_signal;
struct loop_wake;

must_use struct loop *loop_new(void); /* never NULL */
void loop_free(struct loop *loop);
/* Returns after loop_stop(), or at once when nothing is watched. */
void loop_run(struct loop *loop);
/* From a callback: finish this round of callbacks, then loop_run returns. */
void loop_stop(struct loop *loop);
/* One round without waiting, for tests: true when loop_run would go on. */
bool loop_run_once(struct loop *loop);

enum loop_events {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
};

/* events: those of LOOP_READ and LOOP_WRITE that hold now. Level-triggered. */
typedef void loop_watch_fn(void *context, unsigned events);
/* The descriptor stays the caller's; it must outlive the watch. */
must_use struct loop_watch *loop_watch_new(struct loop *loop, int fd,
    unsigned events, loop_watch_fn *function, void *context);
/* What to wait for from now on; 0 pauses. Cheap when nothing changes. */
void loop_watch_set(struct loop_watch *watch, unsigned events);
void loop_watch_free(struct loop_watch *watch);

typedef void loop_timer_fn(void *context);
/* A timer that is not running yet. */
must_use struct loop_timer *
loop_timer_new(struct loop *loop, loop_timer_fn *function, void *context);
/* Once, after_ms from now; a running timer is moved. */
void loop_timer_start(struct loop_timer *timer, int64_t after_ms);
void loop_timer_repeat(struct loop_timer *timer, int64_t every_ms);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

/* The callback runs in the loop, not in signal context. */
typedef void loop_signal_fn(void *context, int number);
must_use struct loop_signal *loop_signal_new(
    struct loop *loop, int number, loop_signal_fn *function, void *context);
void loop_signal_free(struct loop_signal *signal);

/* Wake the loop from another thread: function runs in the loop's thread once
 * for any number of sends before it. */
typedef void loop_wake_fn(void *context);
must_use struct loop_wake *
loop_wake_new(struct loop *loop, loop_wake_fn *function, void *context);
void loop_wake_send(struct loop_wake *wake); /* any thread */
void loop_wake_free(struct loop_wake *wake);

DEFINE_SCOPED(struct loop, loop_free)

#endif
