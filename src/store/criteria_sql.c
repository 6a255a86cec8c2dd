/* Criteria as SQL. */
#include "store/criteria_sql.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "store/fold.h"

/* Sorts after everything that begins with what stands before it. */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

enum side {
	OF_COMPUTER,
	OF_CONTACT,
	OF_BOTH,
};

static bool
is_on(const struct criterion *criterion, enum side side)
{
	return side == OF_BOTH ||
	    criterion->field->is_of_contact == (side == OF_CONTACT);
}

static bool
is_any_on(const struct criteria *criteria, enum side side)
{
	for (unsigned i = 0; i < criteria->count; i++)
		if (is_on(&criteria->items[i], side))
			return true;
	return false;
}

static int64_t
flag_of(const struct criterion *criterion)
{
	int64_t flag = 1;

	for (const char *const *word = criterion->field->words;
	     strcmp(*word, criterion->value) != 0; word++)
		flag <<= 1;
	return flag;
}

/* The text that is compared, in out. */
static void
write_text(const struct criterion *criterion, char out[CRITERIA_VALUE_SIZE])
{
	check((int)VERSION_KEY_SIZE <= (int)CRITERIA_VALUE_SIZE);

	if (criterion->operator== CRITERIA_OLDER_THAN)
		version_key(criterion->value, out);
	else if (criterion->field->kind == CRITERIA_FOLDED)
		fold_text(criterion->value, out, CRITERIA_VALUE_SIZE);
	else
		memcpy(out, criterion->value, CRITERIA_VALUE_SIZE);
}

/* What sorts after all that begins with the text. */
static void
write_end(const char *text, char out[CRITERIA_VALUE_SIZE + 4])
{
	size_t length = strnlen(text, CRITERIA_VALUE_SIZE - 1);

	memcpy(out, text, length);
	memcpy(out + length, LAST_CHARACTER, sizeof(LAST_CHARACTER));
}

void
criteria_bind(struct criteria_bound *bound, const struct criteria *criteria,
    int64_t now, struct statement *statement)
{
	bound->criteria = criteria;
	for (unsigned i = 0; i < criteria->count; i++) {
		const struct criterion *one = &criteria->items[i];

		bound->ends[i] = 0;
		if (one->field->kind == CRITERIA_DAYS) {
			bound->numbers[i] = statement_integer(
			    statement, now - DAYS_MS(one->days));
			continue;
		}
		if (one->field->kind == CRITERIA_FLAG) {
			bound->numbers[i] =
			    statement_integer(statement, flag_of(one));
			continue;
		}
		write_text(one, bound->texts[i]);
		bound->numbers[i] = statement_text(statement, bound->texts[i]);
		if (one->operator!= CRITERIA_BEGINS)
			continue;
		write_end(bound->texts[i], bound->after[i]);
		bound->ends[i] = statement_text(statement, bound->after[i]);
	}
}

static bool
append_one(const struct criteria_bound *bound, unsigned i, struct buf *sql,
    struct err *err)
{
	const struct criterion *one = &bound->criteria->items[i];
	const char *column = one->field->column;
	unsigned number = bound->numbers[i];

	if (one->field->kind == CRITERIA_FLAG)
		return buf_append_format(
		    sql, err, "(%s & ?%u) <> 0", column, number);
	switch (one->operator) {
	case CRITERIA_IS:
		return buf_append_format(sql, err, "%s = ?%u", column, number);
	case CRITERIA_IS_NOT:
		return buf_append_format(sql, err, "%s <> ?%u", column, number);
	case CRITERIA_CONTAINS:
		return buf_append_format(
		    sql, err, "strpos(%s, ?%u) > 0", column, number);
	case CRITERIA_BEGINS:
		return buf_append_format(sql, err, "(%s >= ?%u AND %s < ?%u)",
		    column, number, column, bound->ends[i]);
	case CRITERIA_OLDER_THAN:
		return buf_append_format(sql, err,
		    "(%s_key <> '' AND %s_key < ?%u)", column, column, number);
	case CRITERIA_LONGER_AGO_THAN:
		return buf_append_format(sql, err, "%s < ?%u", column, number);
	case CRITERIA_WITHIN:
		return buf_append_format(sql, err, "%s >= ?%u", column, number);
	case CRITERIA_OPERATOR_COUNT:
		break;
	}
	unreachable();
}

/* "(a AND b)" of the conditions on that side, of which there is one. */
static bool
append_side(const struct criteria_bound *bound, enum side side, struct buf *sql,
    struct err *err)
{
	const char *separator = "(";

	for (unsigned i = 0; i < bound->criteria->count; i++) {
		if (!is_on(&bound->criteria->items[i], side))
			continue;
		if (!buf_append_string(sql, separator, err) ||
		    !append_one(bound, i, sql, err))
			return false;
		separator = bound->criteria->is_any ? " OR " : " AND ";
	}
	return buf_append_string(sql, ")", err);
}

bool
criteria_row_sql(
    const struct criteria_bound *bound, struct buf *sql, struct err *err)
{
	return append_side(bound, OF_BOTH, sql, err);
}

static bool
append_select(const struct criteria_bound *bound, enum side side,
    struct buf *sql, struct err *err)
{
	static const char *const SELECTS[] = {
	    [OF_COMPUTER] = "SELECT id FROM computer WHERE ",
	    [OF_CONTACT] = "SELECT contact_id FROM computer_contact WHERE ",
	    [OF_BOTH] = "SELECT id FROM computer JOIN computer_contact"
			" ON contact_id = id WHERE ",
	};

	return buf_append_string(sql, SELECTS[side], err) &&
	    append_side(bound, side, sql, err);
}

bool
criteria_ids_sql(
    const struct criteria_bound *bound, struct buf *sql, struct err *err)
{
	const struct criteria *criteria = bound->criteria;

	if (!is_any_on(criteria, OF_CONTACT))
		return append_select(bound, OF_COMPUTER, sql, err);
	if (!is_any_on(criteria, OF_COMPUTER))
		return append_select(bound, OF_CONTACT, sql, err);
	if (!criteria->is_any)
		return append_select(bound, OF_BOTH, sql, err);
	/* Each table by its own indexes. */
	return append_select(bound, OF_COMPUTER, sql, err) &&
	    buf_append_string(sql, " UNION ALL ", err) &&
	    append_select(bound, OF_CONTACT, sql, err);
}
