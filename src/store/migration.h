/*
 * The schema's history: numbered SQL files, embedded with their SHA-256 and
 * recorded in the database when applied. A file that was ever released is
 * never edited; a change is a new file.
 */
#ifndef STORE_MIGRATION_H
#define STORE_MIGRATION_H

#include "store/driver.h"

struct migration {
	int64_t number; /* 1, 2, … without gaps */
	const char *name;
	const char *checksum;
	const char *sql;
};

extern const struct migration MIGRATIONS[];
extern const unsigned MIGRATION_COUNT;

/* Bring the database to the schema `last` (MIGRATION_COUNT: this program's),
 * all in one transaction, which other processes wait for. ERR_SYSTEM
 * database_newer or database_foreign: nothing was changed. */
must_use bool migration_run(
    struct driver_connection *connection, unsigned last, struct err *err);

#endif
