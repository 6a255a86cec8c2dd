/* Users, sessions, tokens, settings, journal heads and events, on both
 * databases. */
#include "store/test_call.h"

#include <inttypes.h>

#include "base/memory.h"
#include "store/api_token.h"
#include "store/enrolment_token.h"
#include "store/journal_head.h"
#include "store/office.h"
#include "store/session.h"
#include "store/setting.h"
#include "store/trust_event.h"
#include "store/user.h"

CALL(user_create, store_user_create(tx, a, err))
CALL(user_update, store_user_update(tx, a, err))
CALL(user_fail,
    store_user_record_failure(tx, a, *(const int64_t *)b, 3, 500, err))
CALL(user_sign_in, store_user_record_sign_in(tx, a, 900, err))
CALL(user_password, store_user_set_password(tx, a, b, false, 901, err))
CALL(user_delete, store_user_delete(tx, a, err))
CALL(session_create, store_session_create(tx, a, err))
CALL(session_touch, store_session_touch(tx, a, 60, 0, err))
CALL(session_delete_others, store_session_delete_of_user(tx, a, b, err))
CALL(session_expire, store_session_delete_expired(tx, *(const int64_t *)a, err))
CALL(token_create, store_api_token_create(tx, a, err))
CALL(token_touch, store_api_token_touch(tx, a, 70, b != NULL, err))
CALL(enrolment_create, store_enrolment_token_create(tx, a, err))
CALL(enrolment_use,
    store_enrolment_token_set_uses_left(tx, a, *(const int64_t *)b, err))
CALL(enrolment_revoke,
    store_enrolment_token_mark_revoked(tx, a, *(const int64_t *)b, err))
CALL(setting_put, store_setting_put(tx, a, err))
CALL(setting_delete, store_setting_delete(tx, a, err))
CALL(head_put, store_journal_head_put(tx, a, err))
CALL(event_append, store_trust_event_append(tx, a, err))

static struct store_user
make_user(const char *name)
{
	struct store_user user = {.must_change_password = true,
	    .password_hash = "$argon2id$",
	    .role_id = "r",
	    .created_at = 3};

	id_make(user.id);
	store_text_copy(user.name, sizeof(user.name), name);
	return user;
}

static struct store_user
created_user(void **state, const char *name)
{
	struct store_user user = make_user(name);
	struct err err = ERR_INIT;

	assert_ok(do_write(state, user_create, &user, NULL, &err), &err);
	return user;
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
a_user_name_is_unique_and_found_without_regard_to_case(void **state)
{
	struct store_user user = created_user(state, "Admin");
	struct store_user again = make_user("aDMIN");
	struct store_reader *reader;
	struct store_user found;
	struct err err = ERR_INIT;
	char longer[STORE_NAME_SIZE + 8];

	assert_refused(do_write(state, user_create, &again, NULL, &err), &err,
	    ERR_CONFLICT, "user_exists");
	reader = open_reader(state);
	assert_ok(store_user_get_by_name(reader, "ADMIN", &found, &err), &err);
	assert_string_equal(found.id, user.id);
	assert_true(found.must_change_password);
	assert_string_equal(found.role_id, "r");
	assert_int_equal(found.version, 1);
	assert_refused(store_user_get_by_name(reader, "", &found, &err), &err,
	    ERR_NOT_FOUND, "user_not_found");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_refused(store_user_get_by_name(reader, longer, &found, &err),
	    &err, ERR_NOT_FOUND, "user_not_found");
	store_reader_close(reader);
}

/* The names in order, by parts of two. */
static void
assert_order(void **state, enum store_user_sort sort, bool is_descending,
    const char *expected)
{
	struct store_reader *reader = open_reader(state);
	struct store_user_filter filter = {
	    .sort = sort, .is_descending = is_descending};
	char cursor[STORE_CURSOR_SIZE] = "", names[64] = "";
	size_t used = 0;
	struct store_page page = {.limit = 2};
	struct store_user_list list;
	struct err err = ERR_INIT;

	do {
		page.cursor = cursor[0] == '\0' ? NULL : cursor;
		assert_ok(
		    store_user_list(reader, &filter, &page, &list, &err), &err);
		for (size_t i = 0; i < list.count; i++)
			names[used++] = list.items[i].name[0];
		memcpy(cursor, list.next, sizeof(cursor));
		store_user_list_done(&list);
	} while (cursor[0] != '\0');
	assert_string_equal(names, expected);
	store_reader_close(reader);
}

static void
users_sort_by_name_role_and_last_sign_in_in_parts(void **state)
{
	static const struct {
		const char *name;
		char role; /* the last digit of one that is always there */
		int64_t signed_in_at;
	} USERS[] = {{"c", '1', 30}, {"A", '4', 0}, {"e", '4', 20},
	    {"B", '2', 50}, {"d", '1', 40}};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(USERS); i++) {
		struct store_user user = make_user(USERS[i].name);

		snprintf(user.role_id, sizeof(user.role_id),
		    "00000000-0000-7000-8000-00000000001%c", USERS[i].role);
		user.last_sign_in_at = USERS[i].signed_in_at;
		assert_ok(
		    do_write(state, user_create, &user, NULL, &err), &err);
	}
	assert_order(state, STORE_USER_BY_NAME, false, "ABcde");
	assert_order(state, STORE_USER_BY_NAME, true, "edcBA");
	/* Administrator, Technician, Guest. */
	assert_order(state, STORE_USER_BY_ROLE, false, "cdBAe");
	assert_order(state, STORE_USER_BY_ROLE, true, "eABdc");
	assert_order(state, STORE_USER_BY_LAST_SIGN_IN, false, "AecdB");
	assert_order(state, STORE_USER_BY_LAST_SIGN_IN, true, "BdceA");
}

