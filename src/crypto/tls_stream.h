/*
 * TLS as a client without libcurl: contexts that know whom to trust, and
 * non-blocking streams over sockets, thousands in one process.
 *
 * A context is shared by every stream to one server; certificate and key are a
 * stream's own, and are let go with the handshake. Sockets are the caller's:
 * they are non-blocking, and not closed here. One thread; processes that use
 * streams ignore SIGPIPE.
 *
 * Errors of handshakes, and of the first read after one (in TLS 1.3 a client
 * learns there that it was refused): "server_untrusted" (chain or name), the
 * codes of crypto/tls_refusal.h for what the server says of our certificate,
 * "tls_handshake", "tls_cut" (ended without a close), "tls_failed".
 */
#ifndef CRYPTO_TLS_STREAM_H
#define CRYPTO_TLS_STREAM_H

#include "crypto/certificate.h"
#include "crypto/tls.h"

struct tls_trust;
struct tls_stream;

/* Whom to believe: a chain to one of the anchors (NULL: nobody is verified),
 * and that host name or address in the certificate. Both only during the call.
 */
must_use bool tls_trust_new(const struct certificate_list *anchors,
    const char *server, struct tls_trust **out, struct err *err);
void tls_trust_free(struct tls_trust *trust); /* takes NULL; before its streams
						 too */

DEFINE_SCOPED(struct tls_trust, tls_trust_free)

/* certificate and key: both or NULL; only during the call. ERR_CRYPTO
 * "tls_identity" where they do not fit. */
must_use bool tls_stream_new(struct tls_trust *trust, int socket,
    const struct certificate *certificate, const struct key *key,
    struct tls_stream **out, struct err *err);
void tls_stream_free(struct tls_stream *stream); /* takes NULL */

DEFINE_SCOPED(struct tls_stream, tls_stream_free)

must_use enum tls_io
tls_stream_handshake(struct tls_stream *stream, struct err *err);
/* Up to size bytes; *out_length > 0 with TLS_IO_OK. */
must_use enum tls_io tls_stream_read(struct tls_stream *stream, void *out,
    size_t size, size_t *out_length, struct err *err);
/* Some or all of the bytes; *out_length > 0 with TLS_IO_OK. After a WANT the
 * next call must have the same bytes first (their place may differ). */
must_use enum tls_io tls_stream_write(struct tls_stream *stream,
    struct view bytes, size_t *out_length, struct err *err);
/* Send close_notify as far as the socket takes it now; never blocks. */
void tls_stream_shutdown(struct tls_stream *stream);

#endif
