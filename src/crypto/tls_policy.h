/* Inside src/crypto only: putting the TLS policy on a context. */
#ifndef CRYPTO_TLS_POLICY_H
#define CRYPTO_TLS_POLICY_H

#include <openssl/ssl.h>

#include "crypto/openssl.h"
#include "crypto/tls.h"

DEFINE_SCOPED(SSL_CTX, SSL_CTX_free)

must_use bool tls_policy_apply(SSL_CTX *context, struct err *err);

/* Read, write and their errors are the same for every session. */
must_use enum tls_io tls_io_of(SSL *ssl, int result, struct err *err);

#endif
