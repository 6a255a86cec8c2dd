/* One accepted connection: phases, deadlines, its end. */
#include "server/gateway/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/fd.h"
#include "server/gateway/exchange.h"

enum {
	/* Lingering: of silence, and in all. */
	LINGER_MS = 2 * 1000,
	LINGER_MOST_MS = 15 * 1000,
	/* Found by the kernel, so an idle connection wakes nobody. */
	KEEPALIVE_IDLE_S = 240,
	KEEPALIVE_INTERVAL_S = 60,
	KEEPALIVE_COUNT = 3,
	/* Unsent bytes the kernel takes: what is beyond stays with us, where
	 * the rate of a slow reader can be seen. */
	UNSENT_MAX = 128 * 1024,
};

static void
on_ready(void *context, unsigned events)
{
	struct connection *connection = context;

	connection->is_woken = true;
	connection_run(connection);
}

/* Linger: pass over what still comes, so that the kernel does not answer it
 * with a reset that would swallow our last words. */
static enum step
linger_step(struct connection *connection)
{
	ssize_t n = recv(connection->fd, connection->gateway->scratch,
	    GATEWAY_READ_BYTES, MSG_DONTWAIT);

	connection->wants = LOOP_READ;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
	    clock_monotonic_ms() >= connection->limit_ms)
		return STEP_END;
	if (n > 0)
		connection_set_deadline(connection, LINGER_MS);
	return STEP_WAIT;
}

static enum step (*const STEPS[])(struct connection *) = {
    [CONNECTION_HELLO] = handshake_step,
    [CONNECTION_QUEUED] = handshake_step,
    [CONNECTION_HANDSHAKE] = handshake_step,
    [CONNECTION_HTTP] = exchange_step,
    [CONNECTION_SOCKET] = socket_step,
    [CONNECTION_LINGER] = linger_step,
};

void
connection_run(struct connection *connection)
{
	enum step step = STEP_ON;

	while (step == STEP_ON) {
		connection->wants = 0;
		step = connection->is_aborted
		    ? STEP_END
		    : STEPS[connection->phase](connection);
	}
	if (step == STEP_END)
		connection_free(connection);
	else
		loop_watch_set(connection->watch, connection->wants);
}

static void
linger_timeout(struct connection *connection)
{
	connection_free(connection);
}

static void (*const TIMEOUTS[])(struct connection *) = {
    [CONNECTION_HELLO] = handshake_timeout,
    [CONNECTION_QUEUED] = handshake_timeout,
    [CONNECTION_HANDSHAKE] = handshake_timeout,
    [CONNECTION_HTTP] = exchange_timeout,
    [CONNECTION_SOCKET] = socket_timeout,
    [CONNECTION_LINGER] = linger_timeout,
};

static void
arm(struct connection *connection, int64_t now_ms)
{
	connection->timer_at_ms = connection->deadline_ms;
	loop_timer_start(connection->timer,
	    connection->deadline_ms > now_ms ? connection->deadline_ms - now_ms
					     : 0);
}

/* The timer is moved only forwards in time when it fires: most deadlines are
 * put off many times before one passes. */
static void
on_timer(void *context)
{
	struct connection *connection = context;
	int64_t now_ms = clock_monotonic_ms();

	connection->timer_at_ms = INT64_MAX;
	if (connection->deadline_ms > now_ms)
		arm(connection, now_ms);
	else
		TIMEOUTS[connection->phase](connection);
}

void
connection_set_deadline(struct connection *connection, int64_t after_ms)
{
	int64_t now_ms = clock_monotonic_ms();

	connection->deadline_ms = now_ms + after_ms;
	if (connection->deadline_ms < connection->timer_at_ms)
		arm(connection, now_ms);
}

