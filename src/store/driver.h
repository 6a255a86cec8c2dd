/*
 * What a database driver offers to the rest of this folder.
 *
 * SQL is written once, in the words that SQLite and PostgreSQL share: ?1, ?2 …
 * for parameters, BIGINT, TEXT COLLATE "C", BYTEA, ON CONFLICT; each driver
 * rewrites what its database says otherwise (dialect.h). A connection is used
 * by one thread at a time. Errors carry the codes of store.h.
 */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "base/bytes.h"
#include "base/err.h"

enum store_value_kind {
	STORE_VALUE_INTEGER,
	STORE_VALUE_TEXT,
	STORE_VALUE_BLOB,
};

struct store_value {
	enum store_value_kind kind;
	bool is_null;
	int64_t integer;
	struct view bytes; /* borrowed */
};

struct driver;

struct driver_connection { /* each driver's own begins with this */
	const struct driver *driver;
};

struct driver_cursor { /* likewise */
	struct driver_connection *connection;
};

struct driver_target {
	const char *name; /* a path, or libpq's connection string */
	int64_t busy_timeout_ms;
	bool may_create; /* make the database where there is none */
	bool is_writer;  /* finds by keys, with statements kept for long */
};

enum driver_access {
	DRIVER_READ,  /* one snapshot, writes refused */
	DRIVER_WRITE, /* excludes every other writer of any process */
};

enum driver_savepoint {
	DRIVER_SAVEPOINT_SET,
	DRIVER_SAVEPOINT_RELEASE,
	DRIVER_SAVEPOINT_ROLL_BACK, /* and release */
};

enum driver_fate {
	DRIVER_FATE_COMMITTED,
	DRIVER_FATE_UNDONE,
	DRIVER_FATE_UNKNOWN,
};

enum {
	DRIVER_TRANSACTION_SIZE = 24
}; /* a transaction's name, with the end */

struct driver {
	const char *name;
	bool (*open)(const struct driver_target *target,
	    struct driver_connection **out_connection, struct err *err);
	void (*close)(struct driver_connection *connection);
	/* False: the connection is lost, close it and open another. */
	bool (*is_usable)(struct driver_connection *connection);
	/* False after an error that ended the transaction. */
	bool (*in_transaction)(struct driver_connection *connection);
	bool (*begin)(struct driver_connection *connection,
	    enum driver_access access, struct err *err);
	/* ERR_UNCERTAIN when it may have happened; any other error: it has
	 * not. The transaction is over either way. */
	bool (*commit)(struct driver_connection *connection, struct err *err);
	void (*rollback)(struct driver_connection *connection);
	/* For databases that remember what became of a transaction; NULL for
	 * others. The name of the one that is begun for writing; */
	void (*transaction)(struct driver_connection *connection,
	    char out_name[DRIVER_TRANSACTION_SIZE]);
	/* and its fate, asked on another connection once its own is lost and
	 * it no longer excludes writers. */
	bool (*fate)(struct driver_connection *connection, const char *name,
	    enum driver_fate *out_fate, struct err *err);
	bool (*savepoint)(struct driver_connection *connection,
	    enum driver_savepoint what, struct err *err);
	/* Several statements without parameters, for migrations. */
	bool (*script)(struct driver_connection *connection, const char *sql,
	    struct err *err);
	/* The values are borrowed until finish. */
	bool (*query)(struct driver_connection *connection, const char *sql,
	    const struct store_value *values, unsigned count,
	    struct driver_cursor **out_cursor, struct err *err);
	bool (*next)(
	    struct driver_cursor *cursor, bool *out_has_row, struct err *err);
	/* Of the current row; bytes are borrowed until the next call. */
	void (*column)(struct driver_cursor *cursor, unsigned column,
	    struct store_value *out_value);
	/* Rows changed, once next() has said that there is no row. */
	int64_t (*changes)(struct driver_cursor *cursor);
	void (*finish)(struct driver_cursor *cursor);
};

extern const struct driver driver_sqlite;
extern const struct driver driver_postgresql;

#endif
