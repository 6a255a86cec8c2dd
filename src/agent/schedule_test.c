/* Time as the agent sees it: spread, patience, renewal. */
#include "base/cmocka_test.h"

#include "agent/schedule.h"
#include "base/clock.h"

enum {
	NOW_MS = 1000000
};

static void
the_first_refresh_is_due_at_once(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	assert_true(schedule_is_due(&schedule, NOW_MS));
	assert_false(schedule_is_due(&schedule, NOW_MS - 1));
}

static void
the_second_comes_at_a_random_offset_then_regularly(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_succeeded(&schedule, NOW_MS, UINT64_MAX / 2);
	assert_in_range(
	    schedule.next_ms - NOW_MS, MINUTES_MS(45), MINUTES_MS(45) + 1000);
	schedule_succeeded(&schedule, schedule.next_ms, 7);
	assert_in_range(
	    schedule.next_ms - NOW_MS, MINUTES_MS(135), MINUTES_MS(135) + 1000);

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_succeeded(&schedule, NOW_MS, 0);
	assert_int_equal(schedule.next_ms - NOW_MS, SCHEDULE_INTERVAL_MIN_MS);
	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_succeeded(&schedule, NOW_MS, UINT64_MAX);
	assert_true(schedule.next_ms - NOW_MS < MINUTES_MS(90));
}

static void
waits_double_up_to_a_bound_and_half_is_random(void **state)
{
	assert_int_equal(schedule_backoff_ms(1, 0), 1000);
	assert_int_equal(schedule_backoff_ms(1, UINT64_MAX), 1999);
	assert_int_equal(schedule_backoff_ms(2, 0), 2000);
	assert_int_equal(schedule_backoff_ms(4, 0), 8000);
	assert_int_equal(
	    schedule_backoff_ms(999, 0), SCHEDULE_BACKOFF_MAX_MS / 2);
	assert_int_equal(
	    schedule_backoff_ms(999, UINT64_MAX), SCHEDULE_BACKOFF_MAX_MS - 1);
}

static void
retry_after_is_the_least_wait_but_has_a_bound(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_failed(&schedule, NOW_MS, 30, 0);
	assert_int_equal(schedule.next_ms - NOW_MS, 30000);
	schedule_failed(&schedule, NOW_MS, INT64_MAX, 0);
	assert_int_equal(schedule.next_ms - NOW_MS, HOURS_MS(1));
	for (int i = 0; i < 50; i++)
		schedule_failed(&schedule, NOW_MS, 1, 0);
	assert_int_equal(
	    schedule.next_ms - NOW_MS, SCHEDULE_BACKOFF_MAX_MS / 2);
}

static void
after_an_outage_the_offset_is_random_again(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_succeeded(&schedule, NOW_MS, 5);
	schedule_failed(&schedule, NOW_MS, 0, 5);
	schedule_succeeded(&schedule, NOW_MS, UINT64_MAX / 4);
	assert_int_equal(schedule.failures, 0);
	assert_true(schedule.next_ms - NOW_MS < MINUTES_MS(23));
}

static void
a_knock_is_acted_on_also_while_backing_off(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_failed(&schedule, NOW_MS, 600, 0);
	assert_false(schedule_is_due(&schedule, NOW_MS + 1));
	schedule_hurry(&schedule, NOW_MS + 1);
	assert_true(schedule_is_due(&schedule, NOW_MS + 1));
}

static void
a_set_clock_is_followed_by_one_refresh_within_seconds(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, MINUTES_MS(90), NOW_MS);
	schedule_succeeded(&schedule, NOW_MS, UINT64_MAX);
	schedule_jumped(&schedule, NOW_MS + 60000, NOW_MS, UINT64_MAX / 2);
	assert_in_range(
	    schedule.next_ms, NOW_MS + 60000 + 1499, NOW_MS + 60000 + 1500);
	/* Set again and again: neither sooner than that, nor put off. */
	schedule_jumped(&schedule, NOW_MS + 60100, NOW_MS, UINT64_MAX);
	assert_in_range(
	    schedule.next_ms, NOW_MS + 60000 + 1499, NOW_MS + 60000 + 1500);
	schedule_succeeded(&schedule, NOW_MS + 62500, 0);
	schedule_jumped(&schedule, NOW_MS + 62501, NOW_MS + 62500, 0);
	assert_int_equal(schedule.next_ms, NOW_MS + 65500);
	/* What is due sooner stays so. */
	schedule_hurry(&schedule, NOW_MS + 62502);
	schedule_jumped(&schedule, NOW_MS + 62503, NOW_MS + 62500, 0);
	assert_int_equal(schedule.next_ms, NOW_MS + 62502);
}

static void
no_interval_is_shorter_than_a_second(void **state)
{
	struct schedule schedule;

	schedule_init(&schedule, 0, NOW_MS);
	schedule_succeeded(&schedule, NOW_MS, UINT64_MAX);
	assert_int_equal(schedule.next_ms - NOW_MS, 1000);
}

static void
renewal_is_at_two_thirds_with_jitter(void **state)
{
	int64_t life = DAYS_MS(90);

	assert_int_equal(schedule_renewal_ms(0, life, 0), DAYS_MS(57));
	assert_in_range(schedule_renewal_ms(0, life, UINT64_MAX),
	    DAYS_MS(63) - 1000, DAYS_MS(63));
	assert_int_equal(schedule_renewal_ms(500, life, 12345),
	    schedule_renewal_ms(500, life, 12345));
	/* Seconds of life, as in tests: still before the end. */
	assert_true(schedule_renewal_ms(0, 3000, UINT64_MAX) < 3000);
	assert_int_equal(schedule_renewal_ms(7, 7, 9), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_refresh_is_due_at_once),
	    cmocka_unit_test(
		the_second_comes_at_a_random_offset_then_regularly),
	    cmocka_unit_test(waits_double_up_to_a_bound_and_half_is_random),
	    cmocka_unit_test(retry_after_is_the_least_wait_but_has_a_bound),
	    cmocka_unit_test(after_an_outage_the_offset_is_random_again),
	    cmocka_unit_test(a_knock_is_acted_on_also_while_backing_off),
	    cmocka_unit_test(
		a_set_clock_is_followed_by_one_refresh_within_seconds),
	    cmocka_unit_test(no_interval_is_shorter_than_a_second),
	    cmocka_unit_test(renewal_is_at_two_thirds_with_jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
