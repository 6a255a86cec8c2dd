/* The fleet counted. */
#include "store/fleet.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/reader.h"
#include "store/scope_table.h"
#include "store/statement.h"

enum {
	SQL_SIZE = 1024,
};

static const struct scope_columns WIDE = {"id", "office_id"};

static const struct {
	const char *sql;
	struct scope_columns columns;
} TALLIES[] = {
    [STORE_TALLY_BY_OS] =
	{"SELECT MIN(os_name), os_version, COUNT(*) FROM computer"
	 " WHERE state = ?1%s GROUP BY os_name_key, os_version"
	 " ORDER BY COUNT(*) DESC, os_name_key, os_version LIMIT ?2",
	    {"id", "office_id"}},
    [STORE_TALLY_BY_AGENT] =
	{"SELECT '', agent_version, COUNT(*) FROM computer_contact"
	 " WHERE list_state = ?1%s GROUP BY agent_version"
	 " ORDER BY COUNT(*) DESC, agent_version LIMIT ?2",
	    {"contact_id", "list_office"}},
};

/* The reader's scope as conditions, their parameters from number on. */
static void
write_scope(const struct store_reader *reader, unsigned number,
    const struct scope_columns *columns, char *out, size_t out_size)
{
	char condition[SCOPE_SQL_SIZE];
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < reader->scope.count; i++) {
		scope_computer_sql(
		    &reader->scope, i, number + i, columns, condition);
		used += (size_t)snprintf(
		    out + used, out_size - used, " AND %s", condition);
	}
	check(used < out_size);
}

static void
add_scope(struct statement *statement)
{
	for (unsigned i = 0; i < statement->reader->scope.count; i++)
		(void)statement_text(
		    statement, statement->reader->scope.owners[i]);
}

static bool
read_states(struct statement *statement, int64_t *counts, struct err *err)
{
	bool has_row;

	while (statement_next(statement, &has_row, err)) {
		enum store_computer_state state;
		char name[16];

		if (!has_row)
			return true;
		statement_column_text(statement, 0, name, sizeof(name));
		if (store_computer_state_parse(name, &state))
			counts[state] = statement_column_integer(statement, 1);
	}
	return false;
}

bool
store_fleet_count_states(struct store_reader *reader,
    int64_t out_counts[STORE_COMPUTER_STATE_COUNT], struct err *err)
{
	int64_t counts[STORE_COMPUTER_STATE_COUNT] = {0};
	char scope[SQL_SIZE / 2], sql[SQL_SIZE];
	struct statement statement;
	bool is_done;

	write_scope(reader, 1, &WIDE, scope, sizeof(scope));
	snprintf(sql, sizeof(sql),
	    "SELECT state, COUNT(*) FROM computer WHERE 1 = 1%s GROUP BY state",
	    scope);
	statement_init(&statement, reader, sql);
	add_scope(&statement);
	is_done = read_states(&statement, counts, err);
	statement_done(&statement);
	if (is_done)
		memcpy(out_counts, counts, sizeof(counts));
	return is_done;
}

/* The scope in the place of "%s". */
static void
write_sql(const char *with_place, const char *scope, char out[SQL_SIZE])
{
	const char *place = strstr(with_place, "%s");
	int length;

	check(place != NULL);
	length = snprintf(out, SQL_SIZE, "%.*s%s%s", (int)(place - with_place),
	    with_place, scope, place + 2);
	check(length > 0 && length < SQL_SIZE);
}

static bool
read_tallies(struct statement *statement, struct store_tally *out_tallies,
    size_t max, size_t *out_count, struct err *err)
{
	size_t count = 0;
	bool has_row = true;

	while (count < max && has_row) {
		struct store_tally *tally = &out_tallies[count];

		if (!statement_next(statement, &has_row, err))
			return false;
		if (!has_row)
			break;
		statement_column_text(
		    statement, 0, tally->name, sizeof(tally->name));
		statement_column_text(
		    statement, 1, tally->version, sizeof(tally->version));
		tally->count = statement_column_integer(statement, 2);
		count++;
	}
	*out_count = count;
	return true;
}

bool
store_fleet_tally(struct store_reader *reader, enum store_tally_by by,
    struct store_tally *out_tallies, size_t max, size_t *out_count,
    struct err *err)
{
	char scope[SQL_SIZE / 2], sql[SQL_SIZE];
	struct statement statement;
	bool is_done;

	write_scope(reader, 3, &TALLIES[by].columns, scope, sizeof(scope));
	write_sql(TALLIES[by].sql, scope, sql);
	statement_init(&statement, reader, sql);
	(void)statement_text(
	    &statement, store_computer_state_name(STORE_COMPUTER_ACTIVE));
	(void)statement_integer(&statement, (int64_t)max);
	add_scope(&statement);
	is_done = read_tallies(&statement, out_tallies, max, out_count, err);
	statement_done(&statement);
	return is_done;
}
