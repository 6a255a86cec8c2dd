/* The PostgreSQL driver: the one file that knows libpq-fe.h. */
#include <endian.h>
#include <inttypes.h>
#include <libpq-fe.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/dialect.h"
#include "store/driver.h"
#include "store/statement_cache.h"

enum { /* object identifiers of types, fixed in pg_type.dat */
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,

	VALUES_MAX = 64,
	INTEGER_TEXT_SIZE = 24,
	STATEMENT_NAME_SIZE = 24,
};

/* "warifu" in ASCII: the advisory lock that makes writers exclude each other,
 * as BEGIN IMMEDIATE does in SQLite. */
#define WRITER_LOCK "131260415043189"

struct postgresql {
	struct driver_connection base;
	PGconn *connection;
	struct statement_cache cache;
	uint64_t statement_count;
	bool is_lost;
};

struct postgresql_cursor {
	struct driver_cursor base;
	PGresult *result;
	int row; /* of the current one; -1 before the first */
};

/* What a SQLSTATE (by its beginning) means to callers; the first that fits.
 * PostgreSQL documentation, appendix A. Others: database_error. */
static const struct {
	const char *state;
	enum err_category category;
	const char *word;
	const char *sentence;
} MEANINGS[] = {
    {"53100", ERR_SYSTEM, "database_full", "no space is left for the database"},
    {"53", ERR_SYSTEM, "database_busy", "the database has too much to do"},
    {"55P03", ERR_SYSTEM, "database_busy",
	"the database is locked by another process"},
    {"40", ERR_SYSTEM, "database_busy",
	"the database gave another transaction precedence"},
    {"57014", ERR_SYSTEM, "database_busy", "the database took too long"},
    {"28", ERR_SYSTEM, "database_unavailable",
	"the database refuses the sign-in"},
    {"3D000", ERR_SYSTEM, "database_unavailable", "there is no such database"},
    {"25006", ERR_SYSTEM, "database_unavailable",
	"the database cannot be written"},
    {"23", ERR_CONFLICT, "database_constraint", "the database refuses a row"},
};

DEFINE_SCOPED(PGresult, PQclear)

static struct postgresql *
postgresql_of(struct driver_connection *connection)
{
	return (struct postgresql *)connection;
}

