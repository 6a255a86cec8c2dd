/* Groups of computers. */
#include "store/group.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/fold.h"
#include "store/scope_table.h"

static const char *const KINDS[] = {
    [STORE_GROUP_STATIC] = "static",
    [STORE_GROUP_CRITERIA] = "criteria",
};

#define COLUMN(member, kind) TABLE_COLUMN(store_group, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(name, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_group, name),
    COLUMN(description, TABLE_TEXT),
    TABLE_COLUMN_WORD(store_group, kind, KINDS),
    COLUMN(criteria, TABLE_TEXT),
    COLUMN(member_count, TABLE_INTEGER),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(version, TABLE_INTEGER),
};

static const struct table TABLE = {"computer_group", "group", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_group), NULL};

static const struct list_order BY_NAME = {
    121, 2, {{"name_key", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_group)

const char *
store_group_kind_name(enum store_group_kind kind)
{
	check((size_t)kind < array_length(KINDS));
	return KINDS[kind];
}

static bool
group_exists(const char *name, struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "group_exists",
	    "there is already a group named \"%s\"", name);
}

static bool
check_room(struct store_tx *tx, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT count(*) FROM computer_group");
	if (!statement_next(&statement, &has_row, err))
		return false;
	return statement_column_integer(&statement, 0) < STORE_GROUPS_MAX ||
	    err_set_code(err, ERR_CONFLICT, "too_many_groups",
		"there are at most %d groups; delete one first",
		STORE_GROUPS_MAX);
}

bool
store_group_create(
    struct store_tx *tx, const struct store_group *group, struct err *err)
{
	struct store_group row = *group;
	bool is_new = false;

	row.version = 1;
	row.member_count = 0;
	if (!check_room(tx, err) ||
	    !table_insert(&TABLE, tx, &row, NULL, &is_new, err))
		return false;
	return is_new || group_exists(group->name, err);
}

/* Whether another group than id has this name. */
static bool
is_name_taken(struct store_tx *tx, const char *id, const char *key,
    bool *out_is_taken, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT id FROM computer_group WHERE name_key = ?1 AND id <> ?2");
	statement_text(&statement, key);
	statement_text(&statement, id);
	return statement_next(&statement, out_is_taken, err);
}

bool
store_group_update(
    struct store_tx *tx, const struct store_group *group, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char key[STORE_NAME_SIZE];
	bool is_taken = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_group SET name = ?2, name_key = ?3,"
	    " description = ?4, criteria = ?5, version = version + 1"
	    " WHERE id = ?1");
	fold_text(group->name, key, sizeof(key));
	if (!is_name_taken(tx, group->id, key, &is_taken, err))
		return false;
	if (is_taken)
		return group_exists(group->name, err);
	statement_text(&statement, group->id);
	statement_text(&statement, group->name);
	statement_text(&statement, key);
	statement_text(&statement, group->description);
	statement_text(&statement, group->criteria);
	return statement_run_found(&statement, "group", err);
}

bool
store_group_delete(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM computer_group WHERE id = ?1");
	if (!scope_check_unused(tx, STORE_PLACE_GROUP, id, err))
		return false;
	statement_text(&statement, id);
	return statement_run_found(&statement, "group", err);
}

static bool
read_is_scope(
    struct store_reader *reader, struct store_group *group, struct err *err)
{
	return statement_exists(reader,
	    "SELECT owner_id FROM scope WHERE kind = 'group'"
	    " AND place_id = ?1 LIMIT 1",
	    group->id, &group->is_scope, err);
}

bool
store_group_get(struct store_reader *reader, const char *id,
    struct store_group *out_group, struct err *err)
{
	struct store_group group;

	if (!table_get(&TABLE, reader, "id = ?1", id, &group, err) ||
	    !scope_check_group(reader, group.id, "group", err) ||
	    !read_is_scope(reader, &group, err))
		return false;
	*out_group = group;
	return true;
}

static bool
run(struct list_query *query, const struct store_page *page,
    struct store_group_list *out_list, struct err *err)
{
	scoped(store_group_list_done) struct store_group_list list = {0};
	struct list_result result;

	scope_where_place(query, "id", STORE_PLACE_GROUP);
	if (!list_run(query, &BY_NAME, false, page, &result, err))
		return false;
	LIST_GIVE(result, &list);
	for (size_t i = 0; i < list.count; i++)
		if (!read_is_scope(
			query->statement.reader, &list.items[i], err))
			return false;
	LIST_GIVE(list, out_list);
	list.items = NULL;
	return true;
}

bool
store_group_list(struct store_reader *reader, const struct store_page *page,
    struct store_group_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;

	list_query_init(&query, &TABLE, reader);
	return run(&query, page, out_list, err);
}

bool
store_group_list_of_computer(struct store_reader *reader,
    const char *computer_id, struct store_group_list *out_list, struct err *err)
{
	static const struct store_page ALL = {
	    .limit = STORE_COMPUTER_GROUPS_MAX};
	scoped(list_query_done) struct list_query query;
	bool exists = false;
	char condition[128];

	list_query_init(&query, &TABLE, reader);
	if (!statement_exists(reader, "SELECT id FROM computer WHERE id = ?1",
		computer_id, &exists, err))
		return false;
	if (!exists)
		return statement_not_found("computer", err);
	if (!scope_check_computer(reader, computer_id, "computer", err))
		return false;
	snprintf(condition, sizeof(condition),
	    "id IN (SELECT group_id FROM group_member WHERE computer_id = ?%u)",
	    statement_text(&query.statement, computer_id));
	list_where(&query, condition);
	return run(&query, &ALL, out_list, err);
}

bool
store_group_filter(struct store_reader *reader, const char *id, int64_t now,
    struct criteria *criteria, struct store_computer_filter *filter,
    struct err *err)
{
	struct store_group group;

	if (!store_group_get(reader, id, &group, err))
		return false;
	if (group.kind == STORE_GROUP_STATIC) {
		filter->group_id = id;
		return true;
	}
	if (!criteria_parse(view_string(group.criteria), criteria, err))
		return err_set_code(err, ERR_SYSTEM, "database_foreign",
		    "the group %s has criteria that this program does not know",
		    id);
	filter->criteria = criteria;
	filter->criteria_now = now;
	return true;
}
