/* What lists read of computers follows every change, on both databases. */
#include "store/test_call.h"

#include <stdio.h>

#include "store/office.h"

CALL(enrol, store_computer_enrol(tx, a, err))
CALL(check_in, store_computer_check_in(tx, a, err))
CALL(set_facts, store_computer_set_facts(tx, a, err))
CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))
CALL(make_office, store_office_create(tx, a, err))
CALL(move, store_computer_set_office(tx, a, b, err))

/* The names of those that fit, in order. Looked for where copies are read: no
 * index of computers serves a text. */
static const char *
listed(void **state, struct store_computer_filter filter)
{
	static char names[128];
	struct store_reader *reader = open_reader(state);
	struct store_page page = {.limit = 20};
	struct store_computer_list list;
	struct err err = ERR_INIT;
	int64_t count = 0;
	size_t used = 0;

	if (filter.text == NULL)
		filter.text = "-";
	assert_ok(
	    store_computer_list(reader, &filter, &page, &list, &err), &err);
	assert_ok(store_computer_count(reader, &filter, &count, &err), &err);
	assert_int_equal(count, list.count);
	assert_int_equal(list.total, count);
	names[0] = '\0';
	for (size_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s%s", i == 0 ? "" : " ", list.items[i].name);
	store_computer_list_done(&list);
	store_reader_close(reader);
	return names;
}

static void
say(void **state, const struct store_check_in *contact)
{
	struct err err = ERR_INIT;

	assert_ok(do_write(state, check_in, contact, NULL, &err), &err);
}

static void
lists_follow_every_change_of_a_computer(void **state)
{
	enum store_computer_state retired = STORE_COMPUTER_RETIRED;
	struct store_office office = {.id = "o", .name = "O", .created_at = 1};
	struct store_computer one = make_computer("one");
	struct store_computer two = make_computer("two");
	struct store_computer_facts facts = {
	    .inventory_at = 1, .os_name = "Debian", .os_version = "12"};
	struct err err = ERR_INIT;

	one.enrolled_at = 10;
	two.enrolled_at = 20;
	assert_ok(do_write(state, enrol, &one, NULL, &err), &err);
	assert_ok(do_write(state, enrol, &two, NULL, &err), &err);
	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	assert_string_equal(
	    listed(state, (struct store_computer_filter){0}), "one two");

	facts.computer_id = two.id;
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	assert_string_equal(
	    listed(state, (struct store_computer_filter){.os_name = "debian"}),
	    "two");
	facts.computer_id = one.id;
	facts.os_version = "11";
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	assert_string_equal(
	    listed(state,
		(struct store_computer_filter){.sort = STORE_COMPUTER_BY_OS}),
	    "one two");
	facts.os_version = "13";
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	assert_string_equal(
	    listed(state,
		(struct store_computer_filter){.sort = STORE_COMPUTER_BY_OS}),
	    "two one");

	assert_ok(do_write(state, move, one.id, "o", &err), &err);
	assert_string_equal(
	    listed(state, (struct store_computer_filter){.office_id = "o"}),
	    "one");
	assert_ok(do_write(state, set_state, two.id, &retired, &err), &err);
	assert_string_equal(listed(state,
				(struct store_computer_filter){
				    .states = 1U << STORE_COMPUTER_RETIRED}),
	    "two");
	assert_string_equal(listed(state,
				(struct store_computer_filter){
				    .sort = STORE_COMPUTER_BY_STATE}),
	    "one two");

	say(state,
	    &(struct store_check_in){
		.computer_id = one.id, .at = 7, .name = "zero"});
	assert_string_equal(
	    listed(state, (struct store_computer_filter){0}), "two zero");
	one.enrolled_at = 30;
	memcpy(one.name, "one", sizeof("one"));
	assert_ok(do_write(state, enrol, &one, NULL, &err), &err);
	assert_string_equal(listed(state,
				(struct store_computer_filter){
				    .sort = STORE_COMPUTER_BY_ENROLLED}),
	    "two one");
}

/* What no index of an order has, alone and together. */
static void
version_flags_and_silence_narrow_together(void **state)
{
	static const char *const NAMES[] = {"a", "b", "twin", "twin"};
	struct store_computer_filter filter = {0};
	struct store_computer computers[4];

	for (unsigned i = 0; i < 4; i++) {
		computers[i] = enrolled(state, NAMES[i]);
		say(state,
		    &(struct store_check_in){.computer_id = computers[i].id,
			.at = 100 + i,
			.agent_version = i % 2 == 0 ? "1.0" : "2.0"});
	}
	filter.agent_version = "2.0";
	assert_string_equal(listed(state, filter), "b twin");
	filter.not_seen_since = 102;
	assert_string_equal(listed(state, filter), "b");
	filter = (struct store_computer_filter){.is_flagged_only = true};
	assert_string_equal(listed(state, filter), "twin twin");
	filter.not_seen_since = 103;
	assert_string_equal(listed(state, filter), "twin");
	filter.agent_version = "2.0";
	assert_string_equal(listed(state, filter), "");
	filter = (struct store_computer_filter){.not_seen_since = 103,
	    .sort = STORE_COMPUTER_BY_LAST_SEEN,
	    .is_descending = true};
	assert_string_equal(listed(state, filter), "twin b a");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(lists_follow_every_change_of_a_computer),
	    ON_BOTH(version_flags_and_silence_narrow_together),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
