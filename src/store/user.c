/* Local users. */
#include "store/user.h"

#include <stdio.h>

#include "base/memory.h"
#include "store/fold.h"
#include "store/list.h"
#include "store/role.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_user, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(name, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_user, name),
    COLUMN(password_hash, TABLE_TEXT),
    COLUMN(must_change_password, TABLE_BOOLEAN),
    COLUMN(role_id, TABLE_TEXT),
    COLUMN(is_scoped, TABLE_BOOLEAN),
    COLUMN(is_disabled, TABLE_BOOLEAN),
    COLUMN(failed_attempts, TABLE_INTEGER),
    COLUMN(locked_until, TABLE_INTEGER),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(password_changed_at, TABLE_INTEGER),
    COLUMN(last_sign_in_at, TABLE_INTEGER),
    COLUMN(version, TABLE_INTEGER),
    COLUMN(unlocks, TABLE_INTEGER),
    COLUMN(has_two_factor, TABLE_BOOLEAN),
};

static const struct table TABLE = {"local_user", "user", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_user), NULL};

#define ROLE_KEY                                                               \
	"COALESCE((SELECT " STORE_ROLE_RANK                                    \
	" FROM role WHERE role.id = local_user.role_id), '')"

static const struct list_order ORDERS[] = {
    [STORE_USER_BY_NAME] = {81, 2,
	{{"name_key", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
    [STORE_USER_BY_ROLE] = {84, 3,
	{{ROLE_KEY, STORE_VALUE_TEXT}, {"name_key", STORE_VALUE_TEXT},
	    {"id", STORE_VALUE_TEXT}}},
    [STORE_USER_BY_LAST_SIGN_IN] = {83, 2,
	{{"last_sign_in_at", STORE_VALUE_INTEGER}, {"id", STORE_VALUE_TEXT}}},
};

DEFINE_LIST_DONE(store_user)

static bool
user_exists(const char *name, struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "user_exists",
	    "there is already a user named \"%s\"", name);
}

bool
store_user_create(
    struct store_tx *tx, const struct store_user *user, struct err *err)
{
	struct store_user row = *user;
	bool is_new = false;

	row.version = 1;
	if (!table_insert(&TABLE, tx, &row, NULL, &is_new, err))
		return false;
	return is_new || user_exists(user->name, err);
}

static bool
is_name_taken(struct store_tx *tx, const struct store_user *user,
    const char *key, bool *out_is_taken, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT id FROM local_user WHERE name_key = ?1 AND id <> ?2");
	statement_text(&statement, key);
	statement_text(&statement, user->id);
	return statement_next(&statement, out_is_taken, err);
}

static bool
replace_user(struct store_tx *tx, const struct store_user *user,
    const char *key, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE local_user SET password_hash = ?2,"
	    " must_change_password = ?3, role_id = ?4, is_disabled = ?5,"
	    " failed_attempts = ?6, locked_until = ?7,"
	    " password_changed_at = ?8, last_sign_in_at = ?9,"
	    " is_scoped = ?10, name = ?11, name_key = ?12,"
	    " version = version + 1 WHERE id = ?1");
	statement_text(&statement, user->id);
	statement_text(&statement, user->password_hash);
	statement_integer(&statement, user->must_change_password);
	statement_text(&statement, user->role_id);
	statement_integer(&statement, user->is_disabled);
	statement_integer(&statement, user->failed_attempts);
	statement_integer(&statement, user->locked_until);
	statement_integer(&statement, user->password_changed_at);
	statement_integer(&statement, user->last_sign_in_at);
	statement_integer(&statement, user->is_scoped);
	statement_text(&statement, user->name);
	statement_text(&statement, key);
	return statement_run_found(&statement, "user", err);
}

bool
store_user_update(
    struct store_tx *tx, const struct store_user *user, struct err *err)
{
	char key[STORE_NAME_SIZE];
	bool is_taken = false;

	fold_text(user->name, key, sizeof(key));
	if (!is_name_taken(tx, user, key, &is_taken, err))
		return false;
	if (is_taken)
		return user_exists(user->name, err);
	return replace_user(tx, user, key, err);
}

bool
store_user_set_password(struct store_tx *tx, const char *id,
    const char *password_hash, bool must_change, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE local_user SET password_hash = ?2,"
	    " must_change_password = ?3, password_changed_at = ?4"
	    " WHERE id = ?1");
	statement_text(&statement, id);
	statement_text(&statement, password_hash);
	statement_integer(&statement, must_change);
	statement_integer(&statement, at);
	return statement_run_found(&statement, "user", err);
}

