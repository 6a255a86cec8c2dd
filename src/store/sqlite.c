/* The SQLite driver: the one file that knows sqlite3.h. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/dialect.h"
#include "store/driver.h"
#include "store/statement_cache.h"

struct sqlite {
	struct driver_connection base;
	sqlite3 *db;
	struct statement_cache cache;
	bool has_access;
	enum driver_access access; /* what it was last set up for */
	bool is_lost; /* its file went away, or an error left it unusable */
};

struct sqlite_cursor {
	struct driver_cursor base;
	sqlite3_stmt *statement;
	int64_t changes;
};

/* What a primary result code means to callers; others: database_error. */
static const struct {
	int code;
	enum err_category category;
	const char *word;
	const char *sentence;
} MEANINGS[] = {
    {SQLITE_FULL, ERR_SYSTEM, "database_full",
	"no space is left for the database"},
    {SQLITE_BUSY, ERR_SYSTEM, "database_busy",
	"the database is locked by another process"},
    {SQLITE_LOCKED, ERR_SYSTEM, "database_busy", "the database is locked"},
    {SQLITE_CANTOPEN, ERR_SYSTEM, "database_unavailable",
	"the database file cannot be opened"},
    {SQLITE_READONLY, ERR_SYSTEM, "database_unavailable",
	"the database file cannot be written"},
    {SQLITE_IOERR, ERR_SYSTEM, "database_unavailable",
	"the database file cannot be read or written"},
    {SQLITE_CORRUPT, ERR_SYSTEM, "database_unavailable",
	"the database file is damaged"},
    {SQLITE_NOTADB, ERR_SYSTEM, "database_unavailable",
	"the file is not a database"},
    {SQLITE_PERM, ERR_SYSTEM, "database_unavailable",
	"access to the database file is refused"},
    {SQLITE_CONSTRAINT, ERR_CONFLICT, "database_constraint",
	"the database refuses a row"},
};

/* SQLite makes every name absolute and looks at each folder on the way. Core
 * works inside its own folder, which may stand beneath folders that its user
 * must not enter; a name without "/" must stay as it is. One VFS, derived from
 * the default one, differs in that alone (sqlite.org/vfs.html). */
static const char PLAIN_NAMES[] = "warifu-plain-names";
static sqlite3_vfs plain;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int
keep_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	int written = snprintf(out, (size_t)size, "%s", name);

	return written < 0 || written >= size ? SQLITE_CANTOPEN : SQLITE_OK;
}

static void
make_vfs(void)
{
	const sqlite3_vfs *standard = sqlite3_vfs_find(NULL);

	check(standard != NULL);
	plain = *standard;
	plain.pNext = NULL;
	plain.zName = PLAIN_NAMES;
	plain.xFullPathname = keep_name;
	check(sqlite3_vfs_register(&plain, 0) == SQLITE_OK);
}

static const char *
vfs_for(const char *name)
{
	if (strchr(name, '/') != NULL)
		return NULL;
	check(pthread_once(&once, make_vfs) == 0);
	return PLAIN_NAMES;
}

static struct sqlite *
sqlite_of(struct driver_connection *connection)
{
	return (struct sqlite *)connection;
}

static bool
set_error(struct sqlite *sqlite, int code, struct err *err)
{
	const char *detail = sqlite->db == NULL ? sqlite3_errstr(code)
						: sqlite3_errmsg(sqlite->db);

	for (size_t i = 0; i < array_length(MEANINGS); i++)
		if (MEANINGS[i].code == (code & 0xff))
			return err_set_code(err, MEANINGS[i].category,
			    MEANINGS[i].word, "%s (%s)", MEANINGS[i].sentence,
			    detail);
	return err_set_code(err, ERR_SYSTEM, "database_error",
	    "the database refuses a statement (%s)", detail);
}

static bool
execute(struct sqlite *sqlite, const char *sql, struct err *err)
{
	int code = sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK || set_error(sqlite, code, err);
}

/* Born with mode 0600. Only ever done when there is no file yet: closing any
 * descriptor of an open database drops its POSIX locks. */
