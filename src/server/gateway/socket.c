/* WebSockets: frames of a client to messages of core, and back. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "http/response.h"
#include "server/gateway/exchange.h"
#include "server/gateway/upstream.h"

enum {
	/* Silence after which the client is asked whether it lives, and how
	 * long its answer may take. */
	PING_AFTER_MS = 10 * 60 * 1000,
	PONG_WITHIN_MS = 30 * 1000,
	/* A console's the same; its tab may be gone without a word. */
	CONSOLE_PING_AFTER_MS = 30 * 1000,
	CONSOLE_PONG_WITHIN_MS = 15 * 1000,
	/* How long the client's close may take to follow ours. */
	CLOSE_WITHIN_MS = 5 * 1000,
	/* Unsent bytes over which nothing more is read. */
	UNSENT_MAX = 64 * 1024,
	TEST_MESSAGE_MAX = 16 * 1024 * 1024,
};

/* Of a person's browser or command line, which only listens. */
static bool
is_console(const struct connection *connection)
{
	return connection->listener != LISTENER_AGENT &&
	    !connection->is_test_socket;
}

/* Short limits of the configuration shorten a console's as well. */
static void
expect_life(struct connection *connection)
{
	int64_t idle_ms = connection->gateway->config->idle_timeout_ms;

	if (!is_console(connection))
		connection_set_deadline(connection, PING_AFTER_MS);
	else
		connection_set_deadline(connection,
		    idle_ms < CONSOLE_PING_AFTER_MS ? idle_ms
						    : CONSOLE_PING_AFTER_MS);
}

static int64_t
pong_within_ms(const struct connection *connection)
{
	int64_t header_ms = connection->gateway->config->header_timeout_ms;

	if (!is_console(connection))
		return PONG_WITHIN_MS;
	return header_ms < CONSOLE_PONG_WITHIN_MS ? header_ms
						  : CONSOLE_PONG_WITHIN_MS;
}

static void
on_message(void *context, bool is_text, struct view payload)
{
	struct connection *connection = context;
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct ipc_socket_message message = {
	    .socket = connection->socket,
	    .is_text = is_text,
	    .payload = payload,
	};
	struct err err = ERR_INIT;

	if (connection->is_test_socket) {
		if (!websocket_send(connection->websocket, is_text, payload))
			connection->is_socket_over = true;
	} else if (is_console(connection)) {
		/* Core is not bothered with what nobody asked for. */
		websocket_close(connection->websocket, WEBSOCKET_POLICY,
		    VIEW_LITERAL("nothing is to be sent here"));
	} else if (ipc_socket_message_write(&body, &message, &err)) {
		upstream_note(connection->gateway, IPC_MESSAGE_SOCKET_MESSAGE,
		    buf_view(&body));
	}
}

static void
write_handshake(struct connection *connection, const char *accept)
{
	struct http_header headers[] = {
	    {VIEW_LITERAL("Upgrade"), VIEW_LITERAL("websocket")},
	    {VIEW_LITERAL("Sec-WebSocket-Accept"), view_string(accept)},
	};
	struct http_response response = {
	    .status = 101,
	    .header_count = array_length(headers),
	    .headers = headers,
	    .upgrades = true,
	};
	struct err err = ERR_INIT;

	check(http_response_write(
	    &connection->out, &response, clock_wall_ms(), &err));
}

static void
register_socket(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	gateway_count(gateway, &gateway->counters.sockets_open, 1);
	if (connection->is_test_socket)
		return;
	HASH_ADD(hh, gateway->sockets, socket, sizeof(connection->socket),
	    connection);
	upstream_name_socket(connection);
}

void
socket_begin(struct connection *connection, const char *accept)
{
	size_t max = connection->is_test_socket ? TEST_MESSAGE_MAX
	    : is_console(connection) ? LIMIT_WEBSOCKET_CONSOLE_MESSAGE
				     : LIMIT_WEBSOCKET_MESSAGE;

	write_handshake(connection, accept);
	connection->socket_path =
	    view_to_string(connection->reader->request.path);
	exchange_leave(connection);
	connection_close_reader(connection);
	connection->out.max = UNSENT_MAX + 2 * max;
	connection->phase = CONNECTION_SOCKET;
	connection->turn = TURN_WAIT; /* what still comes is not a request */
	connection->websocket =
	    websocket_new(max, on_message, connection, &connection->out);
	register_socket(connection);
	expect_life(connection);
	if (connection->gateway->is_draining)
		socket_close(
		    connection, WEBSOCKET_RESTART, VIEW_LITERAL("restart"));
}

