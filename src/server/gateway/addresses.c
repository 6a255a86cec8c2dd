/* How many connections each address has. */
#include <arpa/inet.h>
#include <string.h>

#include <uthash.h>

#include "base/check.h"
#include "base/memory.h"
#include "server/gateway/gateway.h"

/* IPv4 in the first four bytes, or the first half of an IPv6 address: one
 * household or machine commonly has a whole /64. */
struct address_key {
	uint8_t family;
	uint8_t bytes[8];
};

struct address_entry {
	struct address_key key;
	size_t count;
	UT_hash_handle hh;
};

struct addresses {
	struct address_entry *entries;
};

struct addresses *
addresses_new(void)
{
	return memory_zeroed(sizeof(struct addresses));
}

void
addresses_free(struct addresses *addresses)
{
	struct address_entry *entry, *next;

	if (addresses == NULL)
		return;
	HASH_ITER (hh, addresses->entries, entry, next) {
		HASH_DEL(addresses->entries, entry);
		free(entry);
	}
	free(addresses);
}

static struct address_key
make_key(const char *address)
{
	struct address_key key = {0};
	uint8_t bytes[16] = {0};

	key.family = inet_pton(AF_INET, address, bytes) == 1 ? 4 : 6;
	if (key.family == 6)
		(void)inet_pton(AF_INET6, address, bytes);
	memcpy(key.bytes, bytes, sizeof(key.bytes));
	return key;
}

static struct address_entry *
find(struct addresses *addresses, const struct address_key *key)
{
	struct address_entry *entry;

	HASH_FIND(hh, addresses->entries, key, sizeof(*key), entry);
	return entry;
}

bool
addresses_enter(struct addresses *addresses, const char *address, size_t max)
{
	struct address_key key = make_key(address);
	struct address_entry *entry = find(addresses, &key);

	if (entry == NULL) {
		entry = memory_zeroed(sizeof(*entry));
		entry->key = key;
		HASH_ADD(hh, addresses->entries, key, sizeof(key), entry);
	}
	if (entry->count >= max)
		return false;
	entry->count++;
	return true;
}

void
addresses_leave(struct addresses *addresses, const char *address)
{
	struct address_key key = make_key(address);
	struct address_entry *entry = find(addresses, &key);

	check(entry != NULL && entry->count > 0);
	if (--entry->count > 0)
		return;
	HASH_DEL(addresses->entries, entry);
	free(entry);
}