static bool
create_file(const char *path, struct err *err)
{
	int descriptor =
	    open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (descriptor < 0 && errno == EEXIST)
		return true;
	if (descriptor < 0) {
		const char *word = errno == ENOSPC || errno == EDQUOT
		    ? "database_full"
		    : "database_unavailable";

		err_set_errno(err, "cannot make the database file %s", path);
		snprintf(err->code, sizeof(err->code), "%s", word);
		return false;
	}
	close(descriptor);
	return true;
}

/* Two processes that turn on WAL in a fresh file at once meet a lock that
 * SQLite does not wait for (waiting could be a deadlock): try again instead. */
static bool
execute_patiently(struct sqlite *sqlite, const char *sql, int64_t patience_ms,
    struct err *err)
{
	static const struct timespec PAUSE = {.tv_nsec = 10 * 1000 * 1000};
	int64_t until_ms = clock_monotonic_ms() + patience_ms;

	while (!execute(sqlite, sql, err)) {
		if (strcmp(err->code, "database_busy") != 0 ||
		    clock_monotonic_ms() >= until_ms)
			return false;
		nanosleep(&PAUSE, NULL);
	}
	return true;
}

/* synchronous=FULL makes each commit durable; the rest bounds memory and disk
 * and keeps SQLite away from temporary files and from what a changed schema
 * could make it do. */
static bool
configure(
    struct sqlite *sqlite, const struct driver_target *target, struct err *err)
{
	sqlite3_busy_timeout(sqlite->db, (int)target->busy_timeout_ms);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	return execute_patiently(sqlite, "PRAGMA journal_mode = WAL",
		   target->busy_timeout_ms, err) &&
	    execute(sqlite,
		"PRAGMA synchronous = FULL;"
		"PRAGMA foreign_keys = ON;"
		"PRAGMA temp_store = MEMORY;"
		"PRAGMA cell_size_check = ON;"
		"PRAGMA journal_size_limit = 67108864;",
		err);
}

/* As in PostgreSQL: the place of the second text in the first, from 1 on, or
 * 0. (Bytes, not characters: only "is it there" is asked.) */
static void
strpos_function(sqlite3_context *context, int count, sqlite3_value **values)
{
	const void *whole = sqlite3_value_blob(values[0]);
	const void *part = sqlite3_value_blob(values[1]);
	size_t whole_length = (size_t)sqlite3_value_bytes(values[0]);
	size_t part_length = (size_t)sqlite3_value_bytes(values[1]);
	const uint8_t *found = part_length == 0 || whole_length == 0
	    ? NULL
	    : memmem(whole, whole_length, part, part_length);

	sqlite3_result_int64(
	    context, found == NULL ? 0 : found - (const uint8_t *)whole + 1);
}

static bool
add_functions(struct sqlite *sqlite, struct err *err)
{
	int code = sqlite3_create_function_v2(sqlite->db, "strpos", 2,
	    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
	    strpos_function, NULL, NULL, NULL);

	return code == SQLITE_OK || set_error(sqlite, code, err);
}

static void
finalize(void *statement)
{
	sqlite3_finalize(statement);
}

static void
sqlite_close(struct driver_connection *connection)
{
	struct sqlite *sqlite = sqlite_of(connection);

	statement_cache_done(&sqlite->cache, finalize);
	sqlite3_close_v2(sqlite->db);
	free(sqlite);
}

static bool
sqlite_open(const struct driver_target *target,
    struct driver_connection **out_connection, struct err *err)
{
	struct sqlite *sqlite;
	int code;

	if (target->may_create && !create_file(target->name, err))
		return false;
	sqlite = memory_zeroed(sizeof(*sqlite));
	sqlite->base.driver = &driver_sqlite;
	code = sqlite3_open_v2(target->name, &sqlite->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    vfs_for(target->name));
	if (code != SQLITE_OK)
		set_error(sqlite, code, err);
	if (code != SQLITE_OK || !configure(sqlite, target, err) ||
	    !add_functions(sqlite, err)) {
		err_prefix(err, "%s", target->name);
		sqlite_close(&sqlite->base);
		return false;
	}
	*out_connection = &sqlite->base;
	return true;
}

