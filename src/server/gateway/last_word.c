/* Answers to connections that end before a request of theirs was read. */
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/response.h"
#include "server/gateway/connection.h"

enum {
	HEADERS_MAX = 2,
};

static void
say(struct connection *connection, unsigned status,
    const struct http_header *headers, size_t header_count, struct view text)
{
	struct http_response response = {
	    .status = status,
	    .header_count = header_count,
	    .headers = headers,
	    .length_kind = HTTP_LENGTH_KNOWN,
	    .content_length = text.length,
	    .closes = true,
	};
	scoped(buf_donep) struct buf out = BUF_INIT(1024);
	struct err err = ERR_INIT;

	check(http_response_write(&out, &response, clock_wall_ms(), &err) &&
	    buf_append_view(&out, text, &err));
	/* Fits any socket buffer; nothing is lost to us where it does not. */
	(void)send(
	    connection->fd, out.data, out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
	connection_linger(connection);
}

/* Nothing of what was sent is repeated. */
void
last_word_https(struct connection *connection)
{
	static const struct http_header type = {VIEW_LITERAL("Content-Type"),
	    VIEW_LITERAL("text/plain; charset=utf-8")};

	say(connection, 400, &type, 1,
	    VIEW_LITERAL("This port speaks HTTPS. Use https:// in the URL.\n"));
}

void
last_word_busy(struct connection *connection)
{
	static const struct http_header headers[HEADERS_MAX] = {
	    {VIEW_LITERAL("Content-Type"),
		VIEW_LITERAL("application/problem+json")},
	    {VIEW_LITERAL("Retry-After"), VIEW_LITERAL("5")},
	};

	say(connection, 503, headers, HEADERS_MAX,
	    VIEW_LITERAL("{\"type\":\"about:blank\",\"title\":\"Service "
			 "Unavailable\",\"status\":503,\"code\":"
			 "\"too_many_connections\",\"detail\":\"Too many "
			 "connections are open. Try again.\"}"));
}
