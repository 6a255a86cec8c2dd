/*
 * Inside src/crypto only: judging one certificate by a set of anchors, and the
 * one table of what can be wrong with it.
 */
#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include "crypto/openssl.h"

enum chain_fault {
	CHAIN_FAULT_NONE,
	CHAIN_FAULT_EXPIRED,
	CHAIN_FAULT_NOT_YET_VALID,
	CHAIN_FAULT_UNKNOWN_ISSUER,
	CHAIN_FAULT_WRONG_USAGE,
	CHAIN_FAULT_WRONG_SUBJECT,
	CHAIN_FAULT_REVOKED,
	CHAIN_FAULT_INVALID,
};

struct chain_fault_words {
	const char *code;
	const char *sentence;
	int x509_error; /* what OpenSSL turns into the right alert */
};

must_use const struct chain_fault_words *
chain_fault_words(enum chain_fault fault);

/* When every certificate of a chain is valid. */
struct chain_window {
	int64_t from_ms;
	int64_t until_ms;
};

/* An empty store for chain_check; never NULL. */
must_use X509_STORE *chain_store_new(void);
/* What stays true while the store is the same: signatures, strength, purpose
 * by OpenSSL's rules. Intermediate certificates that a peer sends are not
 * looked at. out is set with CHAIN_FAULT_NONE alone. */
must_use enum chain_fault chain_check(X509_STORE *store, X509 *leaf,
    enum certificate_profile purpose, struct chain_window *out);
/* Dates; the allowance widens them on both sides. */
must_use enum chain_fault chain_judge_dates(
    const struct chain_window *window, int64_t at_ms, int64_t allowance_ms);
/* The usage that the certificate itself states. */
must_use enum chain_fault
chain_judge_usage(X509 *leaf, enum certificate_profile purpose);

#endif
