/*
 * Inside src/crypto only: filling a batch from a session's OpenSSL object, and
 * the encrypted rest that a socket did not take.
 */
#ifndef CRYPTO_TLS_KEPT_H
#define CRYPTO_TLS_KEPT_H

#include "crypto/tls_batch.h"
#include "crypto/tls_policy.h"

/* Counted in its batch until it is sent or freed. */
struct tls_kept;

/* Encrypt as much of bytes as one batch holds and send it. TLS_IO_WANT_WRITE:
 * the socket did not take all; the rest is in *out_kept. *out_length bytes are
 * taken either way. */
must_use enum tls_io
tls_batch_write(struct tls_batch *batch, SSL *ssl, struct view bytes,
    size_t *out_length, struct tls_kept **out_kept, struct err *err);
/* Send more of it; with TLS_IO_OK it is all sent, freed and NULL. */
must_use enum tls_io
tls_kept_send(struct tls_kept **kept, SSL *ssl, struct err *err);
must_use size_t tls_kept_length(const struct tls_kept *kept); /* takes NULL */
void tls_kept_free(struct tls_kept *kept);                    /* takes NULL */

#endif
