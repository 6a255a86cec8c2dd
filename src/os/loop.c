/* The event loop over libevent's core. */
#include "os/loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "os/fd.h"

struct loop {
	struct event_base *base;
	bool is_stopping;
};

struct loop_watch {
	struct loop *loop;
	struct event *event;
	int fd;
	unsigned events; /* waited for now */
	loop_watch_fn *function;
	void *context;
};

struct loop_timer {
	struct loop *loop;
	struct event *event;
	int64_t every_ms; /* 0: once */
	loop_timer_fn *function;
	void *context;
};

struct loop_signal {
	struct event *event;
	loop_signal_fn *function;
	void *context;
};

struct loop_wake {
	struct loop_watch *watch;
	int fd;
	loop_wake_fn *function;
	void *context;
};

struct loop *
loop_new(void)
{
	struct loop *loop = memory_zeroed(sizeof(*loop));
	struct event_config *config = event_config_new();

	check(config != NULL);
	/* One thread per loop: no locks, and no cached time that would make a
	 * timer started late in a long round fire early. */
	check(event_config_set_flag(config,
		  EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME) == 0);
	loop->base = event_base_new_with_config(config);
	check(loop->base != NULL);
	event_config_free(config);
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop);
}

void
loop_run(struct loop *loop)
{
	loop->is_stopping = false;
	check(event_base_loop(loop->base, 0) >= 0);
}

bool
loop_run_once(struct loop *loop)
{
	int result;

	loop->is_stopping = false;
	result = event_base_loop(loop->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	check(result >= 0);
	return result == 0 && !loop->is_stopping;
}

void
loop_stop(struct loop *loop)
{
	loop->is_stopping = true;
	(void)event_base_loopexit(loop->base, NULL);
}

static void
on_watch(evutil_socket_t fd, short what, void *context)
{
	struct loop_watch *watch = context;
	unsigned events = 0;

	(void)fd;
	if ((what & EV_READ) != 0)
		events |= LOOP_READ;
	if ((what & EV_WRITE) != 0)
		events |= LOOP_WRITE;
	/* May free the watch: nothing is touched afterwards. */
	watch->function(watch->context, events);
}

static short
event_flags(unsigned events)
{
	short flags = EV_PERSIST;

	if ((events & LOOP_READ) != 0)
		flags |= EV_READ;
	if ((events & LOOP_WRITE) != 0)
		flags |= EV_WRITE;
	return flags;
}

void
loop_watch_set(struct loop_watch *watch, unsigned events)
{
	if (events == watch->events)
		return;
	if (watch->events != 0)
		check(event_del(watch->event) == 0);
	watch->events = events;
	if (events == 0)
		return;
	check(event_assign(watch->event, watch->loop->base, watch->fd,
		  event_flags(events), on_watch, watch) == 0);
	check(event_add(watch->event, NULL) == 0);
}

struct loop_watch *
loop_watch_new(struct loop *loop, int fd, unsigned events,
    loop_watch_fn *function, void *context)
{
	struct loop_watch *watch = memory_zeroed(sizeof(*watch));

	watch->loop = loop;
	watch->fd = fd;
	watch->function = function;
	watch->context = context;
	watch->event = event_new(loop->base, fd, EV_PERSIST, on_watch, watch);
	check(watch->event != NULL);
	loop_watch_set(watch, events);
	return watch;
}

void
loop_watch_free(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	event_free(watch->event);
	free(watch);
}

static struct timeval
interval(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	return (struct timeval){
	    .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static void
on_timer(evutil_socket_t fd, short what, void *context)
{
	struct loop_timer *timer = context;

	(void)fd;
	(void)what;
	if (timer->every_ms > 0) {
		struct timeval again = interval(timer->every_ms);

		check(event_add(timer->event, &again) == 0);
	}
	timer->function(timer->context);
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_timer_fn *function, void *context)
{
	struct loop_timer *timer = memory_zeroed(sizeof(*timer));

	timer->loop = loop;
	timer->function = function;
	timer->context = context;
	timer->event = event_new(loop->base, -1, 0, on_timer, timer);
	check(timer->event != NULL);
	return timer;
}

void
loop_timer_start(struct loop_timer *timer, int64_t after_ms)
{
	struct timeval when = interval(after_ms);

	timer->every_ms = 0;
	check(event_add(timer->event, &when) == 0);
}

void
loop_timer_repeat(struct loop_timer *timer, int64_t every_ms)
{
	check(every_ms > 0);
	loop_timer_start(timer, every_ms);
	timer->every_ms = every_ms;
}

void
loop_timer_stop(struct loop_timer *timer)
{
	timer->every_ms = 0;
	check(event_del(timer->event) == 0);
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

static void
on_signal(evutil_socket_t number, short what, void *context)
{
	struct loop_signal *signal = context;

	(void)what;
	signal->function(signal->context, (int)number);
}

struct loop_signal *
loop_signal_new(
    struct loop *loop, int number, loop_signal_fn *function, void *context)
{
	struct loop_signal *signal = memory_zeroed(sizeof(*signal));

	signal->function = function;
	signal->context = context;
	signal->event = evsignal_new(loop->base, number, on_signal, signal);
	check(signal->event != NULL);
	check(event_add(signal->event, NULL) == 0);
	return signal;
}

void
loop_signal_free(struct loop_signal *signal)
{
	if (signal == NULL)
		return;
	event_free(signal->event);
	free(signal);
}

static void
on_wake(void *context, unsigned events)
{
	struct loop_wake *wake = context;
	uint64_t count;

	(void)events;
	/* Read first: a send after this wakes again, none is lost. */
	if (read(wake->fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		wake->function(wake->context);
}

struct loop_wake *
loop_wake_new(struct loop *loop, loop_wake_fn *function, void *context)
{
	struct loop_wake *wake = memory_zeroed(sizeof(*wake));

	wake->function = function;
	wake->context = context;
	wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	check(wake->fd >= 0);
	wake->watch = loop_watch_new(loop, wake->fd, LOOP_READ, on_wake, wake);
	return wake;
}

void
loop_wake_send(struct loop_wake *wake)
{
	uint64_t one = 1;

	/* It fails only where the count is full: the loop wakes anyway. */
	ignore_result(write(wake->fd, &one, sizeof(one)) == sizeof(one));
}

void
loop_wake_free(struct loop_wake *wake)
{
	if (wake == NULL)
		return;
	loop_watch_free(wake->watch);
	fd_close(wake->fd);
	free(wake);
}
