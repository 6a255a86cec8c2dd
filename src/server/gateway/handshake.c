/* The TLS handshake of a connection: its first bytes, its turn, its verdict. */
#include <errno.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "http/response.h"
#include "server/gateway/connection.h"

enum {
	RECORD_HANDSHAKE = 0x16, /* the first byte of a TLS hello */
	/* In the queue: after an outage a whole fleet stands there, and whoever
	 * is sent away stands at its end again. */
	QUEUE_MS = 2 * 60 * 1000,
};

static const char PLAIN_ANSWER[] =
    "This port speaks HTTPS. Use https:// in the URL.\n";

static bool
looks_like_http(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z';
}

/* To plain HTTP on a TLS port; nothing of what was sent is repeated. */
static enum step
answer_plain(struct connection *connection)
{
	static const struct http_header type = {VIEW_LITERAL("Content-Type"),
	    VIEW_LITERAL("text/plain; charset=utf-8")};
	struct http_response response = {
	    .status = 400,
	    .header_count = 1,
	    .headers = &type,
	    .length_kind = HTTP_LENGTH_KNOWN,
	    .content_length = sizeof(PLAIN_ANSWER) - 1,
	    .closes = true,
	};
	scoped(buf_donep) struct buf out = BUF_INIT(1024);
	struct err err = ERR_INIT;

	check(http_response_write(&out, &response, clock_wall_ms(), &err) &&
	    buf_append_string(&out, PLAIN_ANSWER, &err));
	/* Fits any socket buffer; nothing is lost to us where it does not. */
	(void)send(
	    connection->fd, out.data, out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
	connection_linger(connection);
	return STEP_ON;
}

/* A connection gets one of the few places only once its hello is there: silent
 * ones must not keep the others waiting. */
static enum step
hello_step(struct connection *connection)
{
	uint8_t first;
	ssize_t n = recv(connection->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		connection->wants = LOOP_READ;
		return STEP_WAIT;
	}
	if (n <= 0)
		return STEP_END;
	if (first != RECORD_HANDSHAKE && looks_like_http(first))
		return answer_plain(connection);
	TAILQ_INSERT_TAIL(
	    &connection->gateway->handshake_queue, connection, waiting);
	connection->phase = CONNECTION_QUEUED;
	connection_set_deadline(connection, QUEUE_MS);
	return STEP_ON;
}

static void
enter(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	struct tls_context *context = connection->listener == LISTENER_AGENT
	    ? gateway->agent
	    : gateway->https;

	check(context != NULL);
	TAILQ_REMOVE(&gateway->handshake_queue, connection, waiting);
	gateway->handshakes++;
	connection->has_handshake_slot = true;
	connection->phase = CONNECTION_HANDSHAKE;
	connection->tls = tls_session_new(context, connection->fd);
	connection_set_deadline(
	    connection, gateway->config->handshake_timeout_ms);
}

static bool
has_room(const struct gateway *gateway)
{
	return gateway->handshakes < (size_t)gateway->config->handshakes;
}

void
handshake_leave(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	if (connection->phase == CONNECTION_QUEUED)
		TAILQ_REMOVE(&gateway->handshake_queue, connection, waiting);
	if (!connection->has_handshake_slot)
		return;
	connection->has_handshake_slot = false;
	gateway->handshakes--;
	/* The next in the queue gets the place; it goes on when the loop says
	 * that its hello can be read, which is at once. */
	if (!TAILQ_EMPTY(&gateway->handshake_queue) && has_room(gateway)) {
		struct connection *next =
		    TAILQ_FIRST(&gateway->handshake_queue);

		enter(next);
		loop_watch_set(next->watch, LOOP_READ);
	}
}

static enum step
queued_step(struct connection *connection)
{
	if (!has_room(connection->gateway))
		return STEP_WAIT;
	enter(connection);
	return STEP_ON;
}

/* A trust snapshot may have come between the verdict and the end. */
static bool
is_denied(const struct connection *connection)
{
	const struct tls_peer *peer = tls_session_peer(connection->tls);
	const struct trust *trust =
	    tls_context_trust(connection->gateway->agent);

	return connection->listener == LISTENER_AGENT && peer != NULL &&
	    trust != NULL && trust_denies(trust, peer->agent_id, peer->serial);
}

static enum step
complete(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	handshake_leave(connection);
	if (is_denied(connection))
		return STEP_END;
	gateway_count(gateway, &gateway->counters.handshakes_done, 1);
	if (tls_session_peer(connection->tls) != NULL)
		gateway_count(gateway, &gateway->counters.handshakes_mutual, 1);
	connection->phase = CONNECTION_HTTP;
	connection_set_deadline(connection, gateway->config->header_timeout_ms);
	return STEP_ON;
}

static enum step
refuse(struct connection *connection, const struct err *err)
{
	struct gateway *gateway = connection->gateway;

	gateway_count(gateway, &gateway->counters.handshakes_refused, 1);
	report_refusal(connection, IPC_EVENT_HANDSHAKE_REFUSED, err,
	    tls_session_peer_der(connection->tls));
	/* The alert is in the socket: it must not be reset away. */
	handshake_leave(connection);
	(void)shutdown(connection->fd, SHUT_WR);
	tls_session_free(connection->tls);
	connection->tls = NULL;
	connection_linger(connection);
	return STEP_ON;
}

static enum step
shake(struct connection *connection)
{
	struct err err = ERR_INIT;

	switch (tls_session_handshake(connection->tls, &err)) {
	case TLS_IO_OK:
		return complete(connection);
	case TLS_IO_WANT_READ:
		connection->wants = LOOP_READ;
		return STEP_WAIT;
	case TLS_IO_WANT_WRITE:
		connection->wants = LOOP_WRITE;
		return STEP_WAIT;
	case TLS_IO_EOF:
		return STEP_END;
	case TLS_IO_FAILED:
		break;
	}
	return refuse(connection, &err);
}

enum step
handshake_step(struct connection *connection)
{
	if (connection->phase == CONNECTION_HELLO)
		return hello_step(connection);
	if (connection->phase == CONNECTION_QUEUED)
		return queued_step(connection);
	return shake(connection);
}
