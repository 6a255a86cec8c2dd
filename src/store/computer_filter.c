/* What lists of computers are narrowed by. */
#include "store/computer_filter.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/computer_ways.h"
#include "store/fold.h"
#include "store/reader.h"
#include "store/table.h"

enum {
	COLUMN_SIZE = 32,
	/* So many of one condition are looked up one by one; more cost more
	 * than reading the narrow rows of all. */
	FEW = 2000,
};

static const struct computer_columns NARROW_AT_HAND = {
    "contact_id", "list_state", "list_office", "list_os", "last_seen_at", true};
/* So that it is not the index by last contact that they are read by. */
static const struct computer_columns NARROW_ALL = {"contact_id", "list_state",
    "list_office", "list_os", "(last_seen_at + 0)", false};

#define BIT(way) (1U << (way))

void
computer_filter_init(struct computer_filter *filter,
    const struct store_computer_filter *given, struct store_reader *reader)
{
	memset(filter, 0, sizeof(*filter));
	filter->given = given;
	filter->reader = reader;
	fold_text(given->text, filter->text, sizeof(filter->text));
	fold_text(given->os_name, filter->os_name, sizeof(filter->os_name));
	filter->set.is_there =
	    given->group_id != NULL || given->criteria != NULL;
}

/* All ways that narrow. */
static unsigned
ways_of(const struct computer_filter *filter)
{
	unsigned ways = 0;

	for (unsigned way = 0; way < WAY_COUNT; way++)
		if (COMPUTER_WAYS[way].is_set(filter))
			ways |= BIT(way);
	return ways;
}

static void
bind_ways(
    struct computer_filter *filter, unsigned ways, struct statement *statement)
{
	for (unsigned way = 0; way < WAY_COUNT; way++)
		if ((ways & BIT(way)) != 0)
			COMPUTER_WAYS[way].bind(filter, statement);
}

static bool
append_ways(const struct computer_filter *filter, unsigned ways,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	for (unsigned way = 0; way < WAY_COUNT; way++)
		if ((ways & BIT(way)) != 0 &&
		    !COMPUTER_WAYS[way].where(filter, columns, sql, err))
			return false;
	return true;
}

static bool
bind_and_append(struct computer_filter *filter, unsigned ways,
    const struct computer_columns *columns, struct statement *statement,
    struct buf *sql, struct err *err)
{
	bind_ways(filter, ways, statement);
	return append_ways(filter, ways, columns, sql, err);
}

/* What the index serves of what is asked. */
static unsigned
served_by(const struct computer_filter *filter, enum computer_index index)
{
	unsigned ways = ways_of(filter);
	unsigned own = BIT(WAY_STATES) | BIT(WAY_OFFICE) | BIT(WAY_OS);

	if (index == COMPUTER_INDEX_OWN)
		return ways &
		    (computer_ways_is_scope_of_offices(filter)
			    ? own | BIT(WAY_SCOPE)
			    : own);
	/* Its rows are read for the state: it may leave out but a few. */
	if ((ways & ~(BIT(WAY_STATES) | BIT(WAY_NOT_SEEN))) == 0 &&
	    computer_ways_are_most_states(filter))
		return ways;
	return ways & BIT(WAY_NOT_SEEN);
}

/* A column as the index finds rows by it, or (every other one) so that no other
 * index is taken for it. */
static const char *
indexed(const char *column, const char *first_column, char out[COLUMN_SIZE])
{
	snprintf(out, COLUMN_SIZE,
	    strcmp(column, first_column) == 0 ? "%s" : "(%s || '')", column);
	return out;
}

bool
computer_filter_index_sql(struct computer_filter *filter,
    enum computer_index index, const char *first_column,
    struct statement *statement, struct buf *sql, bool *out_is_whole,
    struct err *err)
{
	char id[COLUMN_SIZE], state[COLUMN_SIZE], office[COLUMN_SIZE];
	char os[COLUMN_SIZE];
	const struct computer_columns own = {
	    indexed(COMPUTER_COLUMNS.id, first_column, id),
	    indexed(COMPUTER_COLUMNS.state, first_column, state),
	    indexed(COMPUTER_COLUMNS.office, first_column, office),
	    indexed(COMPUTER_COLUMNS.os, first_column, os),
	    COMPUTER_COLUMNS.last_seen, false};
	unsigned served = served_by(filter, index);
	bool is_own = index == COMPUTER_INDEX_OWN;

	*out_is_whole = served == ways_of(filter);
	return buf_append_format(sql, err, "FROM %s WHERE 1 = 1",
		   is_own ? "computer" : "computer_contact") &&
	    bind_and_append(filter, served, is_own ? &own : &NARROW_AT_HAND,
		statement, sql, err);
}

