/* Requests and answers on a connection, one after the other. */
#include "server/gateway/exchange.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "os/fd.h"
#include "server/gateway/console.h"
#include "server/gateway/installer.h"
#include "server/gateway/upstream.h"

enum {
	/* How long a rate is measured before it is judged. */
	READ_WINDOW_MS = 10 * 1000,
	WINDOWS_MIN = 4, /* in the time that a body may take */
	WRITE_WINDOW_MS = 30 * 1000,
	/* Reads of one connection in one round of the loop. */
	READ_BUDGET = 8,
};

static const char CONTINUE[] = "HTTP/1.1 100 Continue\r\n\r\n";

static void
exchange_new(struct connection *connection)
{
	struct exchange *exchange = memory_zeroed(sizeof(*exchange));

	check(connection->exchange == NULL);
	exchange->connection = connection;
	exchange->spool = -1;
	buf_init(&exchange->body, LIMIT_FRAME_BODY);
	connection->exchange = exchange;
}

void
exchange_drop_body(struct exchange *exchange)
{
	struct gateway *gateway = exchange->connection->gateway;

	gateway->body_bytes -= exchange->counted_bytes;
	exchange->counted_bytes = 0;
	if (exchange->spool >= 0)
		gateway->files--;
	fd_close(fd_take(&exchange->spool));
	buf_wipe(&exchange->body);
}

void
exchange_leave(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	if (exchange == NULL)
		return;
	upstream_forget(connection);
	exchange_drop_body(exchange);
	free(exchange);
	connection->exchange = NULL;
}

void
exchange_wait(struct connection *connection, int64_t timeout_ms)
{
	connection->turn = TURN_WAIT;
	connection->is_woken = false;
	connection_set_deadline(connection, timeout_ms);
}

/* 426 (RFC 9110 section 15.5.22), for no handshake and for an old one. */
static bool
answer_upgrade(
    struct connection *connection, const char *code, const char *detail)
{
	static const struct http_header extra[] = {
	    {VIEW_LITERAL("Upgrade"), VIEW_LITERAL("websocket")},
	    {VIEW_LITERAL("Sec-WebSocket-Version"), VIEW_LITERAL("13")},
	};

	answer_problem_extra(
	    connection, 426, code, detail, extra, array_length(extra));
	return false;
}

/* The handshake of a WebSocket route; false: answered. */
static bool
check_socket(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	switch (websocket_handshake_read(
	    &connection->reader->request, exchange->accept)) {
	case WEBSOCKET_ACCEPTED:
		exchange->asks_socket = true;
		return true;
	case WEBSOCKET_MALFORMED:
		answer_problem(connection, 400, "websocket_malformed",
		    "The WebSocket handshake breaks RFC 6455.");
		return false;
	case WEBSOCKET_VERSION:
		return answer_upgrade(connection, "websocket_version",
		    "Only version 13 of WebSocket is spoken here.");
	case WEBSOCKET_NOT_ASKED:
		break;
	}
	return answer_upgrade(
	    connection, "websocket_required", "This path is a WebSocket.");
}

static bool
check_route(struct connection *connection)
{
	const struct http_route *route = connection->exchange->route;

	if ((route->flags & HTTP_ROUTE_HTTPS_REQUIRED) != 0 &&
	    connection->listener == LISTENER_HTTP) {
		answer_problem(connection, 403, "https_required",
		    "This is answered over HTTPS alone.");
		return false;
	}
	return (route->flags & HTTP_ROUTE_WEBSOCKET) == 0 ||
	    check_socket(connection);
}

static void
answer_other_methods(struct connection *connection, const char *allow)
{
	if (view_equal_string(connection->reader->request.method, "OPTIONS")) {
		answer_options(connection, allow);
		return;
	}
	answer_problem_with(connection, 405, "method_not_allowed",
	    "This path does not take that method.", "Allow", allow);
}

/* False: answered. */
static bool
find_route(struct connection *connection)
{
	const struct http_request *request = &connection->reader->request;
	struct gateway *gateway = connection->gateway;
	struct http_route_match match;

	if (view_equal_string(request->path, "*")) {
		answer_options(connection, "GET, HEAD, POST, OPTIONS");
		return false;
	}
	switch (http_route_find(gateway->routes, gateway->route_count,
	    connection->listener, request->method, request->path, &match)) {
	case HTTP_ROUTE_FOUND:
		connection->exchange->route = match.route;
		return check_route(connection);
	case HTTP_ROUTE_NOT_FOUND:
		if (installer_answer(connection) || console_answer(connection))
			return false;
		answer_problem(connection, 404, "not_found",
		    "There is nothing at this path.");
		return false;
	case HTTP_ROUTE_OTHER_METHODS:
		answer_other_methods(connection, match.allow);
		return false;
	case HTTP_ROUTE_MALFORMED:
		break;
	}
	answer_problem(connection, 400, "path_malformed",
	    "The path holds a wrong percent-escape.");
	return false;
}

