/*
 * SHA-1 (RFC 3174), for Sec-WebSocket-Accept alone: there it proves only that
 * the server read the handshake. Never for security.
 */
#ifndef HTTP_SHA1_H
#define HTTP_SHA1_H

#include "base/bytes.h"

enum {
	SHA1_SIZE = 20,
	SHA1_INPUT_MAX = 119, /* two blocks are enough for the handshake */
};

/* At most SHA1_INPUT_MAX bytes. */
void sha1_short(struct view input, uint8_t out[SHA1_SIZE]);

#endif
