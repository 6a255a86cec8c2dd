/* The head of a request: request line, fields, and what they mean together. */
#include "http/request_head.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"

enum {
	METHOD_MAX = 32,
};

static unsigned
refuse(struct err *err, unsigned status, const char *code, const char *sentence)
{
	ignore_result(err_set_code(err, ERR_MALFORMED, code, "%s", sentence));
	return status;
}

/* "HTTP/1.1": the version's second digit, or a status to refuse with. */
static unsigned
read_version(struct view text, unsigned *out_minor, struct err *err)
{
	if (text.length != 8 || !view_starts_with(text, "HTTP/") ||
	    text.data[5] < '0' || text.data[5] > '9' || text.data[6] != '.' ||
	    text.data[7] < '0' || text.data[7] > '9')
		return refuse(err, 400, "request_line_malformed",
		    "the request line does not end in an HTTP version");
	if (text.data[5] != '1' || text.data[7] > '1')
		return refuse(err, 505, "http_version",
		    "only HTTP/1.0 and HTTP/1.1 are spoken here");
	*out_minor = (unsigned)(text.data[7] - '0');
	return 0;
}

/* Everything from "/" or "?" on; empty means "/". */
static bool
read_path(struct view text, struct http_request *out)
{
	out->has_query = view_cut(text, '?', &out->path, &out->query);
	if (out->path.length == 0)
		out->path = VIEW_LITERAL("/");
	return http_is_path(out->path) && http_is_query(out->query);
}

/* RFC 9112 section 3.2.2: the authority of the target takes Host's place. */
static bool
read_absolute_form(struct view target, struct http_request *out)
{
	struct view rest = view_slice(target,
	    view_starts_with(target, "https://") ? 8 : 7, target.length);
	size_t end = 0;

	while (
	    end < rest.length && rest.data[end] != '/' && rest.data[end] != '?')
		end++;
	out->host = view_slice(rest, 0, end);
	rest = view_slice(rest, end, rest.length);
	if (!http_is_host(out->host) || !read_path(rest, out))
		return false;
	if (rest.length == 0 && view_equal_string(out->method, "OPTIONS"))
		out->path = VIEW_LITERAL("*");
	return true;
}

static bool
read_target(struct http_request *out)
{
	struct view target = out->target;

	if (target.length > 0 && target.data[0] == '/')
		return read_path(target, out);
	if (view_equal_string(target, "*")) {
		out->path = target;
		return view_equal_string(out->method, "OPTIONS");
	}
	return (view_starts_with(target, "http://") ||
		   view_starts_with(target, "https://")) &&
	    read_absolute_form(target, out);
}

static unsigned
read_request_line(struct view line, struct http_request *out, struct err *err)
{
	struct view rest, version;
	unsigned status;

	view_cut(line, ' ', &out->method, &rest);
	view_cut(rest, ' ', &out->target, &version);
	if (!http_is_token(out->method) || out->method.length > METHOD_MAX)
		return refuse(err, 400, "request_line_malformed",
		    "the request line does not begin with a method");
	status = read_version(version, &out->minor_version, err);
	if (status != 0)
		return status;
	if (view_equal_string(out->method, "CONNECT"))
		return refuse(
		    err, 501, "connect_refused", "this server is not a proxy");
	if (!read_target(out))
		return refuse(err, 400, "target_malformed",
		    "the request's target is not a valid path");
	return 0;
}

unsigned
http_head_check_request_line(struct view line, struct err *err)
{
	struct http_request scratch = {0};

	return read_request_line(line, &scratch, err);
}

static bool
read_field(struct view line, struct http_header *out)
{
	if (!view_cut(line, ':', &out->name, &out->value))
		return false;
	out->value = view_trim(out->value);
	return http_is_token(out->name) && http_is_field_value(out->value);
}