/* libpq's messages are lines; a sentence has none. */
static void
one_line(const char *message, char *out, size_t out_size)
{
	size_t used = 0;

	for (; *message != '\0' && used + 1 < out_size; message++)
		out[used++] = *message == '\n' ? ' ' : *message;
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

/* An error without a SQLSTATE is libpq's own: the connection failed, even
 * where PQstatus() has not noticed yet (a write failed, nothing was read). */
static bool
is_connection_error(struct postgresql *postgresql, const char *state)
{
	return state == NULL || strncmp(state, "57P", 3) == 0 ||
	    strncmp(state, "08", 2) == 0 ||
	    PQstatus(postgresql->connection) != CONNECTION_OK;
}

static bool
set_error(
    struct postgresql *postgresql, const PGresult *result, struct err *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	char detail[ERR_SENTENCE_MAX / 2];

	one_line(result == NULL ? PQerrorMessage(postgresql->connection)
				: PQresultErrorMessage(result),
	    detail, sizeof(detail));
	if (is_connection_error(postgresql, state)) {
		postgresql->is_lost = true;
		return err_set_code(err, ERR_SYSTEM, "database_unavailable",
		    "the connection to the database is lost (%s)", detail);
	}
	for (size_t i = 0; i < array_length(MEANINGS); i++)
		if (strncmp(MEANINGS[i].state, state,
			strlen(MEANINGS[i].state)) == 0)
			return err_set_code(err, MEANINGS[i].category,
			    MEANINGS[i].word, "%s (%s)", MEANINGS[i].sentence,
			    detail);
	return err_set_code(err, ERR_SYSTEM, "database_error",
	    "the database refuses a statement (%s)", detail);
}

static bool
is_success(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool
execute(struct postgresql *postgresql, const char *sql, struct err *err)
{
	scoped(PQclearp) PGresult *result = PQexec(postgresql->connection, sql);

	return is_success(result) || set_error(postgresql, result, err);
}

static void
postgresql_close(struct driver_connection *connection)
{
	struct postgresql *postgresql = postgresql_of(connection);

	statement_cache_done(&postgresql->cache, free);
	PQfinish(postgresql->connection);
	free(postgresql);
}

static void
ignore_notice(void *context, const PGresult *result)
{
}

static bool
configure(struct postgresql *postgresql, const struct driver_target *target,
    struct err *err)
{
	scoped(memory_freep) char *sql = memory_format(
	    "SET lock_timeout = %" PRId64 "; SET synchronous_commit = on"
	    "; SET idle_in_transaction_session_timeout = 0"
	    "; SET standard_conforming_strings = on",
	    target->busy_timeout_ms);

	return execute(postgresql, sql, err);
}

/* What stands before dbname are defaults that the connection string may
 * change, what stands behind it may not be changed. */
static PGconn *
connect_to(const char *name)
{
	static const char *const KEYS[] = {"connect_timeout",
	    "tcp_user_timeout", "keepalives_idle", "application_name", "dbname",
	    "client_encoding", NULL};
	const char *values[] = {
	    "5", "15000", "15", "warifu", name, "UTF8", NULL};

	return PQconnectdbParams(KEYS, values, 1);
}

static bool
postgresql_open(const struct driver_target *target,
    struct driver_connection **out_connection, struct err *err)
{
	struct postgresql *postgresql = memory_zeroed(sizeof(*postgresql));
	char detail[ERR_SENTENCE_MAX / 2];

	postgresql->base.driver = &driver_postgresql;
	postgresql->connection = connect_to(target->name);
	PQsetNoticeReceiver(postgresql->connection, ignore_notice, NULL);
	if (PQstatus(postgresql->connection) != CONNECTION_OK) {
		one_line(PQerrorMessage(postgresql->connection), detail,
		    sizeof(detail));
		postgresql_close(&postgresql->base);
		return err_set_code(err, ERR_SYSTEM, "database_unavailable",
		    "the database is not reachable (%s)", detail);
	}
	if (!configure(postgresql, target, err)) {
		postgresql_close(&postgresql->base);
		return false;
	}
	*out_connection = &postgresql->base;
	return true;
}

static bool
postgresql_is_usable(struct driver_connection *connection)
{
	struct postgresql *postgresql = postgresql_of(connection);

	return !postgresql->is_lost &&
	    PQstatus(postgresql->connection) == CONNECTION_OK;
}

static bool
postgresql_in_transaction(struct driver_connection *connection)
{
	PGTransactionStatusType status =
	    PQtransactionStatus(postgresql_of(connection)->connection);

	if (!postgresql_is_usable(connection))
		return false;
	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR ||
	    status == PQTRANS_ACTIVE;
}

static void
postgresql_rollback(struct driver_connection *connection)
{
	struct err ignored = ERR_INIT;

	if (postgresql_in_transaction(connection))
		ignore_result(
		    execute(postgresql_of(connection), "ROLLBACK", &ignored));
}

static bool
postgresql_begin(struct driver_connection *connection,
    enum driver_access access, struct err *err)
{
	static const char *const SQL[] = {
	    [DRIVER_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	    [DRIVER_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
			     "SELECT pg_advisory_xact_lock(" WRITER_LOCK ")",
	};

	if (execute(postgresql_of(connection), SQL[access], err))
		return true;
	postgresql_rollback(connection);
	return false;
}

static bool
postgresql_commit(struct driver_connection *connection, struct err *err)
{
	struct postgresql *postgresql = postgresql_of(connection);
	scoped(PQclearp) PGresult *result =
	    PQexec(postgresql->connection, "COMMIT");

	if (PQresultStatus(result) == PGRES_COMMAND_OK) {
		if (strcmp(PQcmdStatus(result), "COMMIT") == 0)
			return true;
		return err_set_code(err, ERR_SYSTEM, "database_error",
		    "the database rolled the transaction back");
	}
	set_error(postgresql, result, err);
	if (!postgresql_is_usable(connection)) {
		err->category = ERR_UNCERTAIN;
		snprintf(err->code, sizeof(err->code), "database_uncertain");
		return false;
	}
	postgresql_rollback(connection);
	return false;
}

static bool
postgresql_savepoint(struct driver_connection *connection,
    enum driver_savepoint what, struct err *err)
{
	static const char *const SQL[] = {
	    [DRIVER_SAVEPOINT_SET] = "SAVEPOINT closure",
	    [DRIVER_SAVEPOINT_RELEASE] = "RELEASE closure",
	    [DRIVER_SAVEPOINT_ROLL_BACK] =
		"ROLLBACK TO closure; RELEASE closure",
	};

	return execute(postgresql_of(connection), SQL[what], err);
}

static bool
postgresql_script(
    struct driver_connection *connection, const char *sql, struct err *err)
{
	scoped(memory_freep) char *own = dialect_to_postgresql(sql);

	return execute(postgresql_of(connection), own, err);
}

static void
deallocate(struct postgresql *postgresql, char *name)
{
	scoped(memory_freep) char *sql = memory_format("DEALLOCATE %s", name);
	struct err ignored = ERR_INIT;

	ignore_result(execute(postgresql, sql, &ignored));
	free(name);
}

/* Types are said, not guessed: PostgreSQL would take `?1 <> 0` for int4. */
static bool
prepare(struct postgresql *postgresql, const char *sql,
    const struct store_value *values, unsigned count, const char **out_name,
    struct err *err)
{
	static const Oid TYPES[] = {
	    [STORE_VALUE_INTEGER] = OID_INT8,
	    [STORE_VALUE_TEXT] = OID_TEXT,
	    [STORE_VALUE_BLOB] = OID_BYTEA,
	};
	scoped(memory_freep) char *name = NULL;
	scoped(memory_freep) char *own = NULL;
	scoped(PQclearp) PGresult *result = NULL;
	Oid types[VALUES_MAX];
	char *evicted;

	*out_name = statement_cache_find(&postgresql->cache, sql);
	if (*out_name != NULL)
		return true;
	for (unsigned i = 0; i < count; i++)
		types[i] = TYPES[values[i].kind];
	name = memory_format("w%" PRIu64, postgresql->statement_count++);
	own = dialect_to_postgresql(sql);
	result =
	    PQprepare(postgresql->connection, name, own, (int)count, types);
	if (!is_success(result))
		return set_error(postgresql, result, err);
	*out_name = name;
	evicted = statement_cache_put(&postgresql->cache, sql, take(name));
	if (evicted != NULL)
		deallocate(postgresql, evicted);
	return true;
}

struct parameters {
	const char *data[VALUES_MAX];
	int lengths[VALUES_MAX];
	int formats[VALUES_MAX]; /* 0 text, 1 binary */
	char integers[VALUES_MAX][INTEGER_TEXT_SIZE];
};

static void
parameters_set(
    struct parameters *all, unsigned i, const struct store_value *value)
{
	all->lengths[i] = (int)value->bytes.length;
	all->formats[i] = value->kind != STORE_VALUE_INTEGER;
	if (value->is_null) {
		all->data[i] = NULL;
	} else if (value->kind == STORE_VALUE_INTEGER) {
		snprintf(all->integers[i], INTEGER_TEXT_SIZE, "%" PRId64,
		    value->integer);
		all->data[i] = all->integers[i];
	} else {
		all->data[i] = value->bytes.data == NULL
		    ? ""
		    : (const char *)value->bytes.data;
	}
}

static bool
postgresql_query(struct driver_connection *connection, const char *sql,
    const struct store_value *values, unsigned count,
    struct driver_cursor **out_cursor, struct err *err)
{
	struct postgresql *postgresql = postgresql_of(connection);
	scoped(PQclearp) PGresult *result = NULL;
	struct postgresql_cursor *cursor;
	struct parameters parameters;
	const char *name = NULL;

	check(count <= VALUES_MAX);
	if (!prepare(postgresql, sql, values, count, &name, err))
		return false;
	for (unsigned i = 0; i < count; i++)
		parameters_set(&parameters, i, &values[i]);
	result = PQexecPrepared(postgresql->connection, name, (int)count,
	    parameters.data, parameters.lengths, parameters.formats, 1);
	if (!is_success(result))
		return set_error(postgresql, result, err);
	cursor = memory_zeroed(sizeof(*cursor));
	cursor->base.connection = connection;
	cursor->result = take(result);
	cursor->row = -1;
	*out_cursor = &cursor->base;
	return true;
}

static bool
postgresql_next(struct driver_cursor *base, bool *out_has_row, struct err *err)
{
	struct postgresql_cursor *cursor = (struct postgresql_cursor *)base;

	cursor->row++;
	*out_has_row = cursor->row < PQntuples(cursor->result);
	return true;
}

/* Binary integers are big-endian. */
static int64_t
integer_of(const char *data, Oid type)
{
	int64_t wide;
	int32_t middle;
	int16_t narrow;

	switch (type) {
	case OID_BOOL:
		return *data;
	case OID_INT2:
		memcpy(&narrow, data, sizeof(narrow));
		return (int16_t)be16toh((uint16_t)narrow);
	case OID_INT4:
		memcpy(&middle, data, sizeof(middle));
		return (int32_t)be32toh((uint32_t)middle);
	default:
		memcpy(&wide, data, sizeof(wide));
		return (int64_t)be64toh((uint64_t)wide);
	}
}

static void
postgresql_column(
    struct driver_cursor *base, unsigned column, struct store_value *out_value)
{
	struct postgresql_cursor *cursor = (struct postgresql_cursor *)base;
	int index = (int)column;
	Oid type = PQftype(cursor->result, index);
	const char *data = PQgetvalue(cursor->result, cursor->row, index);
	struct store_value value = {.kind = STORE_VALUE_TEXT};

	if (PQgetisnull(cursor->result, cursor->row, index)) {
		value.is_null = true;
	} else if (type == OID_BOOL || type == OID_INT2 || type == OID_INT4 ||
	    type == OID_INT8) {
		value.kind = STORE_VALUE_INTEGER;
		value.integer = integer_of(data, type);
	} else {
		if (type == OID_BYTEA)
			value.kind = STORE_VALUE_BLOB;
		value.bytes = view_of(data,
		    (size_t)PQgetlength(cursor->result, cursor->row, index));
	}
	*out_value = value;
}

static int64_t
postgresql_changes(struct driver_cursor *base)
{
	struct postgresql_cursor *cursor = (struct postgresql_cursor *)base;
	uint64_t changes = 0;

	if (!view_to_u64(
		view_string(PQcmdTuples(cursor->result)), INT64_MAX, &changes))
		return 0;
	return (int64_t)changes;
}

static void
postgresql_finish(struct driver_cursor *base)
{
	struct postgresql_cursor *cursor = (struct postgresql_cursor *)base;

	PQclear(cursor->result);
	free(cursor);
}

const struct driver driver_postgresql = {
    .name = "postgresql",
    .open = postgresql_open,
    .close = postgresql_close,
    .is_usable = postgresql_is_usable,
    .in_transaction = postgresql_in_transaction,
    .begin = postgresql_begin,
    .commit = postgresql_commit,
    .rollback = postgresql_rollback,
    .savepoint = postgresql_savepoint,
    .script = postgresql_script,
    .query = postgresql_query,
    .next = postgresql_next,
    .column = postgresql_column,
    .changes = postgresql_changes,
    .finish = postgresql_finish,
};
