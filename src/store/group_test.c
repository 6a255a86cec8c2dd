/* Groups and their members, on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/group.h"
#include "store/office.h"
#include "store/scope.h"
#include "store/statement.h"

enum {
	MANY = 450 /* members of three statements */
};

CALL(make, store_group_create(tx, a, err))
CALL(change, store_group_update(tx, a, err))
CALL(delete_it, store_group_delete(tx, a, err))
CALL(scope_one, store_scope_set(tx, a, b, 1, err))
CALL(scope_none, store_scope_set(tx, a, b, 0, err))
CALL(remove_computer,
    store_computer_set_state(tx, a, STORE_COMPUTER_REMOVED, err))
CALL(add,
    store_group_add_members(tx, (struct store_membership *)(uintptr_t)a, err))
CALL(take_out,
    store_group_remove_members(
	tx, (struct store_membership *)(uintptr_t)a, err))

static struct store_group
group_named(const char *name)
{
	struct store_group group = {.created_at = 7};

	id_make(group.id);
	store_text_copy(group.name, sizeof(group.name), name);
	return group;
}

static struct store_group
made(void **state, const char *name)
{
	struct store_group group = group_named(name);
	struct err err = ERR_INIT;

	assert_ok(do_write(state, make, &group, NULL, &err), &err);
	return group;
}

static struct store_group
group_now(void **state, const char *id)
{
	struct store_reader *reader = open_reader(state);
	struct store_group group;
	struct err err = ERR_INIT;

	assert_ok(store_group_get(reader, id, &group, &err), &err);
	store_reader_close(reader);
	return group;
}

/* What the lists say that the group has; it must be what is counted. */
static int64_t
members_of(void **state, const char *id)
{
	struct store_reader *reader = open_reader(state);
	struct store_computer_filter filter = {.group_id = id};
	struct store_page page = {.limit = STORE_PAGE_MAX};
	struct store_computer_list list;
	struct store_group group = group_now(state, id);
	struct err err = ERR_INIT;
	int64_t count = -1;

	assert_ok(store_computer_count(reader, &filter, &count, &err), &err);
	assert_ok(
	    store_computer_list(reader, &filter, &page, &list, &err), &err);
	assert_int_equal(list.count, count);
	assert_int_equal(group.member_count, count);
	store_computer_list_done(&list);
	store_reader_close(reader);
	return count;
}

/* Of so many ids; the caller frees is_missing by membership_done. */
static struct store_membership
membership(const char *group_id, const char *const *ids, size_t count)
{
	return (struct store_membership){.group_id = group_id,
	    .computer_ids = ids,
	    .count = count,
	    .is_missing = memory_array(count, sizeof(bool))};
}

static void
membership_done(struct store_membership *members)
{
	free(members->is_missing);
}

static bool
change_one(void **state, test_call_fn *call, const char *group_id,
    const char *computer_id, struct err *err)
{
	struct store_membership members = membership(group_id, &computer_id, 1);
	bool is_fine = do_write(state, call, &members, NULL, err);

	membership_done(&members);
	return is_fine;
}

static void
a_name_is_there_once_whatever_its_case(void **state)
{
	struct store_group first = made(state, "Labor");
	struct store_group second = group_named("LABOR");
	struct err err = ERR_INIT;

	assert_refused(do_write(state, make, &second, NULL, &err), &err,
	    ERR_CONFLICT, "group_exists");
	store_text_copy(second.name, sizeof(second.name), "Office");
	assert_ok(do_write(state, make, &second, NULL, &err), &err);
	store_text_copy(second.name, sizeof(second.name), "labor");
	assert_refused(do_write(state, change, &second, NULL, &err), &err,
	    ERR_CONFLICT, "group_exists");
	store_text_copy(first.name, sizeof(first.name), "LABOR");
	assert_ok(do_write(state, change, &first, NULL, &err), &err);
	assert_int_equal(group_now(state, first.id).version, 2);
	assert_string_equal(group_now(state, first.id).name, "LABOR");
}

static void
what_is_not_there_is_not_found(void **state)
{
	struct store_computer computer = enrolled(state, "pc");
	struct store_group group = group_named("g");
	struct err err = ERR_INIT;

	assert_refused(do_write(state, change, &group, NULL, &err), &err,
	    ERR_NOT_FOUND, "group_not_found");
	assert_refused(do_write(state, delete_it, group.id, NULL, &err), &err,
	    ERR_NOT_FOUND, "group_not_found");
	assert_refused(change_one(state, add, group.id, computer.id, &err),
	    &err, ERR_NOT_FOUND, "group_not_found");
}

