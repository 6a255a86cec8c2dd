/*
 * Reading HTTP/1.1 requests (RFC 9112): bytes in, events out, no I/O.
 *
 * Feed what arrived as a view; each call consumes from its front and says what
 * happened. After HTTP_HEAD the request's fields are valid until the next
 * request begins; body bytes are views into the input. After HTTP_REFUSED the
 * connection must be answered with http_reader_status and closed: where the
 * next request would begin is no longer known.
 *
 * Strict on purpose, for a lenient reader behind or before another one is how
 * requests are smuggled: lines end in CRLF and nothing else, no folding, no
 * blank before the colon, one Host, one length, no length with a coding, the
 * only coding is one "chunked". One empty line before a request is passed over
 * (section 2.2). Limits: base/limits.h.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "http/chunked.h"
#include "http/syntax.h"

struct http_header {
	struct view name;  /* a token */
	struct view value; /* trimmed; visible characters, blanks, obs-text */
};

enum http_body_kind {
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
};

struct http_request {
	struct view method; /* case-sensitive token */
	struct view target; /* as received */
	struct view path;   /* begins with "/"; "*" for OPTIONS * */
	struct view query;  /* without "?" */
	bool has_query;
	struct view host; /* of absolute-form or Host; empty only in 1.0 */
	unsigned minor_version; /* 0 or 1 */
	enum http_body_kind body_kind;
	uint64_t content_length; /* HTTP_BODY_LENGTH only */
	bool expects_continue;   /* 100-continue, in 1.1 only */
	bool keeps_alive;        /* the client's side of the decision */
	size_t header_count;
	struct http_header *headers; /* LIMIT_HTTP_HEADER_COUNT, or NULL */
};

enum http_event {
	HTTP_NEED_MORE, /* the input is used up */
	HTTP_HEAD,      /* the head is complete; body events follow */
	HTTP_BODY,      /* out_body holds a part of it, never empty */
	HTTP_END,       /* the request is complete; the next one may begin */
	HTTP_REFUSED,   /* see http_reader_status and the error */
};

struct http_reader {
	int state;
	bool has_skipped_line;
	bool is_stale;     /* head and request are of the last request */
	size_t line_start; /* of the line being read, in head */
	size_t request_line_end;
	size_t field_count;
	struct buf head;
	struct http_request request;
	uint64_t body_left;
	struct http_chunked chunked;
	unsigned status;
};

void http_reader_init(struct http_reader *reader);
void http_reader_done(struct http_reader *reader); /* frees */
/* Forget the last request and free its memory: what an idle connection keeps
 * is this struct alone. Only after HTTP_END. */
void http_reader_release(struct http_reader *reader);

/* err is set with HTTP_REFUSED (a stable code and a sentence). */
must_use enum http_event http_reader_next(struct http_reader *reader,
    struct view *input, struct view *out_body, struct err *err);

/* The status to refuse with: 400, 414, 417, 431, 501, 505. */
unsigned http_reader_status(const struct http_reader *reader);
/* True where bytes of an unfinished request have been read. */
must_use bool http_reader_is_inside(const struct http_reader *reader);
/* True while the head is still incomplete. */
must_use bool http_reader_is_in_head(const struct http_reader *reader);

/* How many headers have this name; the last one's value in out (if not NULL).
 */
size_t http_request_header(
    const struct http_request *request, const char *name, struct view *out);
/* Is token in a comma-separated list of this header (without regard to case)?
 */
must_use bool http_request_has_token(
    const struct http_request *request, const char *name, const char *token);

#endif