static void
failures_lock_an_account_and_a_sign_in_unlocks_it(void **state)
{
	struct store_user user = created_user(state, "a");
	struct err err = ERR_INIT;

	for (int64_t at = 100; at < 102; at++)
		assert_ok(do_write(state, user_fail, user.id, &at, &err), &err);
	user = user_now(state, user.id);
	assert_int_equal(user.failed_attempts, 2);
	assert_int_equal(user.locked_until, 0);
	assert_ok(
	    do_write(state, user_fail, user.id, &(int64_t){200}, &err), &err);
	user = user_now(state, user.id);
	assert_int_equal(user.failed_attempts, 0);
	assert_int_equal(user.locked_until, 700);
	assert_ok(do_write(state, user_sign_in, user.id, NULL, &err), &err);
	assert_ok(do_write(state, user_password, user.id, "new", &err), &err);
	user = user_now(state, user.id);
	assert_int_equal(user.locked_until, 0);
	assert_int_equal(user.last_sign_in_at, 900);
	assert_string_equal(user.password_hash, "new");
	assert_false(user.must_change_password);
	user.is_disabled = true;
	assert_ok(do_write(state, user_update, &user, NULL, &err), &err);
	assert_true(user_now(state, user.id).is_disabled);
	assert_refused(do_write(state, user_sign_in, "nobody", NULL, &err),
	    &err, ERR_NOT_FOUND, "user_not_found");
}

static struct store_session
make_session(const char *user_id, const char *token, int64_t expires_at)
{
	struct store_session session = {.listener = STORE_LISTENER_HTTPS,
	    .created_at = 50,
	    .expires_at = expires_at,
	    .address = "::1"};

	id_make(session.id);
	store_text_copy(session.user_id, sizeof(session.user_id), user_id);
	store_text_copy(session.token_hash, sizeof(session.token_hash), token);
	return session;
}

static bool
has_session(void **state, const char *token)
{
	struct store_reader *reader = open_reader(state);
	struct store_session session;
	struct err err = ERR_INIT;
	bool has = store_session_get_by_token(reader, token, &session, &err);

	if (!has)
		assert_int_equal(err.category, ERR_NOT_FOUND);
	else
		assert_int_equal(session.listener, STORE_LISTENER_HTTPS);
	store_reader_close(reader);
	return has;
}

static void
sessions_end_by_time_by_user_and_with_their_user(void **state)
{
	struct store_user user = created_user(state, "a");
	struct store_session nobody = make_session("nobody", "t0", 100);
	struct store_session sessions[3] = {make_session(user.id, "t1", 100),
	    make_session(user.id, "t2", 200), make_session(user.id, "t3", 300)};
	struct err err = ERR_INIT;

	assert_refused(do_write(state, session_create, &nobody, NULL, &err),
	    &err, ERR_NOT_FOUND, "user_not_found");
	for (size_t i = 0; i < array_length(sessions); i++)
		assert_ok(
		    do_write(state, session_create, &sessions[i], NULL, &err),
		    &err);
	assert_ok(
	    do_write(state, session_touch, sessions[1].id, NULL, &err), &err);
	assert_ok(
	    do_write(state, session_expire, &(int64_t){100}, NULL, &err), &err);
	assert_false(has_session(state, "t1"));
	assert_true(has_session(state, "t2"));
	assert_ok(do_write(state, session_delete_others, user.id,
		      sessions[2].id, &err),
	    &err);
	assert_false(has_session(state, "t2"));
	assert_true(has_session(state, "t3"));
	assert_ok(do_write(state, user_delete, user.id, NULL, &err), &err);
	assert_false(has_session(state, "t3"));
}

