/* Every write and sync of SQLite's made to fail once: what is told is true,
 * also for a process that is started right behind, and all works again. */
#include "store/test_database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/setting.h"

enum {
	WRITES = 4,      /* closures in each round */
	ROUNDS_MAX = 64, /* until the fault comes after the last one */
};

/* A kind of file: its methods with two of them changed. */
struct kind {
	sqlite3_io_methods changed; /* first: files point to it */
	const sqlite3_io_methods *real;
};

/* The default VFS, which opens files of such kinds. */
static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	struct kind kinds[4];
	atomic_int writes_left; /* until one fails; negative: none does */
	atomic_int syncs_left;
	int code;
} fault;

static const sqlite3_io_methods *
real_methods(sqlite3_file *file)
{
	return ((const struct kind *)file->pMethods)->real;
}

static int
faulty_write(sqlite3_file *file, const void *data, int amount, sqlite3_int64 at)
{
	if (fault.writes_left-- == 0)
		return fault.code;
	return real_methods(file)->xWrite(file, data, amount, at);
}

static int
faulty_sync(sqlite3_file *file, int flags)
{
	if (fault.syncs_left-- == 0)
		return fault.code;
	return real_methods(file)->xSync(file, flags);
}

/* Tests open files one after the other. */
static struct kind *
kind_of(const sqlite3_io_methods *real)
{
	struct kind *kind = fault.kinds;

	while (kind->real != NULL && kind->real != real)
		kind++;
	assert_true(kind < fault.kinds + array_length(fault.kinds));
	if (kind->real == NULL) {
		kind->changed = *real;
		kind->changed.xWrite = faulty_write;
		kind->changed.xSync = faulty_sync;
		kind->real = real;
	}
	return kind;
}

static int
faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out_flags)
{
	int code = fault.real->xOpen(vfs, name, file, flags, out_flags);

	if (code == SQLITE_OK && file->pMethods != NULL)
		file->pMethods = &kind_of(file->pMethods)->changed;
	return code;
}

static void
fault_none(void)
{
	fault.writes_left = -1;
	fault.syncs_left = -1;
}

static void
fault_install(void)
{
	if (fault.real != NULL)
		return;
	fault.real = sqlite3_vfs_find(NULL);
	fault.vfs = *fault.real;
	fault.vfs.pNext = NULL;
	fault.vfs.zName = "faulty";
	fault.vfs.xOpen = faulty_open;
	fault_none();
	assert_int_equal(sqlite3_vfs_register(&fault.vfs, 1), SQLITE_OK);
}

static bool
put_key(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting = {.version = STORE_SETTING_ANY_VERSION};

	store_text_copy(setting.key, sizeof(setting.key), context);
	return store_setting_put(tx, &setting, err);
}

static bool
has_key(struct store *store, const char *key)
{
	struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, key, &setting, &err), &err);
	store_reader_close(reader);
	return setting.version > 0;
}

static void
copy_file(const char *from, const char *to)
{
	char data[65536];
	int source = open(from, O_RDONLY);
	int target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t length;

	assert_true(source >= 0 && target >= 0);
	while ((length = read(source, data, sizeof(data))) > 0)
		assert_int_equal(write(target, data, (size_t)length), length);
	close(source);
	close(target);
}

/* As a process would find it that is started after a crash at this moment.
 * (Closing the file here drops this process's POSIX locks on it, which only
 * another process would notice.) */
static void
copy_database(const struct test_database *database, char *out, size_t out_size)
{
	char log[300];
	char log_copy[300];

	snprintf(out, out_size, "%s.copy", database->name);
	snprintf(log, sizeof(log), "%s-wal", database->name);
	snprintf(log_copy, sizeof(log_copy), "%s-wal", out);
	copy_file(database->name, out);
	unlink(log_copy);
	if (access(log, F_OK) == 0)
		copy_file(log, log_copy);
}

enum fate {
	DONE,
	UNDONE,
	UNKNOWN,
};

static enum fate
write_key(struct store *store, const char *key)
{
	struct err err = ERR_INIT;

	if (store_write(store, put_key, (void *)(uintptr_t)key, &err))
		return DONE;
	if (err.category == ERR_UNCERTAIN)
		return UNKNOWN;
	assert_int_equal(err.category, ERR_SYSTEM);
	return UNDONE;
}

static void
assert_fates(struct store *store, int round, const enum fate *fates)
{
	char key[32];

	for (int i = 0; i < WRITES; i++) {
		snprintf(key, sizeof(key), "%d/%d", round, i);
		if (fates[i] != UNKNOWN)
			assert_int_equal(has_key(store, key), fates[i] == DONE);
	}
}

static void
check_a_copy(
    const struct test_database *database, int round, const enum fate *fates)
{
	struct test_database copy = *database;
	char name[300];

	copy_database(database, name, sizeof(name));
	snprintf(copy.location, sizeof(copy.location), "sqlite:%s", name);
	copy.store = database_open(&copy);
	assert_fates(copy.store, round, fates);
	store_close(copy.store);
}

/* One round with the fault after `left` calls; true when it struck. */
static bool
run_round(struct test_database *database, int round, atomic_int *left)
{
	enum fate fates[WRITES];
	bool has_struck = false;
	char key[32];

	*left = round;
	for (int i = 0; i < WRITES; i++) {
		snprintf(key, sizeof(key), "%d/%d", round, i);
		fates[i] = write_key(database->store, key);
		if (fates[i] == DONE || has_struck)
			continue;
		has_struck = true;
		fault_none();
		for (int j = i + 1; j < WRITES; j++)
			fates[j] = UNKNOWN;
		check_a_copy(database, round, fates);
	}
	fault_none();
	assert_fates(database->store, round, fates);
	return has_struck;
}

static void
run_all(struct test_database *database, atomic_int *left, int code)
{
	bool has_struck = true;
	int round = 0;

	fault.code = code;
	for (; has_struck && round < ROUNDS_MAX; round++)
		has_struck = run_round(database, round, left);
	assert_true(round > 2);
	assert_false(has_struck);
	store_close(database->store);
	database->store = database_open(database);
	assert_int_equal(write_key(database->store, "at last"), DONE);
}

static int
setup(void **state)
{
	fault_install();
	return database_setup_open(state);
}

static void
a_write_that_finds_no_space_undoes_what_it_says(void **state)
{
	run_all(*state, &fault.writes_left, SQLITE_FULL);
}

static void
a_write_that_fails_is_told_truly(void **state)
{
	run_all(*state, &fault.writes_left, SQLITE_IOERR_WRITE);
}

static void
a_sync_that_fails_is_told_truly(void **state)
{
	run_all(*state, &fault.syncs_left, SQLITE_IOERR_FSYNC);
}

#define FAULTY(test)                                                           \
	{                                                                      \
#test, test, setup, database_teardown, (void *)&driver_sqlite  \
	}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    FAULTY(a_write_that_finds_no_space_undoes_what_it_says),
	    FAULTY(a_write_that_fails_is_told_truly),
	    FAULTY(a_sync_that_fails_is_told_truly),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
