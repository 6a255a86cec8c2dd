/* TLS as a server: contexts of listeners, and sessions over sockets. */
#include "crypto/tls_server.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "crypto/tls_judge.h"
#include "crypto/tls_kept.h"
#include "crypto/tls_peer.h"
#include "crypto/tls_policy.h"

struct tls_context {
	unsigned references;
	enum tls_listener listener;
	SSL_CTX *ssl_ctx;
	struct trust *trust;
	uint64_t trust_generation; /* counts tls_context_set_trust */
};

struct tls_session {
	SSL *ssl;
	struct tls_context *context;
	bool is_established;
	bool has_failed;
	bool has_peer;
	enum chain_fault fault;
	uint64_t judged_generation;
	struct tls_peer peer;
	X509 *refused;
	uint8_t *der; /* of a certificate that was accepted */
	size_t der_length;
	struct tls_kept *kept; /* goes out before anything else; NULL */
};

/* HTTP/1.0 clients may say so; what is spoken is the same engine. */
static const unsigned char ALPN[] = "\x08http/1.1\x08http/1.0";

static int
select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
    const unsigned char *offered, unsigned int offered_length, void *unused)
{
	unsigned char *chosen = NULL;

	if (SSL_select_next_proto(&chosen, out_length, ALPN, sizeof(ALPN) - 1,
		offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL keeps the certificate of a peer that was accepted, but forgets one
 * that was refused, and somebody will ask who it was. */
static void
remember_refused(struct tls_session *session, X509 *leaf)
{
	X509_free(session->refused);
	session->refused = NULL;
	if (leaf != NULL && X509_up_ref(leaf) == 1)
		session->refused = leaf;
}

/* The one verdict on an agent's certificate. Its error becomes the alert; no
 * path returns 1 with an error set. */
static int
judge_peer(X509_STORE_CTX *store, void *unused)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_session *session = SSL_get_app_data(ssl);
	const struct trust *trust = session->context->trust;
	X509 *leaf = X509_STORE_CTX_get0_cert(store);

	session->fault = CHAIN_FAULT_INVALID;
	session->judged_generation = session->context->trust_generation;
	if (trust != NULL && leaf != NULL)
		session->fault = tls_judge_agent(
		    trust, leaf, clock_wall_ms(), &session->peer);
	if (session->fault != CHAIN_FAULT_NONE)
		remember_refused(session, leaf);
	X509_STORE_CTX_set_error(
	    store, chain_fault_words(session->fault)->x509_error);
	return session->fault == CHAIN_FAULT_NONE ? 1 : 0;
}

static bool
use_identity(SSL_CTX *ssl_ctx, const struct certificate_list *chain,
    const struct key *key, struct err *err)
{
	check(chain->count > 0);
	if (SSL_CTX_use_certificate(
		ssl_ctx, certificate_x509(chain->items[0])) != 1 ||
	    SSL_CTX_use_PrivateKey(ssl_ctx, key->pkey) != 1 ||
	    SSL_CTX_check_private_key(ssl_ctx) != 1)
		return openssl_failed(err, ERR_CRYPTO, "tls_identity",
		    "the server's certificate and key do not fit");
	for (size_t i = 1; i < chain->count; i++)
		if (SSL_CTX_add1_chain_cert(
			ssl_ctx, certificate_x509(chain->items[i])) != 1)
			return openssl_failed(err, ERR_CRYPTO, "tls_identity",
			    "the server's chain cannot be used");
	return true;
}

bool
tls_context_new(enum tls_listener listener,
    const struct certificate_list *chain, const struct key *key,
    struct tls_context **out, struct err *err)
{
	scoped(SSL_CTX_freep) SSL_CTX *ssl_ctx =
	    SSL_CTX_new(TLS_server_method());
	struct tls_context *context;

	check(ssl_ctx != NULL);
	if (!tls_policy_apply(ssl_ctx, err) ||
	    !use_identity(ssl_ctx, chain, key, err))
		return false;
	SSL_CTX_set_alpn_select_cb(ssl_ctx, select_protocol, NULL);
	/* One read of the socket for all records that are there, not two a
	 * record. */
	SSL_CTX_set_read_ahead(ssl_ctx, 1);
	if (listener == TLS_LISTENER_AGENT) {
		SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_cert_verify_callback(ssl_ctx, judge_peer, NULL);
	}
	context = memory_zeroed(sizeof(*context));
	context->references = 1;
	context->listener = listener;
	context->ssl_ctx = take(ssl_ctx);
	*out = context;
	return true;
}

void
tls_context_free(struct tls_context *context)
{
	if (context == NULL || --context->references > 0)
		return;
	trust_free(context->trust);
	SSL_CTX_free(context->ssl_ctx);
	free(context);
}

void
tls_context_set_trust(struct tls_context *context, struct trust *trust)
{
	trust_free(context->trust);
	context->trust = trust;
	context->trust_generation++;
}

const struct trust *
tls_context_trust(const struct tls_context *context)
{
	return context->trust;
}

struct tls_session *
tls_session_new(struct tls_context *context, int socket)
{
	struct tls_session *session = memory_zeroed(sizeof(*session));

	session->context = context;
	context->references++;
	session->ssl = SSL_new(context->ssl_ctx);
	check(session->ssl != NULL);
	check(SSL_set_fd(session->ssl, socket) == 1);
	SSL_set_app_data(session->ssl, session);
	SSL_set_accept_state(session->ssl);
	return session;
}

void
tls_session_free(struct tls_session *session)
{
	if (session == NULL)
		return;
	SSL_free(session->ssl);
	tls_context_free(session->context);
	X509_free(session->refused);
	OPENSSL_free(session->der);
	tls_kept_free(session->kept);
	free(session);
}

/* The words for a handshake that failed, from our own verdict or OpenSSL's. */
static enum tls_io
explain_failure(struct tls_session *session, struct err *err)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	if (session->fault != CHAIN_FAULT_NONE) {
		const struct chain_fault_words *words =
		    chain_fault_words(session->fault);

		ERR_clear_error();
		err_set_code(
		    err, ERR_DENIED, words->code, "%s", words->sentence);
	} else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
		ERR_clear_error();
		err_set_code(err, ERR_DENIED, "certificate_required",
		    "the peer showed no certificate");
	} else if (reason == SSL_R_BAD_SIGNATURE) {
		ERR_clear_error();
		err_set_code(err, ERR_CRYPTO, "certificate_verify_wrong",
		    "the peer does not hold its certificate's key");
	} else {
		openssl_failed(err, ERR_CRYPTO, "tls_handshake",
		    "the TLS handshake failed");
	}
	return TLS_IO_FAILED;
}

