/* The body of a request: bounded, kept inline while small, else in a memfd. */
#include <unistd.h>

#include "base/check.h"
#include "os/fd.h"
#include "server/gateway/exchange.h"

static bool
refuse_large(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	gateway_count(connection->gateway,
	    &connection->gateway->counters.requests_refused, 1);
	answer_problem(connection, 413, "body_too_large",
	    exchange->route->body_limit == 0
		? "This request takes no body."
		: "The body is larger than this request takes.");
	return false;
}

static bool
refuse_full(struct connection *connection)
{
	answer_problem_with(connection, 503, "spool_full",
	    "Too many large requests are in progress. Try again.",
	    "Retry-After", "5");
	return false;
}

static bool
has_spool_room(const struct gateway *gateway, uint64_t more)
{
	return gateway->spool_bytes <= GATEWAY_SPOOL_BYTES &&
	    more <= GATEWAY_SPOOL_BYTES - gateway->spool_bytes;
}

bool
body_begin(struct connection *connection)
{
	const struct http_request *request = &connection->reader->request;
	struct exchange *exchange = connection->exchange;
	uint64_t limit = exchange->route->body_limit;
	struct err err = ERR_INIT;

	if (request->body_kind == HTTP_BODY_NONE)
		return true;
	if (limit == 0 || request->content_length > limit)
		return refuse_large(connection);
	if (request->content_length <= LIMIT_FRAME_BODY)
		return buf_reserve(
		    &exchange->body, (size_t)request->content_length, &err);
	return has_spool_room(connection->gateway, request->content_length) ||
	    refuse_full(connection);
}

bool
exchange_spool(struct exchange *exchange, struct err *err)
{
	struct gateway *gateway = exchange->connection->gateway;

	check(exchange->spool < 0);
	if (!fd_memfd_new("request-body", &exchange->spool, err) ||
	    !fd_write_all(exchange->spool, buf_view(&exchange->body), err))
		return false;
	exchange->spooled_bytes = exchange->body.length;
	gateway->spool_bytes += exchange->body.length;
	buf_wipe(&exchange->body);
	return true;
}

static bool
write_spool(struct exchange *exchange, struct view part)
{
	struct gateway *gateway = exchange->connection->gateway;
	struct err err = ERR_INIT;

	if (!has_spool_room(gateway, part.length + exchange->body.length) ||
	    (exchange->spool < 0 && !exchange_spool(exchange, &err)) ||
	    !fd_write_all(exchange->spool, part, &err))
		return false;
	exchange->spooled_bytes += part.length;
	gateway->spool_bytes += part.length;
	return true;
}

bool
body_take(struct connection *connection, struct view part)
{
	struct exchange *exchange = connection->exchange;
	uint64_t limit = exchange->route->body_limit;
	struct err err = ERR_INIT;

	if (part.length > limit - exchange->body_length)
		return refuse_large(connection);
	exchange->body_length += part.length;
	connection->moved_bytes += part.length;
	if (exchange->spool < 0 && exchange->body_length <= LIMIT_FRAME_BODY)
		return buf_append_view(&exchange->body, part, &err);
	return write_spool(exchange, part) || refuse_full(connection);
}
