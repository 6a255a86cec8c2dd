/* Inside src/crypto only: the snapshot's CAs as OpenSSL wants them. */
#ifndef CRYPTO_TRUST_STORE_H
#define CRYPTO_TRUST_STORE_H

#include "crypto/openssl.h"
#include "crypto/trust.h"

/* Borrowed; made by chain_store_new. */
must_use X509_STORE *trust_store(const struct trust *trust);

#endif
