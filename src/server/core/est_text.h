/*
 * The text forms of EST: Basic credentials and the PKCS#10 body. Pure; fuzzed.
 */
#ifndef SERVER_CORE_EST_TEXT_H
#define SERVER_CORE_EST_TEXT_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"

/* The password of "Basic base64(user:password)" (RFC 7617): the token; the user
 * name does not matter. field NULL: ERR_DENIED "token_required". Malformed:
 * the same code, for the answer is the same challenge. */
must_use bool
est_read_basic(const char *field, struct secret **out_token, struct err *err);

/* base64 with or without line ends (RFC 7030 section 4.2.1), a PEM block, or
 * plain DER. Only the outer form is read. ERR_MALFORMED "request_malformed". */
must_use bool
est_read_pkcs10(struct view body, struct buf *out_der, struct err *err);

#endif
