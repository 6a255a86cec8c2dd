/*
 * The hashes of passwords that a user had before, so that none comes back too
 * soon. The caller makes and compares them; the store keeps the texts.
 */
#ifndef STORE_PASSWORD_HISTORY_H
#define STORE_PASSWORD_HISTORY_H

#include "store/user.h"

enum {
	STORE_PASSWORD_HISTORY_MAX = 24,
};

struct store_password_history {
	char hashes[STORE_PASSWORD_HISTORY_MAX][STORE_PASSWORD_HASH_SIZE];
	size_t count;
};

/* Remember one that is being replaced, and forget all of the user's but the
 * latest `keep` (0: all). */
must_use bool
store_password_history_add(struct store_tx *tx, const char *user_id,
    const char *password_hash, int64_t at, unsigned keep, struct err *err);
/* The latest ones, newest first. */
must_use bool
store_password_history_get(struct store_reader *reader, const char *user_id,
    struct store_password_history *out_history, struct err *err);

#endif
