/*
 * Inside src/crypto only: what a session keeps of its peer's certificate.
 *
 * OpenSSL holds the decoded certificate, its key and every further certificate
 * that the peer sent for as long as the connection lives: a third of what an
 * idle agent costs, for nothing. After the handshake only its DER is needed.
 */
#ifndef CRYPTO_TLS_PEER_H
#define CRYPTO_TLS_PEER_H

#include <openssl/ssl.h>

#include <stddef.h>
#include <stdint.h>

/* Take the certificate's DER out of an established session (OPENSSL_free it;
 * 0 and NULL without one) and empty what OpenSSL goes on holding: from then on
 * SSL_get0_peer_certificate() gives a shell. */
size_t tls_peer_take(SSL *ssl, uint8_t **out_der);

#endif
