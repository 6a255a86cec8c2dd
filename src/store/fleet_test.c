/* The fleet counted, on both databases. */
#include "store/test_call.h"

#include <stdio.h>

#include "store/fleet.h"
#include "store/scope.h"

CALL(check_in, store_computer_check_in(tx, a, err))
CALL(set_facts, store_computer_set_facts(tx, a, err))
CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))

static void
enrol(void **state, const char *os, const char *os_version, const char *agent)
{
	static unsigned number;
	char name[32];
	struct err err = ERR_INIT;

	snprintf(name, sizeof(name), "pc-%u", number++);
	struct store_computer computer = enrolled(state, name);
	struct store_check_in contact = {
	    .computer_id = computer.id, .at = 5, .agent_version = agent};
	struct store_computer_facts facts = {.computer_id = computer.id,
	    .inventory_at = 1,
	    .os_name = os,
	    .os_version = os_version};

	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
}

static void
kinds_are_counted_the_most_frequent_first(void **state)
{
	enum store_computer_state revoked = STORE_COMPUTER_REVOKED;
	struct store_tally tallies[8];
	struct store_reader *reader;
	struct store_computer gone;
	struct err err = ERR_INIT;
	size_t count;

	enrol(state, "Debian", "12", "1.0");
	enrol(state, "debian", "12", "1.1");
	enrol(state, "Fedora", "40", "1.1");
	enrol(state, "Debian", "13", "1.1");
	gone = enrolled(state, "gone");
	assert_ok(do_write(state, set_state, gone.id, &revoked, &err), &err);
	reader = open_reader(state);
	assert_ok(store_fleet_tally(
		      reader, STORE_TALLY_BY_OS, tallies, 8, &count, &err),
	    &err);
	assert_int_equal(count, 3);
	assert_string_equal(tallies[0].version, "12");
	assert_int_equal(tallies[0].count, 2);
	assert_string_equal(tallies[1].name, "Debian");
	assert_string_equal(tallies[1].version, "13");
	assert_string_equal(tallies[2].name, "Fedora");
	assert_ok(store_fleet_tally(
		      reader, STORE_TALLY_BY_AGENT, tallies, 1, &count, &err),
	    &err);
	assert_int_equal(count, 1);
	assert_string_equal(tallies[0].version, "1.1");
	assert_int_equal(tallies[0].count, 3);
	store_reader_close(reader);
}

static void
states_are_counted(void **state)
{
	enum store_computer_state retired = STORE_COMPUTER_RETIRED;
	int64_t counts[STORE_COMPUTER_STATE_COUNT];
	struct store_computer computer = enrolled(state, "a");
	struct store_reader *reader;
	struct err err = ERR_INIT;

	(void)enrolled(state, "b");
	(void)enrolled(state, "c");
	assert_ok(
	    do_write(state, set_state, computer.id, &retired, &err), &err);
	reader = open_reader(state);
	assert_ok(store_fleet_count_states(reader, counts, &err), &err);
	assert_int_equal(counts[STORE_COMPUTER_ACTIVE], 2);
	assert_int_equal(counts[STORE_COMPUTER_RETIRED], 1);
	assert_int_equal(counts[STORE_COMPUTER_REVOKED], 0);
	store_reader_close(reader);
}

static void
a_scope_hides_what_is_outside_of_it(void **state)
{
	int64_t counts[STORE_COMPUTER_STATE_COUNT];
	struct store_scope scope = {0};
	struct store_tally tallies[4];
	struct store_reader *reader;
	struct err err = ERR_INIT;
	size_t count;

	(void)enrolled(state, "a");
	reader = open_reader(state);
	/* They have no place. */
	store_scope_add(&scope, "00000000-0000-7000-8000-000000000001");
	store_scope_add(&scope, "00000000-0000-7000-8000-000000000002");
	store_reader_limit(reader, &scope);
	assert_ok(store_fleet_count_states(reader, counts, &err), &err);
	assert_int_equal(counts[STORE_COMPUTER_ACTIVE], 0);
	for (int by = STORE_TALLY_BY_OS; by <= STORE_TALLY_BY_AGENT; by++) {
		assert_ok(store_fleet_tally(reader, (enum store_tally_by)by,
			      tallies, 4, &count, &err),
		    &err);
		assert_int_equal(count, 0);
	}
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(kinds_are_counted_the_most_frequent_first),
	    ON_BOTH(states_are_counted),
	    ON_BOTH(a_scope_hides_what_is_outside_of_it),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
