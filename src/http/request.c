/* Reading HTTP/1.1 requests: the state machine over lines and bodies. */
#include "http/request.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "http/request_head.h"

enum {
	HEAD_MAX = LIMIT_HTTP_REQUEST_LINE + LIMIT_HTTP_HEADER_BYTES + 8,
};

enum reader_state {
	BEFORE,       /* nothing of a request yet */
	REQUEST_LINE, /* inside the first line */
	FIELDS,       /* inside the fields */
	BODY_START,   /* the head was reported; see what comes */
	BODY_KNOWN,   /* body_left bytes */
	BODY_CHUNKED,
	COMPLETE, /* report the end */
	REFUSED,
};

void
http_reader_init(struct http_reader *reader)
{
	*reader = (struct http_reader){.head = BUF_INIT(HEAD_MAX)};
}

void
http_reader_done(struct http_reader *reader)
{
	free(reader->request.headers);
	/* Heads hold credentials. */
	buf_wipe(&reader->head);
	http_reader_init(reader);
}

void
http_reader_release(struct http_reader *reader)
{
	check(reader->state == BEFORE);
	http_reader_done(reader);
}

unsigned
http_reader_status(const struct http_reader *reader)
{
	return reader->status;
}

bool
http_reader_is_inside(const struct http_reader *reader)
{
	return reader->state != BEFORE;
}

bool
http_reader_is_in_head(const struct http_reader *reader)
{
	return reader->state <= FIELDS;
}

static enum http_event
refuse(struct http_reader *reader, unsigned status)
{
	reader->state = REFUSED;
	reader->status = status;
	return HTTP_REFUSED;
}

static enum http_event
refuse_with(struct http_reader *reader, unsigned status, const char *code,
    const char *sentence, struct err *err)
{
	ignore_result(err_set_code(err,
	    status == 400 ? ERR_MALFORMED : ERR_LIMIT, code, "%s", sentence));
	return refuse(reader, status);
}

/* More of a line than its limit allows? */
static bool
is_over_limit(struct http_reader *reader, size_t more)
{
	size_t length = reader->head.length + more;

	if (reader->state != FIELDS)
		return length > LIMIT_HTTP_REQUEST_LINE + 2;
	return length - reader->request_line_end > LIMIT_HTTP_HEADER_BYTES + 2;
}

static enum http_event
refuse_limit(struct http_reader *reader, struct err *err)
{
	if (reader->state != FIELDS)
		return refuse_with(reader, 414, "request_line_too_long",
		    "the request line is too long", err);
	return refuse_with(reader, 431, "headers_too_large",
	    "the header fields are too large or too many", err);
}

/* The line that ends at the end of head, without its CRLF; false when it ends
 * in a bare LF. (A bare CR inside is found by the checks of its characters.) */
static bool
finish_line(const struct http_reader *reader, struct view *out)
{
	struct view line = view_slice(
	    buf_view(&reader->head), reader->line_start, reader->head.length);

	if (line.length < 2 || line.data[line.length - 2] != '\r')
		return false;
	*out = view_slice(line, 0, line.length - 2);
	return true;
}

static enum http_event
end_head(struct http_reader *reader, struct err *err)
{
	struct http_request *request = &reader->request;
	struct view head =
	    view_slice(buf_view(&reader->head), 0, reader->line_start);
	unsigned status = http_head_read(head, request, err);

	if (status != 0)
		return refuse(reader, status);
	reader->state = BODY_START;
	return HTTP_HEAD;
}

static enum http_event
end_request_line(struct http_reader *reader, struct view line, struct err *err)
{
	unsigned status;

	if (line.length == 0 && !reader->has_skipped_line) {
		reader->has_skipped_line = true;
		buf_clear(&reader->head);
		reader->state = BEFORE;
		return HTTP_NEED_MORE;
	}
	status = http_head_check_request_line(line, err);
	if (status != 0)
		return refuse(reader, status);
	reader->line_start = reader->head.length;
	reader->request_line_end = reader->head.length;
	reader->state = FIELDS;
	return HTTP_NEED_MORE;
}

static enum http_event
end_field(struct http_reader *reader, struct view line, struct err *err)
{
	unsigned status;

	if (line.length == 0)
		return end_head(reader, err);
	if (++reader->field_count > LIMIT_HTTP_HEADER_COUNT)
		return refuse_limit(reader, err);
	status = http_head_check_field_line(line, err);
	if (status != 0)
		return refuse(reader, status);
	reader->line_start = reader->head.length;
	return HTTP_NEED_MORE;
}

