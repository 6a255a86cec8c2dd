/* Opening, migrations, snapshots and group commit, on both databases. */
#include "store/test_database.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/migration.h"
#include "store/office.h"
#include "store/reader.h"
#include "store/setting.h"
#include "store/statement.h"

static void
open_refused(const char *location, enum err_category category, const char *code)
{
	struct store_options options = {.location = location};
	struct store *store = NULL;
	struct err err = ERR_INIT;

	assert_refused(
	    store_open(&options, &store, &err), &err, category, code);
	assert_null(store);
}

static void
a_wrong_location_is_refused(void **state)
{
	open_refused("", ERR_MALFORMED, "database_location_invalid");
	open_refused("mysql:x", ERR_MALFORMED, "database_location_invalid");
	open_refused("sqlite:", ERR_MALFORMED, "database_location_invalid");
	open_refused("sqlite:/nonexistent/folder/file", ERR_SYSTEM,
	    "database_unavailable");
	open_refused(
	    "postgresql:host=/nonexistent", ERR_SYSTEM, "database_unavailable");
}

static void
a_file_that_is_no_database_is_refused(void **state)
{
	struct test_database *database = *state;
	FILE *file = fopen(database->name, "w");

	for (int i = 0; i < 1000; i++)
		fputs("this is not a database\n", file);
	fclose(file);
	open_refused(database->location, ERR_SYSTEM, "database_unavailable");
}

static struct driver_connection *
connect_to(const struct test_database *database)
{
	struct driver_target target = {
	    .name = database->name, .busy_timeout_ms = 400, .may_create = true};
	struct driver_connection *connection = NULL;
	struct err err = ERR_INIT;

	assert_ok(database->driver->open(&target, &connection, &err), &err);
	return connection;
}

static void
run_script(const struct test_database *database, const char *sql)
{
	struct driver_connection *connection = connect_to(database);
	struct err err = ERR_INIT;

	assert_ok(database->driver->script(connection, sql, &err), &err);
	database->driver->close(connection);
}

static void
a_newer_schema_is_refused(void **state)
{
	struct test_database *database = *state;

	store_close(database_open(database));
	run_script(database,
	    "INSERT INTO schema_migration VALUES (9999, 'future', 'x', 1)");
	open_refused(database->location, ERR_SYSTEM, "database_newer");
}

static void
a_foreign_or_edited_schema_is_refused(void **state)
{
	struct test_database *database = *state;

	store_close(database_open(database));
	run_script(database,
	    "UPDATE schema_migration SET checksum = 'x' WHERE number = 1");
	open_refused(database->location, ERR_SYSTEM, "database_foreign");
}

static void
every_older_schema_is_brought_to_this_one(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;

	for (unsigned from = 0; from <= MIGRATION_COUNT; from++) {
		struct test_database own = *database;
		void *fresh = (void *)database->driver;
		struct driver_connection *connection;

		database_setup(&fresh);
		own = *(struct test_database *)fresh;
		own.name = strchr(own.location, ':') + 1;
		connection = connect_to(&own);
		assert_ok(migration_run(connection, from, &err), &err);
		database->driver->close(connection);
		own.store = database_open(&own);
		assert_ok(store_ping(own.store, &err), &err);
		store_close(own.store);
		free(fresh);
	}
}

static void
a_failed_migration_changes_nothing(void **state)
{
	struct test_database *database = *state;
	struct driver_connection *connection;
	bool exists = false;
	struct err err = ERR_INIT;
	struct store_reader reader;

	/* A table in the way stops the first schema half-way. */
	run_script(database, "CREATE TABLE trust_event (x BIGINT)");
	connection = connect_to(database);
	assert_false(migration_run(connection, MIGRATION_COUNT, &err));
	assert_string_equal(err.code, "database_error");
	reader = (struct store_reader){.connection = connection};
	err_reset(&err);
	assert_false(statement_exists(&reader,
	    "SELECT id FROM office WHERE id = ?1", "x", &exists, &err));
	database->driver->close(connection);
}

