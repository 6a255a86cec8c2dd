/* Users by role, roles, revisions, and how an older schema comes to have them,
 * on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/api_token.h"
#include "store/driver.h"
#include "store/revision.h"
#include "store/role.h"
#include "store/user.h"

CALL(change_user, store_user_update(tx, a, err))
CALL(delete_user, store_user_delete(tx, a, err))
CALL(make_role, store_role_create(tx, a, err))
CALL(change_role, store_role_update(tx, a, err))
CALL(delete_role, store_role_delete(tx, a, err))
CALL(add_revision, store_revision_add(tx, a, err))
CALL(forget_revisions, store_revision_delete_all(tx, "user", a, err))

static int64_t
count_unlimited(void **state, const char *except)
{
	struct store_reader *reader = open_reader(state);
	struct err err = ERR_INIT;
	int64_t count = -1;

	assert_ok(
	    store_user_count_unlimited(reader, "boss", except, &count, &err),
	    &err);
	store_reader_close(reader);
	return count;
}

static void
only_enabled_and_unlimited_ones_count_as_left(void **state)
{
	struct store_user one = user_in_role(state, "one", "boss");
	struct store_user two = user_in_role(state, "two", "boss");
	struct err err = ERR_INIT;

	user_in_role(state, "three", "other");
	assert_int_equal(count_unlimited(state, NULL), 2);
	assert_int_equal(count_unlimited(state, one.id), 1);
	two.is_disabled = true;
	assert_ok(do_write(state, change_user, &two, NULL, &err), &err);
	assert_int_equal(count_unlimited(state, one.id), 0);
	two.is_disabled = false;
	two.is_scoped = true;
	assert_ok(do_write(state, change_user, &two, NULL, &err), &err);
	assert_int_equal(count_unlimited(state, one.id), 0);
	assert_int_equal(count_unlimited(state, NULL), 1);
}

static void
a_role_in_use_stays_and_names_are_unique(void **state)
{
	struct store_role role = {.name = "Desk", .levels = "computers=read"};
	struct store_role again = {.name = "DESK"};
	struct store_reader *reader;
	struct store_user user;
	struct err err = ERR_INIT;

	id_make(role.id);
	id_make(again.id);
	assert_ok(do_write(state, make_role, &role, NULL, &err), &err);
	assert_refused(do_write(state, make_role, &again, NULL, &err), &err,
	    ERR_CONFLICT, "role_exists");
	store_text_copy(again.name, sizeof(again.name), "administrator");
	assert_refused(do_write(state, make_role, &again, NULL, &err), &err,
	    ERR_CONFLICT, "role_exists");
	store_text_copy(role.name, sizeof(role.name), "Guest");
	assert_refused(do_write(state, change_role, &role, NULL, &err), &err,
	    ERR_CONFLICT, "role_exists");
	store_text_copy(role.name, sizeof(role.name), "Help Desk");
	assert_ok(do_write(state, change_role, &role, NULL, &err), &err);
	user = user_in_role(state, "a", role.id);
	assert_refused(do_write(state, delete_role, role.id, NULL, &err), &err,
	    ERR_CONFLICT, "role_in_use");
	reader = open_reader(state);
	assert_ok(store_role_get(reader, role.id, &role, &err), &err);
	store_reader_close(reader);
	assert_int_equal(role.version, 2);
	assert_int_equal(role.user_count, 1);
	assert_ok(do_write(state, delete_user, user.id, NULL, &err), &err);
	assert_ok(do_write(state, delete_role, role.id, NULL, &err), &err);
	assert_refused(do_write(state, delete_role, role.id, NULL, &err), &err,
	    ERR_NOT_FOUND, "role_not_found");
}

/* The names of roles, or of users by their roles, in parts of one. */
static void
assert_order(void **state, bool is_of_users, const char *names)
{
	const struct store_user_filter by_role = {.sort = STORE_USER_BY_ROLE};
	struct store_reader *reader = open_reader(state);
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_page page = {.limit = 1, .cursor = cursor};
	struct store_role_list roles;
	struct store_user_list users;
	struct err err = ERR_INIT;
	char found[256] = "";

	do {
		size_t used = strlen(found);

		if (is_of_users) {
			assert_ok(store_user_list(
				      reader, &by_role, &page, &users, &err),
			    &err);
			snprintf(found + used, sizeof(found) - used, "%s/",
			    users.items[0].name);
			memcpy(cursor, users.next, sizeof(cursor));
			store_user_list_done(&users);
		} else {
			assert_ok(
			    store_role_list(reader, &page, &roles, &err), &err);
			snprintf(found + used, sizeof(found) - used, "%s/",
			    roles.items[0].name);
			memcpy(cursor, roles.next, sizeof(cursor));
			store_role_list_done(&roles);
		}
	} while (cursor[0] != '\0');
	store_reader_close(reader);
	assert_string_equal(found, names);
}

