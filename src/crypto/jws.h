/*
 * Compact JWS with ES256 (RFC 7515, RFC 7518): the signed statements of the
 * server (publications, commands).
 *
 * The protected header has exactly the members alg, kid and typ; kid is
 * key_spki_sha256() of the signing key. Reading is strict: another member (crit
 * and jwk among them), another algorithm, another typ, white space or padding
 * refuses the whole. Codes: "jws_malformed", "jws_type", "jws_key",
 * "signature_wrong".
 */
#ifndef CRYPTO_JWS_H
#define CRYPTO_JWS_H

#include "crypto/key.h"

enum {
	JWS_MAX = 64 * 1024,         /* bytes of the whole */
	JWS_PAYLOAD_MAX = 48 * 1024, /* bytes, decoded */
};

/* out_jws is allocated text; free() it. The key is P-256 and private. */
must_use bool jws_make(const struct key *key, const char *typ,
    struct view payload, char **out_jws, struct err *err);

/* Append the payload to out_payload only after typ, kid and signature fit. */
must_use bool jws_verify(struct view jws, const struct key *key,
    const char *typ, struct buf *out_payload, struct err *err);

/* Append the payload without any check of the signature: good only for finding
 * the key in it, to be held against a pin before jws_verify is called. */
must_use bool jws_payload_unverified(
    struct view jws, struct buf *out_payload, struct err *err);

#endif
