/* Sorted, filtered lists in parts. */
#include "store/list.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/cursor.h"

void
list_query_init(struct list_query *query, const struct table *table,
    struct store_reader *reader)
{
	query->table = table;
	statement_init(&query->statement, reader, NULL);
	query->condition_count = 0;
	query->is_probed = false;
	query->walk = NULL;
	query->choose = NULL;
	query->is_empty = false;
	query->count_source = NULL;
}

void
list_query_done(struct list_query *query)
{
	statement_done(&query->statement);
}

void
list_where(struct list_query *query, const char *column, const char *condition)
{
	struct list_condition *added =
	    &query->conditions[query->condition_count++];

	check(query->condition_count <= LIST_CONDITIONS_MAX);
	check(strlen(condition) < sizeof(added->sql));
	added->column = column;
	snprintf(added->sql, sizeof(added->sql), "%s", condition);
	added->probe_sql[0] = '\0';
	added->long_sql = NULL;
	added->long_probe_sql = NULL;
}

void
list_where_found(
    struct list_query *query, const char *condition, const char *probe)
{
	struct list_condition *added =
	    &query->conditions[query->condition_count];

	list_where(query, NULL, condition);
	check(strlen(probe) < sizeof(added->probe_sql));
	snprintf(added->probe_sql, sizeof(added->probe_sql), "%s", probe);
}

void
list_where_found_long(
    struct list_query *query, const char *condition, const char *probe)
{
	struct list_condition *added =
	    &query->conditions[query->condition_count];

	list_where(query, NULL, "");
	added->long_sql = condition;
	added->long_probe_sql = probe;
}

static const char *
condition_sql(const struct list_condition *condition, bool is_probe)
{
	if (condition->long_sql != NULL)
		return is_probe ? condition->long_probe_sql
				: condition->long_sql;
	return is_probe && condition->probe_sql[0] != '\0'
	    ? condition->probe_sql
	    : condition->sql;
}

static void
where_value(struct list_query *query, const char *column,
    const char *operator_sign, unsigned number)
{
	char condition[128];

	snprintf(condition, sizeof(condition), "%s %s ?%u", column,
	    operator_sign, number);
	list_where(query, column, condition);
}

void
list_where_text(struct list_query *query, const char *column,
    const char *operator_sign, const char *value)
{
	if (value != NULL)
		where_value(query, column, operator_sign,
		    statement_text(&query->statement, value));
}

void
list_where_integer(struct list_query *query, const char *column,
    const char *operator_sign, int64_t value)
{
	where_value(query, column, operator_sign,
	    statement_integer(&query->statement, value));
}

/* What the composed statement depends on. */
struct part {
	const struct list_order *order;
	bool is_descending;
	unsigned limit;
	unsigned limit_number; /* of its parameter */
	unsigned
	    after_number; /* of the cursor's first key; 0: from the start */
};

/* Of the current row, whose keys are selected from first_key on. */
static bool
cursor_of_row(struct statement *statement, unsigned first_key,
    const struct part *part, char *out, struct err *err)
{
	struct store_value keys[LIST_KEYS_MAX];

	for (unsigned i = 0; i < part->order->key_count; i++) {
		keys[i].kind = part->order->keys[i].kind;
		if (keys[i].kind == STORE_VALUE_INTEGER)
			keys[i].integer =
			    statement_column_integer(statement, first_key + i);
		else
			keys[i].bytes =
			    statement_column_view(statement, first_key + i);
	}
	return cursor_encode(part->order, part->is_descending, keys, out, err);
}

/* How the keys are written: as columns, which indexes serve, or so that no
 * index fits. */
enum key_form {
	KEY_COLUMN,
	KEY_EXPRESSION,
};

static bool
append_keys(const struct list_order *order, enum key_form form,
    const char *suffix, struct buf *sql, struct err *err)
{
	for (unsigned i = 0; i < order->key_count; i++) {
		const struct list_key *key = &order->keys[i];
		const char *neutral = form == KEY_COLUMN ? ""
		    : key->kind == STORE_VALUE_INTEGER   ? " + 0"
							 : " || ''";

		if (!buf_append_format(sql, err, "%s%s%s%s", i == 0 ? "" : ", ",
			key->column, neutral, suffix))
			return false;
	}
	return true;
}

