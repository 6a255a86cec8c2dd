/* The pace: never more than the bound at a time, everything begins once. */
#include "base/cmocka_test.h"

#include <string.h>

#include "fleet/pacer.h"

struct run {
	struct loop *loop;
	struct pacer pacer;
	struct loop_timer *timer;
	size_t begun, most, running, overs;
	bool ends_at_once;
};

static void
end_one(void *context)
{
	struct run *run = context;

	if (run->running > 0) {
		run->running--;
		pacer_ended(&run->pacer);
	}
}

static void
begin(void *context, size_t n)
{
	struct run *run = context;

	assert_int_equal(n, run->begun);
	run->begun++;
	if (run->ends_at_once) {
		pacer_ended(&run->pacer);
		return;
	}
	run->running++;
	run->most = run->running > run->most ? run->running : run->most;
}

static void
over(void *context)
{
	struct run *run = context;

	run->overs++;
	loop_stop(run->loop);
}

static void
go(struct run *run, size_t total, size_t limit, int64_t interval_ns)
{
	run->loop = loop_new();
	run->timer = loop_timer_new(run->loop, end_one, run);
	loop_timer_repeat(run->timer, 1);
	run->pacer = (struct pacer){.total = total,
	    .limit = limit,
	    .interval_ns = interval_ns,
	    .begin = begin,
	    .over = over,
	    .context = run};
	pacer_start(&run->pacer, run->loop);
	loop_run(run->loop);
	pacer_done(&run->pacer);
	loop_timer_free(run->timer);
	loop_free(run->loop);
}

static void
nothing_to_do_is_over_from_the_loop(void **state)
{
	struct run run = {0};

	go(&run, 0, 5, 0);
	assert_int_equal(run.overs, 1);
	assert_int_equal(run.begun, 0);
}

static void
no_more_than_the_bound_run_at_a_time(void **state)
{
	struct run run = {0};

	go(&run, 40, 5, 0);
	assert_int_equal(run.begun, 40);
	assert_int_equal(run.most, 5);
	assert_int_equal(run.overs, 1);
}

static void
what_ends_where_it_begins_needs_no_stack(void **state)
{
	struct run run = {.ends_at_once = true};

	go(&run, 1000000, 1, 0);
	assert_int_equal(run.begun, 1000000);
}

static void
a_pace_is_not_exceeded(void **state)
{
	struct run run = {.ends_at_once = true};
	int64_t begun_us = pacer_now_us();

	go(&run, 21, 100, 2000000);
	assert_int_equal(run.begun, 21);
	assert_true(pacer_now_us() - begun_us >= 20 * 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_to_do_is_over_from_the_loop),
	    cmocka_unit_test(no_more_than_the_bound_run_at_a_time),
	    cmocka_unit_test(what_ends_where_it_begins_needs_no_stack),
	    cmocka_unit_test(a_pace_is_not_exceeded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
