/* Clocks that jump, sleep and disagree. */
#include "base/cmocka_test.h"

#include "agent/timekeeper.h"
#include "base/clock.h"

static const struct moment START = {
    .wall_ms = DAYS_MS(20000), .boot_ms = 5000, .monotonic_ms = 4000};

/* The same moment, that much later on each clock. */
static struct moment
later(int64_t wall_ms, int64_t boot_ms, int64_t monotonic_ms)
{
	return (struct moment){START.wall_ms + wall_ms, START.boot_ms + boot_ms,
	    START.monotonic_ms + monotonic_ms};
}

static void
without_a_server_the_own_clock_is_all_there_is(void **state)
{
	struct timekeeper keeper = {0};
	struct moment now = START;

	assert_int_equal(timekeeper_fleet_ms(&keeper, &now), START.wall_ms);
	assert_int_equal(timekeeper_ahead_ms(&keeper, &now), 0);
}

static void
the_servers_time_goes_on_whatever_the_own_clock_does(void **state)
{
	struct timekeeper keeper = {0};
	struct moment now = START;

	timekeeper_learn(&keeper, &now, START.wall_ms - HOURS_MS(1));
	assert_int_equal(timekeeper_ahead_ms(&keeper, &now), HOURS_MS(1));
	now = later(-DAYS_MS(365), MINUTES_MS(10), MINUTES_MS(2));
	assert_int_equal(timekeeper_fleet_ms(&keeper, &now),
	    START.wall_ms - HOURS_MS(1) + MINUTES_MS(10));
	assert_int_equal(timekeeper_ahead_ms(&keeper, &now),
	    -DAYS_MS(365) + HOURS_MS(1) - MINUTES_MS(10));
}

static void
a_look_tells_a_set_clock_from_a_sleep(void **state)
{
	struct timekeeper keeper = {0};
	struct clock_news news;
	struct moment now = START;

	news = timekeeper_look(&keeper, &now);
	assert_int_equal(news.set_by_ms, 0);
	assert_int_equal(news.slept_ms, 0);
	now = later(60000, 60000, 60000);
	news = timekeeper_look(&keeper, &now);
	assert_int_equal(news.set_by_ms, 0);
	assert_int_equal(news.slept_ms, 0);
	now = later(60000 - DAYS_MS(1), 60000, 60000);
	news = timekeeper_look(&keeper, &now);
	assert_int_equal(news.set_by_ms, -DAYS_MS(1));
	assert_int_equal(news.slept_ms, 0);
	now =
	    later(60000 - DAYS_MS(1) + HOURS_MS(8), 60000 + HOURS_MS(8), 60000);
	news = timekeeper_look(&keeper, &now);
	assert_int_equal(news.set_by_ms, 0);
	assert_int_equal(news.slept_ms, HOURS_MS(8));
	news = timekeeper_look(&keeper, &now);
	assert_int_equal(news.set_by_ms, 0);
	assert_int_equal(news.slept_ms, 0);
}

static void
a_clock_that_is_slewed_was_not_set(void **state)
{
	struct timekeeper keeper = {0};

	for (int64_t i = 0; i < 100; i++) {
		struct moment now = later(i * 60500, i * 60000, i * 60000);
		struct clock_news news = timekeeper_look(&keeper, &now);

		assert_int_equal(news.set_by_ms, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_server_the_own_clock_is_all_there_is),
	    cmocka_unit_test(
		the_servers_time_goes_on_whatever_the_own_clock_does),
	    cmocka_unit_test(a_look_tells_a_set_clock_from_a_sleep),
	    cmocka_unit_test(a_clock_that_is_slewed_was_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
