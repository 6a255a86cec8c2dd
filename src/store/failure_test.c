/* What happens when the database fails: told clearly, nothing acknowledged is
 * lost, and all works again without a restart. */
#include "store/test_call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "store/reader.h"
#include "store/setting.h"
#include "store/statement.h"

/* Random bytes, so that nothing makes them small; kilobytes of them. */
struct bulk {
	unsigned kilobytes;
	const char *key;
};

static bool
put_bulk(struct store_tx *tx, void *context, struct err *err)
{
	const struct bulk *bulk = context;
	size_t size = (size_t)bulk->kilobytes * 1024;
	scoped(memory_freep) uint8_t *data = memory_zeroed(size);
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	random_fill(data, size);
	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO bulk (key, data) VALUES (?1, ?2)"
	    " ON CONFLICT DO NOTHING");
	statement_text(&statement, bulk->key);
	statement_blob(&statement, view_of(data, size));
	return statement_run(&statement, &changes, err);
}

static void
make_bulk_table(const struct test_database *database)
{
	struct driver_target target = {
	    .name = database->name, .busy_timeout_ms = 400};
	struct driver_connection *connection = NULL;
	struct err err = ERR_INIT;

	assert_ok(database->driver->open(&target, &connection, &err), &err);
	assert_ok(database->driver->script(connection,
		      "CREATE TABLE bulk (key TEXT COLLATE \"C\" PRIMARY KEY,"
		      " data BYTEA NOT NULL)",
		      &err),
	    &err);
	database->driver->close(connection);
}

/* A small disk, in the mount namespace of this process and its PostgreSQL. */
static char small_disk[128];

static void
fill_disk(const char *filler)
{
	static const char BLOCK[4096];
	int descriptor = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(descriptor >= 0);
	while (write(descriptor, BLOCK, sizeof(BLOCK)) > 0)
		continue;
	assert_int_equal(errno, ENOSPC);
	close(descriptor);
}

static void
mount_small_disk(void)
{
	char options[96];

	snprintf(
	    small_disk, sizeof(small_disk), "%s/small", databases_directory());
	snprintf(options, sizeof(options), "size=24m,mode=0700,uid=%u,gid=%u",
	    postgresql_user(), postgresql_group());
	assert_int_equal(mkdir(small_disk, 0700), 0);
	if (mount("tmpfs", small_disk, "tmpfs", 0, options) != 0)
		fail_msg("cannot mount a small disk (%m): run the tests as"
			 " root");
}

static void
move_to_small_disk(struct test_database *database)
{
	char sql[256];

	if (database->driver == &driver_sqlite) {
		snprintf(database->location, sizeof(database->location),
		    "sqlite:%s/test.db", small_disk);
		return;
	}
	snprintf(sql, sizeof(sql), "CREATE TABLESPACE small LOCATION '%s'",
	    small_disk);
	postgresql_script(sql);
	postgresql_script("CREATE DATABASE on_small TABLESPACE small");
	snprintf(database->location, sizeof(database->location),
	    "postgresql:host=%s user=postgres dbname=on_small",
	    postgresql_socket_directory());
}

static void
a_full_disk_is_told_and_works_again_once_there_is_space(void **state)
{
	struct test_database *database = *state;
	struct bulk bulk = {.kilobytes = 2048, .key = "large"};
	struct err err = ERR_INIT;
	char filler[160];

	mount_small_disk();
	move_to_small_disk(database);
	database->store = database_open(database);
	make_bulk_table(database);
	assert_ok(write_key(database->store, "before", &err), &err);
	snprintf(filler, sizeof(filler), "%s/filler", small_disk);
	fill_disk(filler);
	assert_refused(store_write(database->store, put_bulk, &bulk, &err),
	    &err, ERR_SYSTEM, "database_full");
	assert_status(database->store, false, "database_full");
	assert_true(has_key(database->store, "before"));
	assert_true(store_ping(database->store, &err));
	assert_refused(store_ping_write(database->store, &err), &err,
	    ERR_SYSTEM, "database_full");
	/* At once again: what is known, without one more write. */
	assert_refused(store_ping_write(database->store, &err), &err,
	    ERR_SYSTEM, "database_full");
	assert_int_equal(unlink(filler), 0);
	assert_ok(store_write(database->store, put_bulk, &bulk, &err), &err);
	assert_ok(write_key(database->store, "after", &err), &err);
	assert_ok(store_ping_write(database->store, &err), &err);
	assert_status(database->store, true, "database_full");
	assert_true(has_key(database->store, "after"));
	store_close(take(database->store));
	if (database->driver == &driver_postgresql) {
		postgresql_script("DROP DATABASE on_small WITH (FORCE)");
		postgresql_script("DROP TABLESPACE small");
	}
	assert_int_equal(umount2(small_disk, MNT_DETACH), 0);
	rmdir(small_disk);
}

static void
a_lock_of_another_process_is_told_and_waited_for(void **state)
{
	struct test_database *database = *state;
	struct driver_target target = {
	    .name = database->name, .busy_timeout_ms = 400};
	const struct driver *driver = database->driver;
	struct driver_connection *other = NULL;
	struct err err = ERR_INIT;
	int64_t started;

	database_be_impatient(database);
	assert_ok(driver->open(&target, &other, &err), &err);
	assert_ok(driver->begin(other, DRIVER_WRITE, &err), &err);
	started = clock_monotonic_ms();
	assert_refused(write_key(database->store, "a", &err), &err, ERR_SYSTEM,
	    "database_busy");
	assert_true(clock_monotonic_ms() - started >= 350);
	assert_status(database->store, false, "database_busy");
	assert_false(has_key(database->store, "a"));
	driver->rollback(other);
	assert_ok(write_key(database->store, "a", &err), &err);
	assert_status(database->store, true, "database_busy");
	driver->close(other);
}