bool
store_user_record_failure(struct store_tx *tx, const char *id, int64_t at,
    int64_t lock_after, int64_t lock_ms, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE local_user SET"
	    " locked_until = CASE WHEN failed_attempts + 1 >= ?2"
	    " THEN ?3 ELSE locked_until END,"
	    " failed_attempts = CASE WHEN failed_attempts + 1 >= ?2"
	    " THEN 0 ELSE failed_attempts + 1 END WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, lock_after);
	statement_integer(&statement, at + lock_ms);
	return statement_run_found(&statement, "user", err);
}

bool
store_user_record_sign_in(
    struct store_tx *tx, const char *id, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE local_user SET failed_attempts = 0, locked_until ="
	    " CASE WHEN locked_until <= ?2 THEN 0 ELSE locked_until END,"
	    " last_sign_in_at = ?2 WHERE id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, at);
	return statement_run_found(&statement, "user", err);
}

bool
store_user_unlock(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE local_user SET failed_attempts = 0, locked_until = 0,"
	    " unlocks = unlocks + 1 WHERE id = ?1");
	statement_text(&statement, id);
	return statement_run_found(&statement, "user", err);
}

static bool
delete_scopes(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM scope WHERE owner_id = ?1 OR owner_id IN"
	    " (SELECT id FROM api_token WHERE user_id = ?1)");
	statement_text(&statement, id);
	return statement_run(&statement, &changes, err);
}

bool
store_user_delete(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM local_user WHERE id = ?1");
	statement_text(&statement, id);
	return delete_scopes(tx, id, err) &&
	    statement_run_found(&statement, "user", err);
}

bool
store_user_get(struct store_reader *reader, const char *id,
    struct store_user *out_user, struct err *err)
{
	return table_get(&TABLE, reader, "id = ?1", id, out_user, err);
}

bool
store_user_get_by_name(struct store_reader *reader, const char *name,
    struct store_user *out_user, struct err *err)
{
	char key[STORE_NAME_SIZE];

	/* A longer name than any, cut, must not find somebody else. */
	if (strlen(name) >= sizeof(key))
		return statement_not_found("user", err);
	fold_text(name, key, sizeof(key));
	return table_get(&TABLE, reader, "name_key = ?1", key, out_user, err);
}

bool
store_user_count(
    struct store_reader *reader, int64_t *out_count, struct err *err)
{
	scoped(list_query_done) struct list_query query;

	list_query_init(&query, &TABLE, reader);
	return list_count(&query, out_count, err);
}

bool
store_user_count_unlimited(struct store_reader *reader, const char *role_id,
    const char *except_id, int64_t *out_count, struct err *err)
{
	scoped(list_query_done) struct list_query query;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "role_id", "=", role_id);
	list_where_text(&query, "id", "<>", except_id);
	list_where(&query, "is_disabled = 0 AND is_scoped = 0");
	return list_count(&query, out_count, err);
}

static void
where_bound(struct list_query *query, const char *before, const char *text,
    const char *after)
{
	char condition[128];

	if (text == NULL)
		return;
	snprintf(condition, sizeof(condition), "%s?%u%s", before,
	    statement_text(&query->statement, text), after);
	list_where(query, condition);
}

bool
store_user_list(struct store_reader *reader,
    const struct store_user_filter *filter, const struct store_page *page,
    struct store_user_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;
	char key[STORE_NAME_SIZE];

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "role_id", "=", filter->role_id);
	fold_text(filter->search, key, sizeof(key));
	where_bound(&query, "strpos(name_key, ",
	    filter->search == NULL ? NULL : key, ") > 0");
	where_bound(&query,
	    "id IN (SELECT owner_id FROM scope WHERE place_id = ",
	    filter->place_id, ")");
	if (!list_run(&query, &ORDERS[filter->sort], filter->is_descending,
		page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
