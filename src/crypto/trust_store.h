/* Inside src/crypto only: the snapshot's CAs as OpenSSL wants them, and what
 * they were found to have signed. */
#ifndef CRYPTO_TRUST_STORE_H
#define CRYPTO_TRUST_STORE_H

#include "crypto/openssl.h"
#include "crypto/remembered.h"
#include "crypto/trust.h"

/* Borrowed; made by chain_store_new. */
must_use X509_STORE *trust_store(const struct trust *trust);
/* What was found sound by this snapshot's CAs; never NULL. */
must_use struct remembered *trust_remembered(const struct trust *trust);

#endif
