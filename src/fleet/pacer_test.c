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

static void
fewer_run_while_the_loop_is_late(void **state)
{
	struct pacer pacer = {.limit = 100, .allowed = 100};

	pacer_heed(&pacer, PACER_LATE_US + 1);
	assert_int_equal(pacer.allowed, 50);
	for (int i = 0; i < 10; i++)
		pacer_heed(&pacer, PACER_LATE_US + 1);
	assert_int_equal(pacer.allowed, PACER_LEAST);
	pacer_heed(&pacer, PACER_EARLY_US);
	assert_int_equal(pacer.allowed, PACER_LEAST);
	for (int i = 0; i < 100; i++)
		pacer_heed(&pacer, 0);
	assert_int_equal(pacer.allowed, 100);
	pacer.limit = pacer.allowed = 3;
	pacer_heed(&pacer, PACER_LATE_US + 1);
	assert_int_equal(pacer.allowed, 3);
}

/* A loop that stands still once for longer than agents may let wait. */
static void
stand_still(void *context)
{
	struct run *run = context;
	int64_t end_us = pacer_now_us() + 2 * PACER_LATE_US;

	while (pacer_now_us() < end_us)
		continue;
	loop_timer_free(run->timer);
	run->timer = NULL;
	loop_stop(run->loop);
}

static void
a_late_loop_is_noticed(void **state)
{
	struct run run = {.loop = loop_new()};

	run.timer = loop_timer_new(run.loop, stand_still, &run);
	loop_timer_start(run.timer, 0);
	run.pacer = (struct pacer){.total = 1000,
	    .limit = 100,
	    .begin = begin,
	    .over = over,
	    .context = &run};
	pacer_start(&run.pacer, run.loop);
	loop_run(run.loop);
	while (run.pacer.allowed == 100)
		(void)loop_run_once(run.loop);
	assert_true(run.pacer.allowed < 100);
	pacer_done(&run.pacer);
	loop_free(run.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_to_do_is_over_from_the_loop),
	    cmocka_unit_test(no_more_than_the_bound_run_at_a_time),
	    cmocka_unit_test(what_ends_where_it_begins_needs_no_stack),
	    cmocka_unit_test(a_pace_is_not_exceeded),
	    cmocka_unit_test(fewer_run_while_the_loop_is_late),
	    cmocka_unit_test(a_late_loop_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
