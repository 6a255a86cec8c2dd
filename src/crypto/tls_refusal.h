/*
 * What a server's alert in the handshake says about the client's certificate,
 * as the stable code and the sentence of an error.
 */
#ifndef CRYPTO_TLS_REFUSAL_H
#define CRYPTO_TLS_REFUSAL_H

#include "base/attributes.h"
#include "base/err.h"

/* Set the error: ERR_DENIED with "certificate_revoked", "certificate_expired",
 * "certificate_unknown", "certificate_required" or "certificate_refused".
 * False, and the error untouched, for an alert that is not about the
 * certificate. */
must_use bool tls_refusal_of(int alert, struct err *err);

#endif