bool
computer_filter_rest_sql(struct computer_filter *filter,
    enum computer_index index, struct statement *statement, struct buf *sql,
    struct err *err)
{
	bool is_wide = filter->given->criteria != NULL;

	return buf_append_format(sql, err, "%s WHERE 1 = 1",
		   is_wide ? " JOIN computer ON id = contact_id" : "") &&
	    bind_and_append(filter, ways_of(filter) & ~served_by(filter, index),
		&NARROW_AT_HAND, statement, sql, err);
}

static bool
count_way(const struct computer_filter *filter, enum computer_way_name way,
    int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement statement;
	struct computer_filter alone;
	bool has_row = false;

	statement_init(&statement, filter->reader, NULL);
	computer_filter_init(&alone, filter->given, filter->reader);
	COMPUTER_WAYS[way].bind(&alone, &statement);
	if (!buf_append_string(
		&sql, "SELECT count(*) FROM (SELECT 1 FROM (", err) ||
	    !COMPUTER_WAYS[way].ids(&alone, &sql, err) ||
	    !buf_append_format(
		&sql, err, ") AS fitting LIMIT %d) AS some_rows", FEW + 1) ||
	    !buf_append(&sql, "", 1, err))
		return false;
	statement.sql = (const char *)sql.data;
	if (!statement_next(&statement, &has_row, err))
		return false;
	check(has_row);
	*out_count = statement_column_integer(&statement, 0);
	/* Before its text goes. */
	statement_done(&statement);
	return true;
}

/* The first way that few fit; WAY_COUNT: none. */
static bool
find_few(const struct computer_filter *filter, enum computer_way_name *out_way,
    bool *out_is_empty, struct err *err)
{
	unsigned ways = ways_of(filter);

	*out_way = WAY_COUNT;
	*out_is_empty = false;
	if (computer_ways_are_most_states(filter))
		ways &= ~BIT(WAY_STATES);
	for (unsigned way = 0; way < WAY_COUNT; way++) {
		int64_t count = 0;

		if ((ways & BIT(way)) == 0 || COMPUTER_WAYS[way].ids == NULL)
			continue;
		if (!count_way(
			filter, (enum computer_way_name)way, &count, err))
			return false;
		if (count > FEW)
			continue;
		*out_way = (enum computer_way_name)way;
		*out_is_empty = count == 0;
		return true;
	}
	return true;
}

bool
computer_filter_all_sql(struct computer_filter *filter,
    struct statement *statement, struct buf *sql, bool *out_is_empty,
    struct err *err)
{
	unsigned ways = ways_of(filter);
	enum computer_way_name few;

	if (!find_few(filter, &few, out_is_empty, err) ||
	    !buf_append_string(sql, " WHERE 1 = 1", err))
		return false;
	bind_ways(filter, ways, statement);
	if (few != WAY_COUNT &&
	    !computer_ways_where_ids(
		COMPUTER_WAYS[few].ids, filter, &NARROW_ALL, sql, err))
		return false;
	if (few != WAY_COUNT)
		ways &= ~BIT(few);
	return append_ways(filter, ways, &NARROW_ALL, sql, err);
}

/* What is counted without a computer's own row: silence, as hardly any computer
 * is a removed one, and a static group, whose members never are. */
static bool
is_alone(const struct computer_filter *filter, enum computer_way_name way)
{
	return filter->given->states == 0 &&
	    ways_of(filter) == (BIT(WAY_STATES) | BIT(way));
}

static bool
is_static_group_alone(const struct computer_filter *filter)
{
	return filter->given->group_id != NULL && is_alone(filter, WAY_SET);
}

bool
computer_filter_is_indexed(const struct computer_filter *filter)
{
	unsigned ways = ways_of(filter) & ~BIT(WAY_STATES);

	return ways == 0 || ways == BIT(WAY_OFFICE) || ways == BIT(WAY_OS) ||
	    is_alone(filter, WAY_NOT_SEEN) || is_static_group_alone(filter);
}

bool
computer_filter_indexed_sql(struct computer_filter *filter,
    struct statement *statement, struct buf *sql, struct err *err)
{
	if (is_static_group_alone(filter)) {
		bind_ways(filter, BIT(WAY_SET), statement);
		return buf_append_format(
		    sql, err, "FROM (%s) AS members", filter->set.ids);
	}
	if (is_alone(filter, WAY_NOT_SEEN))
		return buf_append_string(sql,
			   "FROM computer_contact WHERE contact_id NOT IN"
			   " (SELECT id FROM computer WHERE state = 'removed')",
			   err) &&
		    bind_and_append(filter, BIT(WAY_NOT_SEEN), &NARROW_AT_HAND,
			statement, sql, err);
	return buf_append_string(sql, "FROM computer WHERE 1 = 1", err) &&
	    bind_and_append(filter, ways_of(filter), &COMPUTER_COLUMNS,
		statement, sql, err);
}
