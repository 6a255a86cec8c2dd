/* Lists of computers: filters and orders. */
#include "store/computer.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/computer_rare.h"
#include "store/computer_set.h"
#include "store/computer_table.h"
#include "store/fold.h"
#include "store/group.h"
#include "store/reader.h"
#include "store/scope_table.h"

static const struct list_order ORDERS[] = {
    [STORE_COMPUTER_BY_NAME] = {1, 2,
	{{"name_key", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_LAST_SEEN] = {2, 2,
	{{"last_seen_at", STORE_VALUE_INTEGER},
	    {"contact_id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_ENROLLED] = {3, 2,
	{{"enrolled_at", STORE_VALUE_INTEGER}, {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_OS] = {4, 3,
	{{"os_name_key", STORE_VALUE_TEXT}, {"os_version", STORE_VALUE_TEXT},
	    {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_STATE] = {5, 2,
	{{"state", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
};

/* From so many rows of one filter on, looking each of them up costs more than
 * walking an index of all computers. */
enum {
	MANY = 2000,
	COUNT_MANY = 4000,                  /* the same where no row is read */
	SQL_SIZE = SCOPE_SQL_SIZE,          /* of one condition */
	WALK_MAX = 2048 + CRITERIA_SQL_MAX, /* bytes of SQL */
};

DEFINE_LIST_DONE(store_computer)

/* A filter in SQL's hands: folded texts, and its parameters' numbers (0: not
 * filtered by that). Lives as long as the query. */
struct terms {
	const struct store_computer_filter *filter;
	struct store_reader *reader;
	char text[STORE_HOSTNAME_SIZE];
	char os_name[STORE_NAME_SIZE];
	unsigned office, os, not_seen, found;
	struct computer_rare rare;
	unsigned owners[STORE_SCOPE_OWNERS_MAX]; /* of the reader's scope */
	struct computer_set set;
	char walk[WALK_MAX];
	int64_t total; /* -1: not counted */
};

static void
terms_init(struct terms *terms, const struct store_computer_filter *filter,
    struct store_reader *reader)
{
	memset(terms, 0, sizeof(*terms));
	terms->filter = filter;
	terms->reader = reader;
	terms->total = -1;
	fold_text(filter->text, terms->text, sizeof(terms->text));
	fold_text(filter->os_name, terms->os_name, sizeof(terms->os_name));
}

static void
bind_owners(const struct terms *terms, struct statement *statement,
    unsigned out[STORE_SCOPE_OWNERS_MAX])
{
	const struct store_scope *scope = &terms->reader->scope;

	for (unsigned i = 0; i < scope->count; i++)
		out[i] = statement_text(statement, scope->owners[i]);
}

static void
terms_bind(struct terms *terms, struct statement *statement)
{
	const struct store_computer_filter *filter = terms->filter;

	bind_owners(terms, statement, terms->owners);
	if (filter->office_id != NULL)
		terms->office = statement_text(statement, filter->office_id);
	if (filter->os_name != NULL)
		terms->os = statement_text(statement, terms->os_name);
	if (filter->not_seen_since != 0)
		terms->not_seen =
		    statement_integer(statement, filter->not_seen_since);
	if (terms->text[0] != '\0')
		terms->found = statement_text(statement, terms->text);
	computer_set_bind(&terms->set, filter, statement);
	computer_rare_bind(&terms->rare, filter, statement);
}

/* "state IN ('active', 'retired')", or the opposite. */
static void
state_sql(
    const char *column, unsigned states, bool is_opposite, char out[SQL_SIZE])
{
	const char *separator = "";
	size_t used;

	if (states == 0) {
		snprintf(out, SQL_SIZE, "%s %s 'removed'", column,
		    is_opposite ? "=" : "<>");
		return;
	}
	used = (size_t)snprintf(
	    out, SQL_SIZE, "%s %s (", column, is_opposite ? "NOT IN" : "IN");
	for (unsigned i = 0; i < STORE_COMPUTER_STATE_COUNT; i++) {
		if ((states & 1U << i) == 0)
			continue;
		used += (size_t)snprintf(out + used, SQL_SIZE - used, "%s'%s'",
		    separator,
		    store_computer_state_name((enum store_computer_state)i));
		separator = ", ";
	}
	snprintf(out + used, SQL_SIZE - used, ")");
}

/* "Is it in there" of the rows of computer_search, said so that PostgreSQL
 * expects few rows to match: it then looks the computers up by their keys,
 * where for "> 0" alone it reckons with a third of them and reads the whole
 * table. */
#define MATCH(condition) "CASE WHEN " condition " THEN 1 ELSE 0 END"

static void
match_sql(const struct terms *terms, unsigned number, char out[SQL_SIZE])
{
	/* No match crosses the parts of what is searched. */
	if (strstr(terms->text, COMPUTER_SEARCH_SEPARATOR) != NULL)
		snprintf(out, SQL_SIZE, MATCH("strpos(text, ?%u) < 0"), number);
	else
		snprintf(out, SQL_SIZE, MATCH("strpos(text, ?%u) > 0"), number);
}

static void
where_found(struct list_query *query, const struct terms *terms)
{
	char match[SQL_SIZE];
	char condition[192];
	char probe[192];

	if (terms->found == 0)
		return;
	match_sql(terms, terms->found, match);
	snprintf(condition, sizeof(condition),
	    "id IN (SELECT computer_id FROM computer_search WHERE %s = 1)",
	    match);
	snprintf(probe, sizeof(probe),
	    "(SELECT %s FROM computer_search WHERE computer_id = id) = 1",
	    match);
	list_where_found(query, condition, probe);
}

static void
where_number(struct list_query *query, const char *column,
    const char *operator_sign, unsigned number)
{
	char condition[SQL_SIZE];

	if (number == 0)
		return;
	snprintf(condition, sizeof(condition), "%s %s ?%u", column,
	    operator_sign, number);
	list_where(query, column, condition);
}

/* What the scope's owners see, by the columns of one table. */
static bool
scopes_sql(const struct terms *terms, const unsigned *owners,
    const struct scope_columns *columns, struct buf *sql, struct err *err)
{
	const struct store_scope *scope = &terms->reader->scope;
	char condition[SQL_SIZE];

	for (unsigned i = 0; i < scope->count; i++) {
		scope_computer_sql(scope, i, owners[i], columns, condition);
		if (!buf_append_format(sql, err, " AND %s", condition))
			return false;
	}
	return true;
}

static void
where_all(struct list_query *query, struct terms *terms)
{
	static const struct scope_columns COLUMNS = {"id", "office_id"};
	const struct store_scope *scope = &terms->reader->scope;
	char condition[SQL_SIZE];
	char states[SQL_SIZE];

	terms_bind(terms, &query->statement);
	for (unsigned i = 0; i < scope->count; i++) {
		scope_computer_sql(
		    scope, i, terms->owners[i], &COLUMNS, condition);
		list_where(query, NULL, condition);
	}
	state_sql("state", terms->filter->states, false, states);
	list_where(query, terms->filter->states == 0 ? NULL : "state", states);
	where_number(query, "office_id", "=", terms->office);
	where_number(query, "os_name_key", "=", terms->os);
	where_number(query, "last_seen_at", "<", terms->not_seen);
	computer_rare_where(query, &terms->rare);
}

/* A column as the index of the order finds rows by it, or (every other one) so
 * that no other index is taken for it. */
static const char *
walked(const char *column, const struct list_order *order, char out[SQL_SIZE])
{
	bool is_first = strcmp(order->keys[0].column, column) == 0;

	snprintf(out, SQL_SIZE, is_first ? "%s" : "(%s || '')", column);
	return out;
}

/* What the table computer itself is asked, by the index of that order. */
static bool
own_sql(const struct terms *terms, const struct list_order *order,
    struct buf *sql, struct err *err)
{
	char column[SQL_SIZE], states[SQL_SIZE], id[SQL_SIZE];
	struct scope_columns columns = {
	    .id = walked("id", order, id), .office = column};

	state_sql(walked("state", order, column), terms->filter->states, false,
	    states);
	walked("office_id", order, column);
	return buf_append_string(sql, states, err) &&
	    scopes_sql(terms, terms->owners, &columns, sql, err) &&
	    (terms->office == 0 ||
		buf_append_format(sql, err, " AND %s = ?%u",
		    walked("office_id", order, column), terms->office)) &&
	    (terms->os == 0 ||
		buf_append_format(sql, err, " AND %s = ?%u",
		    walked("os_name_key", order, column), terms->os)) &&
	    computer_rare_sql(&terms->rare, sql, err);
}

static bool
found_sql(
    const struct terms *terms, const char *id, struct buf *sql, struct err *err)
{
	char match[SQL_SIZE];

	if (terms->found == 0)
		return true;
	match_sql(terms, terms->found, match);
	return buf_append_format(sql, err,
	    " AND %s IN (SELECT computer_id FROM computer_search"
	    " WHERE %s = 1)",
	    id, match);
}

/* The order by whose index own_sql() finds rows soonest. */
static const struct list_order *
own_order(const struct terms *terms)
{
	return &ORDERS[terms->os != 0 ? STORE_COMPUTER_BY_OS
				      : STORE_COMPUTER_BY_STATE];
}

/* Of contacts, those whose computer fits. Where that is nearly every computer,
 * the others are the smaller set. */
static bool
fitting_contacts_sql(
    const struct terms *terms, const char *id, struct buf *sql, struct err *err)
{
	unsigned states = terms->filter->states;
	bool are_most = terms->reader->scope.count == 0 && terms->office == 0 &&
	    terms->os == 0 && !computer_rare_is_set(terms->filter) &&
	    (states == 0 || (states & 1U << STORE_COMPUTER_ACTIVE) != 0);
	char others[SQL_SIZE];

	state_sql("state", states, true, others);
	if (are_most)
		return buf_append_format(sql, err,
		    " AND %s NOT IN (SELECT id FROM computer WHERE %s)", id,
		    others);
	return buf_append_format(sql, err,
		   " AND %s IN (SELECT id FROM computer WHERE ", id) &&
	    own_sql(terms, own_order(terms), sql, err) &&
	    buf_append_string(sql, ")", err);
}

static bool
walk_sql(const struct terms *terms, const struct list_order *order,
    struct buf *sql, struct err *err)
{
	if (terms->filter->sort == STORE_COMPUTER_BY_LAST_SEEN)
		return buf_append_string(
			   sql, "FROM computer_contact WHERE 1 = 1", err) &&
		    (terms->not_seen == 0 ||
			buf_append_format(sql, err, " AND last_seen_at < ?%u",
			    terms->not_seen)) &&
		    fitting_contacts_sql(
			terms, "(contact_id || '')", sql, err) &&
		    found_sql(terms, "(contact_id || '')", sql, err) &&
		    computer_set_walk_sql(&terms->set, "contact_id", sql, err);
	return buf_append_string(sql, "FROM computer WHERE ", err) &&
	    own_sql(terms, order, sql, err) &&
	    (terms->not_seen == 0 ||
		buf_append_format(sql, err,
		    " AND (id || '') IN (SELECT contact_id FROM"
		    " computer_contact WHERE last_seen_at < ?%u)",
		    terms->not_seen)) &&
	    found_sql(terms, "(id || '')", sql, err) &&
	    computer_set_walk_sql(&terms->set, "id", sql, err);
}

static bool
walk(struct list_query *query, struct terms *terms, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(WALK_MAX - 1);
	bool is_by_contact = terms->filter->sort == STORE_COMPUTER_BY_LAST_SEEN;

	if (!walk_sql(terms, &ORDERS[terms->filter->sort], &sql, err))
		return false;
	memcpy(terms->walk, sql.data, sql.length);
	terms->walk[sql.length] = '\0';
	query->walk = terms->walk;
	query->walk_id = is_by_contact ? "contact_id" : "id";
	return true;
}

/* At most so many of the rows that the SQL gives. */
static bool
count_some(struct statement *statement, const struct buf *sql, unsigned most,
    int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf whole = BUF_INIT(TABLE_SQL_MAX);
	bool has_row = false;

	if (!buf_append_string(
		&whole, "SELECT count(*) FROM (SELECT 1 FROM ", err) ||
	    !buf_append_view(&whole, buf_view(sql), err) ||
	    !buf_append_format(&whole, err, " LIMIT %u) AS some_rows", most) ||
	    !buf_append(&whole, "", 1, err))
		return false;
	statement->sql = (const char *)whole.data;
	if (!statement_next(statement, &has_row, err))
		return false;
	check(has_row);
	*out_count = statement_column_integer(statement, 0);
	statement_done(statement);
	return true;
}

/* The scope where every row that matches is looked at. Said so that PostgreSQL
 * makes a hash of what an owner of groups sees: as MATCH lets it expect few
 * rows, it would go through all of that again for each of them. */
static bool
found_scopes_sql(const struct terms *terms, const unsigned *owners,
    struct buf *sql, struct err *err)
{
	static const struct scope_columns COLUMNS = {
	    "computer_id", "office_id"};
	const struct store_scope *scope = &terms->reader->scope;
	char condition[SQL_SIZE];

	for (unsigned i = 0; i < scope->count; i++) {
		scope_computer_sql(scope, i, owners[i], &COLUMNS, condition);
		if (!buf_append_format(sql, err,
			scope->are_offices[i] ? " AND %s"
					      : " AND " MATCH("%s") " = 1",
			condition))
			return false;
	}
	return true;
}

/* Nothing narrows what was found but what its own table knows. */
static bool
is_found_alone(const struct terms *terms)
{
	return terms->os == 0 && terms->not_seen == 0 && !terms->set.is_there &&
	    !computer_rare_is_set(terms->filter);
}

/* Without other filters it is the list's total, where it is not cut off. */
static bool
count_found(struct terms *terms, int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement statement;
	char match[SQL_SIZE], states[SQL_SIZE];
	unsigned owners[STORE_SCOPE_OWNERS_MAX];

	statement_init(&statement, terms->reader, NULL);
	match_sql(terms, statement_text(&statement, terms->text), match);
	bind_owners(terms, &statement, owners);
	state_sql("state", terms->filter->states, false, states);
	if (!buf_append_format(&sql, err, "computer_search WHERE %s = 1 AND %s",
		match, states) ||
	    !found_scopes_sql(terms, owners, &sql, err) ||
	    (terms->office != 0 &&
		!buf_append_format(&sql, err, " AND office_id = ?%u",
		    statement_text(&statement, terms->filter->office_id))) ||
	    !count_some(&statement, &sql, MANY + 1, out_count, err))
		return false;
	if (*out_count <= MANY && is_found_alone(terms))
		terms->total = *out_count;
	return true;
}

static bool
count_not_seen(const struct terms *terms, unsigned most, int64_t *out_count,
    struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement statement;

	statement_init(&statement, terms->reader, NULL);
	return buf_append_format(&sql, err,
		   "computer_contact WHERE last_seen_at < ?%u",
		   statement_integer(
		       &statement, terms->filter->not_seen_since)) &&
	    count_some(&statement, &sql, most, out_count, err);
}

/* Of what the table computer itself is asked. */
static bool
count_fitting(const struct terms *terms, unsigned most, int64_t *out_count,
    struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement statement;
	struct terms own;

	statement_init(&statement, terms->reader, NULL);
	terms_init(&own, terms->filter, terms->reader);
	terms_bind(&own, &statement);
	return buf_append_string(&sql, "computer WHERE ", err) &&
	    own_sql(&own, own_order(&own), &sql, err) &&
	    count_some(&statement, &sql, most, out_count, err);
}

/* The next rows in order did not do. Where each of the filters that stand in
 * no index of the order fits many, the index is walked; else the few are
 * sorted. */
static bool
choose(struct list_query *query, void *context, struct err *err)
{
	struct terms *terms = context;
	int64_t count = MANY + 1; /* not counted yet */

	if (terms->not_seen != 0 &&
	    !count_not_seen(terms, MANY + 1, &count, err))
		return false;
	if (terms->set.is_there && count > MANY &&
	    !computer_set_count(
		terms->reader, terms->filter, MANY + 1, &count, err))
		return false;
	if (terms->found != 0 && count > MANY &&
	    !count_found(terms, &count, err))
		return false;
	if (terms->not_seen + terms->found == 0 && !terms->set.is_there &&
	    !count_fitting(terms, MANY + 1, &count, err))
		return false;
	query->is_empty = count == 0;
	return count <= MANY || walk(query, terms, err);
}

bool
store_computer_list(struct store_reader *reader,
    const struct store_computer_filter *filter, const struct store_page *page,
    struct store_computer_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;
	struct terms terms;

	check((size_t)filter->sort < array_length(ORDERS));
	list_query_init(&query, &COMPUTER_TABLE, reader);
	terms_init(&terms, filter, reader);
	where_all(&query, &terms);
	where_found(&query, &terms);
	if (terms.set.is_there)
		list_where_found_long(
		    &query, terms.set.condition, terms.set.row);
	if (terms.not_seen == 0 && terms.found == 0 && !terms.set.is_there &&
	    !computer_rare_is_set(filter) &&
	    filter->sort != STORE_COMPUTER_BY_LAST_SEEN) {
		/* All of it stands in the order's index. */
		if (!walk(&query, &terms, err))
			return false;
	} else {
		/* Removed computers are few: that alone needs no care. */
		query.is_probed =
		    query.condition_count > 1 || filter->states != 0;
		query.choose = choose;
		query.context = &terms;
	}
	if (!list_run(&query, &ORDERS[filter->sort], filter->is_descending,
		page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	out_list->total = terms.total;
	return true;
}

/* The rows of a search know their offices, but not by the name of a computer's
 * id. */
static bool
is_scope_of_offices(const struct terms *terms)
{
	const struct store_scope *scope = &terms->reader->scope;

	for (unsigned i = 0; i < scope->count; i++)
		if (!scope->are_offices[i])
			return false;
	return true;
}

/* Counting looks at no more tables than the filter is about. */
static bool
count_own(struct list_query *query, struct terms *terms, int64_t *out_count,
    struct err *err)
{
	char condition[SQL_SIZE + 8];
	char match[SQL_SIZE];

	where_all(query, terms);
	if (terms->found != 0 && is_found_alone(terms) &&
	    is_scope_of_offices(terms)) {
		query->count_source = "computer_search";
		match_sql(terms, terms->found, match);
		snprintf(condition, sizeof(condition), "%s = 1", match);
		list_where(query, NULL, condition);
	} else {
		query->count_source = "computer";
		where_found(query, terms);
	}
	if (terms->set.is_there)
		list_where_found_long(query,
		    terms->set.is_own ? terms->set.row : terms->set.condition,
		    "");
	if (terms->not_seen != 0) {
		/* The few contacts first: SQLite keeps to this order. */
		query->count_source = "computer_contact CROSS JOIN computer";
		list_where(query, NULL, "id = contact_id");
	}
	return list_count(query, out_count, err);
}

/* Very many contacts are not looked up one by one. */
static bool
count_contacts(struct list_query *query, struct terms *terms,
    int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(WALK_MAX);
	bool has_row = false;

	terms_bind(terms, &query->statement);
	if (!buf_append_format(&sql, err,
		"SELECT count(*) FROM computer_contact"
		" WHERE last_seen_at < ?%u",
		terms->not_seen) ||
	    !fitting_contacts_sql(terms, "contact_id", &sql, err) ||
	    !found_sql(terms, "contact_id", &sql, err) ||
	    !computer_set_walk_sql(&terms->set, "contact_id", &sql, err) ||
	    !buf_append(&sql, "", 1, err))
		return false;
	query->statement.sql = (const char *)sql.data;
	if (!statement_next(&query->statement, &has_row, err))
		return false;
	check(has_row);
	*out_count = statement_column_integer(&query->statement, 0);
	statement_done(&query->statement);
	return true;
}

bool
store_computer_count(struct store_reader *reader,
    const struct store_computer_filter *filter, int64_t *out_count,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct terms terms;
	int64_t not_seen = 0;

	list_query_init(&query, &COMPUTER_TABLE, reader);
	if (computer_set_is_plain(reader, filter))
		return computer_set_count(
		    reader, filter, STORE_GROUP_MEMBERS_MAX, out_count, err);
	terms_init(&terms, filter, reader);
	if (filter->not_seen_since != 0 &&
	    !count_not_seen(&terms, COUNT_MANY + 1, &not_seen, err))
		return false;
	return not_seen > COUNT_MANY
	    ? count_contacts(&query, &terms, out_count, err)
	    : count_own(&query, &terms, out_count, err);
}
