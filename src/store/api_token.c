/* API tokens of users. */
#include "store/api_token.h"

#include "base/memory.h"
#include "store/fold.h"
#include "store/pick.h"
#include "store/scope.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_api_token, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(user_id, TABLE_TEXT),
    COLUMN(name, TABLE_TEXT),
    COLUMN(token_hash, TABLE_TEXT),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(expires_at, TABLE_INTEGER),
    COLUMN(last_used_at, TABLE_INTEGER),
    COLUMN(is_seen_over_http, TABLE_BOOLEAN),
    COLUMN(role_id, TABLE_TEXT),
    COLUMN(is_scoped, TABLE_BOOLEAN),
};

static const struct table TABLE = {"api_token", "api_token", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_api_token), NULL};

static const struct list_order BY_ID = {21, 1, {{"id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_api_token)

bool
store_api_token_create(
    struct store_tx *tx, const struct store_api_token *token, struct err *err)
{
	bool exists = false;
	bool is_new = false;

	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM local_user WHERE id = ?1", token->user_id,
		&exists, err))
		return false;
	if (!exists)
		return statement_not_found("user", err);
	if (!table_insert(&TABLE, tx, token, NULL, &is_new, err))
		return false;
	return is_new ||
	    err_set_code(err, ERR_CONFLICT, "api_token_exists",
		"there is already such an API token");
}

bool
store_api_token_touch(struct store_tx *tx, const char *id, int64_t at,
    bool over_http, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE api_token SET last_used_at = ?2, is_seen_over_http ="
	    " CASE WHEN ?3 = 1 THEN 1 ELSE is_seen_over_http END"
	    " WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, at);
	statement_integer(&statement, over_http ? 1 : 0);
	return statement_run_found(&statement, "api_token", err);
}

bool
store_api_token_delete(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM api_token WHERE id = ?1");
	statement_text(&statement, id);
	return store_scope_set(tx, id, NULL, 0, err) &&
	    statement_run_found(&statement, "api_token", err);
}

bool
store_api_token_get(struct store_reader *reader, const char *id,
    struct store_api_token *out_token, struct err *err)
{
	return table_get(&TABLE, reader, "id = ?1", id, out_token, err);
}

bool
store_api_token_get_by_hash(struct store_reader *reader, const char *token_hash,
    struct store_api_token *out_token, struct err *err)
{
	return table_get(
	    &TABLE, reader, "token_hash = ?1", token_hash, out_token, err);
}

static void
keys_of(const void *item, struct store_value *out_keys)
{
	const struct store_api_token *token = item;

	out_keys[0] = (struct store_value){
	    .kind = STORE_VALUE_TEXT, .bytes = view_string(token->id)};
}

/* Of a list whose names are searched: they are folded here, since databases
 * fold each in its own way. */
struct search {
	struct pick pick;
	char key[STORE_NAME_SIZE];
};

static bool
offer(struct statement *row, void *context, struct err *err)
{
	struct search *search = context;
	struct store_api_token token = {0};
	char key[STORE_NAME_SIZE];

	if (!table_load(&TABLE, row, &token, err))
		return false;
	fold_text(token.name, key, sizeof(key));
	if (strstr(key, search->key) != NULL)
		pick_offer(&search->pick, &token);
	return true;
}

static bool
run_search(struct list_query *query, const char *text,
    const struct store_page *page, struct list_result *out_result,
    struct err *err)
{
	struct search search = {.pick = {.order = &BY_ID,
				    .is_descending = true,
				    .item_size = sizeof(struct store_api_token),
				    .keys_of = keys_of}};
	scoped(buf_donep) struct buf columns = BUF_INIT(TABLE_SQL_MAX);
	bool is_done;

	fold_text(text, search.key, sizeof(search.key));
	is_done = pick_begin(&search.pick, page, err) &&
	    table_append_columns(&TABLE, &columns, err) &&
	    buf_append(&columns, "", 1, err) &&
	    list_each(
		query, (const char *)columns.data, "", offer, &search, err) &&
	    pick_finish(&search.pick, out_result, err);
	pick_done(&search.pick);
	return is_done;
}

static void
where_place(struct list_query *query, const char *place_id)
{
	char condition[128];

	if (place_id == NULL)
		return;
	snprintf(condition, sizeof(condition),
	    "id IN (SELECT owner_id FROM scope WHERE place_id = ?%u)",
	    statement_text(&query->statement, place_id));
	list_where(query, condition);
}

bool
store_api_token_list(struct store_reader *reader,
    const struct store_api_token_filter *filter, const struct store_page *page,
    struct store_api_token_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "user_id", "=", filter->user_id);
	where_place(&query, filter->place_id);
	if (!(filter->search != NULL
		    ? run_search(&query, filter->search, page, &result, err)
		    : list_run(&query, &BY_ID, true, page, &result, err)))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
