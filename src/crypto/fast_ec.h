/*
 * Elliptic-curve keys by OpenSSL's own older code path, where that is faster.
 *
 * OpenSSL 3.0 and 3.1 find a decoder anew for each public key of a certificate:
 * a quarter of a mutual handshake. For keys of an ENGINE they still take the
 * direct way that 1.1.1 had. fast_ec_start() registers one whose method is the
 * library's own built-in one: the same arithmetic and the same checks, in the
 * same library, without the search. docs/adr/0011 has the reasons and limits.
 *
 * For the whole process and for P-256, P-384 and every other EC key in it;
 * called once at start, before other threads. Gateways alone use it: they hold
 * no key of a device, and meet a new certificate at every handshake.
 */
#ifndef CRYPTO_FAST_EC_H
#define CRYPTO_FAST_EC_H

#include "base/attributes.h"
#include "base/err.h"

/* Register, then check known answers, refusals and a round of signing. False
 * says why it is not in use ("fast_ec_unsuitable" where this OpenSSL is not one
 * that it serves, "fast_ec_failed" when a check did not hold); everything then
 * is as if it had not been called. */
must_use bool fast_ec_start(struct err *err);
void fast_ec_stop(void);
/* Whether that release of OpenSSL is one that it serves. */
must_use bool fast_ec_suits(unsigned major, unsigned minor);
must_use bool fast_ec_is_used(void);

#endif
