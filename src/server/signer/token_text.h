/*
 * Enrolment tokens as text, and the address ranges that a token is good for.
 *
 * A token is 160 random bits as "wft_" and 32 characters of base32 (RFC 4648,
 * lower case). It is shown once; the journal keeps its SHA-256, so a lookup
 * compares hashes and its time tells nothing about other tokens.
 */
#ifndef SERVER_SIGNER_TOKEN_TEXT_H
#define SERVER_SIGNER_TOKEN_TEXT_H

#include "ipc/signer_types.h"

void token_text_make(char out[SIGNER_TOKEN_SIZE]);
/* The hash to look for; blanks around the text and upper case are forgiven.
 * False: this is no token whatever. */
must_use bool token_text_hash(struct view text, uint8_t out[SIGNER_HASH_BYTES]);

/* "10.0.0.0/8", "2001:db8::/32", or one address. ERR_MALFORMED, code
 * "address_range". */
must_use bool token_range_check(struct view range, struct err *err);
/* Is the address in one of the ranges (commas between)? An IPv4 address that
 * came as "::ffff:a.b.c.d" counts as IPv4. */
must_use bool token_range_holds(struct view ranges, struct view address);

#endif
