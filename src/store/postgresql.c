/* The PostgreSQL driver: the one file that knows libpq-fe.h. */
#include <endian.h>
#include <inttypes.h>
#include <libpq-fe.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/dialect.h"
#include "store/driver.h"
#include "store/postgresql_parameters.h"
#include "store/sqlstate.h"
#include "store/statement_cache.h"

enum { /* object identifiers of types, fixed in pg_type.dat */
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,

	STATEMENT_NAME_SIZE = 24,
};

/* "warifu" in ASCII: the advisory lock that makes writers exclude each other,
 * as BEGIN IMMEDIATE does in SQLite. */
#define WRITER_LOCK "131260415043189"

static const char SAVEPOINT_SQL[] = "SAVEPOINT closure";
static const char RELEASE_SQL[] = "RELEASE closure";

struct postgresql {
	struct driver_connection base;
	PGconn *connection;
	struct statement_cache cache;
	uint64_t statement_count;
	bool is_lost;
	char transaction[DRIVER_TRANSACTION_SIZE];
	/* Savepoint commands that travel with the next statement, in this
	 * order: a round trip each would cost more than the statement. */
	bool is_release_due;
	bool is_savepoint_due;
};

struct postgresql_cursor {
	struct driver_cursor base;
	PGresult *result;
	int row; /* of the current one; -1 before the first */
};

DEFINE_SCOPED(PGresult, PQclear)