/* Take the input up to the end of a line, or all of it. */
static enum http_event
take_line(struct http_reader *reader, struct view *input, struct err *err)
{
	const uint8_t *end = memchr(input->data, '\n', input->length);
	size_t part =
	    end == NULL ? input->length : (size_t)(end - input->data) + 1;
	struct view line = {NULL, 0};

	if (reader->state == BEFORE)
		reader->state = REQUEST_LINE;
	if (is_over_limit(reader, part))
		return refuse_limit(reader, err);
	check(buf_append(&reader->head, input->data, part, err));
	*input = view_slice(*input, part, input->length);
	if (end == NULL)
		return HTTP_NEED_MORE;
	if (!finish_line(reader, &line))
		return refuse_with(reader, 400, "bare_line_feed",
		    "a line does not end in CR LF", err);
	return reader->state == FIELDS ? end_field(reader, line, err)
				       : end_request_line(reader, line, err);
}

static enum http_event
take_head(struct http_reader *reader, struct view *input, struct err *err)
{
	enum http_event event = HTTP_NEED_MORE;

	while (input->length > 0 && event == HTTP_NEED_MORE)
		event = take_line(reader, input, err);
	return event;
}

static void
begin_body(struct http_reader *reader)
{
	switch (reader->request.body_kind) {
	case HTTP_BODY_NONE:
		reader->state = COMPLETE;
		break;
	case HTTP_BODY_LENGTH:
		reader->body_left = reader->request.content_length;
		reader->state = BODY_KNOWN;
		break;
	case HTTP_BODY_CHUNKED:
		http_chunked_init(&reader->chunked);
		reader->state = BODY_CHUNKED;
		break;
	}
}

static enum http_event
take_known(
    struct http_reader *reader, struct view *input, struct view *out_body)
{
	size_t part = input->length;

	if (part == 0)
		return HTTP_NEED_MORE;
	if (part > reader->body_left)
		part = (size_t)reader->body_left;
	*out_body = view_slice(*input, 0, part);
	*input = view_slice(*input, part, input->length);
	reader->body_left -= part;
	if (reader->body_left == 0)
		reader->state = COMPLETE;
	return HTTP_BODY;
}

static enum http_event
take_chunked(struct http_reader *reader, struct view *input,
    struct view *out_body, struct err *err)
{
	switch (http_chunked_next(&reader->chunked, input, out_body, err)) {
	case HTTP_CHUNKED_NEED_MORE:
		return HTTP_NEED_MORE;
	case HTTP_CHUNKED_DATA:
		return HTTP_BODY;
	case HTTP_CHUNKED_END:
		reader->state = COMPLETE;
		return HTTP_BODY; /* empty: the caller goes on */
	case HTTP_CHUNKED_REFUSED:
		break;
	}
	return refuse(reader, 400);
}

/* Ready for the next request; the last one's fields stay readable until its
 * first byte comes. */
static enum http_event
complete(struct http_reader *reader)
{
	reader->state = BEFORE;
	reader->is_stale = true;
	return HTTP_END;
}

static void
drop_last_request(struct http_reader *reader)
{
	if (reader->is_stale)
		http_reader_release(reader);
}

static enum http_event
take_body(struct http_reader *reader, struct view *input, struct view *out_body,
    struct err *err)
{
	if (reader->state == BODY_START)
		begin_body(reader);
	if (reader->state == BODY_KNOWN)
		return take_known(reader, input, out_body);
	if (reader->state == BODY_CHUNKED) {
		*out_body = view_of(NULL, 0);
		enum http_event event =
		    take_chunked(reader, input, out_body, err);

		if (event != HTTP_BODY || out_body->length > 0)
			return event;
	}
	return complete(reader);
}

enum http_event
http_reader_next(struct http_reader *reader, struct view *input,
    struct view *out_body, struct err *err)
{
	if (reader->state == REFUSED)
		return refuse_with(reader, reader->status, "refused",
		    "the connection was refused already", err);
	if (reader->state >= BODY_START)
		return take_body(reader, input, out_body, err);
	if (input->length > 0)
		drop_last_request(reader);
	return take_head(reader, input, err);
}

size_t
http_request_header(
    const struct http_request *request, const char *name, struct view *out)
{
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++) {
		if (!view_equal_string_nocase(request->headers[i].name, name))
			continue;
		count++;
		if (out != NULL)
			*out = request->headers[i].value;
	}
	return count;
}

bool
http_request_has_token(
    const struct http_request *request, const char *name, const char *token)
{
	for (size_t i = 0; i < request->header_count; i++) {
		struct view rest = request->headers[i].value, element;

		if (!view_equal_string_nocase(request->headers[i].name, name))
			continue;
		while (http_list_next(&rest, &element)) {
			if (view_equal_string_nocase(element, token))
				return true;
		}
	}
	return false;
}
