/* Scopes: the places that a user or an API token is limited to. */
#include "store/scope_table.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/reader.h"

static const char *const KINDS[] = {
    [STORE_PLACE_OFFICE] = "office",
    [STORE_PLACE_GROUP] = "group",
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
	scope->are_offices[scope->count] = false;
	snprintf(scope->owners[scope->count++], ID_SIZE, "%s", owner_id);
}

bool
store_scope_add_known(struct store_reader *reader, struct store_scope *scope,
    const char *owner_id, struct err *err)
{
	bool has_groups = false;

	if (!statement_exists(reader,
		"SELECT place_id FROM scope WHERE owner_id = ?1"
		" AND kind = 'group' LIMIT 1",
		owner_id, &has_groups, err))
		return false;
	store_scope_add(scope, owner_id);
	scope->are_offices[scope->count - 1] = !has_groups;
	return true;
}

void
store_reader_limit(struct store_reader *reader, const struct store_scope *scope)
{
	static const struct store_scope everything;

	reader->scope = scope != NULL ? *scope : everything;
}

bool
store_reader_is_limited(const struct store_reader *reader)
{
	return reader->scope.count > 0;
}

void
scope_computer_sql(const struct store_scope *scope, unsigned owner,
    unsigned number, const struct scope_columns *columns,
    char out[SCOPE_SQL_SIZE])
{
	int length = scope->are_offices[owner] && columns->office != NULL
	    ? snprintf(out, SCOPE_SQL_SIZE,
		  "%s IN (SELECT place_id FROM scope"
		  " WHERE owner_id = ?%u AND kind = 'office')",
		  columns->office, number)
	    : snprintf(out, SCOPE_SQL_SIZE,
		  "%s IN (SELECT computer_id FROM scope_computer"
		  " WHERE owner_id = ?%u)",
		  columns->id, number);

	check(length > 0 && length < SCOPE_SQL_SIZE);
}

void
scope_where_computer(struct list_query *query, const char *column)
{
	const struct store_scope *scope = &query->statement.reader->scope;
	struct scope_columns columns = {.id = column};
	char condition[SCOPE_SQL_SIZE];

	for (unsigned i = 0; i < scope->count; i++) {
		scope_computer_sql(scope, i,
		    statement_text(&query->statement, scope->owners[i]),
		    &columns, condition);
		list_where(query, condition);
	}
}

void
scope_where_place(
    struct list_query *query, const char *place, enum store_place_kind kind)
{
	const struct store_scope *scope = &query->statement.reader->scope;
	char condition[256];

	for (unsigned i = 0; i < scope->count; i++) {
		unsigned number =
		    statement_text(&query->statement, scope->owners[i]);
		int length = snprintf(condition, sizeof(condition),
		    "%s IN (SELECT place_id FROM scope"
		    " WHERE owner_id = ?%u AND kind = '%s')",
		    place, number, store_place_kind_name(kind));

		check(length > 0 && (size_t)length < sizeof(condition));
		list_where(query, condition);
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
scope_check_group(struct store_reader *reader, const char *group_id,
    const char *noun, struct err *err)
{
	return check_each(reader,
	    "SELECT place_id FROM scope WHERE owner_id = ?1"
	    " AND kind = 'group' AND place_id = ?2",
	    group_id, noun, err);
}

bool
scope_check_computer(struct store_reader *reader, const char *computer_id,
    const char *noun, struct err *err)
{
	return check_each(reader,
	    "SELECT computer_id FROM scope_computer WHERE owner_id = ?1"
	    " AND computer_id = ?2 LIMIT 1",
	    computer_id, noun, err);
}

bool
store_scope_count_holders(struct store_reader *reader, const char *place_id,
    struct store_scope_holders *out_holders, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT (SELECT count(*) FROM local_user WHERE id IN"
	    " (SELECT owner_id FROM scope WHERE place_id = ?1)),"
	    " (SELECT count(*) FROM api_token WHERE id IN"
	    " (SELECT owner_id FROM scope WHERE place_id = ?1))");
	statement_text(&statement, place_id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	out_holders->users = statement_column_integer(&statement, 0);
	out_holders->api_tokens = statement_column_integer(&statement, 1);
	return true;
}

static bool
refuse_used(struct store_reader *reader, enum store_place_kind kind,
    const char *id, struct err *err)
{
	const char *word = store_place_kind_name(kind);
	struct store_scope_holders holders;
	char code[32];

	if (!store_scope_count_holders(reader, id, &holders, err))
		return false;
	snprintf(code, sizeof(code), "%s_in_scope", word);
	return err_set_code(err, ERR_CONFLICT, code,
	    "%lld %s and %lld API %s are limited to the %s",
	    (long long)holders.users, holders.users == 1 ? "user" : "users",
	    (long long)holders.api_tokens,
	    holders.api_tokens == 1 ? "token" : "tokens", word);
}

bool
scope_check_unused(struct store_tx *tx, enum store_place_kind kind,
    const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool is_used = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT owner_id FROM scope WHERE kind = ?1 AND place_id = ?2"
	    " LIMIT 1");
	statement_text(&statement, store_place_kind_name(kind));
	statement_text(&statement, id);
	return statement_next(&statement, &is_used, err) &&
	    (!is_used || refuse_used(store_tx_reader(tx), kind, id, err));
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
check_office(struct store_reader *reader, const char *id, struct err *err)
{
	bool exists = false;

	if (!statement_exists(reader, "SELECT id FROM office WHERE id = ?1", id,
		&exists, err))
		return false;
	return exists ? scope_check_office(reader, id, "office", err)
		      : statement_not_found("office", err);
}

/* What an agent says about itself decides whether criteria fit it: it would
 * write itself into the sight of who has them as a scope. */
static bool
check_group(struct store_reader *reader, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool exists = false;

	statement_init(&statement, reader,
	    "SELECT kind FROM computer_group WHERE id = ?1");
	statement_text(&statement, id);
	if (!statement_next(&statement, &exists, err))
		return false;
	if (!exists)
		return statement_not_found("group", err);
	if (!scope_check_group(reader, id, "group", err))
		return false;
	return view_equal_string(
		   statement_column_view(&statement, 0), "static") ||
	    err_set_code(err, ERR_CONFLICT, "group_not_static",
		"a group by criteria cannot be a scope: what a computer's "
		"agent says would let it in");
}

static bool
add_place(struct store_tx *tx, const char *owner_id,
    const struct store_place *place, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct store_reader *reader = store_tx_reader(tx);
	int64_t changes = 0;

	statement_init(&statement, reader,
	    "INSERT INTO scope (owner_id, kind, place_id)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
	if (place->kind == STORE_PLACE_OFFICE
		? !check_office(reader, place->id, err)
		: !check_group(reader, place->id, err))
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