static struct postgresql *
postgresql_of(struct driver_connection *connection)
{
	return (struct postgresql *)connection;
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

	sqlstate_one_line(result == NULL
		? PQerrorMessage(postgresql->connection)
		: PQresultErrorMessage(result),
	    detail, sizeof(detail));
	if (is_connection_error(postgresql, state)) {
		postgresql->is_lost = true;
		return err_set_code(err, ERR_SYSTEM, "database_unavailable",
		    "the connection to the database is lost (%s)", detail);
	}
	return sqlstate_error(state, detail, err);
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

/* Statements are kept with their plans. The writer's find few rows by their
 * keys: a plan made while a table was small must not read it whole when it has
 * grown, nor be made again for other values or compiled. */
static const char WRITER_SETTINGS[] =
    "; SET enable_seqscan = off; SET enable_hashjoin = off"
    "; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan"
    "; SET jit = off";

static bool
configure(struct postgresql *postgresql, const struct driver_target *target,
    struct err *err)
{
	scoped(memory_freep) char *sql = memory_format(
	    "SET lock_timeout = %" PRId64 "; SET synchronous_commit = on"
	    "; SET idle_in_transaction_session_timeout = 0"
	    "; SET standard_conforming_strings = on%s",
	    target->busy_timeout_ms, target->is_writer ? WRITER_SETTINGS : "");

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
		sqlstate_one_line(PQerrorMessage(postgresql->connection),
		    detail, sizeof(detail));
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
forget_due(struct postgresql *postgresql)
{
	postgresql->is_release_due = false;
	postgresql->is_savepoint_due = false;
}

static void
postgresql_rollback(struct driver_connection *connection)
{
	struct err ignored = ERR_INIT;

	forget_due(postgresql_of(connection));

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
			     "SELECT pg_advisory_xact_lock(" WRITER_LOCK "),"
			     " pg_current_xact_id()",
	};
	struct postgresql *postgresql = postgresql_of(connection);
	scoped(PQclearp) PGresult *result =
	    PQexec(postgresql->connection, SQL[access]);

	if (!is_success(result)) {
		set_error(postgresql, result, err);
		postgresql_rollback(connection);
		return false;
	}
	if (access == DRIVER_WRITE)
		snprintf(postgresql->transaction,
		    sizeof(postgresql->transaction), "%s",
		    PQgetvalue(result, 0, 1));
	return true;
}

static void
postgresql_transaction(struct driver_connection *connection,
    char out_name[DRIVER_TRANSACTION_SIZE])
{
	memcpy(out_name, postgresql_of(connection)->transaction,
	    DRIVER_TRANSACTION_SIZE);
}

/* PostgreSQL documentation, 9.27.10: the status of recent transactions, also
 * of ones before a crash; NULL for one long past. */
static bool
postgresql_fate(struct driver_connection *connection, const char *name,
    enum driver_fate *out_fate, struct err *err)
{
	struct postgresql *postgresql = postgresql_of(connection);
	const char *values[] = {name};
	scoped(PQclearp) PGresult *result = PQexecParams(postgresql->connection,
	    "SELECT coalesce(pg_xact_status($1::text::xid8), '')", 1, NULL,
	    values, NULL, NULL, 0);
	const char *status;

	if (!is_success(result))
		return set_error(postgresql, result, err);
	status = PQgetvalue(result, 0, 0);
	*out_fate = strcmp(status, "committed") == 0 ? DRIVER_FATE_COMMITTED
	    : strcmp(status, "aborted") == 0         ? DRIVER_FATE_UNDONE
						     : DRIVER_FATE_UNKNOWN;
	return true;
}

static bool
postgresql_commit(struct driver_connection *connection, struct err *err)
{
	struct postgresql *postgresql = postgresql_of(connection);
	scoped(PQclearp) PGresult *result =
	    PQexec(postgresql->connection, "COMMIT");

	forget_due(postgresql);
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
send_due(struct postgresql *postgresql, struct err *err)
{
	bool is_release_due = postgresql->is_release_due;
	bool is_savepoint_due = postgresql->is_savepoint_due;

	forget_due(postgresql);
	return (!is_release_due || execute(postgresql, RELEASE_SQL, err)) &&
	    (!is_savepoint_due || execute(postgresql, SAVEPOINT_SQL, err));
}

static bool
postgresql_savepoint(struct driver_connection *connection,
    enum driver_savepoint what, struct err *err)
{
	struct postgresql *postgresql = postgresql_of(connection);
	bool is_empty = postgresql->is_savepoint_due;

	switch (what) {
	case DRIVER_SAVEPOINT_SET:
		postgresql->is_savepoint_due = true;
		return true;
	case DRIVER_SAVEPOINT_RELEASE:
		postgresql->is_savepoint_due = false;
		postgresql->is_release_due |= !is_empty;
		return true;
	case DRIVER_SAVEPOINT_ROLL_BACK:
		postgresql->is_savepoint_due = false;
		return is_empty ||
		    execute(postgresql, "ROLLBACK TO closure; RELEASE closure",
			err);
	}
	unreachable();
}

static bool
postgresql_script(
    struct driver_connection *connection, const char *sql, struct err *err)
{
	scoped(memory_freep) char *own = dialect_to_postgresql(sql);

	return send_due(postgresql_of(connection), err) &&
	    execute(postgresql_of(connection), own, err);
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
	Oid types[POSTGRESQL_VALUES_MAX];
	char *evicted;

	*out_name = statement_cache_find(&postgresql->cache, sql);
	if (*out_name != NULL)
		return true;
	/* Behind the savepoint, as a failure of its own spoils what is before
	 * it otherwise. */
	if (!send_due(postgresql, err))
		return false;
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

static bool
send_statement(struct postgresql *postgresql, const char *name, unsigned count,
    const struct postgresql_parameters *parameters)
{
	return PQsendQueryPrepared(postgresql->connection, name, (int)count,
		   parameters->data, parameters->lengths, parameters->formats,
		   1) == 1;
}

static bool
send_command(struct postgresql *postgresql, const char *sql)
{
	return PQsendQueryParams(postgresql->connection, sql, 0, NULL, NULL,
		   NULL, NULL, 0) == 1;
}

/* The results of everything up to the synchronisation; the last one, or the
 * first failure, is given. NULL: the connection failed. */
static PGresult *
receive_all(struct postgresql *postgresql)
{
	PGresult *kept = NULL;
	unsigned nothing = 0;

	/* NULL ends each command's results; two in a row end all. */
	while (nothing < 2) {
		PGresult *result = PQgetResult(postgresql->connection);

		nothing = result == NULL ? nothing + 1 : 0;
		if (result == NULL)
			continue;
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			return kept;
		}
		if (kept != NULL && !is_success(kept)) {
			PQclear(result);
			continue;
		}
		PQclear(kept);
		kept = result;
	}
	postgresql->is_lost = true;
	return kept;
}

/* RELEASE, SAVEPOINT and the statement in one round trip. */
static PGresult *
run_with_due(struct postgresql *postgresql, const char *name, unsigned count,
    const struct postgresql_parameters *parameters)
{
	PGconn *connection = postgresql->connection;
	PGresult *result = NULL;
	bool is_sent = PQenterPipelineMode(connection) == 1;

	if (is_sent && postgresql->is_release_due)
		is_sent = send_command(postgresql, RELEASE_SQL);
	if (is_sent && postgresql->is_savepoint_due)
		is_sent = send_command(postgresql, SAVEPOINT_SQL);
	is_sent = is_sent &&
	    send_statement(postgresql, name, count, parameters) &&
	    PQpipelineSync(connection) == 1;
	forget_due(postgresql);
	if (is_sent)
		result = receive_all(postgresql);
	if (!is_sent || PQexitPipelineMode(connection) != 1)
		postgresql->is_lost = true;
	return result;
}

static PGresult *
run_statement(struct postgresql *postgresql, const char *name, unsigned count,
    const struct postgresql_parameters *parameters)
{
	if (postgresql->is_release_due || postgresql->is_savepoint_due)
		return run_with_due(postgresql, name, count, parameters);
	return PQexecPrepared(postgresql->connection, name, (int)count,
	    parameters->data, parameters->lengths, parameters->formats, 1);
}

static bool
postgresql_query(struct driver_connection *connection, const char *sql,
    const struct store_value *values, unsigned count,
    struct driver_cursor **out_cursor, struct err *err)
{
	struct postgresql *postgresql = postgresql_of(connection);
	scoped(PQclearp) PGresult *result = NULL;
	struct postgresql_cursor *cursor;
	struct postgresql_parameters parameters;
	const char *name = NULL;

	check(count <= POSTGRESQL_VALUES_MAX);
	if (!prepare(postgresql, sql, values, count, &name, err))
		return false;
	for (unsigned i = 0; i < count; i++)
		postgresql_parameters_set(&parameters, i, &values[i]);
	result = run_statement(postgresql, name, count, &parameters);
	if (!is_success(result) || postgresql->is_lost)
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
    .transaction = postgresql_transaction,
    .fate = postgresql_fate,
    .savepoint = postgresql_savepoint,
    .script = postgresql_script,
    .query = postgresql_query,
    .next = postgresql_next,
    .column = postgresql_column,
    .changes = postgresql_changes,
    .finish = postgresql_finish,
};