static bool
check_coding(struct connection *connection)
{
	struct view coding;

	if (http_request_header(&connection->reader->request,
		"Content-Encoding", &coding) == 0 ||
	    view_equal_string_nocase(coding, "identity"))
		return true;
	answer_problem_with(connection, 415, "content_encoding",
	    "Bodies are taken without a content coding.", "Accept-Encoding",
	    "identity");
	return false;
}

/* Short limits of the configuration shorten the windows too. */
static int64_t
window_ms(const struct connection *connection, int64_t most_ms)
{
	int64_t limit_ms =
	    connection->gateway->config->body_timeout_ms / WINDOWS_MIN;

	return limit_ms < most_ms ? limit_ms : most_ms;
}

static void
expect_body(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	struct err err = ERR_INIT;

	/* Whoever has begun to send the body does not wait for this. */
	if (connection->reader->request.expects_continue)
		check(buf_append(
		    &connection->out, CONTINUE, sizeof(CONTINUE) - 1, &err));
	connection->moved_bytes = 0;
	connection->limit_ms =
	    clock_monotonic_ms() + gateway->config->body_timeout_ms;
	connection_set_deadline(
	    connection, window_ms(connection, READ_WINDOW_MS));
}

static void
take_end(struct connection *connection)
{
	if (!test_routes_answer(connection))
		upstream_submit(connection);
}

/* Without a body its end is part of the head: an answer that is made here must
 * find the reader between two requests. */
static void
take_head(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	bool has_body = connection->reader->request.body_kind != HTTP_BODY_NONE;
	struct view nothing = {NULL, 0}, body;
	struct err err = ERR_INIT;

	gateway_count(gateway, &gateway->counters.requests, 1);
	if (!has_body)
		check(http_reader_next(connection->reader, &nothing, &body,
			  &err) == HTTP_END);
	exchange_new(connection);
	if (!find_route(connection) || !check_coding(connection) ||
	    !body_begin(connection))
		return;
	if (has_body)
		expect_body(connection);
	else
		take_end(connection);
}

static void
refuse(struct connection *connection, const struct err *err)
{
	struct gateway *gateway = connection->gateway;

	gateway_count(gateway, &gateway->counters.requests_refused, 1);
	report_refusal(
	    connection, IPC_EVENT_REQUEST_REFUSED, err, view_of(NULL, 0));
	connection->closes = true;
	answer_problem(connection, http_reader_status(connection->reader),
	    err->code, err_sentence(err));
}

/* Read from input until a request is whole or the input is used up. */
static void
feed(struct connection *connection, struct view *input)
{
	enum http_event event = HTTP_HEAD;

	connection_open_reader(connection);
	while (connection->turn == TURN_READ && !connection->is_aborted &&
	    event != HTTP_NEED_MORE) {
		struct err err = ERR_INIT;
		struct view body;

		event =
		    http_reader_next(connection->reader, input, &body, &err);
		switch (event) {
		case HTTP_NEED_MORE:
			break;
		case HTTP_HEAD:
			take_head(connection);
			break;
		case HTTP_BODY:
			if (!body_take(connection, body) &&
			    connection->turn == TURN_READ)
				connection->is_aborted = true;
			break;
		case HTTP_END:
			take_end(connection);
			break;
		case HTTP_REFUSED:
			refuse(connection, &err);
			break;
		}
	}
	if (connection->turn == TURN_READ && !connection->is_head_timed &&
	    connection_is_in_request(connection)) {
		connection->is_head_timed = true;
		if (http_reader_is_in_head(connection->reader))
			connection_set_deadline(connection,
			    connection->gateway->config->header_timeout_ms);
	}
}

static void
feed_pending(struct connection *connection)
{
	struct view rest = view_slice(buf_view(&connection->pending),
	    connection->pending_at, connection->pending.length);

	feed(connection, &rest);
	connection->pending_at = connection->pending.length - rest.length;
	if (rest.length == 0) {
		buf_wipe(&connection->pending);
		connection->pending_at = 0;
	}
}

/* Read once from the socket. */
static enum step
read_once(struct connection *connection)
{
	uint8_t *scratch = connection->gateway->scratch;
	struct err err = ERR_INIT;
	struct view input;
	size_t length;

	switch (
	    connection_read(connection, scratch, GATEWAY_READ_BYTES, &length)) {
	case IO_OK:
		break;
	case IO_AGAIN:
		return STEP_WAIT;
	case IO_EOF:
	case IO_FAILED:
		return STEP_END;
	}
	input = view_of(scratch, length);
	feed(connection, &input);
	if (input.length > 0)
		check(buf_append_view(&connection->pending, input, &err));
	return STEP_ON;
}

/* Is there something that no poll of the socket announces? */
static bool
has_pending(const struct connection *connection)
{
	return connection->pending.length > 0 ||
	    (connection->tls != NULL &&
		tls_session_has_pending(connection->tls));
}

