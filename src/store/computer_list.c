/* Lists of computers, and how many they have. */
#include "store/computer.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/computer_filter.h"
#include "store/computer_table.h"
#include "store/list_narrow.h"

/* An order, and the narrow row's columns of its keys. */
static const struct {
	struct list_order order;
	const char *keys[LIST_KEYS_MAX];
	enum computer_index index;
} ORDERS[] = {
    [STORE_COMPUTER_BY_NAME] = {{1, 2,
				    {{"name_key", STORE_VALUE_TEXT},
					{"id", STORE_VALUE_TEXT}}},
	{"list_name", "contact_id"}, COMPUTER_INDEX_OWN},
    [STORE_COMPUTER_BY_LAST_SEEN] = {{2, 2,
					 {{"last_seen_at", STORE_VALUE_INTEGER},
					     {"contact_id", STORE_VALUE_TEXT}}},
	{"(last_seen_at + 0)", "contact_id"}, COMPUTER_INDEX_CONTACT},
    [STORE_COMPUTER_BY_ENROLLED] = {{3, 2,
					{{"enrolled_at", STORE_VALUE_INTEGER},
					    {"id", STORE_VALUE_TEXT}}},
	{"list_enrolled_at", "contact_id"}, COMPUTER_INDEX_OWN},
    [STORE_COMPUTER_BY_OS] = {{4, 3,
				  {{"os_name_key", STORE_VALUE_TEXT},
				      {"os_version", STORE_VALUE_TEXT},
				      {"id", STORE_VALUE_TEXT}}},
	{"list_os", "list_os_version", "contact_id"}, COMPUTER_INDEX_OWN},
    [STORE_COMPUTER_BY_STATE] = {{5, 2,
				     {{"state", STORE_VALUE_TEXT},
					 {"id", STORE_VALUE_TEXT}}},
	{"list_state", "contact_id"}, COMPUTER_INDEX_OWN},
};

DEFINE_LIST_DONE(store_computer)

static bool
next_sql(struct statement *statement, void *context, struct buf *from,
    struct buf *where, bool *out_is_whole, struct err *err)
{
	struct computer_filter *filter = context;
	enum store_computer_sort sort = filter->given->sort;

	return computer_filter_index_sql(filter, ORDERS[sort].index,
		   ORDERS[sort].order.keys[0].column, statement, from,
		   out_is_whole, err) &&
	    computer_filter_rest_sql(
		filter, ORDERS[sort].index, statement, where, err);
}

static bool
all_sql(struct statement *statement, void *context, struct buf *where,
    bool *out_is_empty, struct err *err)
{
	return computer_filter_all_sql(
	    context, statement, where, out_is_empty, err);
}

bool
store_computer_list(struct store_reader *reader,
    const struct store_computer_filter *filter, const struct store_page *page,
    struct store_computer_list *out_list, struct err *err)
{
	struct computer_filter narrowed;
	struct list_narrow narrow = {.table = &COMPUTER_TABLE,
	    .row_id = "id",
	    .narrow = "computer_contact",
	    .id = "contact_id",
	    .keys = ORDERS[filter->sort].keys,
	    .next = next_sql,
	    .all = all_sql,
	    .context = &narrowed};
	struct list_result result;

	check((size_t)filter->sort < array_length(ORDERS));
	narrow.next_id = ORDERS[filter->sort].index == COMPUTER_INDEX_OWN
	    ? "id"
	    : "contact_id";
	computer_filter_init(&narrowed, filter, reader);
	narrow.is_counted = !computer_filter_is_indexed(&narrowed);
	if (!list_narrow_run(&narrow, reader, &ORDERS[filter->sort].order,
		filter->is_descending, page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	out_list->total = result.total;
	return true;
}

/* By an index that has all of it, else of the narrow rows. */
static bool
count_sql(struct computer_filter *filter, struct statement *statement,
    struct buf *sql, bool *out_is_empty, struct err *err)
{
	*out_is_empty = false;
	if (!buf_append_string(sql, "SELECT count(*) ", err))
		return false;
	return (computer_filter_is_indexed(filter)
		       ? computer_filter_indexed_sql(
			     filter, statement, sql, err)
		       : buf_append_string(sql, "FROM computer_contact", err) &&
			   computer_filter_all_sql(
			       filter, statement, sql, out_is_empty, err)) &&
	    buf_append(sql, "", 1, err);
}

bool
store_computer_count(struct store_reader *reader,
    const struct store_computer_filter *filter, int64_t *out_count,
    struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement statement;
	struct computer_filter narrowed;
	bool is_empty, has_row = false;

	statement_init(&statement, reader, NULL);
	computer_filter_init(&narrowed, filter, reader);
	if (!count_sql(&narrowed, &statement, &sql, &is_empty, err))
		return false;
	statement.sql = (const char *)sql.data;
	if (!is_empty && !statement_next(&statement, &has_row, err))
		return false;
	check(has_row || is_empty);
	*out_count = is_empty ? 0 : statement_column_integer(&statement, 0);
	return true;
}
