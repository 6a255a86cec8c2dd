/*
 * Reading one HTTP/1.1 answer (RFC 9112): bytes in, no I/O. Lenient where a
 * client may be, bounded always.
 */
#ifndef FLEET_ANSWER_H
#define FLEET_ANSWER_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "http/chunked.h"

enum {
	ANSWER_HEAD_MAX = 16 * 1024,
};

enum answer_state {
	ANSWER_HEAD,
	ANSWER_LENGTH, /* so many bytes are left */
	ANSWER_CHUNKED,
	ANSWER_TO_END, /* until the connection ends */
	ANSWER_WHOLE,
};

struct answer {
	enum answer_state state;
	unsigned status;
	int64_t retry_after_s; /* 0: none */
	bool closes;
	uint64_t left;
	struct http_chunked chunked;
	struct buf head; /* up to and with the empty line */
	struct buf body;
};

void answer_init(struct answer *answer, size_t body_max);
void answer_done(struct answer *answer);
/* Take from input until the answer is whole (state ANSWER_WHOLE; a 101 is whole
 * after its head) or input is used up. ERR_MALFORMED "answer_broken", ERR_LIMIT
 * "answer_too_large". */
must_use bool
answer_feed(struct answer *answer, struct view *input, struct err *err);
/* The connection ended: is the answer whole then? ERR_SYSTEM "answer_broken".
 */
must_use bool answer_end(struct answer *answer, struct err *err);

#endif