static void
roles_come_by_what_they_may_then_by_name(void **state)
{
	static const char *const NAMES[] = {"zebra", "Aardvark", "夜勤"};
	static const char *const ALWAYS[] = {
	    "00000000-0000-7000-8000-000000000014",
	    "00000000-0000-7000-8000-000000000012"};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(NAMES); i++) {
		struct store_role role = {0};

		id_make(role.id);
		store_text_copy(role.name, sizeof(role.name), NAMES[i]);
		assert_ok(do_write(state, make_role, &role, NULL, &err), &err);
		user_in_role(state, NAMES[i], role.id);
	}
	user_in_role(state, "a guest", ALWAYS[0]);
	user_in_role(state, "a technician", ALWAYS[1]);
	assert_order(state, false,
	    "Administrator/Technician/Auditor/Guest/Aardvark/zebra/夜勤/");
	assert_order(state, true, "a technician/a guest/Aardvark/zebra/夜勤/");
}

static size_t
count_since(void **state, int64_t version)
{
	struct store_reader *reader = open_reader(state);
	struct store_revision_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(store_revision_list_since(
		      reader, "user", "u", version, &list, &err),
	    &err);
	for (size_t i = 1; i < list.count; i++)
		assert_true(list.items[i - 1].version > list.items[i].version);
	count = list.count;
	store_revision_list_done(&list);
	store_reader_close(reader);
	return count;
}

static void
revisions_tell_what_came_since_and_no_more_than_that(void **state)
{
	struct store_revision revision = {.kind = "user",
	    .thing_id = "u",
	    .actor = "admin",
	    .members = "role"};
	struct err err = ERR_INIT;

	for (int64_t i = 2; i < 4 + STORE_REVISIONS_KEPT; i++) {
		revision.version = i;
		assert_ok(
		    do_write(state, add_revision, &revision, NULL, &err), &err);
	}
	assert_refused(do_write(state, add_revision, &revision, NULL, &err),
	    &err, ERR_CONFLICT, "revision_exists");
	assert_int_equal(count_since(state, 3 + STORE_REVISIONS_KEPT), 0);
	assert_int_equal(count_since(state, 1 + STORE_REVISIONS_KEPT), 2);
	assert_int_equal(count_since(state, 0), STORE_REVISIONS_KEPT);
	assert_ok(do_write(state, forget_revisions, "u", NULL, &err), &err);
	assert_int_equal(count_since(state, 0), 0);
}

/* Three users, and tokens that end and that did not. */
static const char OLD_ROWS[] =
    "INSERT INTO local_user VALUES ('u1', 'Boss', 'boss', 'h', 0,"
    " 'administrator', 0, 0, 0, 1, 2, 3);"
    "INSERT INTO local_user VALUES ('u2', 'Eye', 'eye', 'h', 1, 'auditor', 1,"
    " 0, 0, 1, 2, 3);"
    "INSERT INTO local_user VALUES ('u3', 'Odd', 'odd', 'h', 0, 'wizard', 0,"
    " 0, 0, 1, 2, 3);"
    "INSERT INTO api_token VALUES ('t1', 'u1', 'a', 'h1', 5, 0, 0, 1);"
    "INSERT INTO api_token VALUES ('t2', 'u2', 'b', 'h2', 5, 77, 0, 0)";

struct kept {
	const char *id;
	const char *role; /* a word that no role has leaves the least */
	bool is_disabled;
};

static const struct kept KEPT[] = {
    {"u1", "Administrator", false},
    {"u2", "Auditor", true},
    {"u3", "Guest", false},
};

static void
roles_of_an_older_schema_are_kept(void **state)
{
	struct test_database *database = *state;
	struct store_api_token token;
	struct store_reader *reader;
	struct store_user user;
	struct store_role role;
	struct err err = ERR_INIT;

	make_old_database(database, 3, OLD_ROWS);
	database->store = database_open(database);
	reader = open_reader(state);
	for (size_t i = 0; i < array_length(KEPT); i++) {
		assert_ok(
		    store_user_get(reader, KEPT[i].id, &user, &err), &err);
		assert_ok(
		    store_role_get(reader, user.role_id, &role, &err), &err);
		assert_string_equal(role.name, KEPT[i].role);
		assert_int_equal(user.is_disabled, KEPT[i].is_disabled);
		assert_false(user.is_scoped);
		assert_int_equal(user.version, 1);
	}
	assert_ok(store_api_token_get(reader, "t1", &token, &err), &err);
	assert_int_equal(token.expires_at, 5 + INT64_C(366) * 86400 * 1000);
	assert_true(token.is_seen_over_http);
	assert_ok(store_role_get(reader, token.role_id, &role, &err), &err);
	assert_string_equal(role.name, "Administrator");
	assert_ok(store_api_token_get(reader, "t2", &token, &err), &err);
	assert_int_equal(token.expires_at, 77);
	assert_false(token.is_scoped);
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(only_enabled_and_unlimited_ones_count_as_left),
	    ON_BOTH(a_role_in_use_stays_and_names_are_unique),
	    ON_BOTH(roles_come_by_what_they_may_then_by_name),
	    ON_BOTH(revisions_tell_what_came_since_and_no_more_than_that),
	    ON_BOTH_EMPTY(roles_of_an_older_schema_are_kept),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
