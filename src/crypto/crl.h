/*
 * Certificate revocation lists, version 2 (RFC 5280 section 5): signed by the
 * signer, read by judges in tests and by agents.
 */
#ifndef CRYPTO_CRL_H
#define CRYPTO_CRL_H

#include "crypto/certificate.h"

enum revocation_reason { /* the numbers of RFC 5280 section 5.3.1 */
	REVOCATION_UNSPECIFIED = 0,
	REVOCATION_KEY_COMPROMISE = 1,
	REVOCATION_AFFILIATION_CHANGED = 3,
	REVOCATION_SUPERSEDED = 4,
	REVOCATION_CESSATION = 5,
};

struct crl_entry {
	const char *serial; /* hexadecimal, as certificate_serial() */
	int64_t revoked_ms;
	enum revocation_reason reason;
};

struct crl_template {
	const struct certificate *issuer;
	const struct key *issuer_key;
	uint64_t number; /* never falls */
	int64_t this_update_ms;
	int64_t next_update_ms;
	const struct crl_entry *entries;
	size_t entry_count;
};

/* Append the list's DER to out. */
must_use bool
crl_make(const struct crl_template *template, struct buf *out, struct err *err);

#endif