static void
api_tokens_remember_http_for_good(void **state)
{
	struct store_user user = created_user(state, "a");
	struct store_api_token token = {.name = "ci", .token_hash = "h"};
	struct store_reader *reader;
	struct store_api_token_filter any = {0};
	struct store_api_token_list list;
	struct err err = ERR_INIT;

	id_make(token.id);
	assert_refused(do_write(state, token_create, &token, NULL, &err), &err,
	    ERR_NOT_FOUND, "user_not_found");
	memcpy(token.user_id, user.id, sizeof(user.id));
	assert_ok(do_write(state, token_create, &token, NULL, &err), &err);
	assert_refused(do_write(state, token_create, &token, NULL, &err), &err,
	    ERR_CONFLICT, "api_token_exists");
	assert_ok(do_write(state, token_touch, token.id, "http", &err), &err);
	assert_ok(do_write(state, token_touch, token.id, NULL, &err), &err);
	reader = open_reader(state);
	assert_ok(store_api_token_get_by_hash(reader, "h", &token, &err), &err);
	assert_true(token.is_seen_over_http);
	assert_int_equal(token.last_used_at, 70);
	assert_ok(store_api_token_list(reader, &any, NULL, &list, &err), &err);
	assert_int_equal(list.count, 1);
	store_api_token_list_done(&list);
	store_reader_close(reader);
}

static size_t
count_usable(void **state, int64_t at)
{
	struct store_enrolment_token_filter filter = {
	    .office_id = STORE_OFFICE_LOCAL_ID, .usable_at = at};
	struct store_reader *reader = open_reader(state);
	struct store_enrolment_token_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(
	    store_enrolment_token_list(reader, &filter, NULL, &list, &err),
	    &err);
	count = list.count;
	store_enrolment_token_list_done(&list);
	store_reader_close(reader);
	return count;
}

static struct store_enrolment_token
make_enrolment_token(const char *office_id)
{
	struct store_enrolment_token token = {.kind = STORE_TOKEN_OFFICE,
	    .uses_allowed = 2,
	    .uses_left = 2,
	    .expires_at = 100};

	id_make(token.id);
	store_text_copy(token.office_id, sizeof(token.office_id), office_id);
	return token;
}

static void
an_enrolment_token_of_nowhere_is_refused(void **state)
{
	struct store_enrolment_token token = make_enrolment_token("nowhere");
	struct err err = ERR_INIT;

	assert_refused(do_write(state, enrolment_create, &token, NULL, &err),
	    &err, ERR_NOT_FOUND, "office_not_found");
	token = make_enrolment_token(STORE_OFFICE_LOCAL_ID);
	store_text_copy(token.computer_id, sizeof(token.computer_id), "nobody");
	assert_refused(do_write(state, enrolment_create, &token, NULL, &err),
	    &err, ERR_NOT_FOUND, "computer_not_found");
}

static void
an_enrolment_token_ends_by_use_time_or_revocation(void **state)
{
	struct store_enrolment_token token =
	    make_enrolment_token(STORE_OFFICE_LOCAL_ID);
	struct store_reader *reader;
	struct err err = ERR_INIT;

	assert_ok(do_write(state, enrolment_create, &token, NULL, &err), &err);
	assert_int_equal(count_usable(state, 99), 1);
	assert_int_equal(count_usable(state, 100), 0);
	assert_ok(do_write(state, enrolment_use, token.id, &(int64_t){0}, &err),
	    &err);
	assert_int_equal(count_usable(state, 99), 0);
	assert_ok(do_write(state, enrolment_use, token.id, &(int64_t){1}, &err),
	    &err);
	assert_ok(
	    do_write(state, enrolment_revoke, token.id, &(int64_t){40}, &err),
	    &err);
	assert_ok(
	    do_write(state, enrolment_revoke, token.id, &(int64_t){41}, &err),
	    &err);
	assert_int_equal(count_usable(state, 99), 0);
	reader = open_reader(state);
	assert_ok(
	    store_enrolment_token_get(reader, token.id, &token, &err), &err);
	store_reader_close(reader);
	assert_int_equal(token.revoked_at, 40);
	assert_string_equal(token.computer_id, "");
	assert_string_equal(store_token_kind_name(token.kind), "office");
}