static void
opening_again_keeps_everything_and_the_local_office(void **state)
{
	struct test_database *database = *state;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_office office;
	struct err err = ERR_INIT;

	for (int i = 0; i < 2; i++) {
		store_close(database->store);
		database->store = database_open(database);
	}
	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	assert_ok(
	    store_office_get(reader, STORE_OFFICE_LOCAL_ID, &office, &err),
	    &err);
	assert_string_equal(office.name, "Local Office");
	assert_true(office.created_at > 0);
}

static bool
put_setting(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting = {.version = STORE_SETTING_ANY_VERSION};

	store_text_copy(setting.key, sizeof(setting.key), context);
	return store_setting_put(tx, &setting, err);
}

static bool
put_setting_and_fail(struct store_tx *tx, void *context, struct err *err)
{
	return put_setting(tx, context, err) &&
	    err_set_code(err, ERR_DENIED, "test_refusal", "changed my mind");
}

/* A statement that fails, passed over: PostgreSQL would not commit it, and
 * SQLite must not either. */
static bool
put_setting_and_pass_over_a_failure(
    struct store_tx *tx, void *context, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct err ignored = ERR_INIT;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO setting (key) VALUES (?1)");
	if (!put_setting(tx, context, err))
		return false;
	statement_text(&statement, "half a row");
	ignore_result(statement_run(&statement, &changes, &ignored));
	return true;
}

static bool
has_setting(struct store *store, const char *key)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, key, &setting, &err), &err);
	return setting.version > 0;
}

static void
a_closure_that_fails_is_undone_and_says_why(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;

	assert_refused(store_write(database->store, put_setting_and_fail,
			   (void *)"a", &err),
	    &err, ERR_DENIED, "test_refusal");
	assert_false(has_setting(database->store, "a"));
}

static void
a_failure_passed_over_is_not_committed(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;

	assert_refused(
	    store_write(database->store, put_setting_and_pass_over_a_failure,
		(void *)"a", &err),
	    &err, ERR_CONFLICT, "database_constraint");
	assert_false(has_setting(database->store, "a"));
}

static void
text_that_is_not_utf8_is_refused(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;

	assert_refused(
	    store_write(database->store, put_setting, (void *)"\xff\xfe", &err),
	    &err, ERR_MALFORMED, "text_invalid");
}

static void
a_reader_sees_one_snapshot(void **state)
{
	struct test_database *database = *state;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, "a", &setting, &err), &err);
	assert_ok(
	    store_write(database->store, put_setting, (void *)"a", &err), &err);
	assert_ok(store_setting_get(reader, "a", &setting, &err), &err);
	assert_int_equal(setting.version, 0);
	assert_true(has_setting(database->store, "a"));
}

static void
a_reader_cannot_write(void **state)
{
	struct test_database *database = *state;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_tx tx;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	tx.reader = *reader;
	assert_false(put_setting(&tx, (void *)"a", &err));
	assert_int_equal(err.category, ERR_SYSTEM);
}

static void
readers_beyond_the_pool_wait_and_are_told(void **state)
{
	struct test_database *database = *state;
	struct store_reader *readers[4];
	struct store_reader *more = NULL;
	struct err err = ERR_INIT;

	database_be_impatient(database);
	for (size_t i = 0; i < array_length(readers); i++)
		assert_ok(store_reader_open(database->store, &readers[i], &err),
		    &err);
	assert_refused(store_reader_open(database->store, &more, &err), &err,
	    ERR_SYSTEM, "database_busy");
	for (size_t i = 0; i < array_length(readers); i++)
		store_reader_close(readers[i]);
	assert_ok(store_reader_open(database->store, &more, &err), &err);
	store_reader_close(more);
}

enum {
	THREADS = 16,
	WRITES_EACH = 25
};

struct busy_thread {
	pthread_t thread;
	struct store *store;
	unsigned number;
	unsigned wrong;
};

