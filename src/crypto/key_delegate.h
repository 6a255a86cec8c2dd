/*
 * Inside src/crypto only: a P-256 key for the whole process whose signatures
 * another OpenSSL library context makes.
 *
 * A provider such as tpm2 is loaded into a context of its own, so that nothing
 * else in the process (verifying a server, key agreement, random bytes) ends up
 * in a slow device. What remains is to let libssl and X.509 code of the default
 * context sign with a key of that other context; this is a small provider that
 * does only that.
 */
#ifndef CRYPTO_KEY_DELEGATE_H
#define CRYPTO_KEY_DELEGATE_H

#include "crypto/openssl.h"

/* Wrap device_key, a P-256 key living in device_context, which is fetched from
 * with device_properties. Both stay borrowed for the process's life, device_key
 * is counted. NULL with the library's error queue filled. */
must_use EVP_PKEY *key_delegate_new(EVP_PKEY *device_key,
    OSSL_LIB_CTX *device_context, const char *device_properties);

#endif