static void
members_come_all_or_none(void **state)
{
	struct store_group group = made(state, "g");
	struct store_computer here = enrolled(state, "here");
	struct store_computer gone = enrolled(state, "gone");
	const char *ids[] = {here.id, "nobody", gone.id, here.id};
	struct store_membership members = membership(group.id, ids, 4);
	struct err err = ERR_INIT;

	assert_ok(do_write(state, remove_computer, gone.id, NULL, &err), &err);
	assert_refused(do_write(state, add, &members, NULL, &err), &err,
	    ERR_NOT_FOUND, "computer_not_found");
	assert_false(members.is_missing[0]);
	assert_true(members.is_missing[1]);
	assert_true(members.is_missing[2]);
	assert_false(members.is_missing[3]);
	assert_int_equal(members_of(state, group.id), 0);
	ids[1] = ids[2] = here.id;
	assert_ok(do_write(state, add, &members, NULL, &err), &err);
	assert_int_equal(members.changes, 1);
	assert_int_equal(members_of(state, group.id), 1);
	assert_ok(do_write(state, add, &members, NULL, &err), &err);
	assert_int_equal(members.changes, 0);
	ids[3] = "nobody";
	assert_refused(do_write(state, take_out, &members, NULL, &err), &err,
	    ERR_NOT_FOUND, "computer_not_found");
	assert_int_equal(members_of(state, group.id), 1);
	ids[3] = here.id;
	assert_ok(do_write(state, take_out, &members, NULL, &err), &err);
	assert_int_equal(members.changes, 1);
	assert_ok(do_write(state, take_out, &members, NULL, &err), &err);
	assert_int_equal(members.changes, 0);
	assert_int_equal(members_of(state, group.id), 0);
	membership_done(&members);
}

static void
many_members_take_several_statements(void **state)
{
	struct store_group group = made(state, "g");
	struct store_computer *computers =
	    memory_array(MANY, sizeof(*computers));
	const char **ids = memory_array(MANY, sizeof(*ids));
	struct store_membership members;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < MANY; i++) {
		computers[i] = enrolled(state, "pc");
		ids[i] = computers[i].id;
	}
	members = membership(group.id, ids, MANY);
	assert_ok(do_write(state, add, &members, NULL, &err), &err);
	assert_int_equal(members.changes, MANY);
	assert_int_equal(members_of(state, group.id), MANY);
	members.count = MANY - 1;
	assert_ok(do_write(state, take_out, &members, NULL, &err), &err);
	assert_int_equal(members.changes, MANY - 1);
	assert_int_equal(members_of(state, group.id), 1);
	membership_done(&members);
	free(ids);
	free(computers);
}

static void
a_removed_computer_leaves_its_groups(void **state)
{
	struct store_group groups[] = {made(state, "a"), made(state, "b")};
	struct store_computer stays = enrolled(state, "stays");
	struct store_computer goes = enrolled(state, "goes");
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 2; i++) {
		assert_ok(
		    change_one(state, add, groups[i].id, goes.id, &err), &err);
		assert_ok(
		    change_one(state, add, groups[i].id, stays.id, &err), &err);
	}
	assert_ok(do_write(state, remove_computer, goes.id, NULL, &err), &err);
	assert_int_equal(members_of(state, groups[0].id), 1);
	assert_int_equal(members_of(state, groups[1].id), 1);
}

static void
members_stay_when_their_group_goes(void **state)
{
	struct store_group group = made(state, "g"), same;
	struct store_computer computer = enrolled(state, "pc");
	struct err err = ERR_INIT;

	assert_ok(change_one(state, add, group.id, computer.id, &err), &err);
	assert_ok(do_write(state, delete_it, group.id, NULL, &err), &err);
	assert_string_equal(computer_now(state, computer.id).name, "pc");
	same = group;
	assert_ok(do_write(state, make, &same, NULL, &err), &err);
	assert_int_equal(members_of(state, group.id), 0);
}

static void
one_by_criteria_has_no_members_and_is_no_scope(void **state)
{
	struct store_group group = group_named("g");
	struct store_computer computer = enrolled(state, "pc");
	struct store_place place = {.kind = STORE_PLACE_GROUP};
	struct err err = ERR_INIT;

	group.kind = STORE_GROUP_CRITERIA;
	assert_ok(do_write(state, make, &group, NULL, &err), &err);
	assert_refused(change_one(state, add, group.id, computer.id, &err),
	    &err, ERR_CONFLICT, "group_not_static");
	assert_refused(change_one(state, take_out, group.id, computer.id, &err),
	    &err, ERR_CONFLICT, "group_not_static");
	memcpy(place.id, group.id, sizeof(place.id));
	assert_refused(do_write(state, scope_one, "u", &place, &err), &err,
	    ERR_CONFLICT, "group_not_static");
}

