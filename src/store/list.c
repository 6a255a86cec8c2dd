/* Sorted, filtered lists in parts. */
#include "store/list.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"

enum {
	CURSOR_BYTES_MAX = (STORE_CURSOR_SIZE - 1) / 4 * 3
};

void
list_query_init(struct list_query *query, const struct table *table,
    struct store_reader *reader)
{
	query->table = table;
	statement_init(&query->statement, reader, NULL);
	buf_init(&query->where, TABLE_SQL_MAX);
	err_reset(&query->err);
}

void
list_query_done(struct list_query *query)
{
	statement_done(&query->statement);
	buf_done(&query->where);
}

static void
add_condition(struct list_query *query, const char *left, unsigned number)
{
	if (query->err.category != ERR_NONE)
		return;
	ignore_result(buf_append_format(
	    &query->where, &query->err, " AND %s ?%u", left, number));
}

void
list_where_text(struct list_query *query, const char *left, const char *value)
{
	if (value != NULL)
		add_condition(
		    query, left, statement_text(&query->statement, value));
}

void
list_where_integer(struct list_query *query, const char *left, int64_t value)
{
	add_condition(query, left, statement_integer(&query->statement, value));
}

void
list_where(struct list_query *query, const char *condition)
{
	if (query->err.category != ERR_NONE)
		return;
	ignore_result(buf_append_format(
	    &query->where, &query->err, " AND %s", condition));
}

