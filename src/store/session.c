/* Signed-in sessions. */
#include "store/session.h"

#include "base/memory.h"
#include "store/list.h"

static const char *const LISTENERS[] = {
    [STORE_LISTENER_HTTP] = "http",
    [STORE_LISTENER_HTTPS] = "https",
};

#define COLUMN(member, kind) TABLE_COLUMN(store_session, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(user_id, TABLE_TEXT),
    COLUMN(token_hash, TABLE_TEXT),
    TABLE_COLUMN_WORD(store_session, listener, LISTENERS),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(last_used_at, TABLE_INTEGER),
    COLUMN(expires_at, TABLE_INTEGER),
    COLUMN(address, TABLE_TEXT),
    COLUMN(user_agent, TABLE_TEXT),
};

static const struct table TABLE = {"session", "session", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_session), NULL};

static const struct list_order BY_ID = {61, 1, {{"id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_session)

bool
store_session_create(
    struct store_tx *tx, const struct store_session *session, struct err *err)
{
	bool exists = false;
	bool is_new = false;

	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM local_user WHERE id = ?1", session->user_id,
		&exists, err))
		return false;
	if (!exists)
		return statement_not_found("user", err);
	if (!table_insert(&TABLE, tx, session, NULL, &is_new, err))
		return false;
	return is_new ||
	    err_set_code(err, ERR_CONFLICT, "session_exists",
		"there is already such a session");
}

bool
store_session_touch(struct store_tx *tx, const char *id, int64_t at,
    int64_t expires_at, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE session SET last_used_at = ?2, expires_at ="
	    " CASE WHEN ?3 = 0 THEN expires_at ELSE ?3 END WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, at);
	statement_integer(&statement, expires_at);
	return statement_run_found(&statement, "session", err);
}

bool
store_session_delete(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM session WHERE id = ?1");
	statement_text(&statement, id);
	return statement_run_found(&statement, "session", err);
}

bool
store_session_delete_of_user(struct store_tx *tx, const char *user_id,
    const char *except_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM session WHERE user_id = ?1 AND id <> ?2");
	statement_text(&statement, user_id);
	statement_text(&statement, except_id == NULL ? "" : except_id);
	return statement_run(&statement, &changes, err);
}

bool
store_session_delete_expired(struct store_tx *tx, int64_t now, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM session WHERE expires_at <= ?1");
	statement_integer(&statement, now);
	return statement_run(&statement, &changes, err);
}

bool
store_session_set_longest(
    struct store_tx *tx, int64_t longest_ms, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE session SET expires_at = created_at + ?1");
	statement_integer(&statement, longest_ms);
	return statement_run(&statement, &changes, err);
}

bool
store_session_get(struct store_reader *reader, const char *id,
    struct store_session *out_session, struct err *err)
{
	return table_get(&TABLE, reader, "id = ?1", id, out_session, err);
}

bool
store_session_get_by_token(struct store_reader *reader, const char *token_hash,
    struct store_session *out_session, struct err *err)
{
	return table_get(
	    &TABLE, reader, "token_hash = ?1", token_hash, out_session, err);
}

bool
store_session_list(struct store_reader *reader, const char *user_id,
    const struct store_session_life *life, const struct store_page *page,
    struct store_session_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "user_id", "=", user_id);
	if (life != NULL) {
		list_where_integer(&query, "expires_at", ">", life->now);
		list_where_integer(
		    &query, "last_used_at", ">", life->used_after);
		list_where_integer(&query, "created_at", ">", life->made_after);
	}
	if (!list_run(&query, &BY_ID, true, page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