/* Every third closure fails; each result must be its own. */
static void *
write_many(void *argument)
{
	struct busy_thread *busy = argument;

	for (unsigned i = 0; i < WRITES_EACH; i++) {
		struct err err = ERR_INIT;
		bool must_fail = i % 3 == 0;
		char key[32];
		bool is_ok;

		snprintf(key, sizeof(key), "%u/%u", busy->number, i);
		is_ok = store_write(busy->store,
		    must_fail ? put_setting_and_fail : put_setting, key, &err);
		if (is_ok == must_fail ||
		    (must_fail && strcmp(err.code, "test_refusal") != 0))
			busy->wrong++;
	}
	return NULL;
}

static void
closures_of_one_group_fail_alone(void **state)
{
	struct test_database *database = *state;
	struct busy_thread threads[THREADS];
	struct store_status status;
	char key[32];

	for (unsigned i = 0; i < THREADS; i++) {
		threads[i] =
		    (struct busy_thread){.store = database->store, .number = i};
		pthread_create(
		    &threads[i].thread, NULL, write_many, &threads[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i].thread, NULL);
		assert_int_equal(threads[i].wrong, 0);
	}
	for (unsigned i = 0; i < THREADS * WRITES_EACH; i++) {
		unsigned n = i % WRITES_EACH;

		snprintf(key, sizeof(key), "%u/%u", i / WRITES_EACH, n);
		assert_int_equal(has_setting(database->store, key), n % 3 != 0);
	}
	store_status(database->store, &status);
	assert_true(status.is_available);
	assert_true(status.largest_group > 1);
	assert_true(status.commits < status.writes);
	assert_string_equal(status.driver, database->driver->name);
}

static bool
count_up(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting;

	if (!store_setting_get(store_tx_reader(tx), "counter", &setting, err))
		return false;
	setting.integer++;
	return store_setting_put(tx, &setting, err);
}

static void
count_in_a_process_of_its_own(const struct test_database *database)
{
	struct store_options options = {
	    .location = database->location, .busy_timeout_ms = 30000};
	struct store *store = NULL;
	struct err err = ERR_INIT;

	/* No assertion here: it would go on with the parent's tests. */
	bool is_good = store_open(&options, &store, &err);

	for (int i = 0; i < 100 && is_good; i++)
		is_good = store_write(store, count_up, NULL, &err);
	if (!is_good)
		fprintf(stderr, "# %s (%s)\n", err_sentence(&err), err.code);
	store_close(store);
	_exit(is_good ? 0 : 1);
}

static void
two_processes_lose_no_write_of_each_other(void **state)
{
	struct test_database *database = *state;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;
	pid_t children[2];
	int status = 0;

	for (size_t i = 0; i < array_length(children); i++) {
		children[i] = fork();
		if (children[i] == 0)
			count_in_a_process_of_its_own(database);
	}
	for (size_t i = 0; i < array_length(children); i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	database->store = database_open(database);
	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, "counter", &setting, &err), &err);
	assert_int_equal(setting.integer, 200);
	assert_int_equal(setting.version, 200);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(a_wrong_location_is_refused),
	    ON_SQLITE(a_file_that_is_no_database_is_refused),
	    ON_BOTH_EMPTY(a_newer_schema_is_refused),
	    ON_BOTH_EMPTY(a_foreign_or_edited_schema_is_refused),
	    ON_BOTH_EMPTY(every_older_schema_is_brought_to_this_one),
	    ON_BOTH_EMPTY(a_failed_migration_changes_nothing),
	    ON_BOTH(opening_again_keeps_everything_and_the_local_office),
	    ON_BOTH(a_closure_that_fails_is_undone_and_says_why),
	    ON_BOTH(a_failure_passed_over_is_not_committed),
	    ON_BOTH(text_that_is_not_utf8_is_refused),
	    ON_BOTH(a_reader_sees_one_snapshot),
	    ON_BOTH(a_reader_cannot_write),
	    ON_BOTH(readers_beyond_the_pool_wait_and_are_told),
	    ON_BOTH(closures_of_one_group_fail_alone),
	    ON_BOTH_EMPTY(two_processes_lose_no_write_of_each_other),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
