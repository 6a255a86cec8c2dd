/* Failed attempts per key, in a table of fixed size. */
#include "server/core/api/throttle.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <uthash.h>

#include "base/bytes.h"
#include "base/memory.h"

struct entry {
	char key[THROTTLE_KEY_SIZE];
	unsigned failures;
	int64_t last_ms;
	bool is_locked;
	int64_t locked_ms; /* when */
	UT_hash_handle hh; /* in the order of the last failure */
};

struct throttle {
	pthread_mutex_t lock;
	struct entry *entries;
};

struct throttle *
throttle_new(void)
{
	struct throttle *throttle = memory_zeroed(sizeof(*throttle));

	pthread_mutex_init(&throttle->lock, NULL);
	return throttle;
}

static void
entry_remove(struct throttle *throttle, struct entry *entry)
{
	HASH_DEL(throttle->entries, entry);
	free(entry);
}

void
throttle_free(struct throttle *throttle)
{
	if (throttle == NULL)
		return;
	while (throttle->entries != NULL)
		entry_remove(throttle, throttle->entries);
	pthread_mutex_destroy(&throttle->lock);
	free(throttle);
}

static struct entry *
entry_find(struct throttle *throttle, const char *key)
{
	struct entry *entry;

	HASH_FIND_STR(throttle->entries, key, entry);
	return entry;
}

/* The entry at the end of the order, made anew or kept from before. */
static struct entry *
entry_renew(struct throttle *throttle, const char *key)
{
	struct entry *entry = entry_find(throttle, key);

	if (entry != NULL) {
		HASH_DEL(throttle->entries, entry);
	} else {
		if (HASH_COUNT(throttle->entries) >= THROTTLE_KEYS_MAX)
			entry_remove(throttle, throttle->entries);
		entry = memory_zeroed(sizeof(*entry));
		snprintf(entry->key, sizeof(entry->key), "%s", key);
	}
	HASH_ADD_STR(throttle->entries, key, entry);
	return entry;
}

int64_t
throttle_locked_ms(struct throttle *throttle, const char *key,
    const struct throttle_rule *rule, int64_t now_ms)
{
	struct entry *entry;
	int64_t left = 0;

	pthread_mutex_lock(&throttle->lock);
	entry = entry_find(throttle, key);
	if (entry != NULL && entry->is_locked &&
	    entry->locked_ms + rule->window_ms > now_ms)
		left = entry->locked_ms + rule->window_ms - now_ms;
	pthread_mutex_unlock(&throttle->lock);
	return left;
}

bool
throttle_fail(struct throttle *throttle, const char *key,
    const struct throttle_rule *rule, int64_t now_ms)
{
	struct entry *entry;
	bool locks;

	pthread_mutex_lock(&throttle->lock);
	entry = entry_renew(throttle, key);
	if (now_ms - entry->last_ms > rule->window_ms)
		entry->failures = 0;
	entry->last_ms = now_ms;
	locks = ++entry->failures >= rule->limit;
	if (locks) {
		entry->failures = 0;
		entry->is_locked = true;
		entry->locked_ms = now_ms;
	}
	pthread_mutex_unlock(&throttle->lock);
	return locks;
}

unsigned
throttle_succeed(struct throttle *throttle, const char *key)
{
	struct entry *entry;
	unsigned failures = 0;

	pthread_mutex_lock(&throttle->lock);
	entry = entry_find(throttle, key);
	if (entry != NULL) {
		failures = entry->failures;
		entry_remove(throttle, entry);
	}
	pthread_mutex_unlock(&throttle->lock);
	return failures;
}

void
throttle_forgive(struct throttle *throttle, const char *key, unsigned count)
{
	struct entry *entry;

	pthread_mutex_lock(&throttle->lock);
	entry = entry_find(throttle, key);
	if (entry != NULL)
		entry->failures -=
		    count < entry->failures ? count : entry->failures;
	pthread_mutex_unlock(&throttle->lock);
}

void
throttle_address_key(const char *address, char out[THROTTLE_KEY_SIZE])
{
	struct in6_addr six;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, address, &six) == 1 &&
	    !IN6_IS_ADDR_V4MAPPED(&six)) {
		memset(six.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &six, text, sizeof(text));
		address = text;
	}
	snprintf(out, THROTTLE_KEY_SIZE, "%s", address);
}
