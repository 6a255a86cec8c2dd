/* What keeps accounts: remembered passwords, known devices, locks, the life of
 * sessions. On both databases. */
#include "store/test_call.h"

#include <stdio.h>

#include "store/known_device.h"
#include "store/password_history.h"
#include "store/session.h"

struct remembered {
	const char *hash;
	unsigned keep;
	int64_t at;
};

CALL(remember,
    store_password_history_add(tx, a, ((const struct remembered *)b)->hash,
	((const struct remembered *)b)->at,
	((const struct remembered *)b)->keep, err))
CALL(device_put, store_known_device_put(tx, a, b, 7, err))
CALL(device_put_late, store_known_device_put(tx, a, b, 9000, err))
CALL(device_forget, store_known_device_delete_of_user(tx, a, err))
CALL(user_remove, store_user_delete(tx, a, err))
CALL(user_change, store_user_update(tx, a, err))
CALL(user_fail, store_user_record_failure(tx, a, 100, 1, 500, err))
CALL(user_unlock, store_user_unlock(tx, a, err))
CALL(user_sign_in, store_user_record_sign_in(tx, a, 300, err))
CALL(session_put, store_session_create(tx, a, err))
CALL(session_limit, store_session_set_longest(tx, *(const int64_t *)a, err))

static struct store_password_history
history_of(void **state, const char *user_id)
{
	struct store_reader *reader = open_reader(state);
	struct store_password_history history = {0};
	struct err err = ERR_INIT;

	assert_ok(
	    store_password_history_get(reader, user_id, &history, &err), &err);
	store_reader_close(reader);
	return history;
}

static void
add_to_history(
    void **state, const char *user_id, const char *hash, unsigned keep)
{
	static int64_t at;
	struct remembered one = {hash, keep, ++at};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, remember, user_id, &one, &err), &err);
}

static void
the_latest_passwords_are_remembered_and_no_more(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct store_user other = user_in_role(state, "b", "r");
	struct store_password_history history;
	struct err err = ERR_INIT;
	char hash[16];

	assert_int_equal(history_of(state, user.id).count, 0);
	for (int i = 0; i < 30; i++) {
		snprintf(hash, sizeof(hash), "h%d", i);
		add_to_history(state, user.id, hash, 99);
	}
	add_to_history(state, other.id, "other", 3);
	history = history_of(state, user.id);
	assert_int_equal(history.count, STORE_PASSWORD_HISTORY_MAX);
	assert_string_equal(history.hashes[0], "h29");
	assert_string_equal(history.hashes[23], "h6");
	add_to_history(state, user.id, "new", 2);
	history = history_of(state, user.id);
	assert_int_equal(history.count, 2);
	assert_string_equal(history.hashes[0], "new");
	assert_string_equal(history.hashes[1], "h29");
	add_to_history(state, user.id, "not kept", 0);
	assert_int_equal(history_of(state, user.id).count, 0);
	assert_int_equal(history_of(state, other.id).count, 1);
	assert_ok(do_write(state, user_remove, other.id, NULL, &err), &err);
	assert_int_equal(history_of(state, other.id).count, 0);
}

static bool
is_known(void **state, const char *user_id, const char *token)
{
	struct store_reader *reader = open_reader(state);
	struct err err = ERR_INIT;
	bool exists = false;

	assert_ok(
	    store_known_device_exists(reader, user_id, token, &exists, &err),
	    &err);
	store_reader_close(reader);
	return exists;
}

static void
a_device_is_known_for_its_user_and_their_number_is_bounded(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct store_user other = user_in_role(state, "b", "r");
	struct err err = ERR_INIT;
	char token[16];

	assert_false(is_known(state, user.id, "t"));
	assert_ok(do_write(state, device_put, user.id, "t", &err), &err);
	assert_ok(do_write(state, device_put, user.id, "t", &err), &err);
	assert_ok(do_write(state, device_put, other.id, "o", &err), &err);
	assert_true(is_known(state, user.id, "t"));
	assert_false(is_known(state, other.id, "t"));
	for (int i = 0; i < STORE_KNOWN_DEVICES_MAX + 5; i++) {
		snprintf(token, sizeof(token), "late%d", i);
		assert_ok(
		    do_write(state, device_put_late, user.id, token, &err),
		    &err);
	}
	assert_false(is_known(state, user.id, "t"));
	/* One that a slow clock writes stays all the same: it is in use. */
	assert_ok(do_write(state, device_put, user.id, "t", &err), &err);
	assert_true(is_known(state, user.id, "t"));
	assert_true(is_known(state, other.id, "o"));
	assert_ok(do_write(state, device_forget, user.id, NULL, &err), &err);
	assert_false(is_known(state, user.id, "t"));
	assert_true(is_known(state, other.id, "o"));
}

