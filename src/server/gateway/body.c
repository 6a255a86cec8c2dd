/* The body of a request: bounded, kept inline while small, else in a memfd. */
#include <unistd.h>

#include "base/check.h"
#include "os/fd.h"
#include "server/gateway/exchange.h"
#include "server/gateway/shed.h"

enum {
	PEOPLE_SHARE = 8, /* of the bytes that bodies may take */
};

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

/* Agents leave a part to people, whose requests are small. */
bool
body_has_room(struct connection *connection, uint64_t more)
{
	struct gateway *gateway = connection->gateway;
	uint64_t most = gateway->limits.body_bytes;

	if (connection->listener == LISTENER_AGENT)
		most -= most / PEOPLE_SHARE;
	if (gateway->body_bytes <= most && more <= most - gateway->body_bytes)
		return true;
	shed(gateway, SHED_BODIES, connection->address);
	return false;
}

bool
body_has_file(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	if (gateway->files < gateway->limits.files)
		return true;
	shed(gateway, SHED_FILES, connection->address);
	return false;
}

/* Make sure that so much of the body is counted. */
static bool
count_up_to(struct exchange *exchange, uint64_t length)
{
	struct connection *connection = exchange->connection;
	uint64_t more;

	if (length <= exchange->counted_bytes)
		return true;
	more = length - exchange->counted_bytes;
	if (!body_has_room(connection, more))
		return false;
	exchange->counted_bytes += more;
	connection->gateway->body_bytes += more;
	return true;
}

/* A short body is counted before its first byte, a long one as it comes: else
 * a few words could claim all there is. */
bool
body_begin(struct connection *connection)
{
	const struct http_request *request = &connection->reader->request;
	struct exchange *exchange = connection->exchange;
	uint64_t limit = exchange->route->body_limit;
	uint64_t length = request->content_length;
	struct err err = ERR_INIT;

	if (request->body_kind == HTTP_BODY_NONE)
		return true;
	if (limit == 0 || length > limit)
		return refuse_large(connection);
	if (length > LIMIT_FRAME_BODY)
		return body_has_room(connection, length) ||
		    refuse_full(connection);
	if (!count_up_to(exchange, length))
		return refuse_full(connection);
	return buf_reserve(&exchange->body, (size_t)length, &err);
}

bool
exchange_spool(struct exchange *exchange, struct err *err)
{
	struct connection *connection = exchange->connection;

	check(exchange->spool < 0);
	if (!body_has_file(connection))
		return err_set(err, ERR_LIMIT, "too many bodies are files");
	if (!fd_memfd_new("request-body", &exchange->spool, err))
		return false;
	connection->gateway->files++;
	if (!fd_write_all(exchange->spool, buf_view(&exchange->body), err))
		return false;
	buf_wipe(&exchange->body);
	return true;
}

static bool
write_spool(struct exchange *exchange, struct view part)
{
	struct err err = ERR_INIT;

	return (exchange->spool >= 0 || exchange_spool(exchange, &err)) &&
	    fd_write_all(exchange->spool, part, &err);
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
	if (!count_up_to(exchange, exchange->body_length))
		return refuse_full(connection);
	if (exchange->spool < 0 && exchange->body_length <= LIMIT_FRAME_BODY)
		return buf_append_view(&exchange->body, part, &err);
	return write_spool(exchange, part) || refuse_full(connection);
}
