/* The TLS handshake of a connection: its first bytes, its turn, its verdict. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "crypto/fast_ec.h"
#include "server/gateway/connection.h"
#include "server/gateway/shed.h"

enum {
	RECORD_HEADER = 5,       /* bytes (RFC 8446 section 5.1) */
	RECORD_HANDSHAKE = 0x16, /* the first byte of a TLS hello */
	RECORD_MAX = 16 * 1024,
	/* In the queue: after an outage a whole fleet stands there, and whoever
	 * is sent away stands at its end again. */
	QUEUE_MS = 2 * 60 * 1000,
	/* A client that lets us wait this long gives up its place, so that few
	 * of them cannot keep the others from shaking hands. */
	STALL_MS = 1000,
};

static bool
looks_like_http(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z';
}

/* How many bytes of the hello's record to wait for, given those at hand. */
static size_t
hello_bytes(const uint8_t *start, size_t length)
{
	size_t record;

	if (start[0] != RECORD_HANDSHAKE)
		return 1; /* the handshake says what is wrong with it */
	if (length < RECORD_HEADER)
		return RECORD_HEADER;
	record = (size_t)start[3] << 8 | start[4];
	return RECORD_HEADER + (record < RECORD_MAX ? record : RECORD_MAX);
}

/* The loop calls when so many bytes are there, or the end. */
static void
set_low_water(const struct connection *connection, size_t bytes)
{
	int value = (int)bytes;

	(void)setsockopt(
	    connection->fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value));
}

static enum step
queue(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	if (connection->hello_bytes > 1)
		set_low_water(connection, 1);
	TAILQ_INSERT_TAIL(
	    &gateway->handshake_queue[lane_of(connection->listener)],
	    connection, waiting);
	gateway->handshakes_queued++;
	connection->phase = CONNECTION_QUEUED;
	connection_set_deadline(connection, QUEUE_MS);
	return STEP_ON;
}

/* A connection gets one of the few places only once its hello is there whole:
 * silent and slow ones must not keep the others waiting, and cost no TLS. */
static enum step
hello_step(struct connection *connection)
{
	uint8_t *start = connection->gateway->scratch;
	ssize_t n = recv(connection->fd, start, RECORD_HEADER + RECORD_MAX,
	    MSG_PEEK | MSG_DONTWAIT);
	size_t wanted;

	connection->wants = LOOP_READ;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return STEP_WAIT;
	if (n <= 0)
		return STEP_END;
	if (looks_like_http(start[0])) {
		last_word_https(connection);
		return STEP_ON;
	}
	wanted = hello_bytes(start, (size_t)n);
	/* Called with less than was asked for, the peer has ended, or the
	 * kernel is short of memory: the handshake finds out. */
	if ((size_t)n >= wanted || connection->hello_bytes >= wanted)
		return queue(connection);
	connection->hello_bytes = wanted;
	set_low_water(connection, wanted);
	return STEP_WAIT;
}

/* In a long queue many have given up: no signature is made for them. */
static bool
has_gone(const struct connection *connection)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(
		   connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	    info.tcpi_state != TCP_ESTABLISHED;
}

static void
leave_queue(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	TAILQ_REMOVE(&gateway->handshake_queue[lane_of(connection->listener)],
	    connection, waiting);
	gateway->handshakes_queued--;
}

static void
enter(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	struct tls_context *context = connection->listener == LISTENER_AGENT
	    ? gateway->agent
	    : gateway->https;
	int64_t timeout_ms = gateway->config->handshake_timeout_ms;

	check(context != NULL);
	leave_queue(connection);
	gateway->handshakes++;
	connection->has_handshake_slot = true;
	connection->phase = CONNECTION_HANDSHAKE;
	connection->tls = tls_session_new(context, connection->fd);
	connection->limit_ms = clock_monotonic_ms() + timeout_ms;
	connection_set_deadline(
	    connection, timeout_ms < STALL_MS ? timeout_ms : STALL_MS);
}

static bool
has_room(const struct gateway *gateway)
{
	return gateway->handshakes < gateway->limits.handshakes;
}

