/*
 * What a reader and a transaction are made of; for this folder only.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/driver.h"
#include "store/scope.h"
#include "store/store.h"

struct store_reader {
	struct driver_connection *connection;
	struct store *store; /* NULL in the writer */
	unsigned slot;
	struct store_scope scope; /* what it is limited by */
	/* The first failed statement: a transaction with one cannot commit,
	 * even if its closure passed over the failure. */
	bool has_failed;
	struct err failure;
};

struct store_tx {
	struct store_reader reader;
};

static inline const struct driver *
reader_driver(const struct store_reader *reader)
{
	return reader->connection->driver;
}

static inline void
reader_note_failure(struct store_reader *reader, const struct err *err)
{
	if (!reader->has_failed)
		reader->failure = *err;
	reader->has_failed = true;
}

#endif
