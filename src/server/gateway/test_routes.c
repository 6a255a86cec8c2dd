/* Routes for conformance suites and benchmarks; empty unless built with
 * test_routes. */
#include "server/gateway/exchange.h"

#ifdef WARIFU_TEST_ROUTES

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/response.h"
#include "os/fd.h"

enum {
	ECHO_BODY_MAX = 16 * 1024 * 1024,
	FILE_MAX = 1024 * 1024 * 1024,
};

static const struct http_route ROUTES[] = {
    {"POST", "/test/echo", LISTENER_BOTH_TLS, ECHO_BODY_MAX, HTTP_ROUTE_GATEWAY,
	"testEcho"},
    {"GET", "/test/nothing", LISTENER_BOTH_TLS, 0, HTTP_ROUTE_GATEWAY,
	"testNothing"},
    {"GET", "/test/file", LISTENER_BOTH_TLS, 0, HTTP_ROUTE_GATEWAY, "testFile"},
    {"GET", "/test/socket", LISTENER_HTTPS, 0,
	HTTP_ROUTE_GATEWAY | HTTP_ROUTE_WEBSOCKET, "testSocket"},
};

const struct http_route *
test_routes(size_t *out_count)
{
	*out_count = array_length(ROUTES);
	return ROUTES;
}

static struct buf
take_body(struct exchange *exchange)
{
	struct buf body = exchange->body;

	buf_init(&exchange->body, 0);
	return body;
}

static void
echo(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;
	/* Answering drops the request's body. */
	scoped(buf_wipep) struct buf body = take_body(exchange);
	struct ipc_response response = {
	    .status = 200,
	    .headers = {.count = 1},
	    .body = buf_view(&body),
	    .has_body_descriptor = exchange->spool >= 0,
	    .body_length = exchange->body_length,
	};
	struct err err = ERR_INIT;
	int fd = -1;

	response.headers.items[0].name = VIEW_LITERAL("Content-Type");
	response.headers.items[0].value =
	    VIEW_LITERAL("application/octet-stream");
	if (exchange->spool >= 0)
		check(fd_duplicate(exchange->spool, &fd, &err));
	answer_response(connection, &response, fd);
}

enum {
	ECHO_CHUNK = 1000,
};

static void
put_chunk(struct buf *out, struct view part, struct err *err)
{
	char head[HTTP_CHUNK_HEAD_SIZE];
	size_t length = http_chunk_head(part.length, head);

	check(buf_append(out, head, length, err));
	check(buf_append_view(out, part, err));
	check(buf_append(out, "\r\n", 2, err));
}

/* A small body in chunks, for clients that must read them. */
static void
echo_chunked(struct connection *connection)
{
	struct view rest = buf_view(&connection->exchange->body);
	struct http_response response = {
	    .status = 200, .length_kind = HTTP_LENGTH_CHUNKED};
	struct err err = ERR_INIT;

	check(http_response_write(
	    &connection->out, &response, clock_wall_ms(), &err));
	while (rest.length > 0) {
		put_chunk(
		    &connection->out, view_slice(rest, 0, ECHO_CHUNK), &err);
		rest = view_slice(rest, ECHO_CHUNK, rest.length);
	}
	put_chunk(&connection->out, rest, &err);
	connection->turn = TURN_ANSWER;
}

/* Byte n of the file. Real pages, not a hole: a peer that reads a file has to
 * fetch its bytes from memory too. */
static uint8_t
file_byte(uint64_t n)
{
	return (uint8_t)(n ^ n >> 8 ^ n >> 16);
}

/* One memory file for all, as long as the longest that was asked for. */
static bool
fill_file(struct gateway *gateway, int fd, uint64_t from, uint64_t length,
    struct err *err)
{
	while (from < length) {
		size_t part = GATEWAY_FILE_BYTES;

		if (part > length - from)
			part = (size_t)(length - from);
		for (size_t i = 0; i < part; i++)
			gateway->scratch[i] = file_byte(from + i);
		if (!fd_write_all(fd, view_of(gateway->scratch, part), err))
			return false;
		from += part;
	}
	return true;
}

static bool
open_file(
    struct gateway *gateway, uint64_t length, int *out_fd, struct err *err)
{
	static int fd = -1;
	static uint64_t filled_bytes;

	if ((fd < 0 && !fd_memfd_new("warifu-test-file", &fd, err)) ||
	    !fill_file(gateway, fd, filled_bytes, length, err))
		return false;
	if (filled_bytes < length)
		filled_bytes = length;
	return fd_duplicate(fd, out_fd, err);
}

/* GET /test/file?N: the first N bytes, sent as any file of core's is. */
static void
send_file(struct connection *connection)
{
	struct ipc_response response = {
	    .status = 200,
	    .headers = {.count = 1},
	    .has_body_descriptor = true,
	    .accepts_ranges = true,
	};
	struct err err = ERR_INIT;
	int fd = -1;

	response.headers.items[0].name = VIEW_LITERAL("Content-Type");
	response.headers.items[0].value =
	    VIEW_LITERAL("application/octet-stream");
	if (!view_to_u64(connection->reader->request.query, FILE_MAX,
		&response.body_length))
		answer_problem(connection, 400, "file_length",
		    "The query is the number of bytes, up to 1 GiB.");
	else if (!open_file(
		     connection->gateway, response.body_length, &fd, &err))
		answer_problem(
		    connection, 500, "file_unmade", err_sentence(&err));
	else
		answer_response(connection, &response, fd);
}

bool
test_routes_answer(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	if ((exchange->route->flags & HTTP_ROUTE_GATEWAY) == 0)
		return false;
	if (exchange->asks_socket) {
		connection->is_test_socket = true;
		socket_begin(connection, exchange->accept);
	} else if (strcmp(exchange->route->operation, "testFile") == 0) {
		send_file(connection);
	} else if (view_equal_string(
		       connection->reader->request.query, "chunked") &&
	    exchange->spool < 0) {
		echo_chunked(connection);
	} else {
		echo(connection);
	}
	return true;
}

#else

const struct http_route *
test_routes(size_t *out_count)
{
	*out_count = 0;
	return NULL;
}

bool
test_routes_answer(struct connection *connection)
{
	return false;
}

#endif