/* People and agents in turn; NULL when nobody waits. */
static struct connection *
next_in_queue(struct gateway *gateway)
{
	enum lane lane = gateway->handshake_turn;
	struct connection *next = TAILQ_FIRST(&gateway->handshake_queue[lane]);

	gateway->handshake_turn =
	    lane == LANE_PEOPLE ? LANE_AGENTS : LANE_PEOPLE;
	if (next != NULL)
		return next;
	return TAILQ_FIRST(&gateway->handshake_queue[gateway->handshake_turn]);
}

/* Free places go to the next ones; each goes on when the loop says that it can
 * be read, which is at once. Nothing is freed here: who calls may be walking
 * over the connections. */
static void
let_in(struct gateway *gateway)
{
	struct connection *next;

	while (has_room(gateway) && (next = next_in_queue(gateway)) != NULL) {
		if (has_gone(next)) {
			leave_queue(next);
			next->phase = CONNECTION_HELLO;
			next->is_aborted = true;
		} else {
			enter(next);
		}
		loop_watch_set(next->watch, LOOP_READ);
	}
}

static void
leave_stalled(struct connection *connection)
{
	if (!connection->is_stalled)
		return;
	connection->is_stalled = false;
	TAILQ_REMOVE(&connection->gateway->stalled, connection, waiting);
	connection->gateway->stalled_count--;
}

void
handshake_leave(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	if (connection->phase == CONNECTION_QUEUED)
		leave_queue(connection);
	leave_stalled(connection);
	if (!connection->has_handshake_slot)
		return;
	connection->has_handshake_slot = false;
	gateway->handshakes--;
	let_in(gateway);
}

/* It may go on without a place; of too many the oldest has waited longest. */
static void
stall(struct connection *connection, int64_t left_ms)
{
	struct gateway *gateway = connection->gateway;

	connection_set_deadline(connection, left_ms);
	if (gateway->stalled_count >= gateway->limits.stalled) {
		struct connection *oldest = TAILQ_FIRST(&gateway->stalled);

		shed(gateway, SHED_HANDSHAKES, oldest->address);
		connection_free(oldest);
	}
	connection->is_stalled = true;
	TAILQ_INSERT_TAIL(&gateway->stalled, connection, waiting);
	gateway->stalled_count++;
	connection->has_handshake_slot = false;
	gateway->handshakes--;
	let_in(gateway);
}

/* What has come and was not looked at: then it is this process that is late,
 * and not the client. The loop is told of few sockets at a time, so after it
 * stood still deadlines pass before their turn comes. */
static bool
has_unread(const struct connection *connection)
{
	ssize_t n = recv(connection->fd, connection->gateway->scratch,
	    RECORD_HEADER + RECORD_MAX, MSG_PEEK | MSG_DONTWAIT);

	/* Of a hello that comes in pieces, only the rest counts. */
	return n > 0 &&
	    (connection->phase == CONNECTION_HANDSHAKE ||
		(connection->phase == CONNECTION_HELLO &&
		    (size_t)n >= connection->hello_bytes));
}

void
handshake_timeout(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	int64_t left_ms = connection->limit_ms - clock_monotonic_ms();

	if (connection->has_handshake_slot && left_ms > 0) {
		stall(connection, left_ms);
		return;
	}
	if (!connection->has_last_try && has_unread(connection)) {
		connection->has_last_try = true;
		connection_set_deadline(connection, STALL_MS);
		connection_run(connection);
		return;
	}
	gateway_count(gateway, &gateway->counters.timeouts, 1);
	/* What was only looked at would make the end a reset. */
	if (connection->tls == NULL)
		(void)recv(connection->fd, gateway->scratch, GATEWAY_READ_BYTES,
		    MSG_DONTWAIT);
	connection_free(connection);
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
	if (tls_session_peer(connection->tls) != NULL) {
		gateway_count(gateway, &gateway->counters.handshakes_mutual, 1);
		connection_leave_address(connection);
	}
	if (fast_ec_is_used())
		gateway_count(
		    gateway, &gateway->counters.handshakes_fast_ec, 1);
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