static bool
sqlite_is_usable(struct driver_connection *connection)
{
	return !sqlite_of(connection)->is_lost;
}

static bool
sqlite_in_transaction(struct driver_connection *connection)
{
	return sqlite3_get_autocommit(sqlite_of(connection)->db) == 0;
}

/* A file that was moved away or replaced must not be written on: what is
 * acknowledged would be in no file that anybody finds again. */
static bool
is_in_place(struct sqlite *sqlite, struct err *err)
{
	int has_moved = 0;

	if (sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_HAS_MOVED,
		&has_moved) == SQLITE_OK &&
	    has_moved == 0)
		return true;
	sqlite->is_lost = true;
	return err_set_code(err, ERR_SYSTEM, "database_unavailable",
	    "the database file was moved away");
}

/* Once for each connection. The writer touches pages all over the file and
 * keeps more of them; its log is copied back in larger pieces, so that pages
 * changed often are written once. */
static bool
set_access(struct sqlite *sqlite, enum driver_access access, struct err *err)
{
	static const char *const SQL[] = {
	    [DRIVER_READ] = "PRAGMA query_only = ON;"
			    "PRAGMA cache_size = -4096",
	    [DRIVER_WRITE] = "PRAGMA query_only = OFF;"
			     "PRAGMA cache_size = -32768;"
			     "PRAGMA wal_autocheckpoint = 8000",
	};

	if (sqlite->has_access && sqlite->access == access)
		return true;
	if (!execute(sqlite, SQL[access], err))
		return false;
	sqlite->has_access = true;
	sqlite->access = access;
	return true;
}

static bool
sqlite_begin(struct driver_connection *connection, enum driver_access access,
    struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	static const char *const SQL[] = {
	    [DRIVER_READ] = "BEGIN",
	    [DRIVER_WRITE] = "BEGIN IMMEDIATE",
	};

	if (!is_in_place(sqlite, err))
		return false;
	if (set_access(sqlite, access, err) &&
	    execute(sqlite, SQL[access], err))
		return true;
	/* Locked or full passes; anything else gets a fresh connection. */
	sqlite->is_lost = strcmp(err->code, "database_unavailable") == 0;
	return false;
}

static void
sqlite_rollback(struct driver_connection *connection)
{
	struct sqlite *sqlite = sqlite_of(connection);
	struct err ignored = ERR_INIT;

	if (sqlite_in_transaction(connection) &&
	    !execute(sqlite, "ROLLBACK", &ignored))
		sqlite->is_lost = true;
}