static void
a_scope_holds_its_group(void **state)
{
	struct store_place nowhere = {
	    .kind = STORE_PLACE_GROUP, .id = STORE_OFFICE_LOCAL_ID};
	struct store_place place = {.kind = STORE_PLACE_GROUP};
	struct store_group group = made(state, "g");
	struct err err = ERR_INIT;

	assert_refused(do_write(state, scope_one, "u", &nowhere, &err), &err,
	    ERR_NOT_FOUND, "group_not_found");
	memcpy(place.id, group.id, sizeof(place.id));
	assert_false(group_now(state, group.id).is_scope);
	assert_ok(do_write(state, scope_one, "u", &place, &err), &err);
	assert_true(group_now(state, group.id).is_scope);
	assert_refused(do_write(state, delete_it, group.id, NULL, &err), &err,
	    ERR_CONFLICT, "group_in_scope");
	assert_ok(do_write(state, scope_none, "u", &place, &err), &err);
	assert_ok(do_write(state, delete_it, group.id, NULL, &err), &err);
}

static bool
make_all_groups(struct store_tx *tx, struct err *err)
{
	for (unsigned i = 0; i < STORE_GROUPS_MAX; i++) {
		struct store_group group = {.created_at = 1};

		id_make(group.id);
		snprintf(group.name, sizeof(group.name), "group %04u", i);
		if (!store_group_create(tx, &group, err))
			return false;
	}
	return true;
}

CALL(make_all, make_all_groups(tx, err))

/* Every group that there may be, by pages; and a computer in a hundred. */
static void
there_are_bounds(void **state)
{
	struct store_group more = group_named("one too many");
	struct store_computer computer = enrolled(state, "pc");
	struct store_reader *reader;
	struct store_page page = {.limit = STORE_COMPUTER_GROUPS_MAX + 1};
	struct store_group_list list, own;
	struct err err = ERR_INIT;

	assert_ok(do_write(state, make_all, NULL, NULL, &err), &err);
	assert_refused(do_write(state, make, &more, NULL, &err), &err,
	    ERR_CONFLICT, "too_many_groups");
	reader = open_reader(state);
	assert_ok(store_group_list(reader, &page, &list, &err), &err);
	store_reader_close(reader);
	assert_int_equal(list.count, STORE_COMPUTER_GROUPS_MAX + 1);
	assert_string_not_equal(list.next, "");
	for (size_t i = 0; i < STORE_COMPUTER_GROUPS_MAX; i++)
		assert_ok(
		    change_one(state, add, list.items[i].id, computer.id, &err),
		    &err);
	assert_refused(
	    change_one(state, add, list.items[STORE_COMPUTER_GROUPS_MAX].id,
		computer.id, &err),
	    &err, ERR_CONFLICT, "computer_in_too_many_groups");
	assert_int_equal(
	    members_of(state, list.items[STORE_COMPUTER_GROUPS_MAX].id), 0);
	reader = open_reader(state);
	assert_ok(store_group_list_of_computer(reader, computer.id, &own, &err),
	    &err);
	assert_int_equal(own.count, STORE_COMPUTER_GROUPS_MAX);
	assert_string_equal(own.items[0].name, "group 0000");
	store_reader_close(reader);
	store_group_list_done(&own);
	store_group_list_done(&list);
}

static bool
fill_up(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_group SET member_count = ?2 WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, STORE_GROUP_MEMBERS_MAX);
	return statement_run(&statement, &changes, err);
}

CALL(pretend_full, fill_up(tx, a, err))

static void
a_full_group_takes_nobody(void **state)
{
	struct store_group group = made(state, "g");
	struct store_computer computer = enrolled(state, "pc");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, pretend_full, group.id, NULL, &err), &err);
	assert_refused(change_one(state, add, group.id, computer.id, &err),
	    &err, ERR_CONFLICT, "group_full");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(a_name_is_there_once_whatever_its_case),
	    ON_BOTH(what_is_not_there_is_not_found),
	    ON_BOTH(members_come_all_or_none),
	    ON_BOTH(one_by_criteria_has_no_members_and_is_no_scope),
	    ON_BOTH(a_scope_holds_its_group),
	    ON_BOTH(there_are_bounds),
	    ON_BOTH(a_full_group_takes_nobody),
	    ON_BOTH(many_members_take_several_statements),
	    ON_BOTH(a_removed_computer_leaves_its_groups),
	    ON_BOTH(members_stay_when_their_group_goes),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
