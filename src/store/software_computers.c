/* Who has a title. */
#include "store/software.h"

#include <stdlib.h>

#include "store/reader.h"
#include "store/scope_table.h"

#define COLUMN(member, kind, sql)                                              \
	{                                                                      \
#member, kind,                                                 \
		    offsetof(struct store_software_computer, member),          \
		    sizeof(((struct store_software_computer *)0)->member),     \
		    .read_as = sql                                             \
	}

static const struct table_column COLUMNS[] = {
    COLUMN(computer_id, TABLE_TEXT, "computer.id"),
    COLUMN(name, TABLE_TEXT, "computer.name"),
    COLUMN(office_id, TABLE_TEXT, "computer.office_id"),
    COLUMN(os_name, TABLE_TEXT, "computer.os_name"),
    COLUMN(os_version, TABLE_TEXT, "computer.os_version"),
    COLUMN(version_id, TABLE_INTEGER, "version_id"),
    COLUMN(version, TABLE_TEXT, "software_version.version"),
    COLUMN(installed_at, TABLE_INTEGER, "installed_at"),
};

/* The few that have it, sorted; SQLite keeps to the order of CROSS JOIN. */
static const struct table FROM_VERSIONS = {"computer_software",
    "software_title", COLUMNS, array_length(COLUMNS),
    sizeof(struct store_software_computer),
    "software_version CROSS JOIN computer_software"
    " CROSS JOIN software_computer CROSS JOIN computer"};
/* Computers in the order of their names, each asked whether it has it. */
static const struct table FROM_COMPUTERS = {"computer_software",
    "software_title", COLUMNS, array_length(COLUMNS),
    sizeof(struct store_software_computer),
    "computer CROSS JOIN software_computer CROSS JOIN software_version"
    " CROSS JOIN computer_software"};

static const struct list_order BY_NAME = {125, 3,
    {{"name_key", STORE_VALUE_TEXT}, {"computer.id", STORE_VALUE_TEXT},
	{"version_id", STORE_VALUE_INTEGER}}};

/* What the two ways cost, in microseconds as they were measured (roughly):
 * a row of one that has it, a computer that is passed, a version asked for. */
enum {
	ROW_COST = 3,
	COMPUTER_COST = 2,
	VERSION_COST = 1,
};

DEFINE_LIST_DONE(store_software_computer)

/* How many there are, of everybody's. */
struct sizes {
	int64_t having; /* computers with the title, or the version */
	int64_t versions;
	int64_t computers;
};

static bool
read_sizes(struct store_reader *reader, int64_t title_id, int64_t version_id,
    struct sizes *out, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT (SELECT count(*) FROM software_version"
	    " WHERE title_id = ?1),"
	    " CASE WHEN ?2 = 0 THEN computers ELSE coalesce((SELECT"
	    " software_version.computers FROM software_version"
	    " WHERE software_version.id = ?2), 0) END,"
	    " (SELECT count(*) FROM software_computer)"
	    " FROM software_title WHERE id = ?1");
	statement_integer(&statement, title_id);
	statement_integer(&statement, version_id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("software_title", err);
	out->versions =
	    version_id != 0 ? 1 : statement_column_integer(&statement, 0);
	out->having = statement_column_integer(&statement, 1);
	out->computers = statement_column_integer(&statement, 2);
	return true;
}

/* Sorting all that have it against walking until the part is full. */
static const struct table *
better_of(const struct sizes *sizes, const struct store_page *page)
{
	int64_t rows =
	    page != NULL && page->limit > 0 ? page->limit : STORE_PAGE_DEFAULT;
	int64_t having = sizes->having > 0 ? sizes->having : 1;
	int64_t passed = sizes->computers / having * rows;

	return having * ROW_COST <=
		passed * (COMPUTER_COST + sizes->versions * VERSION_COST)
	    ? &FROM_VERSIONS
	    : &FROM_COMPUTERS;
}

static bool
run(struct store_reader *reader, const struct table *table, int64_t title_id,
    int64_t version_id, const struct store_page *page, struct list_result *out,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;

	list_query_init(&query, table, reader);
	list_where_integer(&query, "title_id", "=", title_id);
	if (version_id != 0)
		list_where_integer(
		    &query, "software_version.id", "=", version_id);
	list_where(&query, "version_id = software_version.id");
	list_where(&query, "number = computer_number");
	list_where(&query, "computer.id = computer_id");
	scope_where_computer(&query, "computer.id");
	return list_run(&query, &BY_NAME, false, page, out, err);
}

/* Nothing of it is in the scope: then it is as if it were not there. */
static bool
check_seen(struct store_reader *reader, const struct sizes *sizes,
    int64_t title_id, struct err *err)
{
	struct store_page one = {.limit = 1};
	struct list_result result;

	if (!run(reader, better_of(sizes, &one), title_id, 0, &one, &result,
		err))
		return false;
	free(result.items);
	return result.count > 0 || statement_not_found("software_title", err);
}

bool
store_software_computers(struct store_reader *reader, int64_t title_id,
    int64_t version_id, const struct store_page *page,
    struct store_software_computer_list *out_list, struct err *err)
{
	struct list_result result;
	struct sizes sizes;

	if (!read_sizes(reader, title_id, version_id, &sizes, err) ||
	    !run(reader, better_of(&sizes, page), title_id, version_id, page,
		&result, err))
		return false;
	if (result.count == 0 && reader->scope.count > 0 &&
	    !check_seen(reader, &sizes, title_id, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
