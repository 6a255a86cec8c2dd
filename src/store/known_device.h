/*
 * Browsers and programs that a user has signed in with before, by the SHA-256
 * of a random token that they keep. Such a token opens nothing: it tells a
 * user's own devices from strangers when failed attempts are counted.
 */
#ifndef STORE_KNOWN_DEVICE_H
#define STORE_KNOWN_DEVICE_H

#include "store/store.h"

enum {
	STORE_KNOWN_DEVICES_MAX = 32, /* of one user */
};

must_use bool
store_known_device_exists(struct store_reader *reader, const char *user_id,
    const char *token_hash, bool *out_exists, struct err *err);
/* Is used now, and is known from now on; of more than STORE_KNOWN_DEVICES_MAX
 * those not used for longest are forgotten. */
must_use bool store_known_device_put(struct store_tx *tx, const char *user_id,
    const char *token_hash, int64_t at, struct err *err);
/* All of a user. */
must_use bool store_known_device_delete_of_user(
    struct store_tx *tx, const char *user_id, struct err *err);

#endif
