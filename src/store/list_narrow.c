/* Lists of wide rows, found by their narrow ones. */
#include "store/list_narrow.h"

#include <stdlib.h>

#include "store/list_part.h"

enum {
	WHERE_MAX = 5120, /* bytes of all conditions */
	FROM_MAX = 1024,
};

static const char *const KEY_NAMES[LIST_KEYS_MAX] = {"key_0", "key_1", "key_2"};

/* What a step composes, and its values. */
struct step {
	const struct list_narrow *narrow;
	struct list_part part;
	struct statement statement;
	struct buf cursor; /* what its bound values point into */
	struct buf sql;
};

static void
step_init(struct step *step, const struct list_narrow *narrow,
    struct store_reader *reader)
{
	step->narrow = narrow;
	statement_init(&step->statement, reader, NULL);
	buf_init(&step->cursor, STORE_CURSOR_SIZE);
	buf_init(&step->sql, TABLE_SQL_MAX);
}

static void
step_done(struct step *step)
{
	statement_done(&step->statement);
	buf_done(&step->cursor);
	buf_done(&step->sql);
}

/* The wide rows of the ids that were found. */
static bool
append_rows(struct step *step, struct err *err)
{
	const struct list_narrow *narrow = step->narrow;

	return buf_append_format(&step->sql, err,
		   ") AS next_rows, %s WHERE %s = next_id",
		   table_source(narrow->table), narrow->row_id) &&
	    list_part_order(&step->part, NULL, &step->sql, err) &&
	    buf_append(&step->sql, "", 1, err);
}

static bool
compose_next(struct step *step, const struct buf *from, const struct buf *where,
    bool is_whole, struct err *err)
{
	const struct list_narrow *narrow = step->narrow;
	const struct list_part *part = &step->part;
	struct buf *sql = &step->sql;

	return list_part_select(part, narrow->table, sql, err) &&
	    buf_append_format(sql, err,
		" FROM (SELECT %s AS next_id FROM (SELECT %s AS seen_id ",
		narrow->id, narrow->next_id) &&
	    buf_append_view(sql, buf_view(from), err) &&
	    list_part_after(part, NULL, sql, err) &&
	    list_part_order(part, NULL, sql, err) &&
	    (is_whole ? list_part_limit(part, sql, err)
		      : buf_append_format(
			    sql, err, " LIMIT %d", LIST_NEXT_ROWS)) &&
	    buf_append_format(sql, err,
		") AS seen_rows JOIN %s ON %s = seen_id", narrow->narrow,
		narrow->id) &&
	    buf_append_view(sql, buf_view(where), err) &&
	    list_part_order(part, narrow->keys, sql, err) &&
	    list_part_limit(part, sql, err) && append_rows(step, err);
}

/* Whether that was all there is to find. */
static bool
run_next(struct step *step, const struct list_order *order, bool is_descending,
    const struct store_page *page, struct list_result *out, bool *out_is_done,
    struct err *err)
{
	scoped(buf_donep) struct buf from = BUF_INIT(FROM_MAX);
	scoped(buf_donep) struct buf where = BUF_INIT(WHERE_MAX);
	struct list_result found;
	bool is_whole = false;

	if (!step->narrow->next(&step->statement, step->narrow->context, &from,
		&where, &is_whole, err) ||
	    !list_part_init(&step->part, &step->statement, order, is_descending,
		page, &step->cursor, err) ||
	    !compose_next(step, &from, &where, is_whole, err) ||
	    !list_part_fetch(&step->part, step->narrow->table, &step->statement,
		&step->sql, false, &found, err))
		return false;
	*out_is_done = is_whole || found.next[0] != '\0';
	if (*out_is_done)
		*out = found;
	else
		free(found.items);
	return true;
}

/* "a AS key_0, b AS key_1" */
static bool
append_named_keys(struct step *step, struct err *err)
{
	for (unsigned i = 0; i < step->part.order->key_count; i++)
		if (!buf_append_format(&step->sql, err, ", %s AS %s",
			step->narrow->keys[i], KEY_NAMES[i]))
			return false;
	return true;
}

/* What fits is found once: it is counted and sorted from there. */
static bool
compose_counted(struct step *step, const struct buf *where, struct err *err)
{
	const struct list_narrow *narrow = step->narrow;
	const struct list_part *part = &step->part;
	struct buf *sql = &step->sql;

	return buf_append_format(sql, err,
		   "WITH fitting AS MATERIALIZED (SELECT %s AS next_id",
		   narrow->id) &&
	    append_named_keys(step, err) &&
	    buf_append_format(sql, err, " FROM %s", narrow->narrow) &&
	    buf_append_view(sql, buf_view(where), err) &&
	    buf_append_string(sql, ") ", err) &&
	    list_part_select(part, narrow->table, sql, err) &&
	    buf_append_string(sql,
		", (SELECT count(*) FROM fitting)"
		" FROM (SELECT next_id FROM fitting",
		err) &&
	    list_part_order(part, KEY_NAMES, sql, err) &&
	    list_part_limit(part, sql, err) && append_rows(step, err);
}

static bool
compose_all(struct step *step, const struct buf *where, struct err *err)
{
	const struct list_narrow *narrow = step->narrow;
	const struct list_part *part = &step->part;
	struct buf *sql = &step->sql;

	return list_part_select(part, narrow->table, sql, err) &&
	    buf_append_format(sql, err, " FROM (SELECT %s AS next_id FROM %s",
		narrow->id, narrow->narrow) &&
	    buf_append_view(sql, buf_view(where), err) &&
	    list_part_after(part, narrow->keys, sql, err) &&
	    list_part_order(part, narrow->keys, sql, err) &&
	    list_part_limit(part, sql, err) && append_rows(step, err);
}

static bool
run_all(struct step *step, const struct list_order *order, bool is_descending,
    const struct store_page *page, struct list_result *out, struct err *err)
{
	scoped(buf_donep) struct buf where = BUF_INIT(WHERE_MAX);
	bool is_first = list_page_is_first(page);
	bool is_counted = is_first && step->narrow->is_counted;
	bool is_empty = false;

	if (!step->narrow->all(&step->statement, step->narrow->context, &where,
		&is_empty, err))
		return false;
	if (is_empty) {
		*out = (struct list_result){.total = is_first ? 0 : -1};
		return true;
	}
	if (!list_part_init(&step->part, &step->statement, order, is_descending,
		page, &step->cursor, err) ||
	    !(is_counted ? compose_counted(step, &where, err)
			 : compose_all(step, &where, err)) ||
	    !list_part_fetch(&step->part, step->narrow->table, &step->statement,
		&step->sql, is_counted, out, err))
		return false;
	if (is_first && out->count == 0)
		out->total = 0;
	return true;
}

bool
list_narrow_run(const struct list_narrow *narrow, struct store_reader *reader,
    const struct list_order *order, bool is_descending,
    const struct store_page *page, struct list_result *out_result,
    struct err *err)
{
	struct step step;
	bool is_done = false;
	bool is_fine;

	step_init(&step, narrow, reader);
	is_fine = run_next(
	    &step, order, is_descending, page, out_result, &is_done, err);
	step_done(&step);
	if (!is_fine || is_done)
		return is_fine;
	step_init(&step, narrow, reader);
	is_fine = run_all(&step, order, is_descending, page, out_result, err);
	step_done(&step);
	return is_fine;
}
