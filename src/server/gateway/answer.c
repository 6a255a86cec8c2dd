/* Writing answers: the gateway's own and core's. */
#include <fcntl.h>
#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/range.h"
#include "http/response.h"
#include "os/fd.h"
#include "server/gateway/exchange.h"

enum {
	OWN_HEADERS_MAX = 2 + ANSWER_EXTRA_MAX,
};

/* Every answer follows a request's first byte at least, so there is a reader.
 */
static bool
is_head_request(const struct connection *connection)
{
	return view_equal_string(connection->reader->request.method, "HEAD");
}

/* Decide once whether the connection lives on, and say so. */
static void
decide_connection(struct connection *connection, struct http_response *response)
{
	const struct http_request *request = &connection->reader->request;

	if (connection->gateway->is_draining || !request->keeps_alive)
		connection->closes = true;
	/* What is left of a body would be read as the next request. */
	if (connection_is_in_request(connection))
		connection->closes = true;
	response->closes = connection->closes;
	response->keeps_alive_1_0 =
	    !connection->closes && request->minor_version == 0;
}

static struct http_header
make_header(const char *name, const char *value)
{
	return (struct http_header){view_string(name), view_string(value)};
}

/* What every answer to a browser says, whoever composed it: it is no page of
 * anybody's frame, it is what its type says, and nothing in it runs. An answer
 * with a word of its own keeps it. */
