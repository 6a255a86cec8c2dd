/*
 * TLS as a client, for libcurl: the body of CURLOPT_SSL_CTX_FUNCTION.
 *
 * libcurl verifies chain and host name with the anchors that it was given; here
 * come the policy, the agent's own certificate with a key that may live in a
 * TPM, and, where set, a pin on the server's certificate instead of a chain.
 */
#ifndef CRYPTO_TLS_CLIENT_H
#define CRYPTO_TLS_CLIENT_H

#include "crypto/certificate.h"
#include "crypto/tls.h"

/* Alerts with which a server refuses a client (RFC 8446 section 6.2). */
enum tls_alert {
	TLS_ALERT_NONE = 0, /* close_notify, which refuses nothing */
	TLS_ALERT_HANDSHAKE_FAILURE = 40,
	TLS_ALERT_BAD_CERTIFICATE = 42,
	TLS_ALERT_UNSUPPORTED_CERTIFICATE = 43,
	TLS_ALERT_CERTIFICATE_REVOKED = 44,
	TLS_ALERT_CERTIFICATE_EXPIRED = 45,
	TLS_ALERT_CERTIFICATE_UNKNOWN = 46,
	TLS_ALERT_UNKNOWN_CA = 48,
	TLS_ALERT_DECRYPT_ERROR = 51,
	TLS_ALERT_CERTIFICATE_REQUIRED = 116,
};

/* Borrowed members must live until the curl handle is gone. */
struct tls_client {
	/* The agent's certificate and its private key; both or none. */
	const struct certificate *certificate;
	const struct key *key;
	/* SHA-256 of the server's certificate, or NULL. With a pin nothing but
	 * that certificate is accepted, whatever its issuer and dates; set
	 * CURLOPT_SSL_VERIFYPEER 1 and CURLOPT_SSL_VERIFYHOST 0. */
	const uint8_t *pinned_sha256;
	/* Where the number of the alert that ended the connection goes, or
	 * NULL; any number may come, not only those of enum tls_alert. Written
	 * whenever the alert is read, which libcurl does for the last time
	 * while it closes the connection: also when the request could no
	 * longer be sent. */
	int *out_alert;
};

/* ssl_ctx: what libcurl hands to the callback. On false return
 * CURLE_SSL_CERTPROBLEM from the callback and log the error. */
must_use bool tls_client_apply(
    void *ssl_ctx, const struct tls_client *client, struct err *err);

#endif
