/* The loop: readiness, timers, signals, wake-ups, and freeing in callbacks. */
#include "base/cmocka_test.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/fd.h"
#include "os/loop.h"

struct seen {
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct loop_wake *wake;
	unsigned events;
	int count;
};

static void
free_watch(void *context, unsigned events)
{
	struct seen *seen = context;

	seen->events = events;
	seen->count++;
	loop_watch_free(seen->watch);
	seen->watch = NULL;
	loop_stop(seen->loop);
}

static void
a_watch_may_be_freed_in_its_own_callback(void **state)
{
	struct seen seen = {.loop = loop_new()};
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	seen.watch =
	    loop_watch_new(seen.loop, ends[0], LOOP_READ, free_watch, &seen);
	assert_int_equal(write(ends[1], "x", 1), 1);
	loop_run(seen.loop);
	assert_int_equal(seen.events, LOOP_READ);
	assert_int_equal(seen.count, 1);
	loop_free(seen.loop);
	fd_close(ends[0]);
	fd_close(ends[1]);
}

static void
count_event(void *context, unsigned events)
{
	struct seen *seen = context;

	seen->events |= events;
	seen->count++;
}

static void
a_paused_watch_hears_nothing(void **state)
{
	struct seen seen = {.loop = loop_new()};
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	seen.watch = loop_watch_new(seen.loop, ends[1], 0, count_event, &seen);
	(void)loop_run_once(seen.loop);
	assert_int_equal(seen.count, 0);
	loop_watch_set(seen.watch, LOOP_WRITE);
	(void)loop_run_once(seen.loop);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.events, LOOP_WRITE);
	loop_watch_set(seen.watch, 0);
	(void)loop_run_once(seen.loop);
	assert_int_equal(seen.count, 1);
	loop_watch_free(seen.watch);
	loop_free(seen.loop);
	fd_close(ends[0]);
	fd_close(ends[1]);
}

static void
count_to_three(void *context)
{
	struct seen *seen = context;

	if (++seen->count == 3)
		loop_stop(seen->loop);
}

static void
a_repeating_timer_runs_until_it_is_stopped(void **state)
{
	struct seen seen = {.loop = loop_new()};
	int64_t began = clock_monotonic_ms();

	seen.timer = loop_timer_new(seen.loop, count_to_three, &seen);
	loop_timer_repeat(seen.timer, 10);
	loop_run(seen.loop);
	assert_int_equal(seen.count, 3);
	assert_true(clock_monotonic_ms() - began >= 28);
	loop_timer_stop(seen.timer);
	/* Nothing is left to wait for. */
	loop_run(seen.loop);
	assert_int_equal(seen.count, 3);
	loop_timer_free(seen.timer);
	loop_free(seen.loop);
}

static void
stop_loop(void *context)
{
	struct seen *seen = context;

	seen->count++;
	loop_stop(seen->loop);
}

static void
a_timer_started_again_is_moved(void **state)
{
	struct seen seen = {.loop = loop_new()};
	int64_t began = clock_monotonic_ms();

	seen.timer = loop_timer_new(seen.loop, stop_loop, &seen);
	loop_timer_start(seen.timer, 1);
	loop_timer_start(seen.timer, 40);
	loop_run(seen.loop);
	assert_true(clock_monotonic_ms() - began >= 39);
	assert_int_equal(seen.count, 1);
	loop_timer_free(seen.timer);
	loop_free(seen.loop);
}

static void
note_signal(void *context, int number)
{
	struct seen *seen = context;

	seen->events = (unsigned)number;
	loop_stop(seen->loop);
}

static void
a_signal_is_handled_in_the_loop(void **state)
{
	struct seen seen = {.loop = loop_new()};
	struct loop_signal *watch =
	    loop_signal_new(seen.loop, SIGUSR1, note_signal, &seen);

	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(seen.events, 0);
	loop_run(seen.loop);
	assert_int_equal(seen.events, SIGUSR1);
	loop_signal_free(watch);
	loop_free(seen.loop);
}

static void *
wake_from_thread(void *context)
{
	struct seen *seen = context;

	for (int i = 0; i < 100; i++)
		loop_wake_send(seen->wake);
	return NULL;
}

static void
another_thread_wakes_the_loop(void **state)
{
	struct seen seen = {.loop = loop_new()};
	pthread_t thread;

	seen.wake = loop_wake_new(seen.loop, stop_loop, &seen);
	assert_int_equal(
	    pthread_create(&thread, NULL, wake_from_thread, &seen), 0);
	loop_run(seen.loop);
	assert_true(seen.count >= 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	loop_wake_free(seen.wake);
	loop_free(seen.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_watch_may_be_freed_in_its_own_callback),
	    cmocka_unit_test(a_paused_watch_hears_nothing),
	    cmocka_unit_test(a_repeating_timer_runs_until_it_is_stopped),
	    cmocka_unit_test(a_timer_started_again_is_moved),
	    cmocka_unit_test(a_signal_is_handled_in_the_loop),
	    cmocka_unit_test(another_thread_wakes_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