static enum tls_io
begin(struct tls_session *session, struct err *err)
{
	const struct tls_context *context = session->context;
	int mode = SSL_VERIFY_PEER;

	if (context->listener != TLS_LISTENER_AGENT)
		return TLS_IO_OK;
	if (context->trust == NULL) {
		err_set_code(err, ERR_CONFLICT, "tls_handshake",
		    "no trust snapshot has arrived yet");
		return TLS_IO_FAILED;
	}
	if (trust_requires_certificate(context->trust))
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_set_verify(session->ssl, mode, NULL);
	return TLS_IO_OK;
}

/* A snapshot that arrived while the handshake was under way counts too. */
static enum tls_io
finish(struct tls_session *session, struct err *err)
{
	const struct trust *trust = session->context->trust;
	X509 *leaf = SSL_get0_peer_certificate(session->ssl);

	session->is_established = true;
	if (session->context->listener != TLS_LISTENER_AGENT)
		return TLS_IO_OK;
	if (leaf == NULL) {
		if (!trust_requires_certificate(trust))
			return TLS_IO_OK;
		err_set_code(err, ERR_DENIED, "certificate_required",
		    "the peer showed no certificate");
		return TLS_IO_FAILED;
	}
	if (session->judged_generation != session->context->trust_generation)
		session->fault = tls_judge_agent(
		    trust, leaf, clock_wall_ms(), &session->peer);
	if (session->fault != CHAIN_FAULT_NONE) {
		remember_refused(session, leaf);
		return explain_failure(session, err);
	}
	session->has_peer = true;
	session->der_length = tls_peer_take(session->ssl, &session->der);
	return TLS_IO_OK;
}

static enum tls_io
fail(struct tls_session *session, enum tls_io io)
{
	if (io == TLS_IO_FAILED)
		session->has_failed = true;
	return io;
}

