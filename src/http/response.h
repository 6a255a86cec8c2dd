/*
 * Writing the head of an HTTP/1.1 answer (RFC 9110, 9112), and the bodies of
 * errors (RFC 9457). No I/O.
 *
 * The writer owns Date, Connection, Content-Length and Transfer-Encoding; a
 * caller's header of such a name, or one that is not a valid field, fails.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "http/request.h"

enum {
	HTTP_RESPONSE_HEAD_MAX = 2 * LIMIT_HTTP_HEADER_BYTES,
	HTTP_DATE_SIZE = 30, /* "Sun, 06 Nov 1994 08:49:37 GMT" and its end */
};

enum http_length_kind {
	HTTP_LENGTH_NONE,    /* 1xx, 204, 304: no body and no length */
	HTTP_LENGTH_KNOWN,   /* Content-Length */
	HTTP_LENGTH_CHUNKED, /* Transfer-Encoding: chunked; 1.1 only */
};

struct http_response {
	unsigned status;
	size_t header_count;
	const struct http_header *headers;
	enum http_length_kind length_kind;
	uint64_t content_length;
	bool closes;          /* Connection: close */
	bool keeps_alive_1_0; /* say keep-alive to an HTTP/1.0 client */
	/* Connection: Upgrade, beside an Upgrade header (RFC 9110 section 7.8):
	 * for a 101, and for a 426. */
	bool upgrades;
};

/* Append the status line, fields and the empty line. wall_ms: for Date. */
must_use bool http_response_write(struct buf *out,
    const struct http_response *response, int64_t wall_ms, struct err *err);

const char *http_reason_phrase(unsigned status); /* never NULL */
/* IMF-fixdate (RFC 9110 section 5.6.7). */
void http_date_format(int64_t wall_ms, char out[HTTP_DATE_SIZE]);

/* True for a header that the writer owns. */
must_use bool http_is_framing_header(struct view name);

/* Append {"type":"about:blank","title":…,"status":…,"code":…,"detail":…}. */
must_use bool http_problem_write(struct buf *out, unsigned status,
    const char *code, const char *detail, struct err *err);

#endif