unsigned
http_head_check_field_line(struct view line, struct err *err)
{
	struct http_header field;

	if (line.length > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
		return refuse(err, 400, "folded_header",
		    "a header field goes on in the next line");
	if (!read_field(line, &field))
		return refuse(err, 400, "header_malformed",
		    "a header field breaks its form");
	return 0;
}

/* Fields that mean one thing and therefore come once. */
static const char *const SINGLE_FIELDS[] = {
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Expect",
    "Host",
    "If-Range",
    "Origin",
    "Range",
    "Sec-Fetch-Site",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Transfer-Encoding",
};

static unsigned
check_single_fields(const struct http_request *request, struct err *err)
{
	for (size_t i = 0; i < array_length(SINGLE_FIELDS); i++) {
		if (http_request_header(request, SINGLE_FIELDS[i], NULL) > 1) {
			ignore_result(
			    err_set_code(err, ERR_MALFORMED, "duplicate_header",
				"there are two %s fields", SINGLE_FIELDS[i]));
			return 400;
		}
	}
	return 0;
}

static unsigned
read_host(struct http_request *request, struct err *err)
{
	struct view host = {NULL, 0};

	if (http_request_header(request, "Host", &host) == 0) {
		if (request->minor_version == 0)
			return 0;
		return refuse(
		    err, 400, "host_missing", "there is no Host field");
	}
	if (!http_is_host(host))
		return refuse(err, 400, "host_malformed",
		    "the Host field is not a host and port");
	if (request->host.length == 0)
		request->host = host;
	return 0;
}

/* RFC 9112 section 6.1: chunked alone is understood. */
static unsigned
read_transfer_encoding(
    struct view value, struct http_request *request, struct err *err)
{
	struct view rest = value, coding, last = {NULL, 0};
	size_t count = 0, chunked = 0;

	while (http_list_next(&rest, &coding)) {
		if (!http_is_token(coding))
			return refuse(err, 400, "transfer_encoding_malformed",
			    "the Transfer-Encoding field breaks its form");
		count++;
		if (view_equal_string_nocase(coding, "chunked"))
			chunked++;
		last = coding;
	}
	if (view_equal_string_nocase(value, "chunked") && count == 1) {
		request->body_kind = HTTP_BODY_CHUNKED;
		return 0;
	}
	if (count == 0 || chunked > 1 || count == chunked ||
	    (chunked == 1 && !view_equal_string_nocase(last, "chunked")))
		return refuse(err, 400, "transfer_encoding_malformed",
		    "the Transfer-Encoding field breaks its form");
	return refuse(err, 501, "transfer_coding",
	    "the only transfer coding understood is chunked");
}

static unsigned
read_framing(struct http_request *request, struct err *err)
{
	struct view coding, length;
	bool has_coding =
	    http_request_header(request, "Transfer-Encoding", &coding) > 0;
	bool has_length =
	    http_request_header(request, "Content-Length", &length) > 0;

	if (has_coding && (has_length || request->minor_version == 0))
		return refuse(err, 400, "two_lengths",
		    "a transfer coding and a length, or one in HTTP/1.0");
	if (has_coding)
		return read_transfer_encoding(coding, request, err);
	if (!has_length)
		return 0;
	if (!view_to_u64(length, INT64_MAX, &request->content_length))
		return refuse(err, 400, "content_length_malformed",
		    "the Content-Length field is not a plain number");
	if (request->content_length > 0)
		request->body_kind = HTTP_BODY_LENGTH;
	return 0;
}

static unsigned
read_connection(struct http_request *request, struct err *err)
{
	struct view expect;

	if (request->minor_version == 0)
		request->keeps_alive =
		    http_request_has_token(request, "Connection", "keep-alive");
	else
		request->keeps_alive = true;
	if (http_request_has_token(request, "Connection", "close"))
		request->keeps_alive = false;
	if (http_request_header(request, "Expect", &expect) == 0 ||
	    request->minor_version == 0)
		return 0;
	if (!view_equal_string_nocase(expect, "100-continue"))
		return refuse(err, 417, "expectation_unknown",
		    "the only expectation understood is 100-continue");
	request->expects_continue = request->body_kind != HTTP_BODY_NONE;
	return 0;
}

/* The next line without its CRLF. */
static struct view
next_line(struct view *rest)
{
	struct view line;

	view_cut(*rest, '\n', &line, rest);
	check(line.length > 0 && line.data[line.length - 1] == '\r');
	return view_slice(line, 0, line.length - 1);
}

static size_t
count_lines(struct view text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += text.data[i] == '\n';
	return count;
}

static unsigned (*const STEPS[])(struct http_request *, struct err *) = {
    read_host,
    read_framing,
    read_connection,
};

unsigned
http_head_read(struct view head, struct http_request *out, struct err *err)
{
	struct view rest = head;
	unsigned status = read_request_line(next_line(&rest), out, err);

	if (status != 0)
		return status;
	out->headers =
	    memory_array(count_lines(rest) + 1, sizeof(*out->headers));
	while (rest.length > 0)
		check(read_field(
		    next_line(&rest), &out->headers[out->header_count++]));
	status = check_single_fields(out, err);
	for (size_t i = 0; i < array_length(STEPS) && status == 0; i++)
		status = STEPS[i](out, err);
	return status;
}