/* " AND (a, b) > (?1, ?2)" */
static bool
append_after(const struct part *part, enum key_form form, struct buf *sql,
    struct err *err)
{
	if (part->after_number == 0)
		return true;
	if (!buf_append_string(sql, " AND (", err) ||
	    !append_keys(part->order, form, "", sql, err) ||
	    !buf_append_string(
		sql, part->is_descending ? ") < (" : ") > (", err))
		return false;
	for (unsigned i = 0; i < part->order->key_count; i++)
		if (!buf_append_format(sql, err, "%s?%u", i == 0 ? "" : ", ",
			part->after_number + i))
			return false;
	return buf_append_string(sql, ")", err);
}

static bool
append_order(const struct part *part, enum key_form form, struct buf *sql,
    struct err *err)
{
	return buf_append_string(sql, " ORDER BY ", err) &&
	    append_keys(part->order, form, part->is_descending ? " DESC" : "",
		sql, err);
}

/* column NULL: all conditions; else those on that column alone. */
static bool
append_conditions(const struct list_query *query, const char *column,
    bool is_probe, struct buf *sql, struct err *err)
{
	if (!buf_append_string(sql, " WHERE 1 = 1", err))
		return false;
	for (unsigned i = 0; i < query->condition_count; i++) {
		const struct list_condition *condition = &query->conditions[i];

		if (column != NULL &&
		    (condition->column == NULL ||
			strcmp(condition->column, column) != 0))
			continue;
		if (!buf_append_format(sql, err, " AND %s",
			condition_sql(condition, is_probe)))
			return false;
	}
	return true;
}

/* Where the rows come from: the table, or (probing) its next rows in order.
 * Conditions on the first key are as good as the order's index. */
static bool
append_source(const struct list_query *query, const struct part *part,
    bool is_probe, struct buf *sql, struct err *err)
{
	const char *source = table_source(query->table);

	if (!is_probe)
		return buf_append_format(sql, err, " FROM %s", source);
	return buf_append_format(sql, err, " FROM (SELECT * FROM %s", source) &&
	    append_conditions(
		query, part->order->keys[0].column, true, sql, err) &&
	    append_after(part, KEY_COLUMN, sql, err) &&
	    append_order(part, KEY_COLUMN, sql, err) &&
	    buf_append_format(
		sql, err, " LIMIT %d) AS next_rows", LIST_PROBE_ROWS);
}

/* Ends what was put together with NUL, as a statement takes it. */
static bool
append_end(struct buf *sql, struct err *err)
{
	return buf_append(sql, "", 1, err);
}

static bool
compose(const struct list_query *query, const struct part *part, bool is_probe,
    struct buf *sql, struct err *err)
{
	enum key_form form =
	    query->is_probed && !is_probe ? KEY_EXPRESSION : KEY_COLUMN;

	return buf_append_string(sql, "SELECT ", err) &&
	    table_append_columns(query->table, sql, err) &&
	    buf_append_string(sql, ", ", err) &&
	    append_keys(part->order, KEY_COLUMN, "", sql, err) &&
	    append_source(query, part, is_probe, sql, err) &&
	    append_conditions(query, NULL, is_probe, sql, err) &&
	    append_after(part, form, sql, err) &&
	    append_order(part, form, sql, err) &&
	    buf_append_format(sql, err, " LIMIT ?%u", part->limit_number) &&
	    append_end(sql, err);
}

/* The next rows' ids by an index of few columns alone, then these rows: wide
 * rows that are not shown are not read. */
static bool
compose_walk(const struct list_query *query, const struct part *part,
    struct buf *sql, struct err *err)
{
	return buf_append_string(sql, "SELECT ", err) &&
	    table_append_columns(query->table, sql, err) &&
	    buf_append_string(sql, ", ", err) &&
	    append_keys(part->order, KEY_COLUMN, "", sql, err) &&
	    buf_append_format(sql, err, " FROM (SELECT %s AS next_id %s",
		query->walk_id, query->walk) &&
	    append_after(part, KEY_COLUMN, sql, err) &&
	    append_order(part, KEY_COLUMN, sql, err) &&
	    buf_append_format(sql, err,
		" LIMIT ?%u) AS next_rows, %s WHERE %s = next_id",
		part->limit_number, table_source(query->table),
		query->walk_id) &&
	    append_order(part, KEY_COLUMN, sql, err) && append_end(sql, err);
}

static unsigned
page_limit(const struct store_page *page)
{
	if (page == NULL || page->limit == 0)
		return STORE_PAGE_DEFAULT;
	return page->limit > STORE_PAGE_MAX ? STORE_PAGE_MAX : page->limit;
}

