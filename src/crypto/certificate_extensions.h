/* Inside src/crypto only: the extensions that each profile gets. */
#ifndef CRYPTO_CERTIFICATE_EXTENSIONS_H
#define CRYPTO_CERTIFICATE_EXTENSIONS_H

#include "crypto/openssl.h"

/* Into a certificate whose subject and key are set. issuer is itself when
 * self-signed. False when OpenSSL failed. */
must_use bool certificate_add_extensions(
    X509 *x509, const struct certificate_template *template, X509 *issuer);

#endif
