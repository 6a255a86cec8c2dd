/* Echo routes for conformance suites; empty unless built with test_routes. */
#include "server/gateway/exchange.h"

#ifdef WARIFU_TEST_ROUTES

#include <string.h>

#include "base/check.h"
#include "os/fd.h"

enum {
	ECHO_BODY_MAX = 16 * 1024 * 1024,
};

static const struct http_route ROUTES[] = {
    {"POST", "/test/echo", LISTENER_HTTPS, ECHO_BODY_MAX, HTTP_ROUTE_GATEWAY,
	"testEcho"},
    {"GET", "/test/socket", LISTENER_HTTPS, 0,
	HTTP_ROUTE_GATEWAY | HTTP_ROUTE_WEBSOCKET, "testSocket"},
};

const struct http_route *
test_routes(size_t *out_count)
{
	*out_count = array_length(ROUTES);
	return ROUTES;
}

static void
echo(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct ipc_response response = {
	    .status = 200,
	    .headers = {.count = 1},
	    .body = buf_view(&exchange->body),
	    .has_body_descriptor = exchange->spool >= 0,
	    .body_length = exchange->body_length,
	};

	response.headers.items[0].name = VIEW_LITERAL("Content-Type");
	response.headers.items[0].value =
	    VIEW_LITERAL("application/octet-stream");
	answer_response(connection, &response, fd_take(&exchange->spool));
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
