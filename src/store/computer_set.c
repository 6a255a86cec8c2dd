/* The computers that a list is narrowed to by a group. */
#include "store/computer_set.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
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
	snprintf(
	    set->row, sizeof(set->row), IS_MEMBER, set->group, "contact_id");
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
}

void
computer_set_bind(struct computer_set *set,
    const struct store_computer_filter *filter, struct statement *statement)
{
	set->group = 0;
	set->ids[0] = set->row[0] = '\0';
	set->is_there = filter->group_id != NULL || filter->criteria != NULL;
	check(filter->group_id == NULL || filter->criteria == NULL);
	if (!set->is_there)
		return;
	if (filter->group_id != NULL)
		bind_static(set, filter->group_id, statement);
	else
		bind_criteria(set, filter, statement);
}
