/*
 * The TLS policy: one table for servers and clients, and the words for why a
 * handshake failed.
 *
 * TLS 1.3 and 1.2 with ECDHE and AEAD only, X25519, then P-256, then P-384; no
 * tickets, no resumption, no renegotiation, no compression.
 * tests/golden/tls-policy.txt holds the table as text.
 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include "base/attributes.h"
#include "base/bytes.h"

/* What reading, writing and handshakes give. */
enum tls_io {
	TLS_IO_OK,
	TLS_IO_WANT_READ,  /* call again when the socket can be read */
	TLS_IO_WANT_WRITE, /* call again when the socket can be written */
	TLS_IO_EOF,        /* the peer ended the stream in order */
	TLS_IO_FAILED,     /* the error says why; free the session */
};

/* How long before not_before and after not_after a certificate still counts:
 * the allowance for clocks that disagree. */
#define TLS_CLOCK_ALLOWANCE_MS (INT64_C(5) * 60 * 1000)

/* Append the policy as text, one setting a line. */
must_use bool tls_policy_text(struct buf *out, struct err *err);

#endif
