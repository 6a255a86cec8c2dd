/* Prepared statements of one connection by their SQL. */
#include "store/statement_cache.h"

#include <string.h>

#include "base/memory.h"

static uint64_t
hash_of(const char *text) /* FNV-1a */
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

void *
statement_cache_find(struct statement_cache *cache, const char *sql)
{
	uint64_t hash = hash_of(sql);

	for (unsigned i = 0; i < cache->count; i++) {
		struct statement_cache_entry *entry = &cache->entries[i];

		if (entry->hash == hash && strcmp(entry->sql, sql) == 0) {
			entry->used = ++cache->clock;
			return entry->handle;
		}
	}
	return NULL;
}

static struct statement_cache_entry *
longest_unused(struct statement_cache *cache)
{
	struct statement_cache_entry *oldest = &cache->entries[0];

	for (unsigned i = 1; i < cache->count; i++)
		if (cache->entries[i].used < oldest->used)
			oldest = &cache->entries[i];
	return oldest;
}

void *
statement_cache_put(
    struct statement_cache *cache, const char *sql, void *handle)
{
	struct statement_cache_entry *entry;
	void *evicted = NULL;

	if (cache->count < STATEMENT_CACHE_SIZE) {
		entry = &cache->entries[cache->count++];
	} else {
		entry = longest_unused(cache);
		evicted = entry->handle;
		free(entry->sql);
	}
	*entry = (struct statement_cache_entry){.sql = memory_string(sql),
	    .hash = hash_of(sql),
	    .used = ++cache->clock,
	    .handle = handle};
	return evicted;
}

void
statement_cache_done(
    struct statement_cache *cache, void (*release)(void *handle))
{
	for (unsigned i = 0; i < cache->count; i++) {
		release(cache->entries[i].handle);
		free(cache->entries[i].sql);
	}
	memset(cache, 0, sizeof(*cache));
}
