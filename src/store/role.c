/* Roles. */
#include "store/role.h"

#include "base/memory.h"
#include "store/fold.h"
#include "store/list.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_role, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(name, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_role, name),
    COLUMN(levels, TABLE_TEXT),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(version, TABLE_INTEGER),
};

static const struct table TABLE = {"role", "role", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_role), NULL};

static const struct list_order BY_RANK = {
    92, 2, {{STORE_ROLE_RANK, STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_role)

static bool
role_exists(const char *name, struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "role_exists",
	    "there is already a role named \"%s\"", name);
}

bool
store_role_create(
    struct store_tx *tx, const struct store_role *role, struct err *err)
{
	struct store_role row = *role;
	bool is_new = false;

	row.version = 1;
	if (!table_insert(&TABLE, tx, &row, NULL, &is_new, err))
		return false;
	return is_new || role_exists(role->name, err);
}

/* Whether another role than id has this name. */
static bool
is_name_taken(struct store_tx *tx, const char *id, const char *key,
    bool *out_is_taken, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT id FROM role WHERE name_key = ?1 AND id <> ?2");
	statement_text(&statement, key);
	statement_text(&statement, id);
	return statement_next(&statement, out_is_taken, err);
}

bool
store_role_update(
    struct store_tx *tx, const struct store_role *role, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char key[STORE_NAME_SIZE];
	bool is_taken = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE role SET name = ?2, name_key = ?3, levels = ?4,"
	    " version = version + 1 WHERE id = ?1");
	fold_text(role->name, key, sizeof(key));
	if (!is_name_taken(tx, role->id, key, &is_taken, err))
		return false;
	if (is_taken)
		return role_exists(role->name, err);
	statement_text(&statement, role->id);
	statement_text(&statement, role->name);
	statement_text(&statement, key);
	statement_text(&statement, role->levels);
	return statement_run_found(&statement, "role", err);
}

static bool
count_bearers(
    struct store_reader *reader, struct store_role *role, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT (SELECT count(*) FROM local_user WHERE role_id = ?1),"
	    " (SELECT count(*) FROM api_token WHERE role_id = ?1)");
	statement_text(&statement, role->id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	role->user_count = statement_column_integer(&statement, 0);
	role->token_count = statement_column_integer(&statement, 1);
	return true;
}

bool
store_role_delete(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct store_role role;

	statement_init(
	    &statement, store_tx_reader(tx), "DELETE FROM role WHERE id = ?1");
	if (!store_role_get(store_tx_reader(tx), id, &role, err))
		return false;
	if (role.user_count + role.token_count > 0)
		return err_set_code(err, ERR_CONFLICT, "role_in_use",
		    "%lld users and %lld API tokens have the role \"%s\"",
		    (long long)role.user_count, (long long)role.token_count,
		    role.name);
	statement_text(&statement, id);
	return statement_run_found(&statement, "role", err);
}

bool
store_role_get(struct store_reader *reader, const char *id,
    struct store_role *out_role, struct err *err)
{
	struct store_role role;

	if (!table_get(&TABLE, reader, "id = ?1", id, &role, err) ||
	    !count_bearers(reader, &role, err))
		return false;
	*out_role = role;
	return true;
}

bool
store_role_list(struct store_reader *reader, const struct store_page *page,
    struct store_role_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	scoped(store_role_list_done) struct store_role_list list = {0};
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	if (!list_run(&query, &BY_RANK, false, page, &result, err))
		return false;
	LIST_GIVE(result, &list);
	for (size_t i = 0; i < list.count; i++)
		if (!count_bearers(reader, &list.items[i], err))
			return false;
	LIST_GIVE(list, out_list);
	list.items = NULL;
	return true;
}