static void
set_option(int fd, int level, int name, int value)
{
	/* None of them is needed for correctness. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void
set_options(int fd)
{
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
	set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX);
}

struct connection *
connection_new(struct gateway *gateway, enum listener listener, int fd,
    const struct listen_peer *peer)
{
	struct connection *connection = memory_zeroed(sizeof(*connection));
	bool is_plain = listener == LISTENER_HTTP;

	set_options(fd);
	connection->gateway = gateway;
	connection->listener = listener;
	connection->fd = fd;
	connection->file = -1;
	connection->is_head_timed = true; /* from the first moment on */
	connection->timer_at_ms = INT64_MAX;
	connection->phase = is_plain ? CONNECTION_HTTP : CONNECTION_HELLO;
	connection->port = peer->port;
	snprintf(connection->address, sizeof(connection->address), "%s",
	    peer->address);
	buf_init(&connection->pending, GATEWAY_READ_BYTES);
	buf_init(&connection->out, CONNECTION_OUT_MAX);
	TAILQ_INSERT_TAIL(&gateway->connections, connection, all);
	gateway->connection_count++;
	if (gateway->connection_count > gateway->connection_most)
		gateway->connection_most = gateway->connection_count;
	gateway->lane_count[lane_of(listener)]++;
	gateway_count(gateway, &gateway->counters.connections_open, 1);
	gateway_count(gateway, &gateway->counters.connections_accepted, 1);
	connection->timer = loop_timer_new(gateway->loop, on_timer, connection);
	connection->watch =
	    loop_watch_new(gateway->loop, fd, LOOP_READ, on_ready, connection);
	connection_set_deadline(connection,
	    is_plain ? gateway->config->header_timeout_ms
		     : gateway->config->handshake_timeout_ms);
	return connection;
}

void
connection_leave_address(struct connection *connection)
{
	if (connection->is_in_address)
		addresses_leave(
		    connection->gateway->addresses, connection->address);
	connection->is_in_address = false;
}

void
connection_free(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;

	socket_leave(connection);
	exchange_leave(connection);
	handshake_leave(connection);
	TAILQ_REMOVE(&gateway->connections, connection, all);
	gateway->connection_count--;
	gateway->lane_count[lane_of(connection->listener)]--;
	gateway->counters.connections_open--;
	gateway_count(gateway, &gateway->counters.connections_open, 0);
	connection_leave_address(connection);
	loop_watch_free(connection->watch);
	loop_timer_free(connection->timer);
	connection_close_reader(connection);
	buf_wipe(&connection->pending);
	buf_done(&connection->out);
	connection_drop_file(connection);
	if (connection->tls != NULL && connection->phase != CONNECTION_LINGER)
		tls_session_shutdown(connection->tls);
	tls_session_free(connection->tls);
	fd_close(connection->fd);
	free(connection);
	accept_resume(gateway);
	gateway_end_if_drained(gateway);
}

void
connection_abort(struct connection *connection)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	/* Nothing that waits in the kernel may still go out. */
	(void)setsockopt(
	    connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	connection_free(connection);
}

void
connection_linger(struct connection *connection)
{
	connection_shut(connection);
	connection_close_reader(connection);
	buf_wipe(&connection->pending);
	connection->phase = CONNECTION_LINGER;
	connection->limit_ms = clock_monotonic_ms() + LINGER_MOST_MS;
	connection_set_deadline(connection, LINGER_MS);
}

void
connection_open_reader(struct connection *connection)
{
	if (connection->reader != NULL)
		return;
	connection->reader = memory_zeroed(sizeof(*connection->reader));
	http_reader_init(connection->reader);
}

void
connection_close_reader(struct connection *connection)
{
	if (connection->reader == NULL)
		return;
	http_reader_done(connection->reader);
	free(take(connection->reader));
}

bool
connection_is_in_request(const struct connection *connection)
{
	return connection->reader != NULL &&
	    http_reader_is_inside(connection->reader);
}

bool
connection_is_idle(const struct connection *connection)
{
	return connection->phase == CONNECTION_HTTP &&
	    connection->turn == TURN_READ &&
	    !connection_has_output(connection) &&
	    connection->pending.length == 0 &&
	    !connection_is_in_request(connection);
}

void
connection_peer(const struct connection *connection, struct ipc_peer *out)
{
	const struct tls_peer *peer = NULL;

	memset(out, 0, sizeof(*out));
	snprintf(out->address, sizeof(out->address), "%s", connection->address);
	out->port = connection->port;
	if (connection->tls != NULL)
		peer = tls_session_peer(connection->tls);
	if (peer == NULL)
		return;
	out->has_certificate = true;
	check(hex_decode(view_string(peer->fingerprint), out->fingerprint,
	    sizeof(out->fingerprint)));
	snprintf(out->serial_hex, sizeof(out->serial_hex), "%s", peer->serial);
	snprintf(out->agent_id, sizeof(out->agent_id), "%s", peer->agent_id);
	snprintf(out->unit, sizeof(out->unit), "%s", peer->unit);
	out->certificate = tls_session_peer_der(connection->tls);
}
