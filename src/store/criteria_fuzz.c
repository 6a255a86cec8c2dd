/* Criteria from outside: refused, or written so that they are read again as
 * they were, and asked of the database in bounded SQL. */
#include "../tests/fuzz/fuzz.h"

#include <string.h>

#include "base/check.h"
#include "store/criteria_sql.h"

static void
ask(const struct criteria *criteria)
{
	scoped(buf_donep) struct buf ids = BUF_INIT(CRITERIA_SQL_MAX);
	scoped(buf_donep) struct buf row = BUF_INIT(CRITERIA_SQL_MAX);
	struct criteria_bound bound;
	struct statement statement;
	struct err err = ERR_INIT;

	statement_init(&statement, NULL, NULL);
	criteria_bind(&bound, criteria, INT64_C(1000000000000), &statement);
	check(!statement.has_invalid_text);
	check(criteria_ids_sql(&bound, &ids, &err));
	check(criteria_row_sql(&bound, &row, &err));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[CRITERIA_TEXT_SIZE], again[CRITERIA_TEXT_SIZE];
	struct criteria criteria, second;
	struct err err = ERR_INIT;

	if (!criteria_parse(view_of(data, size), &criteria, &err)) {
		check(
		    err.category == ERR_MALFORMED || err.category == ERR_LIMIT);
		return 0;
	}
	criteria_write(&criteria, text);
	check(criteria_parse(view_string(text), &second, &err));
	criteria_write(&second, again);
	check(strcmp(text, again) == 0);
	ask(&criteria);
	return 0;
}