static enum tls_io
handshake(struct tls_session *session, struct err *err)
{
	enum tls_io io;
	int result;

	if (begin(session, err) != TLS_IO_OK)
		return TLS_IO_FAILED;
	ERR_clear_error();
	result = SSL_do_handshake(session->ssl);
	if (result == 1)
		return finish(session, err);
	switch (SSL_get_error(session->ssl, result)) {
	case SSL_ERROR_SSL:
		return explain_failure(session, err);
	default:
		io = tls_io_of(session->ssl, result, err);
		break;
	}
	if (io == TLS_IO_EOF) {
		err_set_code(err, ERR_SYSTEM, "tls_handshake",
		    "the peer left during the handshake");
		return TLS_IO_FAILED;
	}
	return io;
}

enum tls_io
tls_session_handshake(struct tls_session *session, struct err *err)
{
	check(!session->has_failed);
	if (session->is_established)
		return TLS_IO_OK;
	return fail(session, handshake(session, err));
}

enum tls_io
tls_session_flush(struct tls_session *session, struct err *err)
{
	check(session->is_established && !session->has_failed);
	if (session->kept == NULL)
		return TLS_IO_OK;
	return fail(session, tls_kept_send(&session->kept, session->ssl, err));
}

size_t
tls_session_kept(const struct tls_session *session)
{
	return tls_kept_length(session->kept);
}

enum tls_io
tls_session_read(struct tls_session *session, void *out, size_t size,
    size_t *out_length, struct err *err)
{
	/* Reading may have to answer a key update. */
	enum tls_io io = tls_session_flush(session, err);
	int result;

	if (io != TLS_IO_OK)
		return io;
	ERR_clear_error();
	result = SSL_read_ex(session->ssl, out, size, out_length);
	if (result == 1)
		return TLS_IO_OK;
	return fail(session, tls_io_of(session->ssl, result, err));
}

enum tls_io
tls_session_write(struct tls_session *session, struct view bytes,
    size_t *out_length, struct err *err)
{
	enum tls_io io = tls_session_flush(session, err);
	int result;

	check(bytes.length > 0);
	if (io != TLS_IO_OK)
		return io;
	ERR_clear_error();
	result =
	    SSL_write_ex(session->ssl, bytes.data, bytes.length, out_length);
	if (result == 1)
		return TLS_IO_OK;
	return fail(session, tls_io_of(session->ssl, result, err));
}

enum tls_io
tls_session_write_batch(struct tls_session *session, struct tls_batch *batch,
    struct view bytes, size_t *out_length, struct err *err)
{
	enum tls_io io = tls_session_flush(session, err);

	check(bytes.length > 0);
	*out_length = 0;
	if (io != TLS_IO_OK)
		return io;
	check(tls_batch_has_room(batch));
	return fail(session,
	    tls_batch_write(
		batch, session->ssl, bytes, out_length, &session->kept, err));
}

bool
tls_session_has_pending(const struct tls_session *session)
{
	return SSL_has_pending(session->ssl) == 1;
}

void
tls_session_shutdown(struct tls_session *session)
{
	/* After a fatal error OpenSSL forbids it; it has sent its alert. */
	if (!session->is_established || session->has_failed)
		return;
	/* A close in the middle of a record would be a lie. */
	if (session->kept != NULL)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(session->ssl);
	ERR_clear_error();
}

const struct tls_peer *
tls_session_peer(const struct tls_session *session)
{
	return session->has_peer ? &session->peer : NULL;
}

struct view
tls_session_peer_der(const struct tls_session *session)
{
	/* Not one a session: a thousand idle agents would hold it for nothing.
	 */
	static __thread uint8_t der[LIMIT_CERTIFICATE * 2];
	X509 *x509 = session->refused;
	uint8_t *at = der;
	int length;

	if (session->der != NULL)
		return view_of(session->der, session->der_length);
	if (x509 == NULL) /* good, but without its key */
		x509 = SSL_get0_peer_certificate(session->ssl);
	length = x509 == NULL ? 0 : i2d_X509(x509, NULL);
	if (length <= 0 || (size_t)length > sizeof(der))
		return view_of(NULL, 0);
	return view_of(der, (size_t)i2d_X509(x509, &at));
}

const char *
tls_session_version(const struct tls_session *session)
{
	return SSL_get_version(session->ssl);
}

const char *
tls_session_cipher(const struct tls_session *session)
{
	return SSL_get_cipher_name(session->ssl);
}
