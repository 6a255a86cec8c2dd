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

/* Borrowed members must live until the curl handle is gone. */
struct tls_client {
	/* The agent's certificate and its private key; both or none. */
	const struct certificate *certificate;
	const struct key *key;
	/* SHA-256 of the server's certificate, or NULL. With a pin nothing but
	 * that certificate is accepted, whatever its issuer and dates; set
	 * CURLOPT_SSL_VERIFYPEER 1 and CURLOPT_SSL_VERIFYHOST 0. */
	const uint8_t *pinned_sha256;
};

/* ssl_ctx: what libcurl hands to the callback. On false return
 * CURLE_SSL_CERTPROBLEM from the callback and log the error. */
must_use bool tls_client_apply(
    void *ssl_ctx, const struct tls_client *client, struct err *err);

#endif
