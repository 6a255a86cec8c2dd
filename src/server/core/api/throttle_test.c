/* Lock-out: who fails too often waits, and strangers cannot fill the memory. */
#include "base/cmocka_test.h"

#include <stdio.h>

#include "server/core/api/throttle.h"

enum {
	LIMIT = 3,
	WINDOW_MS = 1000,
};

static int
set_up(void **state)
{
	*state = throttle_new(LIMIT, WINDOW_MS);
	return 0;
}

static int
tear_down(void **state)
{
	throttle_free(*state);
	return 0;
}

static void
the_last_failure_allowed_locks_for_the_window(void **state)
{
	assert_false(throttle_fail(*state, "a", 10));
	assert_false(throttle_fail(*state, "a", 20));
	assert_int_equal(throttle_locked_ms(*state, "a", 20), 0);
	assert_true(throttle_fail(*state, "a", 30));
	assert_int_equal(throttle_locked_ms(*state, "a", 30), WINDOW_MS);
	assert_int_equal(throttle_locked_ms(*state, "a", 1029), 1);
	assert_int_equal(throttle_locked_ms(*state, "a", 1030), 0);
	assert_int_equal(throttle_locked_ms(*state, "b", 30), 0);
}

static void
old_failures_and_those_before_a_success_do_not_count(void **state)
{
	throttle_fail(*state, "a", 0);
	throttle_fail(*state, "a", 10);
	assert_false(throttle_fail(*state, "a", 10 + WINDOW_MS + 1));
	assert_false(throttle_fail(*state, "a", 20 + WINDOW_MS));
	throttle_succeed(*state, "a");
	assert_false(throttle_fail(*state, "a", 30 + WINDOW_MS));
	assert_false(throttle_fail(*state, "a", 40 + WINDOW_MS));
	assert_true(throttle_fail(*state, "a", 50 + WINDOW_MS));
}

static void
a_full_table_forgets_the_one_that_failed_longest_ago(void **state)
{
	char key[THROTTLE_KEY_SIZE];

	for (int i = 0; i < LIMIT; i++) {
		throttle_fail(*state, "first", 1);
		throttle_fail(*state, "second", 2);
	}
	for (int i = 0; i < THROTTLE_KEYS_MAX - 1; i++) {
		snprintf(key, sizeof(key), "stranger %d", i);
		throttle_fail(*state, key, 3);
	}
	assert_int_equal(throttle_locked_ms(*state, "first", 3), 0);
	assert_true(throttle_locked_ms(*state, "second", 3) > 0);
}

static void
addresses_of_one_ipv6_network_are_one_key(void **state)
{
	char a[THROTTLE_KEY_SIZE], b[THROTTLE_KEY_SIZE];

	throttle_address_key("2001:db8:1:2:3:4:5:6", a);
	throttle_address_key("2001:db8:1:2::1", b);
	assert_string_equal(a, b);
	throttle_address_key("2001:db8:1:3::1", b);
	assert_string_not_equal(a, b);
	throttle_address_key("192.0.2.1", a);
	assert_string_equal(a, "192.0.2.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		the_last_failure_allowed_locks_for_the_window, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		old_failures_and_those_before_a_success_do_not_count, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		a_full_table_forgets_the_one_that_failed_longest_ago, set_up,
		tear_down),
	    cmocka_unit_test(addresses_of_one_ipv6_network_are_one_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
