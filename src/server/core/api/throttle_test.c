/* Lock-out: who fails too often waits, and strangers cannot fill the memory. */
#include "base/cmocka_test.h"

#include <stdio.h>

#include "server/core/api/throttle.h"

enum {
	LIMIT = 3,
	WINDOW_MS = 1000,
};

static const struct throttle_rule RULE = {LIMIT, WINDOW_MS};

static int
set_up(void **state)
{
	*state = throttle_new();
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
	assert_false(throttle_fail(*state, "a", &RULE, 10));
	assert_false(throttle_fail(*state, "a", &RULE, 20));
	assert_int_equal(throttle_locked_ms(*state, "a", &RULE, 20), 0);
	assert_true(throttle_fail(*state, "a", &RULE, 30));
	assert_int_equal(throttle_locked_ms(*state, "a", &RULE, 30), WINDOW_MS);
	assert_int_equal(throttle_locked_ms(*state, "a", &RULE, 1029), 1);
	assert_int_equal(throttle_locked_ms(*state, "a", &RULE, 1030), 0);
	assert_int_equal(throttle_locked_ms(*state, "b", &RULE, 30), 0);
}

static void
old_failures_and_those_before_a_success_do_not_count(void **state)
{
	throttle_fail(*state, "a", &RULE, 0);
	throttle_fail(*state, "a", &RULE, 10);
	assert_false(throttle_fail(*state, "a", &RULE, 10 + WINDOW_MS + 1));
	assert_false(throttle_fail(*state, "a", &RULE, 20 + WINDOW_MS));
	throttle_succeed(*state, "a");
	assert_false(throttle_fail(*state, "a", &RULE, 30 + WINDOW_MS));
	assert_false(throttle_fail(*state, "a", &RULE, 40 + WINDOW_MS));
	assert_true(throttle_fail(*state, "a", &RULE, 50 + WINDOW_MS));
}

static void
a_full_table_forgets_the_one_that_failed_longest_ago(void **state)
{
	char key[THROTTLE_KEY_SIZE];

	for (int i = 0; i < LIMIT; i++) {
		throttle_fail(*state, "first", &RULE, 1);
		throttle_fail(*state, "second", &RULE, 2);
	}
	for (int i = 0; i < THROTTLE_KEYS_MAX - 1; i++) {
		snprintf(key, sizeof(key), "stranger %d", i);
		throttle_fail(*state, key, &RULE, 3);
	}
	assert_int_equal(throttle_locked_ms(*state, "first", &RULE, 3), 0);
	assert_true(throttle_locked_ms(*state, "second", &RULE, 3) > 0);
}

static void
a_rule_that_changes_counts_at_once(void **state)
{
	const struct throttle_rule strict = {2, WINDOW_MS};
	const struct throttle_rule longer = {LIMIT, 3 * WINDOW_MS};
	const struct throttle_rule shorter = {LIMIT, WINDOW_MS / 2};

	assert_false(throttle_fail(*state, "a", &RULE, 10));
	assert_true(throttle_fail(*state, "a", &strict, 10));
	assert_int_equal(throttle_locked_ms(*state, "a", &RULE, 10), 1000);
	assert_int_equal(throttle_locked_ms(*state, "a", &longer, 10), 3000);
	assert_int_equal(throttle_locked_ms(*state, "a", &shorter, 410), 100);
	assert_int_equal(throttle_locked_ms(*state, "a", &shorter, 510), 0);
}

static void
failures_are_taken_back_and_locks_are_not(void **state)
{
	throttle_fail(*state, "a", &RULE, 10);
	throttle_fail(*state, "a", &RULE, 10);
	throttle_forgive(*state, "a", 1);
	throttle_forgive(*state, "b", 7);
	assert_false(throttle_fail(*state, "a", &RULE, 10));
	throttle_forgive(*state, "a", 99);
	assert_false(throttle_fail(*state, "a", &RULE, 10));
	assert_false(throttle_fail(*state, "a", &RULE, 10));
	assert_true(throttle_fail(*state, "a", &RULE, 10));
	throttle_forgive(*state, "a", 99);
	assert_true(throttle_locked_ms(*state, "a", &RULE, 10) > 0);
	assert_int_equal(throttle_succeed(*state, "a"), 0);
	assert_int_equal(throttle_locked_ms(*state, "a", &RULE, 10), 0);
	throttle_fail(*state, "a", &RULE, 10);
	throttle_fail(*state, "a", &RULE, 10);
	assert_int_equal(throttle_succeed(*state, "a"), 2);
	assert_int_equal(throttle_succeed(*state, "a"), 0);
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
	    cmocka_unit_test_setup_teardown(
		a_rule_that_changes_counts_at_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		failures_are_taken_back_and_locks_are_not, set_up, tear_down),
	    cmocka_unit_test(addresses_of_one_ipv6_network_are_one_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