static void
two_editors_do_not_overwrite_each_other_unseen(void **state)
{
	struct store_setting setting = {.key = "k", .text = "first"};
	struct store_setting got;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	assert_ok(do_write(state, setting_put, &setting, NULL, &err), &err);
	assert_refused(do_write(state, setting_put, &setting, NULL, &err), &err,
	    ERR_CONFLICT, "setting_changed");
	setting.version = 1;
	setting.integer = INT64_MIN;
	assert_ok(do_write(state, setting_put, &setting, NULL, &err), &err);
	reader = open_reader(state);
	assert_ok(store_setting_get(reader, "k", &got, &err), &err);
	store_reader_close(reader);
	assert_int_equal(got.version, 2);
	assert_true(got.integer == INT64_MIN);
	assert_string_equal(got.text, "first");
	assert_ok(do_write(state, setting_delete, "k", NULL, &err), &err);
	assert_refused(do_write(state, setting_delete, "k", NULL, &err), &err,
	    ERR_NOT_FOUND, "setting_not_found");
}

static void
a_journal_that_forks_is_refused(void **state)
{
	struct store_journal_head head = {.n = 5, .hash = "a", .seen_at = 1};
	struct store_journal_head got;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	reader = open_reader(state);
	assert_ok(store_journal_head_latest(reader, &got, &err), &err);
	assert_int_equal(got.n, 0);
	store_reader_close(reader);
	assert_ok(do_write(state, head_put, &head, NULL, &err), &err);
	assert_ok(do_write(state, head_put, &head, NULL, &err), &err);
	head.hash[0] = 'b';
	assert_refused(do_write(state, head_put, &head, NULL, &err), &err,
	    ERR_CONFLICT, "journal_forked");
	head.n = 5000;
	assert_ok(do_write(state, head_put, &head, NULL, &err), &err);
	reader = open_reader(state);
	assert_ok(store_journal_head_latest(reader, &got, &err), &err);
	assert_int_equal(got.n, 5000);
	assert_string_equal(got.hash, "b");
	assert_refused(store_journal_head_get(reader, 5, &got, &err), &err,
	    ERR_NOT_FOUND, "journal_head_not_found");
	store_reader_close(reader);
}

static void
events_come_newest_first_in_parts(void **state)
{
	struct store_page page = {.limit = 2};
	struct store_trust_event_list list;
	struct store_reader *reader;
	struct err err = ERR_INIT;
	char cursor[STORE_CURSOR_SIZE];

	for (int64_t i = 0; i < 3; i++) {
		struct store_trust_event event = {
		    .at = i, .kind = "computer_revoked", .subject = "s"};

		snprintf(event.id, sizeof(event.id), "id-%" PRId64, i);
		assert_ok(
		    do_write(state, event_append, &event, NULL, &err), &err);
	}
	reader = open_reader(state);
	assert_ok(store_trust_event_list(reader, "s", NULL, &page, &list, &err),
	    &err);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].at, 2);
	memcpy(cursor, list.next, sizeof(cursor));
	store_trust_event_list_done(&list);
	page.cursor = cursor;
	assert_ok(store_trust_event_list(
		      reader, "s", "computer_revoked", &page, &list, &err),
	    &err);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].at, 0);
	assert_string_equal(list.next, "");
	store_trust_event_list_done(&list);
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(a_user_name_is_unique_and_found_without_regard_to_case),
	    ON_BOTH(users_sort_by_name_role_and_last_sign_in_in_parts),
	    ON_BOTH(failures_lock_an_account_and_a_sign_in_unlocks_it),
	    ON_BOTH(sessions_end_by_time_by_user_and_with_their_user),
	    ON_BOTH(api_tokens_remember_http_for_good),
	    ON_BOTH(an_enrolment_token_of_nowhere_is_refused),
	    ON_BOTH(an_enrolment_token_ends_by_use_time_or_revocation),
	    ON_BOTH(two_editors_do_not_overwrite_each_other_unseen),
	    ON_BOTH(a_journal_that_forks_is_refused),
	    ON_BOTH(events_come_newest_first_in_parts),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
