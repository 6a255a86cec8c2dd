/* The computers that a list is narrowed to by a group. */
#include "store/computer_set.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/computer_rare.h"
#include "store/reader.h"
#include "store/table.h"

/* A question of one value, so that PostgreSQL asks it for one row at a time
 * instead of joining. */
#define IS_MEMBER                                                              \
	"(SELECT 1 FROM group_member"                                          \
	" WHERE group_id = ?%u AND computer_id = %s) = 1"

static void
bind_static(
    struct computer_set *set, const char *group_id, struct statement *statement)
{
	set->group = statement_text(statement, group_id);
	snprintf(set->ids, sizeof(set->ids),
	    "SELECT computer_id FROM group_member WHERE group_id = ?%u",
	    set->group);
	snprintf(set->row, sizeof(set->row), IS_MEMBER, set->group, "id");
}

/* Criteria have a bounded number of conditions, and these a bounded length. */
static void
take_text(const struct buf *sql, bool is_written, char out[CRITERIA_SQL_MAX])
{
	check(is_written && sql->length < CRITERIA_SQL_MAX);
	memcpy(out, sql->data, sql->length);
	out[sql->length] = '\0';
}

static void
bind_criteria(struct computer_set *set,
    const struct store_computer_filter *filter, struct statement *statement)
{
	scoped(buf_donep) struct buf ids = BUF_INIT(CRITERIA_SQL_MAX);
	scoped(buf_donep) struct buf row = BUF_INIT(CRITERIA_SQL_MAX);
	struct err err = ERR_INIT;

	criteria_bind(
	    &set->criteria, filter->criteria, filter->criteria_now, statement);
	take_text(&ids, criteria_ids_sql(&set->criteria, &ids, &err), set->ids);
	take_text(&row, criteria_row_sql(&set->criteria, &row, &err), set->row);
	set->is_own = criteria_is_own(filter->criteria);
}

void
computer_set_bind(struct computer_set *set,
    const struct store_computer_filter *filter, struct statement *statement)
{
	int length;

	set->group = 0;
	set->is_own = false;
	set->ids[0] = set->condition[0] = set->row[0] = '\0';
	set->is_there = filter->group_id != NULL || filter->criteria != NULL;
	check(filter->group_id == NULL || filter->criteria == NULL);
	if (!set->is_there)
		return;
	if (filter->group_id != NULL)
		bind_static(set, filter->group_id, statement);
	else
		bind_criteria(set, filter, statement);
	length = snprintf(
	    set->condition, sizeof(set->condition), "id IN (%s)", set->ids);
	check(length > 0 && (size_t)length < sizeof(set->condition));
}

bool
computer_set_walk_sql(const struct computer_set *set, const char *column,
    struct buf *sql, struct err *err)
{
	if (!set->is_there)
		return true;
	return set->group != 0
	    ? buf_append_format(sql, err, " AND " IS_MEMBER, set->group, column)
	    : buf_append_format(
		  sql, err, " AND (%s || '') IN (%s)", column, set->ids);
}

bool
computer_set_count(struct store_reader *reader,
    const struct store_computer_filter *filter, unsigned most,
    int64_t *out_count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement statement;
	struct computer_set set;
	bool has_row = false;

	statement_init(&statement, reader, NULL);
	computer_set_bind(&set, filter, &statement);
	if (!buf_append_format(&sql, err,
		"SELECT count(*) FROM (SELECT 1 FROM (%s) AS members"
		" LIMIT %u) AS some_rows",
		set.ids, most) ||
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

bool
computer_set_is_plain(const struct store_reader *reader,
    const struct store_computer_filter *filter)
{
	return filter->group_id != NULL && reader->scope.count == 0 &&
	    filter->states == 0 && filter->office_id == NULL &&
	    filter->text == NULL && filter->os_name == NULL &&
	    filter->not_seen_since == 0 && !computer_rare_is_set(filter);
}
