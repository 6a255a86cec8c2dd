/* Scopes: the places that a user or an API token is limited to. */
#include "store/scope_table.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/reader.h"

static const char *const KINDS[] = {
    [STORE_PLACE_OFFICE] = "office",
};

static const struct table_column COLUMNS[] = {
    TABLE_COLUMN_WORD(store_place, kind, KINDS),
    {"place_id", TABLE_TEXT, offsetof(struct store_place, id), ID_SIZE},
};

static const struct table TABLE = {"scope", "scope", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_place), NULL};

static const struct list_order BY_PLACE = {
    111, 2, {{"kind", STORE_VALUE_TEXT}, {"place_id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_place)

const char *
store_place_kind_name(enum store_place_kind kind)
{
	check((size_t)kind < array_length(KINDS));
	return KINDS[kind];
}

bool
store_place_kind_parse(const char *word, enum store_place_kind *out_kind)
{
	for (size_t i = 0; i < array_length(KINDS); i++) {
		if (strcmp(KINDS[i], word) != 0)
			continue;
		*out_kind = (enum store_place_kind)i;
		return true;
	}
	return false;
}

void
store_scope_add(struct store_scope *scope, const char *owner_id)
{
	check(scope->count < STORE_SCOPE_OWNERS_MAX);
	snprintf(scope->owners[scope->count++], ID_SIZE, "%s", owner_id);
}

void
store_reader_limit(struct store_reader *reader, const struct store_scope *scope)
{
	static const struct store_scope everything;

	reader->scope = scope != NULL ? *scope : everything;
}

void
scope_where(struct list_query *query, const char *column, const char *before,
    const char *after)
{
	const struct store_scope *scope = &query->statement.reader->scope;
	char condition[256];

	for (unsigned i = 0; i < scope->count; i++) {
		unsigned number =
		    statement_text(&query->statement, scope->owners[i]);
		int length = snprintf(condition, sizeof(condition),
		    "%s IN (SELECT place_id FROM scope"
		    " WHERE owner_id = ?%u AND kind = 'office')%s",
		    before, number, after);

		check(length > 0 && (size_t)length < sizeof(condition));
		list_where(query, column, condition);
	}
}

static bool
check_each(struct store_reader *reader, const char *sql, const char *id,
    const char *noun, struct err *err)
{
	for (unsigned i = 0; i < reader->scope.count; i++) {
		scoped(statement_done) struct statement statement;
		bool has = false;

		statement_init(&statement, reader, sql);
		statement_text(&statement, reader->scope.owners[i]);
		statement_text(&statement, id);
		if (!statement_next(&statement, &has, err))
			return false;
		if (!has)
			return statement_not_found(noun, err);
	}
	return true;
}

bool
scope_check_office(struct store_reader *reader, const char *office_id,
    const char *noun, struct err *err)
{
	return check_each(reader,
	    "SELECT place_id FROM scope WHERE owner_id = ?1"
	    " AND kind = 'office' AND place_id = ?2",
	    office_id, noun, err);
}

bool
scope_check_computer(struct store_reader *reader, const char *computer_id,
    const char *noun, struct err *err)
{
	return check_each(reader,
	    "SELECT id FROM computer WHERE id = ?2 AND office_id IN"
	    " (SELECT place_id FROM scope WHERE owner_id = ?1"
	    " AND kind = 'office')",
	    computer_id, noun, err);
}

static bool
clear(struct store_tx *tx, const char *owner_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM scope WHERE owner_id = ?1");
	statement_text(&statement, owner_id);
	return statement_run(&statement, &changes, err);
}

static bool
add_place(struct store_tx *tx, const char *owner_id,
    const struct store_place *place, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;
	bool exists = false;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO scope (owner_id, kind, place_id)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM office WHERE id = ?1", place->id, &exists, err))
		return false;
	if (!exists)
		return statement_not_found("office", err);
	if (!scope_check_office(store_tx_reader(tx), place->id, "office", err))
		return false;
	statement_text(&statement, owner_id);
	statement_text(&statement, store_place_kind_name(place->kind));
	statement_text(&statement, place->id);
	return statement_run(&statement, &changes, err);
}

bool
store_scope_set(struct store_tx *tx, const char *owner_id,
    const struct store_place *places, size_t count, struct err *err)
{
	if (!clear(tx, owner_id, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!add_place(tx, owner_id, &places[i], err))
			return false;
	return true;
}

bool
store_scope_get(struct store_reader *reader, const char *owner_id,
    struct store_place_list *out_list, struct err *err)
{
	struct store_page all = {.limit = STORE_SCOPE_PLACES_MAX};
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "owner_id", "=", owner_id);
	if (!list_run(&query, &BY_PLACE, false, &all, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
