/*
 * Prepared statements of one connection by their SQL, a bounded number; the
 * longest unused makes room. Handles belong to the driver.
 */
#ifndef STORE_STATEMENT_CACHE_H
#define STORE_STATEMENT_CACHE_H

#include <stdint.h>

#include "base/attributes.h"

enum {
	STATEMENT_CACHE_SIZE = 96
};

struct statement_cache {
	struct statement_cache_entry {
		char *sql;
		uint64_t hash;
		uint64_t used;
		void *handle;
	} entries[STATEMENT_CACHE_SIZE];
	unsigned count;
	uint64_t clock;
};

/* NULL when it is not there. */
must_use void *
statement_cache_find(struct statement_cache *cache, const char *sql);
/* Copies sql. Returns the handle that had to go, or NULL. */
must_use void *statement_cache_put(
    struct statement_cache *cache, const char *sql, void *handle);
/* Empties it, giving every handle to release. */
void statement_cache_done(
    struct statement_cache *cache, void (*release)(void *handle));

#endif
