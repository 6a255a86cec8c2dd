/* What core may show of enrolment tokens. */
#include "store/enrolment_token.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/scope_table.h"

static const char *const KINDS[] = {
    [STORE_TOKEN_COMPUTER] = "computer",
    [STORE_TOKEN_OFFICE] = "office",
};

#define COLUMN(member, kind) TABLE_COLUMN(store_enrolment_token, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    TABLE_COLUMN_WORD(store_enrolment_token, kind, KINDS),
    COLUMN(office_id, TABLE_TEXT),
    COLUMN(computer_id, TABLE_REFERENCE),
    COLUMN(comment, TABLE_TEXT),
    COLUMN(uses_allowed, TABLE_INTEGER),
    COLUMN(uses_left, TABLE_INTEGER),
    COLUMN(expires_at, TABLE_INTEGER),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(created_by, TABLE_TEXT),
    COLUMN(revoked_at, TABLE_INTEGER),
};

static const struct table TABLE = {"enrolment_token", "enrolment_token",
    COLUMNS, array_length(COLUMNS), sizeof(struct store_enrolment_token), NULL};

static const struct list_order BY_ID = {31, 1, {{"id", STORE_VALUE_TEXT}}};

const char *
store_token_kind_name(enum store_token_kind kind)
{
	check((size_t)kind < array_length(KINDS));
	return KINDS[kind];
}

DEFINE_LIST_DONE(store_enrolment_token)

static bool
check_there(struct store_tx *tx, const char *sql, const char *id,
    const char *noun, struct err *err)
{
	bool exists = false;

	if (!statement_exists(store_tx_reader(tx), sql, id, &exists, err))
		return false;
	return exists || statement_not_found(noun, err);
}

bool
store_enrolment_token_create(struct store_tx *tx,
    const struct store_enrolment_token *token, struct err *err)
{
	bool is_new = false;

	if (!check_there(tx, "SELECT id FROM office WHERE id = ?1",
		token->office_id, "office", err))
		return false;
	if (token->computer_id[0] != '\0' &&
	    !check_there(tx, "SELECT id FROM computer WHERE id = ?1",
		token->computer_id, "computer", err))
		return false;
	if (!table_insert(&TABLE, tx, token, NULL, &is_new, err))
		return false;
	return is_new ||
	    err_set_code(err, ERR_CONFLICT, "enrolment_token_exists",
		"there is already such an enrolment token");
}

bool
store_enrolment_token_set_uses_left(
    struct store_tx *tx, const char *id, int64_t uses_left, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE enrolment_token SET uses_left = ?2 WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, uses_left);
	return statement_run_found(&statement, "enrolment_token", err);
}

bool
store_enrolment_token_mark_revoked(
    struct store_tx *tx, const char *id, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE enrolment_token SET revoked_at ="
	    " CASE WHEN revoked_at = 0 THEN ?2 ELSE revoked_at END"
	    " WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, at);
	return statement_run_found(&statement, "enrolment_token", err);
}

bool
store_enrolment_token_delete(
    struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM enrolment_token WHERE id = ?1");
	statement_text(&statement, id);
	return statement_run_found(&statement, "enrolment_token", err);
}

/* A computer's token goes where the computer goes; that it is in a group of the
 * scope is not enough, for tokens are the office's. */
static bool
check_scope(struct store_reader *reader,
    const struct store_enrolment_token *token, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char office_id[ID_SIZE];
	bool has_row = false;

	statement_init(
	    &statement, reader, "SELECT office_id FROM computer WHERE id = ?1");
	if (token->computer_id[0] == '\0')
		return scope_check_office(
		    reader, token->office_id, "enrolment_token", err);
	statement_text(&statement, token->computer_id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("enrolment_token", err);
	statement_column_text(&statement, 0, office_id, sizeof(office_id));
	return scope_check_office(reader, office_id, "enrolment_token", err);
}

bool
store_enrolment_token_get(struct store_reader *reader, const char *id,
    struct store_enrolment_token *out_token, struct err *err)
{
	struct store_enrolment_token token;

	if (!table_get(&TABLE, reader, "id = ?1", id, &token, err) ||
	    !check_scope(reader, &token, err))
		return false;
	*out_token = token;
	return true;
}

bool
store_enrolment_token_list(struct store_reader *reader,
    const struct store_enrolment_token_filter *filter,
    const struct store_page *page, struct store_enrolment_token_list *out_list,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "office_id", "=", filter->office_id);
	list_where_text(&query, "computer_id", "=", filter->computer_id);
	scope_where_place(&query,
	    "CASE WHEN computer_id IS NULL THEN office_id ELSE"
	    " (SELECT computer.office_id FROM computer"
	    " WHERE computer.id = computer_id) END",
	    STORE_PLACE_OFFICE);
	if (filter->usable_at != 0) {
		list_where_integer(
		    &query, "expires_at", ">", filter->usable_at);
		list_where(&query, "uses_left > 0 AND revoked_at = 0");
	}
	if (!list_run(&query, &BY_ID, true, page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
