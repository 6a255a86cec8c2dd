/*
 * TLS as a server: the listeners' contexts, the judging of agents' certificates
 * inside the handshake, and non-blocking sessions over a socket.
 *
 * Used by gateways, one thread each. Contexts and sessions are counted: freeing
 * a context that has sessions is fine. Sockets are the caller's: they are
 * non-blocking, and not closed here.
 *
 * A peer certificate that is not good fails the handshake with this alert
 * (RFC 8446 section 6); the word is the error's code, for logs:
 *
 *   none where one is required  TLS 1.3: 116, TLS 1.2: 40
 * "certificate_required" expired                     45 "certificate_expired"
 *   revoked (agent or serial)   44 "certificate_revoked"
 *   unknown issuer              48 "certificate_unknown_issuer"
 *   wrong usage                 43 "certificate_wrong_usage"
 *   wrong subject form          43 "certificate_wrong_subject"
 *   not yet valid               42 "certificate_not_yet_valid"
 *   otherwise unsound           42 "certificate_invalid"
 *   CertificateVerify wrong     51 "certificate_verify_wrong"
 *
 * Anything else that ends a handshake has the code "tls_handshake".
 *
 * The alert is written to the socket before TLS_IO_FAILED is returned; a caller
 * that wants the peer to see it shuts the socket down for writing and reads it
 * empty for a moment before it closes it (a reset throws the alert away).
 * Processes that use sessions ignore SIGPIPE.
 */
#ifndef CRYPTO_TLS_SERVER_H
#define CRYPTO_TLS_SERVER_H

#include "base/id.h"
#include "crypto/certificate.h"
#include "crypto/tls.h"
#include "crypto/tls_batch.h"
#include "crypto/trust.h"

struct tls_context;
struct tls_session;

enum tls_listener {
	TLS_LISTENER_HTTPS, /* never asks for a certificate */
	TLS_LISTENER_AGENT, /* always asks; judged by the trust snapshot */
};

/* chain: the server's certificate first; key is its private key, and must fit
 * it. Both are only used during the call. */
must_use bool tls_context_new(enum tls_listener listener,
    const struct certificate_list *chain, const struct key *key,
    struct tls_context **out, struct err *err);
void tls_context_free(struct tls_context *context); /* takes NULL */

DEFINE_SCOPED(struct tls_context, tls_context_free)

/* Put a new snapshot in force for every handshake from now on, also those in
 * flight. Takes ownership. Until the first call agent sessions are refused. */
void tls_context_set_trust(struct tls_context *context, struct trust *trust);
/* The snapshot in force, borrowed, NULL before the first. */
must_use const struct trust *
tls_context_trust(const struct tls_context *context);

/* A session on an accepted socket. Never NULL. */
must_use struct tls_session *
tls_session_new(struct tls_context *context, int socket);
void tls_session_free(struct tls_session *session); /* takes NULL */

DEFINE_SCOPED(struct tls_session, tls_session_free)

must_use enum tls_io
tls_session_handshake(struct tls_session *session, struct err *err);
/* Up to size bytes; *out_length > 0 with TLS_IO_OK. */
must_use enum tls_io tls_session_read(struct tls_session *session, void *out,
    size_t size, size_t *out_length, struct err *err);
/* Some or all of the bytes; *out_length > 0 with TLS_IO_OK. After a WANT the
 * next call must have the same bytes first (their place may differ). */
must_use enum tls_io tls_session_write(struct tls_session *session,
    struct view bytes, size_t *out_length, struct err *err);
/* Many records in one send: as much of bytes as a batch holds. *out_length is
 * what is taken, also with TLS_IO_WANT_WRITE, which means that the session
 * keeps the encrypted rest. Only where tls_batch_has_room(); never again what
 * was taken. */
must_use enum tls_io
tls_session_write_batch(struct tls_session *session, struct tls_batch *batch,
    struct view bytes, size_t *out_length, struct err *err);
/* Send what is kept, which every read and write does first; TLS_IO_OK when
 * there is none. */
must_use enum tls_io
tls_session_flush(struct tls_session *session, struct err *err);
/* Bytes, encrypted; lost with the session. */
must_use size_t tls_session_kept(const struct tls_session *session);
/* Something waits inside, decrypted or not, which no poll of the socket
 * announces. It may be less than a record. */
must_use bool tls_session_has_pending(const struct tls_session *session);
/* Send close_notify as far as the socket takes it now; never blocks, and says
 * nothing while something is kept. */
void tls_session_shutdown(struct tls_session *session);

/* An agent's proved identity. */
struct tls_peer {
	char agent_id[ID_SIZE];
	char unit[16];                     /* "agent" or "stock" */
	char serial[2 * 20 + 1];           /* as certificate_serial() */
	char fingerprint[SHA256_HEX_SIZE]; /* SHA-256 of the certificate */
	int64_t not_after_ms;
};

/* Borrowed; NULL before the handshake is over and when the peer showed none. */
must_use const struct tls_peer *
tls_session_peer(const struct tls_session *session);
/* The certificate that the peer showed, also where it was refused (when there
 * is no tls_session_peer); empty without one. Good until the next call of this
 * function on the same thread, for any session. */
must_use struct view tls_session_peer_der(const struct tls_session *session);
/* "TLSv1.3" or "TLSv1.2"; and the suite's name. For logs and status. */
must_use const char *tls_session_version(const struct tls_session *session);
must_use const char *tls_session_cipher(const struct tls_session *session);

#endif
