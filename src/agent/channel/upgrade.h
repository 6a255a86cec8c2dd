/*
 * Opening the agent's WebSocket (GET /agent/v1/channel, RFC 6455 section 4.1):
 * the request's bytes, and whether an answer's head accepts it. No I/O; used by
 * the agent's channel process and by warifu-fleet.
 */
#ifndef AGENT_CHANNEL_UPGRADE_H
#define AGENT_CHANNEL_UPGRADE_H

#include "agent/bootstrap.h"
#include "base/attributes.h"
#include "base/bytes.h"

enum {
	UPGRADE_KEY_SIZE = 25, /* base64 of 16 random octets, and the end */
	UPGRADE_REQUEST_MAX = 2048,
	UPGRADE_HEAD_MAX = 16 * 1024, /* bytes of the answer's head */
};

/* Append the request with a new random key. */
must_use bool upgrade_request(const struct server_address *address,
    char out_key[UPGRADE_KEY_SIZE], struct buf *out, struct err *err);
/* Is this head (up to and with the empty line) the acceptance of a WebSocket
 * with that key? ERR_DENIED "link_refused" (an answer that is not 101),
 * ERR_MALFORMED "answer_broken". */
must_use bool
upgrade_accepts(struct view head, const char *key, struct err *err);

#endif