static void
tell_closed(struct connection *connection)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct ipc_socket_close close = {
	    .socket = connection->socket,
	    .code = (uint16_t)websocket_close_code(connection->websocket),
	};
	struct err err = ERR_INIT;

	HASH_DELETE(hh, connection->gateway->sockets, connection);
	if (ipc_socket_close_write(&body, &close, &err))
		upstream_note(connection->gateway, IPC_MESSAGE_SOCKET_CLOSED,
		    buf_view(&body));
}

void
socket_leave(struct connection *connection)
{
	free(take(connection->socket_path));
	if (connection->websocket == NULL)
		return;
	connection->gateway->counters.sockets_open--;
	if (!connection->is_test_socket)
		tell_closed(connection);
	websocket_free(take(connection->websocket));
}

static void
receive(struct connection *connection, struct view input)
{
	if (!websocket_receive(connection->websocket, input))
		connection->is_socket_over = true;
	if (websocket_is_closing(connection->websocket))
		return; /* its deadline stands */
	connection->is_awaiting_pong = false;
	expect_life(connection);
}

static enum step
read_frames(struct connection *connection)
{
	uint8_t *scratch = connection->gateway->scratch;
	size_t length;

	switch (
	    connection_read(connection, scratch, GATEWAY_READ_BYTES, &length)) {
	case IO_OK:
		receive(connection, view_of(scratch, length));
		return STEP_ON;
	case IO_AGAIN:
		return STEP_WAIT;
	case IO_EOF:
	case IO_FAILED:
		break;
	}
	return STEP_END;
}

static enum step
end_socket(struct connection *connection, enum io sent)
{
	if (sent == IO_AGAIN)
		return STEP_WAIT;
	socket_leave(connection);
	connection_linger(connection);
	return STEP_ON;
}

enum step
socket_step(struct connection *connection)
{
	enum io sent = connection_flush(connection);
	unsigned wants = connection->wants;
	enum step step;

	if (sent == IO_FAILED || sent == IO_EOF)
		return STEP_END;
	if (connection->is_socket_over)
		return end_socket(connection, sent);
	if (connection->pending.length > 0) {
		struct view rest = view_slice(buf_view(&connection->pending),
		    connection->pending_at, connection->pending.length);

		receive(connection, rest);
		buf_wipe(&connection->pending);
		connection->pending_at = 0;
		return STEP_ON;
	}
	if (connection->out.length - connection->out_at > UNSENT_MAX)
		return STEP_WAIT;
	step = read_frames(connection);
	connection->wants |= wants;
	return step;
}

void
socket_timeout(struct connection *connection)
{
	if (connection->is_awaiting_pong || connection->is_socket_over ||
	    websocket_is_closing(connection->websocket) ||
	    !websocket_ping(connection->websocket)) {
		connection_free(connection);
		return;
	}
	connection->is_awaiting_pong = true;
	connection_set_deadline(connection, pong_within_ms(connection));
	connection_run(connection);
}

void
socket_send(
    struct connection *connection, const struct ipc_socket_message *message)
{
	/* Too slow a reader: it comes back and is told anew. A console that has
	 * not taken the note of a second ago gets no queue. */
	if (is_console(connection) &&
	    connection->out.length > connection->out_at) {
		connection->is_aborted = true;
	} else if (!websocket_send(connection->websocket, message->is_text,
		       message->payload) &&
	    !websocket_is_closing(connection->websocket)) {
		connection->is_aborted = true;
	}
	connection_run(connection);
}

void
socket_close(struct connection *connection, unsigned code, struct view reason)
{
	websocket_close(connection->websocket, code, reason);
	connection_set_deadline(connection, CLOSE_WITHIN_MS);
	connection_run(connection);
}
