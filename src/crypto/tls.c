/* The TLS policy as one table, applied to contexts and written as text. */
#include "crypto/tls.h"

#include <errno.h>

#include "base/check.h"
#include "crypto/tls_policy.h"

/* Lists in OpenSSL's own notation. */
static const struct {
	const char *name;
	const char *value;
	int (*set)(SSL_CTX *context, const char *value);
} lists[] = {
    {"tls1.3-suites",
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
	"TLS_CHACHA20_POLY1305_SHA256",
	SSL_CTX_set_ciphersuites},
    {"tls1.2-suites",
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
	SSL_CTX_set_cipher_list},
};

/* In TLS 1.2 this list also bounds the curves of certificates (RFC 8422 section
 * 5.1.1): without P-384 at its end, agents with such a key stay outside. */
static const char GROUPS[] = "X25519:P-256:P-384";
static const char SIGNATURES[] =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

static const struct {
	const char *name;
	uint64_t bit;
} options[] = {
    {"no-tickets", SSL_OP_NO_TICKET},
    {"no-renegotiation", SSL_OP_NO_RENEGOTIATION},
    {"no-compression", SSL_OP_NO_COMPRESSION},
    {"server-preference", SSL_OP_CIPHER_SERVER_PREFERENCE},
};

static const struct {
	const char *name;
	long bit;
} modes[] = {
    {"no-auto-chain", SSL_MODE_NO_AUTO_CHAIN},
    {"release-buffers", SSL_MODE_RELEASE_BUFFERS},
    {"partial-write", SSL_MODE_ENABLE_PARTIAL_WRITE},
    {"moving-write-buffer", SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER},
};

enum {
	SECURITY_LEVEL = 2,            /* 112 bits */
	CERTIFICATE_BYTES = 32 * 1024, /* of a peer's whole message */
};

bool
tls_policy_apply(SSL_CTX *context, struct err *err)
{
	bool is_set =
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set1_groups_list(context, GROUPS) == 1 &&
	    SSL_CTX_set1_sigalgs_list(context, SIGNATURES) == 1;

	for (size_t i = 0; is_set && i < array_length(lists); i++)
		is_set = lists[i].set(context, lists[i].value) == 1;
	if (!is_set)
		return openssl_failed(err, ERR_CRYPTO, "tls_policy",
		    "this OpenSSL does not offer the TLS policy's algorithms");
	for (size_t i = 0; i < array_length(options); i++)
		SSL_CTX_set_options(context, options[i].bit);
	for (size_t i = 0; i < array_length(modes); i++)
		SSL_CTX_set_mode(context, modes[i].bit);
	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, CERTIFICATE_BYTES);
	return SSL_CTX_set_num_tickets(context, 0) == 1;
}

/* What the context really offers, in its order. */
static bool
suites_text(struct buf *out, struct err *err)
{
	scoped(SSL_CTX_freep) SSL_CTX *context = SSL_CTX_new(TLS_method());
	const STACK_OF(SSL_CIPHER) * suites;

	check(context != NULL);
	if (!tls_policy_apply(context, err))
		return false;
	suites = SSL_CTX_get_ciphers(context);
	for (int i = 0; i < sk_SSL_CIPHER_num(suites); i++) {
		const SSL_CIPHER *suite = sk_SSL_CIPHER_value(suites, i);

		if (!buf_append_format(out, err, "offered %s %s\n",
			SSL_CIPHER_get_version(suite),
			SSL_CIPHER_standard_name(suite)))
			return false;
	}
	return true;
}

bool
tls_policy_text(struct buf *out, struct err *err)
{
	bool is_written = buf_append_format(out, err,
	    "versions TLSv1.2 TLSv1.3\n"
	    "groups %s\nsignatures %s\nsecurity-level %d\n"
	    "certificate-bytes %d\nsession-cache off\ntickets 0\n"
	    "alpn http/1.1 http/1.0\n",
	    GROUPS, SIGNATURES, SECURITY_LEVEL, CERTIFICATE_BYTES);

	for (size_t i = 0; is_written && i < array_length(lists); i++)
		is_written = buf_append_format(
		    out, err, "%s %s\n", lists[i].name, lists[i].value);
	for (size_t i = 0; is_written && i < array_length(options); i++)
		is_written =
		    buf_append_format(out, err, "option %s\n", options[i].name);
	for (size_t i = 0; is_written && i < array_length(modes); i++)
		is_written =
		    buf_append_format(out, err, "mode %s\n", modes[i].name);
	return is_written && suites_text(out, err);
}

enum tls_io
tls_io_of(SSL *ssl, int result, struct err *err)
{
	int saved = errno;

	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_IO_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_IO_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_IO_EOF;
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		errno = saved != 0 ? saved : ECONNRESET;
		err_set_errno(err, "the connection broke");
		return TLS_IO_FAILED;
	default:
		break;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) ==
	    SSL_R_UNEXPECTED_EOF_WHILE_READING)
		openssl_failed(err, ERR_SYSTEM, "tls_cut",
		    "the peer ended the connection without saying so");
	else
		openssl_failed(err, ERR_CRYPTO, "tls_failed", "TLS failed");
	return TLS_IO_FAILED;
}