static bool
sqlite_commit(struct driver_connection *connection, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	int code = sqlite3_exec(sqlite->db, "COMMIT", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		return true;
	set_error(sqlite, code, err);
	/* A failed write or sync may have left the commit in the log, where
	 * the next recovery finds it. */
	if ((code & 0xff) == SQLITE_IOERR) {
		err->category = ERR_UNCERTAIN;
		snprintf(err->code, sizeof(err->code), "database_uncertain");
		sqlite->is_lost = true;
	}
	sqlite_rollback(connection);
	return false;
}

static bool
sqlite_savepoint(struct driver_connection *connection,
    enum driver_savepoint what, struct err *err)
{
	static const char *const SQL[] = {
	    [DRIVER_SAVEPOINT_SET] = "SAVEPOINT closure",
	    [DRIVER_SAVEPOINT_RELEASE] = "RELEASE closure",
	    [DRIVER_SAVEPOINT_ROLL_BACK] =
		"ROLLBACK TO closure; RELEASE closure",
	};

	return execute(sqlite_of(connection), SQL[what], err);
}

static bool
sqlite_script(
    struct driver_connection *connection, const char *sql, struct err *err)
{
	scoped(memory_freep) char *own = dialect_to_sqlite(sql);

	return execute(sqlite_of(connection), own, err);
}

static bool
prepare(struct sqlite *sqlite, const char *sql, sqlite3_stmt **out_statement,
    struct err *err)
{
	scoped(memory_freep) char *own = NULL;
	sqlite3_stmt *statement = statement_cache_find(&sqlite->cache, sql);
	int code;

	if (statement != NULL) {
		*out_statement = statement;
		return true;
	}
	own = dialect_to_sqlite(sql);
	code = sqlite3_prepare_v3(
	    sqlite->db, own, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	if (code != SQLITE_OK)
		return set_error(sqlite, code, err);
	*out_statement = statement;
	sqlite3_finalize(statement_cache_put(&sqlite->cache, sql, statement));
	return true;
}

static int
bind(sqlite3_stmt *statement, int index, const struct store_value *value)
{
	const void *data =
	    value->bytes.data == NULL ? (const void *)"" : value->bytes.data;

	if (value->is_null)
		return sqlite3_bind_null(statement, index);
	switch (value->kind) {
	case STORE_VALUE_INTEGER:
		return sqlite3_bind_int64(statement, index, value->integer);
	case STORE_VALUE_TEXT:
		return sqlite3_bind_text64(statement, index, data,
		    value->bytes.length, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_VALUE_BLOB:
		return sqlite3_bind_blob64(
		    statement, index, data, value->bytes.length, SQLITE_STATIC);
	}
	unreachable();
}

static bool
sqlite_query(struct driver_connection *connection, const char *sql,
    const struct store_value *values, unsigned count,
    struct driver_cursor **out_cursor, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	sqlite3_stmt *statement = NULL;
	struct sqlite_cursor *cursor;

	if (!prepare(sqlite, sql, &statement, err))
		return false;
	check(!sqlite3_stmt_busy(statement));
	check(sqlite3_bind_parameter_count(statement) == (int)count);
	for (unsigned i = 0; i < count; i++) {
		int code = bind(statement, (int)i + 1, &values[i]);

		if (code != SQLITE_OK) {
			sqlite3_clear_bindings(statement);
			return set_error(sqlite, code, err);
		}
	}
	cursor = memory_zeroed(sizeof(*cursor));
	cursor->base.connection = connection;
	cursor->statement = statement;
	*out_cursor = &cursor->base;
	return true;
}

static bool
sqlite_next(struct driver_cursor *base, bool *out_has_row, struct err *err)
{
	struct sqlite_cursor *cursor = (struct sqlite_cursor *)base;
	struct sqlite *sqlite = sqlite_of(base->connection);
	int code = sqlite3_step(cursor->statement);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return set_error(sqlite, code, err);
	if (code == SQLITE_DONE)
		cursor->changes = sqlite3_changes64(sqlite->db);
	*out_has_row = code == SQLITE_ROW;
	return true;
}

static void
sqlite_column(
    struct driver_cursor *base, unsigned column, struct store_value *out_value)
{
	sqlite3_stmt *statement = ((struct sqlite_cursor *)base)->statement;
	int index = (int)column;
	struct store_value value = {.kind = STORE_VALUE_TEXT};

	switch (sqlite3_column_type(statement, index)) {
	case SQLITE_NULL:
		value.is_null = true;
		break;
	case SQLITE_INTEGER:
		value.kind = STORE_VALUE_INTEGER;
		value.integer = sqlite3_column_int64(statement, index);
		break;
	case SQLITE_BLOB:
		value.kind = STORE_VALUE_BLOB;
		fallthrough;
	default:
		value.bytes.data = sqlite3_column_blob(statement, index);
		value.bytes.length =
		    (size_t)sqlite3_column_bytes(statement, index);
	}
	*out_value = value;
}

static int64_t
sqlite_changes(struct driver_cursor *cursor)
{
	return ((struct sqlite_cursor *)cursor)->changes;
}

static void
sqlite_finish(struct driver_cursor *base)
{
	struct sqlite_cursor *cursor = (struct sqlite_cursor *)base;

	sqlite3_reset(cursor->statement);
	sqlite3_clear_bindings(cursor->statement);
	free(cursor);
}

const struct driver driver_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .is_usable = sqlite_is_usable,
    .in_transaction = sqlite_in_transaction,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .savepoint = sqlite_savepoint,
    .script = sqlite_script,
    .query = sqlite_query,
    .next = sqlite_next,
    .column = sqlite_column,
    .changes = sqlite_changes,
    .finish = sqlite_finish,
};