static void
read_must_fail(struct store *store, const char *code)
{
	struct store_reader *reader = NULL;
	struct err err = ERR_INIT;

	assert_refused(
	    store_reader_open(store, &reader, &err), &err, ERR_SYSTEM, code);
	assert_null(reader);
}

static void
a_server_killed_under_it_is_found_again(void **state)
{
	struct test_database *database = *state;
	struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(write_key(database->store, "before", &err), &err);
	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	postgresql_kill();
	assert_refused(store_setting_get(reader, "before", &setting, &err),
	    &err, ERR_SYSTEM, "database_unavailable");
	store_reader_close(reader);
	assert_refused(write_key(database->store, "lost", &err), &err,
	    ERR_SYSTEM, "database_unavailable");
	read_must_fail(database->store, "database_unavailable");
	assert_refused(store_ping(database->store, &err), &err, ERR_SYSTEM,
	    "database_unavailable");
	postgresql_start();
	assert_ok(write_key(database->store, "after", &err), &err);
	assert_true(has_key(database->store, "before"));
	assert_true(has_key(database->store, "after"));
	assert_false(has_key(database->store, "lost"));
	assert_status(database->store, true, "database_unavailable");
}

static void
a_restart_between_two_writes_goes_unnoticed(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;

	assert_ok(write_key(database->store, "before", &err), &err);
	assert_true(has_key(database->store, "before"));
	postgresql_kill();
	postgresql_start();
	assert_ok(write_key(database->store, "after", &err), &err);
	assert_true(has_key(database->store, "after"));
}

static void
a_file_moved_away_is_not_written_on_and_found_again(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;
	char away[300];

	assert_ok(write_key(database->store, "before", &err), &err);
	assert_true(has_key(database->store, "before"));
	snprintf(away, sizeof(away), "%s.away", database->name);
	assert_int_equal(rename(database->name, away), 0);
	assert_refused(write_key(database->store, "lost", &err), &err,
	    ERR_SYSTEM, "database_unavailable");
	read_must_fail(database->store, "database_unavailable");
	assert_int_equal(rename(away, database->name), 0);
	assert_ok(write_key(database->store, "after", &err), &err);
	assert_true(has_key(database->store, "before"));
	assert_true(has_key(database->store, "after"));
	assert_false(has_key(database->store, "lost"));
}

static void
a_database_file_is_for_its_owner_alone(void **state)
{
	struct test_database *database = *state;
	struct stat status;

	assert_int_equal(stat(database->name, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void
assert_planner_setting(
    struct store_reader *reader, const char *sql, const char *value)
{
	scoped(statement_done) struct statement statement;
	struct err err = ERR_INIT;
	bool has_row = false;

	statement_init(&statement, reader, sql);
	assert_ok(statement_next(&statement, &has_row, &err), &err);
	assert_true(has_row);
	assert_true(
	    view_equal_string(statement_column_view(&statement, 0), value));
}

static const char SEQSCAN[] = "SELECT current_setting('enable_seqscan')";
static const char JIT[] = "SELECT current_setting('jit')";

static bool
expect_writer(struct store_tx *tx, void *context, struct err *err)
{
	assert_planner_setting(store_tx_reader(tx), SEQSCAN, "off");
	assert_planner_setting(store_tx_reader(tx), JIT, "off");
	return true;
}

/* Lists read tables whole, so the readers are left alone; also the connection
 * that is made again. */
static void
the_writer_finds_by_keys(void **state)
{
	struct test_database *database = *state;
	struct store_reader *reader = NULL;
	struct err err = ERR_INIT;

	for (int i = 0; i < 2; i++) {
		assert_ok(
		    store_write(database->store, expect_writer, NULL, &err),
		    &err);
		assert_ok(
		    store_reader_open(database->store, &reader, &err), &err);
		assert_planner_setting(reader, SEQSCAN, "on");
		store_reader_close(reader);
		postgresql_kill();
		postgresql_start();
	}
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH_EMPTY(
		a_full_disk_is_told_and_works_again_once_there_is_space),
	    ON_BOTH(a_lock_of_another_process_is_told_and_waited_for),
	    {"a_server_killed_under_it_is_found_again",
		a_server_killed_under_it_is_found_again, database_setup_open,
		database_teardown, (void *)&driver_postgresql},
	    {"a_restart_between_two_writes_goes_unnoticed",
		a_restart_between_two_writes_goes_unnoticed,
		database_setup_open, database_teardown,
		(void *)&driver_postgresql},
	    {"a_file_moved_away_is_not_written_on_and_found_again",
		a_file_moved_away_is_not_written_on_and_found_again,
		database_setup_open, database_teardown, (void *)&driver_sqlite},
	    {"a_database_file_is_for_its_owner_alone",
		a_database_file_is_for_its_owner_alone, database_setup_open,
		database_teardown, (void *)&driver_sqlite},
	    {"the_writer_finds_by_keys", the_writer_finds_by_keys,
		database_setup_open, database_teardown,
		(void *)&driver_postgresql},
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
