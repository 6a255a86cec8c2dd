/* Sorted, filtered lists in parts. */
#include "store/list.h"

#include "base/check.h"
#include "store/list_part.h"

void
list_query_init(struct list_query *query, const struct table *table,
    struct store_reader *reader)
{
	query->table = table;
	statement_init(&query->statement, reader, NULL);
	query->condition_count = 0;
	query->walk = NULL;
	query->count_source = NULL;
}

void
list_query_done(struct list_query *query)
{
	statement_done(&query->statement);
}

void
list_where(struct list_query *query, const char *condition)
{
	struct list_condition *added =
	    &query->conditions[query->condition_count++];

	check(query->condition_count <= LIST_CONDITIONS_MAX);
	check(strlen(condition) < sizeof(added->sql));
	snprintf(added->sql, sizeof(added->sql), "%s", condition);
}

static void
where_value(struct list_query *query, const char *column,
    const char *operator_sign, unsigned number)
{
	char condition[128];

	snprintf(condition, sizeof(condition), "%s %s ?%u", column,
	    operator_sign, number);
	list_where(query, condition);
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

bool
list_page_is_first(const struct store_page *page)
{
	return page == NULL || page->cursor == NULL || page->cursor[0] == '\0';
}

static bool
append_conditions(
    const struct list_query *query, struct buf *sql, struct err *err)
{
	if (!buf_append_string(sql, " WHERE 1 = 1", err))
		return false;
	for (unsigned i = 0; i < query->condition_count; i++)
		if (!buf_append_format(
			sql, err, " AND %s", query->conditions[i].sql))
			return false;
	return true;
}

/* Ends what was put together with NUL, as a statement takes it. */
static bool
append_end(struct buf *sql, struct err *err)
{
	return buf_append(sql, "", 1, err);
}

static bool
compose(const struct list_query *query, const struct list_part *part,
    struct buf *sql, struct err *err)
{
	return list_part_select(part, query->table, sql, err) &&
	    buf_append_format(
		sql, err, " FROM %s", table_source(query->table)) &&
	    append_conditions(query, sql, err) &&
	    list_part_after(part, NULL, sql, err) &&
	    list_part_order(part, NULL, sql, err) &&
	    list_part_limit(part, sql, err) && append_end(sql, err);
}

/* The next rows' ids by an index of few columns alone, then these rows: wide
 * rows that are not shown are not read. */
static bool
compose_walk(const struct list_query *query, const struct list_part *part,
    struct buf *sql, struct err *err)
{
	return list_part_select(part, query->table, sql, err) &&
	    buf_append_format(sql, err, " FROM (SELECT %s AS next_id %s",
		query->walk_id, query->walk) &&
	    list_part_after(part, NULL, sql, err) &&
	    list_part_order(part, NULL, sql, err) &&
	    list_part_limit(part, sql, err) &&
	    buf_append_format(sql, err, ") AS next_rows, %s WHERE %s = next_id",
		table_source(query->table), query->walk_id) &&
	    list_part_order(part, NULL, sql, err) && append_end(sql, err);
}

bool
list_run(struct list_query *query, const struct list_order *order,
    bool is_descending, const struct store_page *page,
    struct list_result *out_result, struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(STORE_CURSOR_SIZE);
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	struct list_part part;

	return list_part_init(&part, &query->statement, order, is_descending,
		   page, &bytes, err) &&
	    (query->walk != NULL ? compose_walk(query, &part, &sql, err)
				 : compose(query, &part, &sql, err)) &&
	    list_part_fetch(&part, query->table, &query->statement, &sql, false,
		out_result, err);
}

bool
list_count(struct list_query *query, int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	bool has_row = false;

	if (!buf_append_format(&sql, err, "SELECT count(*) FROM %s",
		query->count_source != NULL ? query->count_source
					    : table_source(query->table)) ||
	    !append_conditions(query, &sql, err) || !append_end(&sql, err))
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
	    !append_conditions(query, &sql, err) ||
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