/* One row more than asked for tells that there is a next part. */
static bool
fetch(struct list_query *query, const struct part *part,
    struct list_result *out, struct err *err)
{
	size_t size = query->table->row_size;
	unsigned first_key = table_readable_count(query->table);
	scoped(memory_freep) uint8_t *items = NULL;
	size_t capacity = 0;
	size_t count = 0;
	bool has_row = false;
	char next[STORE_CURSOR_SIZE] = "";

	while (statement_next(&query->statement, &has_row, err)) {
		if (!has_row || count == part->limit) {
			*out = (struct list_result){
			    .items = take(items), .count = count};
			if (has_row)
				memcpy(out->next, next, sizeof(next));
			return true;
		}
		if (count == capacity) {
			capacity = capacity == 0 ? 16 : capacity * 2;
			items = memory_resize(items, capacity, size);
		}
		memset(items + count * size, 0, size);
		if (!table_load(query->table, &query->statement,
			items + count * size, err))
			return false;
		count++;
		if (count == part->limit &&
		    !cursor_of_row(
			&query->statement, first_key, part, next, err))
			return false;
	}
	return false;
}

/* The bound values stay for a second run with other SQL. */
static bool
run_once(struct list_query *query, const struct part *part, bool is_probe,
    struct list_result *out, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	bool is_ok;

	if (!(query->walk != NULL && !is_probe
		    ? compose_walk(query, part, &sql, err)
		    : compose(query, part, is_probe, &sql, err)))
		return false;
	query->statement.sql = (const char *)sql.data;
	is_ok = fetch(query, part, out, err);
	statement_done(&query->statement);
	return is_ok;
}

static bool
run_part(struct list_query *query, const struct part *part,
    struct list_result *out, struct err *err)
{
	struct list_result probed;

	if (query->is_probed) {
		if (!run_once(query, part, true, &probed, err))
			return false;
		if (probed.next[0] != '\0') {
			*out = probed;
			return true;
		}
		free(probed.items);
		if (query->choose != NULL &&
		    !query->choose(query, query->context, err))
			return false;
		if (query->is_empty) {
			*out = (struct list_result){0};
			return true;
		}
	}
	return run_once(query, part, false, out, err);
}

/* bytes holds what the bound texts point into. */
static bool
bind_cursor(struct list_query *query, struct part *part, const char *cursor,
    struct buf *bytes, struct err *err)
{
	struct store_value keys[LIST_KEYS_MAX];
	struct statement *statement = &query->statement;

	if (!cursor_decode(part->order, part->is_descending,
		view_string(cursor), bytes, keys, err))
		return false;
	part->after_number = statement->count + 1;
	for (unsigned i = 0; i < part->order->key_count; i++)
		statement_value(statement, &keys[i]);
	return true;
}

bool
list_run(struct list_query *query, const struct list_order *order,
    bool is_descending, const struct store_page *page,
    struct list_result *out_result, struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(STORE_CURSOR_SIZE);
	struct part part = {order, is_descending, page_limit(page)};

	part.limit_number =
	    statement_integer(&query->statement, (int64_t)part.limit + 1);
	if (page != NULL && page->cursor != NULL && *page->cursor != '\0' &&
	    !bind_cursor(query, &part, page->cursor, &bytes, err))
		return false;
	return run_part(query, &part, out_result, err);
}

bool
list_count(struct list_query *query, int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	bool has_row = false;

	if (!buf_append_format(&sql, err, "SELECT count(*) FROM %s",
		query->count_source != NULL ? query->count_source
					    : table_source(query->table)) ||
	    !append_conditions(query, NULL, false, &sql, err) ||
	    !append_end(&sql, err))
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
list_each(struct list_query *query, const char *columns, const char *tail,
    list_row_fn *fn, void *context, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	bool has_row = true, is_fine = true;

	if (!buf_append_format(&sql, err, "SELECT %s FROM %s", columns,
		table_source(query->table)) ||
	    !append_conditions(query, NULL, false, &sql, err) ||
	    !buf_append_format(&sql, err, " %s", tail) ||
	    !append_end(&sql, err))
		return false;
	query->statement.sql = (const char *)sql.data;
	while (is_fine && has_row) {
		is_fine = statement_next(&query->statement, &has_row, err);
		if (is_fine && has_row)
			is_fine = fn(&query->statement, context, err);
	}
	statement_done(&query->statement);
	return is_fine;
}
