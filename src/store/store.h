/*
 * The database: one store, on SQLite or PostgreSQL, chosen at run time.
 *
 * Owner: core alone; every function may be called from any of its threads.
 * Reads go over a pool of connections: a reader sees one snapshot, taken at its
 * first query, and must be closed soon (it keeps old pages alive). Writes are
 * closures handed to one writer thread, which runs all that are waiting inside
 * one transaction, each behind a savepoint of its own, and wakes their callers
 * after the commit. Where several shared the latest one, it first waits a few
 * milliseconds for as many. A closure that returns false undoes itself alone. A
 * closure may be run more than once (the last run counts), so it sets
 * everything in its context afresh, talks to nobody but the store, and never
 * waits.
 *
 * Several processes may have the same database open: writers exclude each other
 * in the database.
 *
 * Errors that any function of this folder may give, as category and code:
 *   ERR_SYSTEM database_full         no space is left; works again by itself
 *   ERR_SYSTEM database_busy         locked by another for longer than the
 * limit ERR_SYSTEM database_unavailable  not reachable, or its file is not
 * usable ERR_SYSTEM database_error        anything else that the database
 * refused ERR_SYSTEM database_newer        its schema is newer than this
 * program ERR_SYSTEM database_foreign      its schema is not what a migration
 * made ERR_UNCERTAIN database_uncertain a commit's fate is unknown
 *   ERR_MALFORMED text_invalid       a text is not UTF-8 or has a NUL
 *   ERR_MALFORMED cursor_invalid     not a cursor of this list and sort
 *   ERR_NOT_FOUND NOUN_not_found     e.g. computer_not_found
 * Nothing needs a restart to recover: a lost connection is made again.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "base/id.h"
#include "base/limits.h"

struct store;
struct store_reader; /* one snapshot on a pooled connection */
struct store_tx;     /* the writer's transaction, inside a closure */

enum {
	/* Sizes of text members, with the end. */
	STORE_NAME_SIZE = LIMIT_NAME + 1,
	STORE_HOSTNAME_SIZE = 256,
	STORE_ADDRESS_SIZE = 64, /* IPv6 with a scope */
	STORE_VERSION_SIZE = 64,
	STORE_SERIAL_SIZE = 41, /* certificate serial: lower-case hex */
	STORE_SHA256_SIZE = 65, /* lower-case hex */
	STORE_SUBJECT_SIZE = 256,
	STORE_COMMENT_SIZE = LIMIT_COMMENT + 1,
	STORE_CURSOR_SIZE = 768,

	STORE_PAGE_DEFAULT = 50,
	STORE_PAGE_MAX = 1000,

	STORE_BATCH_MAX = 32,
};

struct store_options {
	/* "sqlite:PATH", "postgresql://…" or "postgresql:CONNINFO" (the forms
	 * of libpq, PostgreSQL documentation 34.1.1) */
	const char *location;
	unsigned read_connections; /* 0: 8 */
	int64_t busy_timeout_ms;   /* waiting for a lock; 0: 5000 */
};

/* Open, and bring the schema to this program's version. Borrowed options. */
must_use bool store_open(const struct store_options *options,
    struct store **out_store, struct err *err);
/* Finishes the writes that wait; all readers must be closed. Takes NULL. */
void store_close(struct store *store);
DEFINE_SCOPED(struct store, store_close)

/* Waits for a free connection, at most the busy timeout. */
must_use bool store_reader_open(
    struct store *store, struct store_reader **out_reader, struct err *err);
void store_reader_close(struct store_reader *reader); /* takes NULL */
DEFINE_SCOPED(struct store_reader, store_reader_close)

typedef bool
store_write_fn(struct store_tx *tx, void *context, struct err *err);

/* Run fn in the next transaction and wait until it is on the disk. False: fn's
 * own error (nothing of it was done), one of the errors above (nothing was
 * done), or ERR_UNCERTAIN (it may have been done). */
must_use bool store_write(
    struct store *store, store_write_fn *fn, void *context, struct err *err);

/* The same for small things that many threads write at once: fn is given the
 * contexts of those that wait, up to STORE_BATCH_MAX, so that a few statements
 * write them all. When it fails all of them are undone, and each is run once
 * more in a batch of its own, whose error is then its own. */
typedef bool store_batch_fn(struct store_tx *tx, void *const contexts[],
    unsigned count, struct err *err);
must_use bool store_write_batch(
    struct store *store, store_batch_fn *fn, void *context, struct err *err);

/* To read inside a closure; lives as long as tx and is not closed. */
must_use struct store_reader *store_tx_reader(struct store_tx *tx);

struct store_status {
	const char *driver; /* "sqlite" or "postgresql" */
	int64_t schema_version;
	bool is_available;        /* what the last access said */
	char write_error[48];     /* code of the last write, "": it worked */
	char last_error_code[48]; /* of the last failed access, or "" */
	char last_error[ERR_SENTENCE_MAX];
	int64_t last_error_at; /* ms since 1970, 0: never */
	uint64_t writes;       /* closures committed */
	uint64_t commits;      /* transactions committed */
	uint64_t write_failures;
	uint64_t largest_group; /* closures in one transaction */
};

void store_status(struct store *store, struct store_status *out_status);
/* A question to the database itself, for readiness. */
must_use bool store_ping(struct store *store, struct err *err);
/* For writes that come in crowds and come again: false after one that failed
 * because the database is locked or away, but for one caller a second, who
 * finds out whether it still is. So a crowd is not kept waiting for it. */
must_use bool store_may_write(struct store *store, struct err *err);
/* Whether the database takes writes: what the last one said, and where that
 * was a failure, what one more says now. */
must_use bool store_ping_write(struct store *store, struct err *err);

/* A part of a sorted list. The cursor is what the part before gave as `next`;
 * NULL or "" is the beginning. limit 0: STORE_PAGE_DEFAULT; above
 * STORE_PAGE_MAX: that. */
struct store_page {
	const char *cursor;
	unsigned limit;
};

/* Copy text, cut between characters where it is too long; NULL gives "". */
void store_text_copy(char *out, size_t out_size, const char *text);

#endif
