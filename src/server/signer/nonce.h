/*
 * Nonces for renewal proofs: the time and a MAC over it and the agent's id, so
 * that nothing has to be remembered. Good for an hour, for that agent alone;
 * using one again gains nothing, because each key is certified once.
 */
#ifndef SERVER_SIGNER_NONCE_H
#define SERVER_SIGNER_NONCE_H

#include "base/id.h"
#include "base/secret.h"

enum {
	NONCE_BYTES = 40,
};

void nonce_make(const struct secret *key, const char *agent_id, int64_t now_ms,
    uint8_t out[NONCE_BYTES]);
must_use bool nonce_is_good(const struct secret *key, const char *agent_id,
    struct view nonce, int64_t now_ms);

#endif