static struct store_user
user_now(void **state, const char *id)
{
	struct store_reader *reader = open_reader(state);
	struct store_user user;
	struct err err = ERR_INIT;

	assert_ok(store_user_get(reader, id, &user, &err), &err);
	store_reader_close(reader);
	return user;
}

static void
unlocking_is_counted_and_a_sign_in_leaves_a_lock(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, user_fail, user.id, NULL, &err), &err);
	assert_int_equal(user_now(state, user.id).locked_until, 600);
	/* A known device signs in while strangers are locked out. */
	assert_ok(do_write(state, user_sign_in, user.id, NULL, &err), &err);
	assert_int_equal(user_now(state, user.id).locked_until, 600);
	assert_ok(do_write(state, user_unlock, user.id, NULL, &err), &err);
	assert_int_equal(user_now(state, user.id).locked_until, 0);
	assert_int_equal(user_now(state, user.id).unlocks, 1);
	assert_refused(do_write(state, user_unlock, "nobody", NULL, &err), &err,
	    ERR_NOT_FOUND, "user_not_found");
}

static void
a_new_name_is_unique_and_leaves_unlocks_alone(void **state)
{
	struct store_user user = user_in_role(state, "Taro", "r");
	struct err err = ERR_INIT;

	(void)user_in_role(state, "Hanako", "r");
	assert_ok(do_write(state, user_unlock, user.id, NULL, &err), &err);
	store_text_copy(user.name, sizeof(user.name), "hANAKO");
	assert_refused(do_write(state, user_change, &user, NULL, &err), &err,
	    ERR_CONFLICT, "user_exists");
	store_text_copy(user.name, sizeof(user.name), "TARO");
	assert_ok(do_write(state, user_change, &user, NULL, &err), &err);
	assert_string_equal(user_now(state, user.id).name, "TARO");
	assert_int_equal(user_now(state, user.id).unlocks, 1);
}

static void
add_session(void **state, const char *user_id, const char *token,
    int64_t created_at, int64_t last_used_at)
{
	struct store_session session = {.listener = STORE_LISTENER_HTTPS,
	    .created_at = created_at,
	    .last_used_at = last_used_at,
	    .expires_at = 1000,
	    .user_agent = "Browser/割符"};
	struct err err = ERR_INIT;

	id_make(session.id);
	store_text_copy(session.user_id, sizeof(session.user_id), user_id);
	store_text_copy(session.token_hash, sizeof(session.token_hash), token);
	assert_ok(do_write(state, session_put, &session, NULL, &err), &err);
}

static size_t
count_sessions(
    void **state, const char *user_id, const struct store_session_life *life)
{
	struct store_reader *reader = open_reader(state);
	struct store_page page = {.limit = 100};
	struct store_session_list list = {0};
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(store_session_list(reader, user_id, life, &page, &list, &err),
	    &err);
	count = list.count;
	for (size_t i = 0; i < count; i++)
		assert_string_equal(list.items[i].user_agent, "Browser/割符");
	store_session_list_done(&list);
	store_reader_close(reader);
	return count;
}

static void
sessions_that_have_ended_are_not_listed(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	const struct store_session_life life = {999, 500, 10};
	const struct store_session_life over = {1000, 500, 10};
	struct err err = ERR_INIT;

	add_session(state, user.id, "alive", 11, 501);
	add_session(state, user.id, "idle", 11, 500);
	add_session(state, user.id, "old", 10, 900);
	assert_int_equal(count_sessions(state, user.id, NULL), 3);
	assert_int_equal(count_sessions(state, user.id, &life), 1);
	assert_int_equal(count_sessions(state, user.id, &over), 0);
	assert_int_equal(count_sessions(state, "nobody", NULL), 0);
	assert_ok(
	    do_write(state, session_limit, &(int64_t){2000}, NULL, &err), &err);
	assert_int_equal(count_sessions(state, user.id, &over), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ON_BOTH(the_latest_passwords_are_remembered_and_no_more),
	    ON_BOTH(a_device_is_known_for_its_user_and_their_number_is_bounded),
	    ON_BOTH(unlocking_is_counted_and_a_sign_in_leaves_a_lock),
	    ON_BOTH(a_new_name_is_unique_and_leaves_unlocks_alone),
	    ON_BOTH(sessions_that_have_ended_are_not_listed),
	};

	return cmocka_run_group_tests(
	    tests, databases_setup, databases_teardown);
}
