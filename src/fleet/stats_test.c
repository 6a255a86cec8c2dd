/* Statistics: percentiles within three per cent, and sums over processes. */
#include "base/cmocka_test.h"

#include <string.h>

#include "fleet/stats.h"

static struct stats a, b; /* too large for a stack of ours */

static int
reset(void **state)
{
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	return 0;
}

static void
assert_near(int64_t found, int64_t wanted)
{
	assert_true(found >= wanted);
	assert_true(found <= wanted + wanted / 31 + 1);
}

static void
more_codes_than_places_are_counted_together(void **state)
{
	struct err err = ERR_INIT;
	uint64_t counted = 0;

	for (int i = 0; i < 200; i++) {
		char code[16];

		snprintf(code, sizeof(code), "code_%d", i);
		err_set_code(&err, ERR_DENIED, code, "no");
		stats_failure(&a, &err);
	}
	for (size_t i = 0; i < STATS_CODES_MAX; i++)
		counted += a.failures[i].count;
	assert_int_equal(counted, 200);
	assert_string_equal(a.failures[STATS_CODES_MAX - 1].code, "others");
}

static void
latencies_of_any_size_are_taken(void **state)
{
	stats_latency(&a, -1);
	stats_latency(&a, INT64_MAX);
	assert_int_equal(a.latency_count, 2);
	assert_int_equal(stats_percentile(&a, 500), 0);
	assert_true(stats_percentile(&a, 1000) > 0);
	assert_int_equal(stats_percentile(&b, 500), 0);
}

static void
percentiles_are_within_three_per_cent(void **state)
{
	for (int64_t us = 1; us <= 100000; us++)
		stats_latency(us % 2 == 0 ? &a : &b, us);
	stats_add(&a, &b);
	assert_int_equal(a.latency_count, 100000);
	assert_near(stats_percentile(&a, 10), 1000);
	assert_near(stats_percentile(&a, 500), 50000);
	assert_near(stats_percentile(&a, 990), 99000);
	assert_int_equal(stats_percentile(&a, 1000), 100000);
}

static void
sums_keep_codes_and_the_whole_time(void **state)
{
	struct err err = ERR_INIT;

	err_set_code(&err, ERR_DENIED, "token_used", "used");
	stats_failure(&a, &err);
	stats_failure(&b, &err);
	err_set(&err, ERR_SYSTEM, "broken");
	stats_failure(&b, &err);
	stats_outcome(&b, "closed");
	a.begin_us = 50;
	a.end_us = 90;
	b.begin_us = 40;
	b.end_us = 70;
	stats_add(&a, &b);
	assert_int_equal(a.failed, 3);
	assert_int_equal(a.failures[0].count, 2);
	assert_string_equal(a.failures[0].code, "token_used");
	assert_string_equal(a.failures[0].sentence, "used");
	assert_string_equal(a.failures[1].code, err_category_name(ERR_SYSTEM));
	assert_string_equal(a.outcomes[0].code, "closed");
	assert_int_equal(a.begin_us, 40);
	assert_int_equal(a.end_us, 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(
		more_codes_than_places_are_counted_together, reset),
	    cmocka_unit_test_setup(latencies_of_any_size_are_taken, reset),
	    cmocka_unit_test_setup(
		percentiles_are_within_three_per_cent, reset),
	    cmocka_unit_test_setup(sums_keep_codes_and_the_whole_time, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
