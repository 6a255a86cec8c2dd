/*
 * SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104) and random serial numbers.
 *
 * Callable from every process and thread. None of these can fail: a library
 * that cannot hash ends the role.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/attributes.h"
#include "base/bytes.h"

enum {
	SHA256_SIZE = 32,
	SHA256_HEX_SIZE = 65, /* lower-case digits with the end */
	SERIAL_SIZE = 16,
	SERIAL_HEX_SIZE = 33, /* lower-case digits with the end */
};

void digest_sha256(struct view bytes, uint8_t out[SHA256_SIZE]);
void digest_sha256_hex(struct view bytes, char out[SHA256_HEX_SIZE]);
void digest_hmac_sha256(
    struct view key, struct view bytes, uint8_t out[SHA256_SIZE]);

/* SHA-256 of a stream: new, update any number of times, finish (which frees).
 */
struct digest;
must_use struct digest *digest_new(void);
void digest_update(struct digest *digest, struct view bytes);
void digest_finish(struct digest *digest, uint8_t out[SHA256_SIZE]);
void digest_free(struct digest *digest); /* without a result; takes NULL */

DEFINE_SCOPED(struct digest, digest_free)

/* A random serial number (RFC 5280 section 4.1.2.2): positive and always 16
 * octets long, so that its hexadecimal form is always 32 digits. */
void digest_random_serial(uint8_t out[SERIAL_SIZE]);

#endif
