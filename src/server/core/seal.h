/*
 * Secrets that the database has to give back: sealed under a key that it does
 * not hold, so that a stolen database, or a backup of it, opens nothing.
 *
 * The key is 32 random octets in DIRECTORY/sealing-key (0600), made with the
 * first secret. A sealed text is "1." and the base64url of nonce and
 * XChaCha20-Poly1305 ciphertext; purpose and owner are authenticated with it,
 * so that no row can be put in another's place. Without the key, or with
 * another one, it stays closed for good: ERR_SYSTEM "secret_unreadable".
 * Worker threads of core.
 */
#ifndef SERVER_CORE_SEAL_H
#define SERVER_CORE_SEAL_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"
#include "store/two_factor.h"

enum {
	SEAL_BYTES_MAX = 32,
};

/* directory: core's own. owner: the id of whose it is. */
must_use bool
seal_close(const char *directory, const char *purpose, const char *owner,
    struct view plain, char out[STORE_SEALED_SIZE], struct err *err);
must_use bool
seal_open(const char *directory, const char *purpose, const char *owner,
    const char *sealed, struct secret **out, struct err *err);

#endif
