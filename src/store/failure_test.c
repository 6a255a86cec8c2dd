/* What happens when the database fails: told clearly, nothing acknowledged is
 * lost, and all works again without a restart. */
#include "store/test_database.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "store/reader.h"
#include "store/setting.h"
#include "store/statement.h"

static bool
put_key(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting = {.version = STORE_SETTING_ANY_VERSION};

	store_text_copy(setting.key, sizeof(setting.key), context);
	return store_setting_put(tx, &setting, err);
}

static bool
write_key(struct store *store, const char *key, struct err *err)
{
	return store_write(store, put_key, (void *)(uintptr_t)key, err);
}

static bool
has_key(struct store *store, const char *key)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, key, &setting, &err), &err);
	return setting.version > 0;
}

static void
assert_status(struct store *store, bool is_available, const char *code)
{
	struct store_status status;

	store_status(store, &status);
	assert_int_equal(status.is_available, is_available);
	assert_string_equal(status.last_error_code, code);
}

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

/* A proxy on a Unix socket between libpq and the server, one connection at a
 * time in a thread each, that can cut at COMMIT. */
enum cut {
	CUT_NEVER,
	CUT_BEFORE_COMMIT, /* the server never hears of it */
	CUT_AFTER_COMMIT,  /* the client never hears the answer */
};

static struct {
	char directory[96];
	int listener;
	pthread_t thread;
	atomic_int cut;
	atomic_bool is_refusing; /* no new connections */
	bool is_staying_away;    /* after a cut: it begins to refuse */
} proxy;

static int
connect_to_server(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432",
	    postgresql_socket_directory());
	if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)) !=
	    0) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* One cut is enough. */
static bool
cut_now(void)
{
	proxy.cut = CUT_NEVER;
	proxy.is_refusing = proxy.is_staying_away;
	return false;
}

/* Pass on what one side said. False: the connection ends. */
static bool
pass_on(int from, int to, bool is_client)
{
	char data[65536];
	ssize_t length = recv(from, data, sizeof(data), 0);
	bool is_commit;

	if (length <= 0)
		return false;
	is_commit = is_client &&
	    memmem(data, (size_t)length, "COMMIT", sizeof("COMMIT")) != NULL;
	if (is_commit && proxy.cut == CUT_BEFORE_COMMIT)
		return cut_now();
	if (send(to, data, (size_t)length, MSG_NOSIGNAL) != length)
		return false;
	if (is_commit && proxy.cut == CUT_AFTER_COMMIT) {
		/* Its answer is awaited, so that the server has done it. */
		ignore_result(recv(to, data, sizeof(data), 0) > 0);
		return cut_now();
	}
	return true;
}

static void *
serve_one(void *argument)
{
	int client = (int)(intptr_t)argument;
	int server = connect_to_server();
	struct pollfd ends[2] = {
	    {.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	bool goes_on = server >= 0;

	while (goes_on && poll(ends, 2, -1) > 0) {
		if (ends[0].revents != 0)
			goes_on = pass_on(client, server, true);
		if (goes_on && ends[1].revents != 0)
			goes_on = pass_on(server, client, false);
	}
	if (server >= 0)
		close(server);
	close(client);
	return NULL;
}

static void *
proxy_main(void *argument)
{
	for (;;) {
		int client = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;

		if (client < 0)
			return NULL;
		if (proxy.is_refusing) {
			close(client);
			continue;
		}
		pthread_create(
		    &thread, NULL, serve_one, (void *)(intptr_t)client);
		pthread_detach(thread);
	}
}

static void
proxy_start(struct test_database *database)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *name = strstr(database->location, "dbname=");
	scoped(memory_freep) char *own = memory_string(name);

	snprintf(proxy.directory, sizeof(proxy.directory), "%s/proxy",
	    databases_directory());
	ignore_result(mkdir(proxy.directory, 0700));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432",
	    proxy.directory);
	unlink(address.sun_path);
	proxy.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(proxy.listener, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(listen(proxy.listener, 8), 0);
	proxy.cut = CUT_NEVER;
	proxy.is_refusing = false;
	proxy.is_staying_away = false;
	pthread_create(&proxy.thread, NULL, proxy_main, NULL);
	snprintf(database->location, sizeof(database->location),
	    "postgresql:host=%s user=postgres %s", proxy.directory, own);
}

static void
proxy_stop(void)
{
	shutdown(proxy.listener, SHUT_RDWR);
	pthread_join(proxy.thread, NULL);
	close(proxy.listener);
}

/* Cut, and let nobody through until the write has given up. */
static void
cut_and_stay_away(struct test_database *database, enum cut cut, bool is_kept)
{
	struct err err = ERR_INIT;

	proxy_start(database);
	proxy.is_staying_away = true;
	database->store = database_open(database);
	assert_ok(write_key(database->store, "before", &err), &err);
	proxy.cut = cut;
	assert_refused(write_key(database->store, "cut", &err), &err,
	    ERR_UNCERTAIN, "database_uncertain");
	assert_status(database->store, false, "database_uncertain");
	assert_refused(write_key(database->store, "lost", &err), &err,
	    ERR_SYSTEM, "database_unavailable");
	proxy.is_refusing = false;
	assert_ok(write_key(database->store, "after", &err), &err);
	assert_int_equal(has_key(database->store, "cut"), is_kept);
	assert_false(has_key(database->store, "lost"));
	store_close(take(database->store));
	proxy_stop();
}

static void
a_commit_that_was_not_heard_is_uncertain(void **state)
{
	cut_and_stay_away(*state, CUT_BEFORE_COMMIT, false);
}

static void
a_commit_whose_answer_was_lost_is_uncertain(void **state)
{
	cut_and_stay_away(*state, CUT_AFTER_COMMIT, true);
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

/* A server that can be asked again knows: done once, and once only. */
static void
cut_once(struct test_database *database, enum cut cut)
{
	struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	proxy_start(database);
	database->store = database_open(database);
	assert_ok(store_write(database->store, count_up, NULL, &err), &err);
	proxy.cut = cut;
	assert_ok(store_write(database->store, count_up, NULL, &err), &err);
	assert_int_equal(proxy.cut, CUT_NEVER);
	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, "counter", &setting, &err), &err);
	store_reader_close(reader);
	assert_int_equal(setting.integer, 2);
	assert_status(database->store, true, "database_uncertain");
	store_close(take(database->store));
	proxy_stop();
}

static void
a_commit_that_was_not_heard_is_done_again(void **state)
{
	cut_once(*state, CUT_BEFORE_COMMIT);
}

static void
a_commit_whose_answer_was_lost_is_not_done_twice(void **state)
{
	cut_once(*state, CUT_AFTER_COMMIT);
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
	    ON_POSTGRESQL(a_commit_that_was_not_heard_is_uncertain),
	    ON_POSTGRESQL(a_commit_whose_answer_was_lost_is_uncertain),
	    ON_POSTGRESQL(a_commit_that_was_not_heard_is_done_again),
	    ON_POSTGRESQL(a_commit_whose_answer_was_lost_is_not_done_twice),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
