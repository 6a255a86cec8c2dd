/* TLS as a client over non-blocking sockets. */
#include "crypto/tls_stream.h"

#include <arpa/inet.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/tls_peer.h"
#include "crypto/tls_policy.h"
#include "crypto/tls_refusal.h"

struct tls_trust {
	SSL_CTX *context;
};

struct tls_stream {
	SSL *ssl;
	bool is_established;
	bool has_failed;
};

static bool
add_anchors(
    SSL_CTX *context, const struct certificate_list *anchors, struct err *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);

	for (size_t i = 0; i < anchors->count; i++)
		if (X509_STORE_add_cert(
			store, certificate_x509(anchors->items[i])) != 1)
			return openssl_failed(err, ERR_CRYPTO, "tls_trust",
			    "a trust anchor cannot be used");
	/* An anchor need not be a root: it was signed as one to believe. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return true;
}

static bool
is_address(const char *text)
{
	uint8_t bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	    inet_pton(AF_INET6, text, bytes) == 1;
}

static bool
expect_server(SSL_CTX *context, const char *server, struct err *err)
{
	X509_VERIFY_PARAM *wanted = SSL_CTX_get0_param(context);

	X509_VERIFY_PARAM_set_hostflags(
	    wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if ((is_address(server)
		    ? X509_VERIFY_PARAM_set1_ip_asc(wanted, server)
		    : X509_VERIFY_PARAM_set1_host(wanted, server, 0)) != 1)
		return openssl_failed(err, ERR_CRYPTO, "tls_trust",
		    "the server's name cannot be checked");
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	return true;
}

bool
tls_trust_new(const struct certificate_list *anchors, const char *server,
    struct tls_trust **out, struct err *err)
{
	scoped(SSL_CTX_freep) SSL_CTX *context =
	    SSL_CTX_new(TLS_client_method());
	struct tls_trust *trust;

	check(context != NULL);
	if (!tls_policy_apply(context, err))
		return false;
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	if (anchors != NULL &&
	    (!add_anchors(context, anchors, err) ||
		!expect_server(context, server, err)))
		return false;
	trust = memory_zeroed(sizeof(*trust));
	trust->context = take(context);
	*out = trust;
	return true;
}

void
tls_trust_free(struct tls_trust *trust)
{
	if (trust == NULL)
		return;
	SSL_CTX_free(trust->context); /* counted: streams have it still */
	free(trust);
}

bool
tls_stream_new(struct tls_trust *trust, int socket,
    const struct certificate *certificate, const struct key *key,
    struct tls_stream **out, struct err *err)
{
	scoped(tls_stream_freep) struct tls_stream *stream =
	    memory_zeroed(sizeof(*stream));

	check((certificate == NULL) == (key == NULL));
	stream->ssl = SSL_new(trust->context);
	check(stream->ssl != NULL);
	check(SSL_set_fd(stream->ssl, socket) == 1);
	SSL_set_connect_state(stream->ssl);
	if (certificate != NULL &&
	    (SSL_use_certificate(stream->ssl, certificate_x509(certificate)) !=
		    1 ||
		SSL_use_PrivateKey(stream->ssl, key->pkey) != 1))
		return openssl_failed(err, ERR_CRYPTO, "tls_identity",
		    "the agent's certificate and key do not fit");
	*out = take(stream);
	return true;
}

void
tls_stream_free(struct tls_stream *stream)
{
	if (stream == NULL)
		return;
	SSL_free(stream->ssl);
	free(stream);
}

/* What OpenSSL says of a failure, in our words where it is about trust. */
static enum tls_io
explain(struct tls_stream *stream, struct err *err)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
		ERR_clear_error();
		err_set_code(err, ERR_CRYPTO, "server_untrusted",
		    "the server's certificate is not one that is trusted: %s",
		    X509_verify_cert_error_string(
			SSL_get_verify_result(stream->ssl)));
	} else if (tls_refusal_of(reason - SSL_AD_REASON_OFFSET, err)) {
		ERR_clear_error();
	} else {
		openssl_failed(err, ERR_CRYPTO, "tls_handshake",
		    "the TLS handshake failed");
	}
	return TLS_IO_FAILED;
}

/* After a failure OpenSSL forbids every further use. */
static enum tls_io
settle(struct tls_stream *stream, enum tls_io io)
{
	stream->has_failed = io == TLS_IO_FAILED;
	return io;
}

static bool
is_about_trust(const SSL *ssl, int result)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());

	return SSL_get_error(ssl, result) == SSL_ERROR_SSL &&
	    reason != SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

/* Both sides' certificates were proved; an idle stream need not keep them. */
static void
let_go(SSL *ssl)
{
	uint8_t *der;

	SSL_certs_clear(ssl);
	(void)tls_peer_take(ssl, &der);
	OPENSSL_free(der);
}

enum tls_io
tls_stream_handshake(struct tls_stream *stream, struct err *err)
{
	enum tls_io io;
	int result;

	check(!stream->has_failed);
	if (stream->is_established)
		return TLS_IO_OK;
	ERR_clear_error();
	result = SSL_do_handshake(stream->ssl);
	if (result == 1) {
		stream->is_established = true;
		let_go(stream->ssl);
		return TLS_IO_OK;
	}
	if (is_about_trust(stream->ssl, result))
		return settle(stream, explain(stream, err));
	io = tls_io_of(stream->ssl, result, err);
	if (io == TLS_IO_EOF) {
		err_set_code(err, ERR_SYSTEM, "tls_cut",
		    "the server left during the handshake");
		io = TLS_IO_FAILED;
	}
	return settle(stream, io);
}

enum tls_io
tls_stream_read(struct tls_stream *stream, void *out, size_t size,
    size_t *out_length, struct err *err)
{
	int result;

	check(stream->is_established && !stream->has_failed);
	ERR_clear_error();
	result = SSL_read_ex(stream->ssl, out, size, out_length);
	if (result == 1)
		return TLS_IO_OK;
	return settle(stream,
	    is_about_trust(stream->ssl, result)
		? explain(stream, err)
		: tls_io_of(stream->ssl, result, err));
}

/* A server that refuses us may be gone before our request is written. What it
 * said lies unread in the socket. */
static enum tls_io
explain_write(struct tls_stream *stream, struct err *err)
{
	struct err said = ERR_INIT;
	char byte;
	size_t length;
	int result;

	ERR_clear_error();
	result = SSL_read_ex(stream->ssl, &byte, 1, &length);
	if (result != 1 && is_about_trust(stream->ssl, result) &&
	    explain(stream, &said) == TLS_IO_FAILED &&
	    said.category == ERR_DENIED)
		*err = said;
	ERR_clear_error();
	return TLS_IO_FAILED;
}

enum tls_io
tls_stream_write(struct tls_stream *stream, struct view bytes,
    size_t *out_length, struct err *err)
{
	enum tls_io io;
	int result;

	check(stream->is_established && !stream->has_failed);
	check(bytes.length > 0);
	ERR_clear_error();
	result =
	    SSL_write_ex(stream->ssl, bytes.data, bytes.length, out_length);
	if (result == 1)
		return TLS_IO_OK;
	io = tls_io_of(stream->ssl, result, err);
	if (io == TLS_IO_FAILED)
		io = explain_write(stream, err);
	return settle(stream, io);
}

void
tls_stream_shutdown(struct tls_stream *stream)
{
	if (!stream->is_established || stream->has_failed)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(stream->ssl);
	ERR_clear_error();
}