static const struct {
	const char *name, *value;
} GUARDS[] = {
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

enum {
	GUARDED_MAX = LIMIT_HTTP_HEADER_COUNT + 2 + (int)array_length(GUARDS),
};

static bool
has_header(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (view_equal_string(response->headers[i].name, name))
			return true;
	return false;
}

/* all has room for GUARDED_MAX. */
static void
add_guards(const struct connection *connection, struct http_response *response,
    struct http_header *all)
{
	size_t count = response->header_count;

	if (connection->listener == LISTENER_AGENT)
		return;
	check(count + array_length(GUARDS) <= GUARDED_MAX);
	for (size_t i = 0; i < count; i++)
		all[i] = response->headers[i];
	for (size_t i = 0; i < array_length(GUARDS); i++)
		if (!has_header(response, GUARDS[i].name))
			all[count++] =
			    make_header(GUARDS[i].name, GUARDS[i].value);
	response->headers = all;
	response->header_count = count;
}

/* Head and inline body into the buffer; false when a header is not one. */
static bool
put(struct connection *connection, const struct http_response *answer,
    struct view body)
{
	struct http_response guarded = *answer, *response = &guarded;
	struct http_header all[GUARDED_MAX];
	struct err err = ERR_INIT;

	add_guards(connection, response, all);
	decide_connection(connection, response);
	if (!http_response_write(
		&connection->out, response, clock_wall_ms(), &err) ||
	    (!is_head_request(connection) &&
		!buf_append_view(&connection->out, body, &err))) {
		log_failure(LOG_LEVEL_ERROR, "An answer cannot be sent", &err);
		return false;
	}
	connection->turn = TURN_ANSWER;
	connection->moved_bytes = 0;
	connection->limit_ms = 0;
	return true;
}

void
answer_problem_extra(struct connection *connection, unsigned status,
    const char *code, const char *detail, const struct http_header *extra,
    size_t extra_count)
{
	scoped(buf_donep) struct buf body = BUF_INIT(4096);
	struct http_header headers[OWN_HEADERS_MAX];
	struct http_response response = {
	    .status = status,
	    .headers = headers,
	    .length_kind = HTTP_LENGTH_KNOWN,
	};
	struct err err = ERR_INIT;

	check(extra_count <= ANSWER_EXTRA_MAX);
	check(http_problem_write(&body, status, code, detail, &err));
	headers[response.header_count++] =
	    make_header("Content-Type", "application/problem+json");
	headers[response.header_count++] =
	    make_header("Cache-Control", "no-store");
	for (size_t i = 0; i < extra_count; i++)
		headers[response.header_count++] = extra[i];
	response.upgrades = status == 426;
	response.content_length = body.length;
	if (!put(connection, &response, buf_view(&body)))
		connection->is_aborted = true;
}

void
answer_problem_with(struct connection *connection, unsigned status,
    const char *code, const char *detail, const char *header, const char *value)
{
	struct http_header extra = make_header(header, value);

	answer_problem_extra(connection, status, code, detail, &extra, 1);
}

void
answer_problem(struct connection *connection, unsigned status, const char *code,
    const char *detail)
{
	answer_problem_extra(connection, status, code, detail, NULL, 0);
}

void
answer_options(struct connection *connection, const char *allow)
{
	struct http_header header = make_header("Allow", allow);
	struct http_response response = {
	    .status = 204,
	    .header_count = 1,
	    .headers = &header,
	};

	if (!put(connection, &response, view_of(NULL, 0)))
		connection->is_aborted = true;
}

/* An answer of core's on its way to the client. */
struct reply {
	struct connection *connection;
	struct http_response http;
	struct http_header headers[LIMIT_HTTP_HEADER_COUNT + 2];
	struct view body;
	int file;
	uint64_t offset;
	uint64_t length;
	char content_range[64];
};

static void
add_header(struct reply *reply, const char *name, const char *value)
{
	reply->headers[reply->http.header_count++] = make_header(name, value);
}

static struct view
find_header(const struct ipc_response *response, const char *name)
{
	bool found;

	return ipc_headers_find(&response->headers, name, &found);
}

static void
answer_unsatisfiable(struct reply *reply)
{
	snprintf(reply->content_range, sizeof(reply->content_range),
	    "bytes */%llu", (unsigned long long)reply->length);
	answer_problem_with(reply->connection, 416, "range_unsatisfiable",
	    "The range lies outside of what there is.", "Content-Range",
	    reply->content_range);
}

static void
cut(struct reply *reply, uint64_t offset, uint64_t length)
{
	snprintf(reply->content_range, sizeof(reply->content_range),
	    "bytes %llu-%llu/%llu", (unsigned long long)offset,
	    (unsigned long long)(offset + length - 1),
	    (unsigned long long)reply->length);
	add_header(reply, "Content-Range", reply->content_range);
	reply->http.status = 206;
	reply->offset += offset;
	reply->length = length;
	if (reply->file < 0)
		reply->body =
		    view_slice(reply->body, (size_t)offset, (size_t)length);
}

/* RFC 9110 section 14.2; false when 416 was answered. */
static bool
apply_range(struct reply *reply, const struct ipc_response *response)
{
	const struct http_request *request =
	    &reply->connection->reader->request;
	struct view range = {NULL, 0}, if_range = {NULL, 0};
	uint64_t offset, length;

	if (!response->accepts_ranges || response->status != 200 ||
	    !view_equal_string(request->method, "GET"))
		return true;
	add_header(reply, "Accept-Ranges", "bytes");
	(void)http_request_header(request, "If-Range", &if_range);
	if (http_request_header(request, "Range", &range) != 1 ||
	    !http_range_is_current(if_range, find_header(response, "ETag"),
		find_header(response, "Last-Modified")))
		return true;
	switch (http_range_read(range, reply->length, &offset, &length)) {
	case HTTP_RANGE_WHOLE:
		return true;
	case HTTP_RANGE_PART:
		cut(reply, offset, length);
		return true;
	case HTTP_RANGE_UNSATISFIABLE:
		break;
	}
	answer_unsatisfiable(reply);
	return false;
}

static void
take_headers(struct reply *reply, const struct ipc_response *response)
{
	for (size_t i = 0; i < response->headers.count; i++) {
		reply->headers[i].name = response->headers.items[i].name;
		reply->headers[i].value = response->headers.items[i].value;
	}
	reply->http.headers = reply->headers;
	reply->http.header_count = response->headers.count;
}

static bool
has_no_body(unsigned status)
{
	return status == 204 || status == 304;
}

/* A memory file is memory of the machine until the last reader has done. */
static uint64_t
memory_of(const struct reply *reply)
{
	return fcntl(reply->file, F_GET_SEALS) < 0 ? 0 : reply->length;
}

/* A crowd of slow readers may not keep more answers than there is room for. */
static bool
has_file_room(const struct reply *reply)
{
	return reply->file < 0 ||
	    (body_has_file(reply->connection) &&
		body_has_room(reply->connection, memory_of(reply)));
}

static void
answer_busy(struct connection *connection)
{
	answer_problem_with(connection, 503, "answers_full",
	    "Too many large answers are on their way. Try again.",
	    "Retry-After", "5");
}

/* The rest of the body comes from the file as the socket takes it. */
static void
begin_file(struct reply *reply)
{
	struct connection *connection = reply->connection;

	if (reply->file < 0)
		return;
	if (is_head_request(connection) || reply->length == 0 ||
	    has_no_body(reply->http.status)) {
		fd_close(reply->file);
		return;
	}
	connection->file = reply->file;
	connection->file_bytes = memory_of(reply);
	connection->gateway->files++;
	connection->gateway->body_bytes += connection->file_bytes;
	connection->file_offset = reply->offset;
	connection->file_left = reply->length;
}

static void
answer_broken(struct connection *connection)
{
	answer_problem(connection, 500, "answer_broken",
	    "The server composed an answer that cannot be sent.");
}

void
answer_response(
    struct connection *connection, const struct ipc_response *response, int fd)
{
	struct reply reply = {
	    .connection = connection,
	    .http = {.status = response->status,
		.length_kind = HTTP_LENGTH_KNOWN},
	    .body = response->body,
	    .file = fd,
	    .offset = response->body_offset,
	    .length = response->body_length,
	};

	exchange_drop_body(connection->exchange);
	if (response->closes)
		connection->closes = true;
	if (!has_file_room(&reply)) {
		fd_close(fd);
		answer_busy(connection);
		return;
	}
	take_headers(&reply, response);
	if (!apply_range(&reply, response)) {
		fd_close(fd);
		return;
	}
	reply.http.content_length = reply.length;
	if (has_no_body(response->status)) {
		reply.http.length_kind = HTTP_LENGTH_NONE;
		reply.body = view_of(NULL, 0);
	}
	if (put(connection, &reply.http, reply.body)) {
		begin_file(&reply);
	} else {
		fd_close(fd);
		answer_broken(connection);
	}
}
