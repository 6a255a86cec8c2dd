/*
 * The chunked transfer coding (RFC 9112 section 7.1): decoder and encoder.
 *
 * The decoder takes sizes of 1 to 16 hex digits without sign or prefix, passes
 * over extensions (at most LIMIT_HTTP_CHUNK_LINE bytes a line), and drops
 * trailers (at most LIMIT_HTTP_HEADER_BYTES in all, checked like fields).
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/attributes.h"
#include "base/bytes.h"

enum http_chunked_event {
	HTTP_CHUNKED_NEED_MORE,
	HTTP_CHUNKED_DATA, /* out holds a part, never empty */
	HTTP_CHUNKED_END,
	HTTP_CHUNKED_REFUSED, /* err says why; sticky */
};

struct http_chunked {
	int state;
	unsigned digits;
	size_t line_bytes;    /* of the size line or the trailer line */
	size_t trailer_bytes; /* in all */
	uint64_t left;        /* of the chunk */
};

void http_chunked_init(struct http_chunked *chunked);
must_use enum http_chunked_event http_chunked_next(struct http_chunked *chunked,
    struct view *input, struct view *out, struct err *err);

enum {
	HTTP_CHUNK_HEAD_SIZE = 20
};
/* "1f40\r\n" into out; returns its length. After the data comes CRLF; the body
 * ends with "0\r\n\r\n". */
size_t http_chunk_head(uint64_t size, char out[HTTP_CHUNK_HEAD_SIZE]);

#endif
