/* Remote offices. */
#include "store/office.h"

#include "base/memory.h"
#include "store/fold.h"
#include "store/scope_table.h"

static const struct table_column COLUMNS[] = {
    TABLE_COLUMN(store_office, id, TABLE_TEXT),
    TABLE_COLUMN(store_office, name, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_office, name),
    TABLE_COLUMN(store_office, created_at, TABLE_INTEGER),
    TABLE_COLUMN(store_office, version, TABLE_INTEGER),
};

static const struct table TABLE = {"office", "office", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_office), NULL};

static const struct list_order BY_NAME = {
    51, 2, {{"name_key", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_office)

static bool
office_exists(const char *name, struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "office_exists",
	    "there is already an office named \"%s\"", name);
}

bool
store_office_create(
    struct store_tx *tx, const struct store_office *office, struct err *err)
{
	struct store_office row = *office;
	bool is_new = false;

	row.version = 1;
	if (!table_insert(&TABLE, tx, &row, NULL, &is_new, err))
		return false;
	return is_new || office_exists(office->name, err);
}

/* Whether another office than id has this name. */
static bool
is_name_taken(struct store_tx *tx, const char *id, const char *key,
    bool *out_is_taken, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT id FROM office WHERE name_key = ?1 AND id <> ?2");
	statement_text(&statement, key);
	statement_text(&statement, id);
	return statement_next(&statement, out_is_taken, err);
}

bool
store_office_rename(
    struct store_tx *tx, const char *id, const char *name, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char key[STORE_NAME_SIZE];
	bool is_taken = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE office SET name = ?1, name_key = ?2,"
	    " version = version + 1 WHERE id = ?3");
	fold_text(name, key, sizeof(key));
	if (!is_name_taken(tx, id, key, &is_taken, err))
		return false;
	if (is_taken)
		return office_exists(name, err);
	statement_text(&statement, name);
	statement_text(&statement, key);
	statement_text(&statement, id);
	return statement_run_found(&statement, "office", err);
}

/* Removed computers and spent tokens refer to it too: their history stays. */
static bool
check_is_empty(struct store_tx *tx, const char *id, struct err *err)
{
	static const char *const USES[] = {
	    "SELECT id FROM computer WHERE office_id = ?1 LIMIT 1",
	    "SELECT id FROM enrolment_token WHERE office_id = ?1 LIMIT 1",
	};
	bool is_used = false;

	for (size_t i = 0; i < array_length(USES) && !is_used; i++)
		if (!statement_exists(
			store_tx_reader(tx), USES[i], id, &is_used, err))
			return false;
	return !is_used ||
	    err_set_code(err, ERR_CONFLICT, "office_not_empty",
		"computers or enrolment tokens belong to the office");
}

bool
store_office_delete(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM office WHERE id = ?1");
	if (strcmp(id, STORE_OFFICE_LOCAL_ID) == 0)
		return err_set_code(err, ERR_CONFLICT, "office_is_local",
		    "the Local Office cannot be deleted");
	if (!check_is_empty(tx, id, err) ||
	    !scope_check_unused(tx, STORE_PLACE_OFFICE, id, err))
		return false;
	statement_text(&statement, id);
	return statement_run_found(&statement, "office", err);
}

static bool
count_computers(
    struct store_reader *reader, struct store_office *office, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT count(*) FROM computer"
	    " WHERE office_id = ?1 AND state <> 'removed'");
	statement_text(&statement, office->id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	office->computer_count = statement_column_integer(&statement, 0);
	return true;
}

bool
store_office_get(struct store_reader *reader, const char *id,
    struct store_office *out_office, struct err *err)
{
	struct store_office office;

	if (!table_get(&TABLE, reader, "id = ?1", id, &office, err) ||
	    !scope_check_office(reader, office.id, "office", err) ||
	    !count_computers(reader, &office, err))
		return false;
	*out_office = office;
	return true;
}

bool
store_office_list(struct store_reader *reader, const struct store_page *page,
    struct store_office_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	scoped(store_office_list_done) struct store_office_list list = {0};
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	scope_where_place(&query, "id", STORE_PLACE_OFFICE);
	if (!list_run(&query, &BY_NAME, false, page, &result, err))
		return false;
	LIST_GIVE(result, &list);
	for (size_t i = 0; i < list.count; i++)
		if (!count_computers(reader, &list.items[i], err))
			return false;
	LIST_GIVE(list, out_list);
	list.items = NULL;
	return true;
}