static enum step
read_step(struct connection *connection)
{
	enum step step = STEP_ON;

	if (connection->pending.length > 0) {
		feed_pending(connection);
		return STEP_ON;
	}
	for (int i = 0; i < READ_BUDGET && step == STEP_ON &&
	     connection->turn == TURN_READ && connection->out.length == 0;
	     i++)
		step = read_once(connection);
	if (step != STEP_ON || connection->turn != TURN_READ ||
	    connection->out.length > 0)
		return step;
	if (has_pending(connection))
		return STEP_ON;
	connection->wants = LOOP_READ;
	return STEP_WAIT;
}

void
exchange_begin_idle(struct connection *connection)
{
	connection->turn = TURN_READ;
	connection->is_head_timed = false;
	if (connection->pending.length == 0)
		connection_close_reader(connection);
	connection_set_deadline(
	    connection, connection->gateway->config->idle_timeout_ms);
}

static enum step
finish_answer(struct connection *connection)
{
	exchange_leave(connection);
	if (connection->closes) {
		connection_linger(connection);
		return STEP_ON;
	}
	exchange_begin_idle(connection);
	/* Most clients send the next request after the answer: to look for it
	 * now would be a read in vain. */
	if (has_pending(connection))
		return STEP_ON;
	connection->wants = LOOP_READ;
	return STEP_WAIT;
}

static enum step
flush_step(struct connection *connection)
{
	switch (connection_flush(connection)) {
	case IO_OK:
		return STEP_ON;
	case IO_AGAIN:
		if (connection->limit_ms == 0) {
			connection->limit_ms = INT64_MAX;
			connection_set_deadline(
			    connection, window_ms(connection, WRITE_WINDOW_MS));
		}
		return STEP_WAIT;
	case IO_EOF:
	case IO_FAILED:
		break;
	}
	return STEP_END;
}

/* While core works, one event is enough to know that the client sent more: it
 * is read when its turn comes. */
static enum step
wait_step(struct connection *connection)
{
	connection->wants = connection->is_woken ? 0 : LOOP_READ;
	return STEP_WAIT;
}

enum step
exchange_step(struct connection *connection)
{
	enum step step;

	step = flush_step(connection);
	if (step != STEP_ON)
		return step;
	switch (connection->turn) {
	case TURN_READ:
		return read_step(connection);
	case TURN_WAIT:
		return wait_step(connection);
	case TURN_ANSWER:
		return finish_answer(connection);
	}
	unreachable();
}

/* Were enough bytes moved in the window that has ended? */
static bool
is_fast_enough(const struct connection *connection, int64_t most_ms)
{
	uint64_t rate = (uint64_t)connection->gateway->config->body_rate_bytes;
	uint64_t window = (uint64_t)window_ms(connection, most_ms);

	return connection->moved_bytes >= rate * window / 1000;
}

static void
timeout_read(struct connection *connection)
{
	int64_t left_ms = connection->limit_ms - clock_monotonic_ms();

	if (!connection_is_in_request(connection)) {
		connection_linger(connection);
	} else if (!http_reader_is_in_head(connection->reader) && left_ms > 0 &&
	    is_fast_enough(connection, READ_WINDOW_MS)) {
		connection->moved_bytes = 0;
		connection_set_deadline(connection,
		    left_ms < window_ms(connection, READ_WINDOW_MS)
			? left_ms
			: window_ms(connection, READ_WINDOW_MS));
	} else {
		gateway_count(connection->gateway,
		    &connection->gateway->counters.timeouts, 1);
		connection->closes = true;
		answer_problem(connection, 408, "request_timeout",
		    "The request came too slowly.");
		connection_set_deadline(connection, WRITE_WINDOW_MS);
	}
}

static void
timeout_wait(struct connection *connection)
{
	bool is_held = connection->is_held;
	bool is_away = connection->gateway->core == NULL;

	upstream_forget(connection);
	gateway_count(
	    connection->gateway, &connection->gateway->counters.timeouts, 1);
	if (is_held && is_away)
		answer_problem_with(connection, 503, "core_away",
		    "The server is restarting. Try again.", "Retry-After", "2");
	else if (is_held)
		answer_problem_with(connection, 503, "core_busy",
		    "The server is busy. Try again.", "Retry-After", "5");
	else
		answer_problem_with(connection, 504, "answer_timeout",
		    "The server did not answer in time.", "Retry-After", "5");
	connection_set_deadline(connection, WRITE_WINDOW_MS);
}

static void
timeout_answer(struct connection *connection)
{
	if (is_fast_enough(connection, WRITE_WINDOW_MS)) {
		connection->moved_bytes = 0;
		connection_set_deadline(
		    connection, window_ms(connection, WRITE_WINDOW_MS));
		return;
	}
	gateway_count(
	    connection->gateway, &connection->gateway->counters.timeouts, 1);
	connection->is_aborted = true;
}

void
exchange_timeout(struct connection *connection)
{
	static void (*const by_turn[])(struct connection *) = {
	    [TURN_READ] = timeout_read,
	    [TURN_WAIT] = timeout_wait,
	    [TURN_ANSWER] = timeout_answer,
	};

	by_turn[connection->turn](connection);
	connection_run(connection);
}