/* A cursor is: order's tag, direction, then each key of the last row. */
static bool
encode_cursor(struct statement *statement, unsigned first_key,
    const struct list_order *order, bool is_descending, char *out,
    struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(CURSOR_BYTES_MAX);
	scoped(memory_freep) char *text = NULL;
	struct writer writer;

	writer_init(&writer, &bytes);
	writer_u8(&writer, order->tag);
	writer_bool(&writer, is_descending);
	for (unsigned i = 0; i < order->key_count; i++) {
		if (order->keys[i].kind == STORE_VALUE_INTEGER)
			writer_i64(&writer,
			    statement_column_integer(statement, first_key + i));
		else
			writer_bytes(&writer,
			    statement_column_view(statement, first_key + i));
	}
	if (!writer_done(&writer, err))
		return false;
	text = base64url_encode(buf_view(&bytes));
	check(strlen(text) < STORE_CURSOR_SIZE);
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool
cursor_invalid(struct err *err)
{
	return err_set_code(err, ERR_MALFORMED, "cursor_invalid",
	    "the cursor does not belong to this list and order");
}

/* Bind the cursor's keys; bytes holds what the bound texts point into. */
static bool
bind_cursor(struct list_query *query, const struct list_order *order,
    bool is_descending, struct buf *bytes, struct err *err)
{
	struct reader reader;
	bool is_ours;

	reader_init(&reader, buf_view(bytes));
	is_ours = reader_u8(&reader) == order->tag;
	is_ours &= reader_bool(&reader) == is_descending;
	for (unsigned i = 0; i < order->key_count; i++) {
		struct store_value value = {.kind = order->keys[i].kind};

		if (value.kind == STORE_VALUE_INTEGER)
			value.integer = reader_i64(&reader);
		else
			value.bytes = reader_bytes(&reader, CURSOR_BYTES_MAX);
		if (!utf8_is_valid(value.bytes) || view_has_nul(value.bytes))
			is_ours = false;
		check(query->statement.count < STATEMENT_VALUES_MAX);
		query->statement.values[query->statement.count++] = value;
	}
	if (!is_ours || !reader_done(&reader, err))
		return cursor_invalid(err);
	return true;
}

static bool
append_keys(const struct list_order *order, struct buf *sql, struct err *err)
{
	for (unsigned i = 0; i < order->key_count; i++)
		if (!buf_append_format(sql, err, "%s%s", i == 0 ? "" : ", ",
			order->keys[i].column))
			return false;
	return true;
}

/* " AND (a, b) > (?1, ?2)" */
static bool
append_after(struct list_query *query, const struct list_order *order,
    bool is_descending, const char *cursor, struct buf *bytes, struct err *err)
{
	struct buf *where = &query->where;
	unsigned first = query->statement.count + 1;

	if (cursor == NULL || *cursor == '\0')
		return true;
	if (!base64url_decode(view_string(cursor), bytes, err))
		return cursor_invalid(err);
	if (!bind_cursor(query, order, is_descending, bytes, err) ||
	    !buf_append_string(where, " AND (", err) ||
	    !append_keys(order, where, err) ||
	    !buf_append_string(where, is_descending ? ") < (" : ") > (", err))
		return false;
	for (unsigned i = 0; i < order->key_count; i++)
		if (!buf_append_format(
			where, err, "%s?%u", i == 0 ? "" : ", ", first + i))
			return false;
	return buf_append_string(where, ")", err);
}

/* "a DESC, b DESC" */
static bool
append_order(const struct list_order *order, bool is_descending,
    struct buf *sql, struct err *err)
{
	for (unsigned i = 0; i < order->key_count; i++)
		if (!buf_append_format(sql, err, "%s%s%s",
			i == 0 ? " ORDER BY " : ", ", order->keys[i].column,
			is_descending ? " DESC" : ""))
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
compose(struct list_query *query, const struct list_order *order,
    bool is_descending, unsigned limit, struct buf *sql, struct err *err)
{
	return buf_append_string(sql, "SELECT ", err) &&
	    table_append_columns(query->table, sql, err) &&
	    buf_append_string(sql, ", ", err) && append_keys(order, sql, err) &&
	    buf_append_format(
		sql, err, " FROM %s WHERE 1 = 1", query->table->name) &&
	    buf_append_view(sql, buf_view(&query->where), err) &&
	    append_order(order, is_descending, sql, err) &&
	    buf_append_format(sql, err, " LIMIT ?%u",
		statement_integer(&query->statement, (int64_t)limit + 1)) &&
	    append_end(sql, err);
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
fetch(struct list_query *query, const struct list_order *order,
    bool is_descending, unsigned limit, struct list_result *out,
    struct err *err)
{
	size_t size = query->table->row_size;
	unsigned first_key = table_readable_count(query->table);
	scoped(memory_freep) uint8_t *items = NULL;
	size_t capacity = 0;
	size_t count = 0;
	bool has_row = false;
	char next[STORE_CURSOR_SIZE] = "";

	while (statement_next(&query->statement, &has_row, err)) {
		if (!has_row || count == limit) {
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
		if (count == limit &&
		    !encode_cursor(&query->statement, first_key, order,
			is_descending, next, err))
			return false;
	}
	return false;
}

bool
list_run(struct list_query *query, const struct list_order *order,
    bool is_descending, const struct store_page *page,
    struct list_result *out_result, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(buf_donep) struct buf cursor = BUF_INIT(CURSOR_BYTES_MAX);
	unsigned limit = page_limit(page);
	bool is_ok;

	if (query->err.category != ERR_NONE) {
		*err = query->err;
		return false;
	}
	if (!append_after(query, order, is_descending,
		page == NULL ? NULL : page->cursor, &cursor, err) ||
	    !compose(query, order, is_descending, limit, &sql, err))
		return false;
	query->statement.sql = (const char *)sql.data;
	is_ok = fetch(query, order, is_descending, limit, out_result, err);
	/* Its text and values end here. */
	statement_done(&query->statement);
	return is_ok;
}

bool
list_count(struct list_query *query, int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	bool has_row = false;

	if (query->err.category != ERR_NONE) {
		*err = query->err;
		return false;
	}
	if (!buf_append_format(&sql, err, "SELECT count(*) FROM %s WHERE 1 = 1",
		query->table->name) ||
	    !buf_append_view(&sql, buf_view(&query->where), err) ||
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
