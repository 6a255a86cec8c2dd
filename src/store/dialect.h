/*
 * From the shared SQL to what one database understands. Pure text work;
 * quoted literals and names are left alone.
 */
#ifndef STORE_DIALECT_H
#define STORE_DIALECT_H

#include "base/attributes.h"

/* COLLATE "C" goes: SQLite compares bytes anyway. Allocated. */
must_use char *dialect_to_sqlite(const char *sql);
/* ?7 becomes $7, WITHOUT ROWID goes. Allocated. */
must_use char *dialect_to_postgresql(const char *sql);

#endif
