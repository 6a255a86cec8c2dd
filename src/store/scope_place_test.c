/* The places of scopes: what may be one, and how long, on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/api_token.h"
#include "store/group.h"
#include "store/office.h"
#include "store/scope.h"
#include "store/user.h"

CALL(make_office, store_office_create(tx, a, err))
CALL(delete_office, store_office_delete(tx, a, err))
CALL(scope_one, store_scope_set(tx, a, b, 1, err))
CALL(scope_none, store_scope_set(tx, a, b, 0, err))
CALL(delete_user, store_user_delete(tx, a, err))
CALL(make_api_token, store_api_token_create(tx, a, err))
CALL(make_group, store_group_create(tx, a, err))
CALL(add_members,
    store_group_add_members(tx, (struct store_membership *)(uintptr_t)a, err))
CALL(scope_two, store_scope_set(tx, a, b, 2, err))

static void
a_scope_of_nowhere_is_refused_and_holds_its_office(void **state)
{
	struct store_place nowhere = {.id = "nowhere"};
	struct store_office office = {.name = "Osaka", .created_at = 1};
	struct store_place place = {.kind = STORE_PLACE_OFFICE};
	struct store_place_list list;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	id_make(office.id);
	memcpy(place.id, office.id, ID_SIZE);
	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	assert_refused(do_write(state, scope_one, "u", &nowhere, &err), &err,
	    ERR_NOT_FOUND, "office_not_found");
	assert_ok(do_write(state, scope_one, "u", &place, &err), &err);
	assert_ok(do_write(state, scope_one, "u", &place, &err), &err);
	reader = open_reader(state);
	assert_ok(store_scope_get(reader, "u", &list, &err), &err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].id, office.id);
	store_place_list_done(&list);
	store_reader_close(reader);
	assert_refused(do_write(state, delete_office, office.id, NULL, &err),
	    &err, ERR_CONFLICT, "office_in_scope");
	assert_ok(do_write(state, scope_none, "u", &place, &err), &err);
	assert_ok(do_write(state, delete_office, office.id, NULL, &err), &err);
}

static size_t
count_places(void **state, const char *owner_id)
{
	struct store_reader *reader = open_reader(state);
	struct store_place_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(store_scope_get(reader, owner_id, &list, &err), &err);
	count = list.count;
	store_place_list_done(&list);
	store_reader_close(reader);
	return count;
}

static void
scopes_go_with_their_user_and_the_tokens(void **state)
{
	struct store_place place = {.id = STORE_OFFICE_LOCAL_ID};
	struct store_user user = user_in_role(state, "a", "r");
	struct store_api_token token = {.name = "t", .token_hash = "h"};
	struct err err = ERR_INIT;

	id_make(token.id);
	memcpy(token.user_id, user.id, ID_SIZE);
	assert_ok(do_write(state, make_api_token, &token, NULL, &err), &err);
	assert_ok(do_write(state, scope_one, user.id, &place, &err), &err);
	assert_ok(do_write(state, scope_one, token.id, &place, &err), &err);
	assert_int_equal(count_places(state, token.id), 1);
	assert_ok(do_write(state, delete_user, user.id, NULL, &err), &err);
	assert_int_equal(count_places(state, user.id), 0);
	assert_int_equal(count_places(state, token.id), 0);
}

/* In the name of the user "u". */
static bool
move_limited(struct store_tx *tx, const char *computer_id,
    const char *office_id, struct err *err)
{
	struct store_reader *reader = store_tx_reader(tx);
	struct store_scope scope = {0};
	bool is_done;

	store_scope_add(&scope, "u");
	store_reader_limit(reader, &scope);
	is_done = store_computer_set_office(tx, computer_id, office_id, err);
	store_reader_limit(reader, NULL);
	return is_done;
}

CALL(move, move_limited(tx, a, b, err))
CALL(move_freely, store_computer_set_office(tx, a, b, err))

/* A scope of one office, and of a group with a computer of another. */
static struct store_computer
limited_user(void **state)
{
	struct store_office office = {.id = "o", .name = "O", .created_at = 1};
	struct store_group group = {.id = "g", .name = "G"};
	struct store_place places[] = {
	    {STORE_PLACE_OFFICE, "o"}, {STORE_PLACE_GROUP, "g"}};
	struct store_computer computer = enrolled(state, "pc");
	const char *id = computer.id;
	bool is_missing;
	struct store_membership members = {.group_id = "g",
	    .computer_ids = &id,
	    .count = 1,
	    .is_missing = &is_missing};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	assert_ok(do_write(state, make_group, &group, NULL, &err), &err);
	assert_ok(do_write(state, add_members, &members, NULL, &err), &err);
	assert_ok(do_write(state, scope_two, "u", places, &err), &err);
	return computer;
}

static void
who_sees_a_computer_by_a_group_takes_it_into_no_office(void **state)
{
	struct store_computer computer = limited_user(state);
	struct err err = ERR_INIT;

	assert_refused(do_write(state, move, computer.id, "o", &err), &err,
	    ERR_NOT_FOUND, "office_not_found");
	assert_string_equal(
	    computer_now(state, computer.id).office_id, STORE_OFFICE_LOCAL_ID);
	assert_ok(do_write(state, move_freely, computer.id, "o", &err), &err);
	assert_ok(do_write(state, move, computer.id, "o", &err), &err);
	assert_refused(
	    do_write(state, move, computer.id, STORE_OFFICE_LOCAL_ID, &err),
	    &err, ERR_NOT_FOUND, "office_not_found");
	assert_refused(do_write(state, move, "nobody", "o", &err), &err,
	    ERR_NOT_FOUND, "computer_not_found");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(a_scope_of_nowhere_is_refused_and_holds_its_office),
	    ON_BOTH(scopes_go_with_their_user_and_the_tokens),
	    ON_BOTH(who_sees_a_computer_by_a_group_takes_it_into_no_office),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
