/*
 * Inside src/crypto only: certificates whose chain was found sound, by SHA-256.
 *
 * Checking the authority's signature again at every handshake of the same agent
 * is half of what judging it costs. Who comes in is only what a full check has
 * let in, so nobody without the authority's key can fill it. What is kept is
 * when the chain is good, because time goes on; usage, subject and the deny
 * list are not kept and are looked at every time.
 *
 * Belongs to one trust snapshot and ends with it: there is no other way to
 * forget, and none is needed. It grows with its use; when it is full, a new
 * certificate takes an old one's place, which is then checked in full again.
 */
#ifndef CRYPTO_REMEMBERED_H
#define CRYPTO_REMEMBERED_H

#include <stddef.h>

#include "crypto/chain.h"
#include "crypto/digest.h"

struct remembered;

/* max: at most so many, and a power of two of them; under 8 is none. */
must_use struct remembered *remembered_new(size_t max);
void remembered_free(struct remembered *remembered); /* takes NULL */

/* False when that certificate is not known. */
must_use bool remembered_find(const struct remembered *remembered,
    const uint8_t sha256[SHA256_SIZE], struct chain_window *out);
void remembered_add(struct remembered *remembered,
    const uint8_t sha256[SHA256_SIZE], const struct chain_window *window);
void remembered_clear(struct remembered *remembered);
must_use size_t remembered_count(const struct remembered *remembered);

#endif
