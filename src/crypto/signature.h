/*
 * Signatures over a message with SHA-256: ECDSA (FIPS 186-5) for EC keys,
 * RSASSA-PKCS1-v1_5 (RFC 8017) for RSA keys.
 *
 * There are two forms for ECDSA: the DER SEQUENCE that X.509 uses, and the
 * fixed r || s of JOSE (RFC 7518 section 3.4), for P-256 alone. The caller
 * decides what the message is; a process that signs for others builds that
 * message itself.
 */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "crypto/key.h"

enum {
	SIGNATURE_MAX = 512, /* bytes: RSA of 4096 bits */
	SIGNATURE_RAW_SIZE = 64,
};

/* Append the signature (DER for ECDSA) to out. */
must_use bool signature_make(const struct key *key, struct view message,
    struct buf *out, struct err *err);
/* False with ERR_CRYPTO and code "signature_wrong" when it does not fit. */
must_use bool signature_verify(const struct key *key, struct view message,
    struct view signature, struct err *err);

must_use bool signature_make_raw(const struct key *key, struct view message,
    uint8_t out[SIGNATURE_RAW_SIZE], struct err *err);
must_use bool signature_verify_raw(const struct key *key, struct view message,
    struct view signature, struct err *err);

#endif
