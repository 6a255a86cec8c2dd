/* The schema's history. */
#include "store/migration.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/clock.h"
#include "store/office.h"
#include "store/reader.h"
#include "store/statement.h"

static const char CREATE_SQL[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
				 "number BIGINT PRIMARY KEY,"
				 "name TEXT COLLATE \"C\" NOT NULL,"
				 "checksum TEXT COLLATE \"C\" NOT NULL,"
				 "applied_at BIGINT NOT NULL)";

static bool
check_one(
    int64_t expected, int64_t number, struct view checksum, struct err *err)
{
	if (number > (int64_t)MIGRATION_COUNT)
		return err_set_code(err, ERR_SYSTEM, "database_newer",
		    "the database has schema %" PRId64
		    " and this program knows only %u: start the newer program,"
		    " or restore a backup from before it",
		    number, MIGRATION_COUNT);
	if (number != expected ||
	    !view_equal_string(checksum, MIGRATIONS[number - 1].checksum))
		return err_set_code(err, ERR_SYSTEM, "database_foreign",
		    "schema %" PRId64
		    " of the database was not made by this program",
		    number);
	return true;
}

/* The newest schema is told first: a newer program may have changed more. */
static bool
find_applied(struct store_reader *reader, int64_t *out_count, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;
	int64_t count = 0;
	int64_t top = 0;

	statement_init(&statement, reader,
	    "SELECT number, checksum FROM schema_migration"
	    " ORDER BY number DESC");
	while (statement_next(&statement, &has_row, err)) {
		int64_t number = statement_column_integer(&statement, 0);

		if (!has_row) {
			*out_count = top;
			return count == top ||
			    err_set_code(err, ERR_SYSTEM, "database_foreign",
				"schemas are missing in the database");
		}
		if (count++ == 0)
			top = number;
		if (!check_one(top - count + 1, number,
			statement_column_view(&statement, 1), err))
			return false;
	}
	return false;
}

static bool
apply(struct store_reader *reader, const struct migration *migration,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, reader,
	    "INSERT INTO schema_migration (number, name, checksum, applied_at)"
	    " VALUES (?1, ?2, ?3, ?4)");
	if (!reader_driver(reader)->script(
		reader->connection, migration->sql, err))
		return err_prefix(err, "schema %" PRId64 " cannot be made",
		    migration->number);
	statement_integer(&statement, migration->number);
	statement_text(&statement, migration->name);
	statement_text(&statement, migration->checksum);
	statement_integer(&statement, clock_wall_ms());
	return statement_run(&statement, &changes, err);
}

static bool
ensure_local_office(struct store_reader *reader, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, reader,
	    "INSERT INTO office (id, name, name_key, created_at)"
	    " VALUES (?1, 'Local Office', 'local office', ?2)"
	    " ON CONFLICT DO NOTHING");
	statement_text(&statement, STORE_OFFICE_LOCAL_ID);
	statement_integer(&statement, clock_wall_ms());
	return statement_run(&statement, &changes, err);
}

static bool
run(struct store_reader *reader, unsigned last, struct err *err)
{
	int64_t applied = 0;

	if (!reader_driver(reader)->script(
		reader->connection, CREATE_SQL, err) ||
	    !find_applied(reader, &applied, err))
		return false;
	for (int64_t i = applied; i < (int64_t)last; i++)
		if (!apply(reader, &MIGRATIONS[i], err))
			return false;
	return last == 0 || ensure_local_office(reader, err);
}

bool
migration_run(
    struct driver_connection *connection, unsigned last, struct err *err)
{
	const struct driver *driver = connection->driver;
	struct store_reader reader = {.connection = connection};

	check(last <= MIGRATION_COUNT);
	if (!driver->begin(connection, DRIVER_WRITE, err))
		return false;
	if (run(&reader, last, err))
		return driver->commit(connection, err);
	driver->rollback(connection);
	return false;
}
