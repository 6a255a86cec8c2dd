/* For tests: fresh databases of both kinds. */
#include "store/test_database.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"

/* On a busy machine a connection takes longer than the product waits. */
#define PATIENT "connect_timeout=60"

static struct {
	char directory[64];
	char data[96];
	char socket[96];
	char binaries[128];
	uid_t user;
	gid_t group;
	pid_t pid; /* of the server; 0: not running */
	unsigned count;
} house;

const char *
databases_directory(void)
{
	return house.directory;
}

const char *
postgresql_socket_directory(void)
{
	return house.socket;
}

uid_t
postgresql_user(void)
{
	return house.user;
}

gid_t
postgresql_group(void)
{
	return house.group;
}

static void
find_binaries(void)
{
	glob_t found;
	char *slash;

	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) != 0)
		fail_msg("PostgreSQL's server is not installed: install the"
			 " package postgresql (Debian: postgresql-15)");
	snprintf(house.binaries, sizeof(house.binaries), "%s",
	    found.gl_pathv[found.gl_pathc - 1]);
	slash = strrchr(house.binaries, '/');
	*slash = '\0';
	globfree(&found);
}

/* The server refuses to run as root. */
static void
find_user(void)
{
	const struct passwd *entry = getpwnam("postgres");

	house.user = geteuid();
	house.group = getegid();
	if (house.user != 0)
		return;
	if (entry == NULL)
		fail_msg("there is no user postgres: install the package"
			 " postgresql");
	house.user = entry->pw_uid;
	house.group = entry->pw_gid;
}

/* In the child: as the server's user, with its output in a file. */
static void
become_server(const char *const *arguments)
{
	char log[128];
	int descriptor;

	snprintf(log, sizeof(log), "%s/log", house.directory);
	descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	dup2(descriptor, STDOUT_FILENO);
	dup2(descriptor, STDERR_FILENO);
	if (geteuid() == 0 &&
	    (setresgid(house.group, house.group, house.group) != 0 ||
		setresuid(house.user, house.user, house.user) != 0))
		_exit(126);
	/* A test that aborts takes its server with it. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (chdir("/") == 0)
		execv(arguments[0], (char *const *)arguments);
	_exit(127);
}

static pid_t
start_program(const char *const *arguments)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		become_server(arguments);
	return pid;
}

static void
make_cluster(void)
{
	char program[160];
	const char *arguments[] = {program, "-D", house.data, "-A", "trust",
	    "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N", NULL};
	int status = 0;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/initdb", house.binaries);
	pid = start_program(arguments);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("initdb failed, see %s/log", house.directory);
}

static bool
open_server(const char *database, struct driver_connection **out_connection,
    struct err *err)
{
	char name[256];
	struct driver_target target = {.name = name, .busy_timeout_ms = 5000};

	snprintf(name, sizeof(name), "host=%s user=postgres dbname=%s " PATIENT,
	    house.socket, database);
	return driver_postgresql.open(&target, out_connection, err);
}

static void
wait_for_server(void)
{
	struct driver_connection *connection = NULL;
	struct err err = ERR_INIT;

	for (int i = 0; i < 600; i++) {
		if (open_server("postgres", &connection, &err)) {
			driver_postgresql.close(connection);
			return;
		}
		usleep(50 * 1000);
	}
	fail_msg("PostgreSQL did not start: %s", err.sentence);
}

void
postgresql_start(void)
{
	char program[160];
	const char *arguments[] = {program, "-D", house.data, "-k",
	    house.socket, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
	    "shared_buffers=64MB", "-c", "max_connections=60", NULL};

	snprintf(program, sizeof(program), "%s/postgres", house.binaries);
	house.pid = start_program(arguments);
	wait_for_server();
}

void
postgresql_kill(void)
{
	int status;

	if (house.pid == 0)
		return;
	kill(house.pid, SIGQUIT); /* immediate shutdown: as in a crash */
	waitpid(house.pid, &status, 0);
	house.pid = 0;
}

void
postgresql_script(const char *sql)
{
	struct driver_connection *connection = NULL;
	struct err err = ERR_INIT;

	assert_ok(open_server("postgres", &connection, &err), &err);
	assert_ok(driver_postgresql.script(connection, sql, &err), &err);
	driver_postgresql.close(connection);
}

static void
write_map(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
}

/* As who we are, for PostgreSQL refuses to be anybody's root. */
static bool
enter_user_namespace(void)
{
	char users[48], groups[48];

	snprintf(users, sizeof(users), "%u %u 1", geteuid(), geteuid());
	snprintf(groups, sizeof(groups), "%u %u 1", getegid(), getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return false;
	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", users);
	write_map("/proc/self/gid_map", groups);
	return true;
}

/* Mounts of this test are seen by it and its server alone. An ordinary user
 * may mount in a user namespace, where the kernel has them. */
static void
enter_mount_namespace(void)
{
	if (geteuid() == 0 ? unshare(CLONE_NEWNS) == 0 : enter_user_namespace())
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int
databases_setup(void **state)
{
	snprintf(house.directory, sizeof(house.directory),
	    "/tmp/warifu-store-XXXXXX");
	assert_non_null(mkdtemp(house.directory));
	enter_mount_namespace();
	find_binaries();
	find_user();
	snprintf(house.data, sizeof(house.data), "%s/data", house.directory);
	snprintf(
	    house.socket, sizeof(house.socket), "%s/socket", house.directory);
	assert_int_equal(mkdir(house.socket, 0700), 0);
	assert_int_equal(mkdir(house.data, 0700), 0);
	assert_int_equal(chmod(house.directory, 0755), 0);
	assert_int_equal(chown(house.socket, house.user, house.group), 0);
	assert_int_equal(chown(house.data, house.user, house.group), 0);
	make_cluster();
	postgresql_start();
	return 0;
}

static int
remove_entry(
    const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

int
databases_teardown(void **state)
{
	postgresql_kill();
	nftw(house.directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

int
database_setup(void **state)
{
	struct test_database *database = memory_zeroed(sizeof(*database));
	char sql[64];

	database->driver = *state;
	if (database->driver == &driver_sqlite) {
		snprintf(database->location, sizeof(database->location),
		    "sqlite:%s/t%u.db", house.directory, house.count);
	} else {
		/* Nobody, no vacuum either, is ever connected to template0. */
		snprintf(sql, sizeof(sql),
		    "CREATE DATABASE t%u TEMPLATE template0", house.count);
		postgresql_script(sql);
		snprintf(database->location, sizeof(database->location),
		    "postgresql:host=%s user=postgres dbname=t%u " PATIENT,
		    house.socket, house.count);
	}
	database->name = strchr(database->location, ':') + 1;
	house.count++;
	*state = database;
	return 0;
}

static struct store *
open_with(const struct test_database *database, int64_t busy_timeout_ms)
{
	struct store_options options = {.location = database->location,
	    .read_connections = 4,
	    .busy_timeout_ms = busy_timeout_ms};
	struct store *store = NULL;
	struct err err = ERR_INIT;

	assert_ok(store_open(&options, &store, &err), &err);
	return store;
}

struct store *
database_open(const struct test_database *database)
{
	return open_with(database, 30000);
}

void
database_be_impatient(struct test_database *database)
{
	store_close(database->store);
	database->store = open_with(database, 400);
}

int
database_setup_open(void **state)
{
	struct test_database *database;

	database_setup(state);
	database = *state;
	database->store = database_open(database);
	return 0;
}

int
database_teardown(void **state)
{
	struct test_database *database = *state;

	store_close(database->store);
	free(database);
	return 0;
}
