/*
 * Counting failed attempts by a key (an address, a name) in bounded memory.
 *
 * After `limit` failures, none more than `window_ms` after the one before, the
 * key is locked for `window_ms`. Both come with each call, for they may change
 * at any time. The table forgets the key that failed longest ago when it is
 * full; a stranger with very many addresses can therefore make it forget, but
 * not grow. Any thread.
 */
#ifndef SERVER_CORE_API_THROTTLE_H
#define SERVER_CORE_API_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

enum {
	THROTTLE_KEYS_MAX = 4096,
	THROTTLE_KEY_SIZE = 160,
};

struct throttle;

struct throttle_rule {
	unsigned limit;
	int64_t window_ms;
};

must_use struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle); /* takes NULL */
DEFINE_SCOPED(struct throttle, throttle_free)

/* Milliseconds until the key is free again; 0: it is. */
must_use int64_t throttle_locked_ms(struct throttle *throttle, const char *key,
    const struct throttle_rule *rule, int64_t now_ms);
/* Count a failure; true when it is the one that locks the key. */
bool throttle_fail(struct throttle *throttle, const char *key,
    const struct throttle_rule *rule, int64_t now_ms);
/* Forget the key's failures and its lock; how many failures were counted since
 * the last lock. */
unsigned throttle_succeed(struct throttle *throttle, const char *key);
/* Take back so many failures of a key; a lock stays. */
void
throttle_forgive(struct throttle *throttle, const char *key, unsigned count);

/* The key of an address: IPv6 by its /64, for one host has all of that. */
void throttle_address_key(const char *address, char out[THROTTLE_KEY_SIZE]);

#endif
