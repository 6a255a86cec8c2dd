/*
 * Inside src/crypto only: judging an agent's certificate during the handshake.
 */
#ifndef CRYPTO_TLS_JUDGE_H
#define CRYPTO_TLS_JUDGE_H

#include "crypto/chain.h"
#include "crypto/tls_server.h"
#include "crypto/trust.h"

/* Everything about leaf; *out is complete only with CHAIN_FAULT_NONE. */
must_use enum chain_fault tls_judge_agent(const struct trust *trust, X509 *leaf,
    int64_t now_ms, struct tls_peer *out);

#endif
