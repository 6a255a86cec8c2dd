/* One part of a sorted list: its SQL, its cursor, its rows. */
#include "store/list_part.h"

#include "base/memory.h"

static unsigned
page_limit(const struct store_page *page)
{
	if (page == NULL || page->limit == 0)
		return STORE_PAGE_DEFAULT;
	return page->limit > STORE_PAGE_MAX ? STORE_PAGE_MAX : page->limit;
}

bool
list_part_init(struct list_part *part, struct statement *statement,
    const struct list_order *order, bool is_descending,
    const struct store_page *page, struct buf *bytes, struct err *err)
{
	struct store_value keys[LIST_KEYS_MAX];

	*part = (struct list_part){order, is_descending, page_limit(page), 0};
	if (list_page_is_first(page))
		return true;
	if (!cursor_decode(order, is_descending, view_string(page->cursor),
		bytes, keys, err))
		return false;
	part->after_number = statement->count + 1;
	for (unsigned i = 0; i < order->key_count; i++)
		statement_value(statement, &keys[i]);
	return true;
}

bool
list_part_keys(const struct list_part *part, const char *const *names,
    const char *suffix, struct buf *sql, struct err *err)
{
	for (unsigned i = 0; i < part->order->key_count; i++)
		if (!buf_append_format(sql, err, "%s%s%s", i == 0 ? "" : ", ",
			names != NULL ? names[i] : part->order->keys[i].column,
			suffix))
			return false;
	return true;
}

bool
list_part_after(const struct list_part *part, const char *const *names,
    struct buf *sql, struct err *err)
{
	if (part->after_number == 0)
		return true;
	if (!buf_append_string(sql, " AND (", err) ||
	    !list_part_keys(part, names, "", sql, err) ||
	    !buf_append_string(
		sql, part->is_descending ? ") < (" : ") > (", err))
		return false;
	for (unsigned i = 0; i < part->order->key_count; i++)
		if (!buf_append_format(sql, err, "%s?%u", i == 0 ? "" : ", ",
			part->after_number + i))
			return false;
	return buf_append_string(sql, ")", err);
}

bool
list_part_order(const struct list_part *part, const char *const *names,
    struct buf *sql, struct err *err)
{
	return buf_append_string(sql, " ORDER BY ", err) &&
	    list_part_keys(
		part, names, part->is_descending ? " DESC" : "", sql, err);
}

bool
list_part_select(const struct list_part *part, const struct table *table,
    struct buf *sql, struct err *err)
{
	return buf_append_string(sql, "SELECT ", err) &&
	    table_append_columns(table, sql, err) &&
	    buf_append_string(sql, ", ", err) &&
	    list_part_keys(part, NULL, "", sql, err);
}

/* A number and no parameter: PostgreSQL plans for few rows where it sees that
 * they are few. */
bool
list_part_limit(const struct list_part *part, struct buf *sql, struct err *err)
{
	return buf_append_format(sql, err, " LIMIT %u", part->limit + 1);
}

/* Of the current row, whose keys are selected from first_key on. */
static bool
cursor_of_row(struct statement *statement, unsigned first_key,
    const struct list_part *part, char *out, struct err *err)
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

static bool
fetch_rows(const struct list_part *part, const struct table *table,
    struct statement *statement, bool has_total, struct list_result *out,
    struct err *err)
{
	size_t size = table->row_size;
	unsigned first_key = table_readable_count(table);
	scoped(memory_freep) uint8_t *items = NULL;
	size_t capacity = 0;
	struct list_result result = {.total = -1};
	char next[STORE_CURSOR_SIZE] = "";
	bool has_row = false;

	while (statement_next(statement, &has_row, err)) {
		if (!has_row || result.count == part->limit) {
			if (has_row)
				memcpy(result.next, next, sizeof(next));
			result.items = take(items);
			*out = result;
			return true;
		}
		if (has_total)
			result.total = statement_column_integer(
			    statement, first_key + part->order->key_count);
		if (result.count == capacity) {
			capacity = capacity == 0 ? 16 : capacity * 2;
			items = memory_resize(items, capacity, size);
		}
		memset(items + result.count * size, 0, size);
		if (!table_load(
			table, statement, items + result.count * size, err))
			return false;
		result.count++;
		if (result.count == part->limit &&
		    !cursor_of_row(statement, first_key, part, next, err))
			return false;
	}
	return false;
}

bool
list_part_fetch(const struct list_part *part, const struct table *table,
    struct statement *statement, const struct buf *sql, bool has_total,
    struct list_result *out, struct err *err)
{
	bool is_ok;

	statement->sql = (const char *)sql->data;
	is_ok = fetch_rows(part, table, statement, has_total, out, err);
	/* Before its text goes. */
	statement_done(statement);
	return is_ok;
}
