/*
 * Certificate requests (PKCS#10, RFC 2986): read by the signer, made by the
 * agent.
 *
 * Reading is strict, bounded and includes the proof of possession: there is no
 * struct certificate_request whose own signature was not verified. Refusals:
 * ERR_MALFORMED "request_malformed", ERR_DENIED "key_type" and "key_weak",
 * ERR_CRYPTO "request_signature".
 *
 * Two attributes are ours (crypto/oid.h), each at most once, each with exactly
 * one value. Other attributes and everything about the wished subject and
 * extensions are read past; the signer writes its own.
 */
#ifndef CRYPTO_CERTIFICATE_REQUEST_H
#define CRYPTO_CERTIFICATE_REQUEST_H

#include "crypto/certificate.h"

enum {
	CERTIFICATE_REQUEST_MAX = 16 * 1024, /* bytes of DER */
	RENEWAL_NONCE_MAX = 256,             /* bytes */
};

struct certificate_request;

must_use bool certificate_request_parse(
    struct view der, struct certificate_request **out, struct err *err);
void certificate_request_free(struct certificate_request *request);

DEFINE_SCOPED(struct certificate_request, certificate_request_free)

must_use const struct key *
certificate_request_key(const struct certificate_request *request);
/* The wished CN, "" when there is none; for logs only. */
must_use const char *
certificate_request_common_name(const struct certificate_request *request);
must_use struct view
certificate_request_der_view(const struct certificate_request *request);

/* SHA-256 of the agent's own credential, NULL when the request has none
 * (a stock client). Points to SHA256_SIZE bytes. */
must_use const uint8_t *
certificate_request_credential_hash(const struct certificate_request *request);

/* The nonce of the renewal proof, empty when the request has none. */
must_use struct view
certificate_request_renewal_nonce(const struct certificate_request *request);
/* Is the renewal proof a signature of old_key over
 * "warifu-renewal-v1\0" || nonce || DER SubjectPublicKeyInfo of the new key,
 * and is the new key another one? ERR_CRYPTO "renewal_proof", ERR_DENIED
 * "renewal_same_key". Whether the nonce is ours is the caller's to check. */
must_use bool
certificate_request_verify_renewal(const struct certificate_request *request,
    const struct key *old_key, struct err *err);

struct certificate_request_template {
	const struct key *key;          /* the new private key */
	const char *common_name;        /* NULL: empty subject */
	const uint8_t *credential_hash; /* SHA256_SIZE bytes, or NULL */
	const struct key *old_key;      /* for a renewal, else NULL */
	struct view renewal_nonce;      /* with old_key */
};

/* Append the request's DER to out. */
must_use bool
certificate_request_make(const struct certificate_request_template *template,
    struct buf *out, struct err *err);

#endif
