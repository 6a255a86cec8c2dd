/*
 * The answer that a handler composes; core sends it when the handler returns.
 *
 * A fresh response is 500 `no_answer`: a handler that forgets to answer shows.
 * The last call of a body function wins; headers that were added stay. The
 * response owns its parts. Nothing here fails: what does not fit its limit
 * turns the response into a 500 problem.
 *
 * Content-Length, Date and Connection are the gateway's.
 */
#ifndef SERVER_CORE_RESPONSE_H
#define SERVER_CORE_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

enum {
	RESPONSE_HEADERS_MAX = 16,
	RESPONSE_BODY_MAX = 32 * 1024 * 1024,
};

struct response_header {
	char *name;
	char *value;
};

struct response {
	int status;
	char code[ERR_CODE_MAX]; /* of a problem, for the log and the metrics */
	struct response_header headers[RESPONSE_HEADERS_MAX];
	size_t header_count;
	struct buf body;
	int file; /* −1, or the body: a file to send from offset */
	uint64_t file_offset;
	uint64_t file_length;
};

void response_init(struct response *response);
void response_done(struct response *response);

/* Add or replace a header field. Values with control characters are a bug. */
void response_header(struct response *response, const char *name,
    const char *format, ...) printf_like(3, 4);

/* One more of that name, as for Set-Cookie (RFC 9110 section 5.3). */
void response_add_header(struct response *response, const char *name,
    const char *format, ...) printf_like(3, 4);

/* A body without content, usually 204. */
void response_empty(struct response *response, int status);

/* application/json; takes ownership of value. */
void response_json(struct response *response, int status, json_t *value);

/* Any bytes, copied. */
void response_bytes(struct response *response, int status,
    const char *content_type, struct view body);

/* text/plain; charset=utf-8. */
void response_text(struct response *response, int status, const char *text);

/* A part of a file; takes ownership of the descriptor. */
void response_file(struct response *response, int status,
    const char *content_type, int file, uint64_t offset, uint64_t length);

/* application/problem+json (RFC 9457): {type:"about:blank", title, status,
 * code, detail}. title NULL: the status's own phrase. */
void response_problem(struct response *response, int status, const char *code,
    const char *title, const char *detail);

/* The same with further members (borrowed; NULL: none). */
void
response_problem_with(struct response *response, int status, const char *code,
    const char *title, const char *detail, const json_t *more);

/* The problem for an error: status by category, the error's code (or the
 * category's name where it has none), its sentence as detail. ERR_SYSTEM and
 * ERR_UNCERTAIN are told to the caller without their sentence, which goes to
 * the log. */
void response_error(struct response *response, const struct err *err);

/* Status for an error: by code where one is listed (unauthenticated 401,
 * body_too_large 413, media_type 415, …), else by category. */
must_use int response_status_of(const struct err *err);

/* The error's code, or its category's name where it has none. */
must_use const char *response_code_of(const struct err *err);
/* May the sentence be told to the caller? Not for failures inside. */
must_use bool response_may_tell(const struct err *err);

static inline void
response_donep(struct response *response)
{
	response_done(response);
}

#endif
