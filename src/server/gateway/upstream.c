/* The channels to core: requests out, answers and orders in. */
#include "server/gateway/upstream.h"

#include <uthash.h>

#include "base/check.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "server/gateway/exchange.h"
#include "server/gateway/shed.h"

struct upstream {
	struct gateway *gateway;
	TAILQ_ENTRY(upstream) all;
	struct ipc_channel *channel;
	struct role_peer peer;
};

/* What core gets to see of a request's fields. */
static const char *const PASSED_HEADERS[] = {
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Cookie",
    "Host",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Origin",
    "Sec-Fetch-Site",
    "User-Agent",
    "X-Warifu-Request",
};

static bool
send_frame(struct upstream *upstream, enum ipc_type type, uint32_t request,
    struct view body, int fd, struct err *err)
{
	struct ipc_frame frame = {
	    .type = (uint16_t)type,
	    .request = request,
	    .body = body,
	    .fd = fd,
	};

	return ipc_channel_send(upstream->channel, &frame, err);
}

void
upstream_note(struct gateway *gateway, enum ipc_type type, struct view body)
{
	struct err err = ERR_INIT;

	/* A core that is away or does not keep up misses it. */
	if (gateway->core != NULL)
		ignore_result(
		    send_frame(gateway->core, type, 0, body, -1, &err));
}

static bool
is_passed(struct view name)
{
	for (size_t i = 0; i < array_length(PASSED_HEADERS); i++)
		if (view_equal_string_nocase(name, PASSED_HEADERS[i]))
			return true;
	return false;
}

static void
describe(const struct connection *connection, struct ipc_request *out)
{
	const struct http_request *request = &connection->reader->request;
	const struct exchange *exchange = connection->exchange;

	*out = (struct ipc_request){
	    .listener = connection->listener,
	    .socket = connection->socket,
	    .method = request->method,
	    .path = request->path,
	    .query = request->query,
	    .has_query = request->has_query,
	    .host = request->host,
	    .body = buf_view(&exchange->body),
	    .has_body_descriptor = exchange->spool >= 0,
	    .body_length = exchange->body_length,
	};
	for (size_t i = 0; i < request->header_count; i++) {
		if (!is_passed(request->headers[i].name))
			continue;
		out->headers.items[out->headers.count].name =
		    request->headers[i].name;
		out->headers.items[out->headers.count++].value =
		    request->headers[i].value;
	}
	connection_peer(connection, &out->peer);
}

/* The REQUEST's body; what does not fit the frame goes into the memfd. */
static bool
encode(struct connection *connection, struct buf *out, struct err *err)
{
	struct exchange *exchange = connection->exchange;
	struct ipc_request request;

	describe(connection, &request);
	if (ipc_request_write(out, &request, err))
		return true;
	if (exchange->spool >= 0 || exchange->body.length == 0 ||
	    !exchange_spool(exchange, err))
		return false;
	buf_clear(out);
	describe(connection, &request);
	return ipc_request_write(out, &request, err);
}

static void
hold_for(struct connection *connection, int64_t timeout_ms)
{
	struct gateway *gateway = connection->gateway;
	enum lane lane = lane_of(connection->listener);

	TAILQ_INSERT_TAIL(&gateway->held[lane], connection, waiting);
	gateway->held_count[lane]++;
	connection->is_held = true;
	exchange_wait(connection, timeout_ms);
}

/* Until there is a core, or its turn has come. */
static void
hold(struct connection *connection, bool is_away)
{
	struct gateway *gateway = connection->gateway;

	if (gateway->held_count[lane_of(connection->listener)] <
	    gateway->limits.held) {
		hold_for(connection,
		    is_away ? GATEWAY_HOLD_MS
			    : gateway->config->request_timeout_ms);
		return;
	}
	shed(gateway, SHED_HELD, connection->address);
	if (is_away)
		answer_problem_with(connection, 503, "core_away",
		    "The server is restarting. Try again.", "Retry-After", "2");
	else
		answer_problem_with(connection, 503, "core_busy",
		    "The server is busy. Try again.", "Retry-After", "5");
}

static void
unhold(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	enum lane lane = lane_of(connection->listener);

	TAILQ_REMOVE(&gateway->held[lane], connection, waiting);
	gateway->held_count[lane]--;
	connection->is_held = false;
}

static void
enter(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	struct exchange *exchange = connection->exchange;

	exchange->upstream = gateway->core;
	if (connection->listener == LISTENER_AGENT)
		gateway->agents_in_flight++;
	HASH_ADD(hh, gateway->exchanges, id, sizeof(exchange->id), exchange);
	exchange_wait(connection, gateway->config->request_timeout_ms);
}

/* An id that is neither 0 nor in flight. */
static uint32_t
next_request_id(struct gateway *gateway)
{
	struct exchange *taken;

	do {
		if (++gateway->last_request == 0)
			gateway->last_request = 1;
		HASH_FIND(hh, gateway->exchanges, &gateway->last_request,
		    sizeof(gateway->last_request), taken);
	} while (taken != NULL);
	return gateway->last_request;
}

/* A second descriptor of the spool travels: the first stays, to be sent again
 * when this core turns out to be gone. */
static bool
share_spool(struct exchange *exchange, int *out_fd, struct err *err)
{
	*out_fd = -1;
	if (exchange->spool < 0)
		return true;
	if (!exchange->is_sealed && !fd_memfd_seal(exchange->spool, err))
		return false;
	exchange->is_sealed = true;
	return fd_duplicate(exchange->spool, out_fd, err);
}

static void
send_request(struct connection *connection, struct view body)
{
	struct gateway *gateway = connection->gateway;
	struct exchange *exchange = connection->exchange;
	struct err err = ERR_INIT;
	int fd;

	if (!share_spool(exchange, &fd, &err)) {
		answer_problem(connection, 503, "spool_failed",
		    "The body cannot be kept. Try again.");
		return;
	}
	exchange->id = next_request_id(gateway);
	if (send_frame(gateway->core, IPC_MESSAGE_REQUEST, exchange->id, body,
		fd, &err)) {
		enter(connection);
		return;
	}
	exchange->id = 0;
	/* The channel has ended, and nobody has said so yet. */
	if (err.category == ERR_SYSTEM) {
		hold(connection, true);
		return;
	}
	shed(gateway, SHED_CORE, connection->address);
	answer_problem_with(connection, 503, "core_busy",
	    "The server is busy. Try again.", "Retry-After", "2");
}

/* A storm of agents waits here, where it costs core nothing, and leaves a part
 * of core to people. */
static bool
has_room(const struct gateway *gateway, enum lane lane)
{
	const struct capacity_gateway *limits = &gateway->limits;

	return HASH_COUNT(gateway->exchanges) < limits->in_flight &&
	    (lane != LANE_AGENTS ||
		gateway->agents_in_flight < limits->in_flight_agents);
}

void
upstream_submit(struct connection *connection)
{
	struct gateway *gateway = connection->gateway;
	struct exchange *exchange = connection->exchange;
	scoped(buf_wipep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	if (exchange->asks_socket && connection->socket == 0)
		connection->socket = ++gateway->last_socket;
	if (gateway->core == NULL ||
	    !has_room(gateway, lane_of(connection->listener)))
		hold(connection, gateway->core == NULL);
	else if (!encode(connection, &body, &err))
		answer_problem(connection, 431, "headers_too_large",
		    "The header fields are too large.");
	else
		send_request(connection, buf_view(&body));
}

void
upstream_forget(struct connection *connection)
{
	struct exchange *exchange = connection->exchange;

	if (connection->is_held)
		unhold(connection);
	if (exchange == NULL || exchange->id == 0)
		return;
	HASH_DELETE(hh, connection->gateway->exchanges, exchange);
	if (connection->listener == LISTENER_AGENT)
		connection->gateway->agents_in_flight--;
	exchange->id = 0;
	exchange->upstream = NULL;
}

static void
release_lane(struct gateway *gateway, enum lane lane)
{
	struct connection_list *held = &gateway->held[lane];
	size_t count = gateway->held_count[lane];

	/* Counted: what cannot be sent is held anew at the end. */
	while (count-- > 0 && !TAILQ_EMPTY(held) && gateway->core != NULL &&
	    has_room(gateway, lane)) {
		struct connection *connection = TAILQ_FIRST(held);

		unhold(connection);
		upstream_submit(connection);
		connection_run(connection);
	}
}

static void
release_held(struct gateway *gateway)
{
	release_lane(gateway, LANE_PEOPLE);
	release_lane(gateway, LANE_AGENTS);
}

/* Core sent what it must not: the supervisor replaces it. */
static void
break_peer(struct upstream *upstream, const struct err *err)
{
	log_failure(LOG_LEVEL_ERROR, "Core broke the protocol", err);
	role_peer_broken(upstream->gateway->role, &upstream->peer, err);
}

static bool
take_response(
    struct upstream *upstream, struct ipc_frame *frame, struct err *err)
{
	struct gateway *gateway = upstream->gateway;
	struct ipc_response response;
	struct connection *connection;
	struct exchange *exchange;

	if (!ipc_response_read(frame->body, &response, err))
		return false;
	if (response.has_body_descriptor != (frame->fd >= 0))
		return err_set(
		    err, ERR_MALFORMED, "RESPONSE with a wrong descriptor");
	HASH_FIND(hh, gateway->exchanges, &frame->request,
	    sizeof(frame->request), exchange);
	if (exchange == NULL || exchange->upstream != upstream)
		return true; /* nobody waits for it any more */
	if (response.status == 101 && !exchange->asks_socket)
		return err_set(
		    err, ERR_MALFORMED, "RESPONSE opens a socket unasked");
	connection = exchange->connection;
	upstream_forget(connection);
	if (response.status == 101)
		socket_begin(connection, exchange->accept);
	else
		answer_response(connection, &response, fd_take(&frame->fd));
	connection_run(connection);
	release_held(gateway);
	return true;
}

static struct connection *
find_socket(struct gateway *gateway, uint64_t number)
{
	struct connection *connection;

	HASH_FIND(hh, gateway->sockets, &number, sizeof(number), connection);
	return connection;
}

static bool
take_socket_send(
    struct upstream *upstream, struct ipc_frame *frame, struct err *err)
{
	struct ipc_socket_message message;
	struct connection *connection;

	if (!ipc_socket_message_read(frame->body, &message, err))
		return false;
	connection = find_socket(upstream->gateway, message.socket);
	if (connection != NULL)
		socket_send(connection, &message);
	return true;
}

static bool
take_socket_close(
    struct upstream *upstream, struct ipc_frame *frame, struct err *err)
{
	struct ipc_socket_close close;
	struct connection *connection;

	if (!ipc_socket_close_read(frame->body, &close, err))
		return false;
	connection = find_socket(upstream->gateway, close.socket);
	if (connection != NULL)
		socket_close(connection, close.code, close.reason);
	return true;
}

static bool
take_trust(struct upstream *upstream, struct ipc_frame *frame, struct err *err)
{
	struct gateway *gateway = upstream->gateway;
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	uint64_t number;

	/* During a reload the older core may be behind the newer one. */
	if (!trust_take(
		gateway, frame->fd, gateway->core != upstream, &number, err) ||
	    !ipc_trust_applied_write(&body, number, err))
		return false;
	/* Where the channel has ended meanwhile nobody waits for it. */
	struct err ignored = ERR_INIT;
	ignore_result(send_frame(upstream, IPC_MESSAGE_TRUST_APPLIED, 0,
	    buf_view(&body), -1, &ignored));
	gateway_begin_if_ready(gateway);
	return true;
}

static bool
take_identity(
    struct upstream *upstream, struct ipc_frame *frame, struct err *err)
{
	if (upstream->gateway->core != upstream)
		return true;
	if (!identity_take(upstream->gateway, frame->fd, err))
		return false;
	gateway_begin_if_ready(upstream->gateway);
	return true;
}

static const struct {
	enum ipc_type type;
	bool (*handle)(struct upstream *, struct ipc_frame *, struct err *);
} MESSAGES[] = {
    {IPC_MESSAGE_REQUEST, take_response},
    {IPC_MESSAGE_SOCKET_SEND, take_socket_send},
    {IPC_MESSAGE_SOCKET_CLOSE, take_socket_close},
    {IPC_MESSAGE_TRUST, take_trust},
    {IPC_MESSAGE_IDENTITY, take_identity},
};

static void
on_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct upstream *upstream = context;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(MESSAGES); i++) {
		if (MESSAGES[i].type != frame->type)
			continue;
		if (!MESSAGES[i].handle(upstream, frame, &err))
			break_peer(upstream, &err);
		return;
	}
}

/* Its core is gone. What only asks is asked again of the next one; of the rest
 * nobody knows whether it was done. */
static void
lose_exchange(struct connection *connection)
{
	struct view method = connection->reader->request.method;

	upstream_forget(connection);
	if (view_equal_string(method, "GET") ||
	    view_equal_string(method, "HEAD"))
		upstream_submit(connection);
	else
		answer_problem_with(connection, 503, "answer_lost",
		    "The server restarted while it worked on this: it may or "
		    "may not be done.",
		    "Retry-After", "2");
	connection_run(connection);
}

static void
lose_exchanges(struct gateway *gateway, const struct upstream *upstream)
{
	struct exchange *exchange, *next;

	HASH_ITER (hh, gateway->exchanges, exchange, next) {
		if (exchange->upstream == upstream)
			lose_exchange(exchange->connection);
	}
}

static void
upstream_free(struct upstream *upstream)
{
	TAILQ_REMOVE(&upstream->gateway->upstreams, upstream, all);
	ipc_channel_free(upstream->channel);
	free(upstream);
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	struct upstream *upstream = context;
	struct gateway *gateway = upstream->gateway;

	if (err != NULL)
		break_peer(upstream, err);
	if (gateway->core == upstream)
		gateway->core = NULL;
	lose_exchanges(gateway, upstream);
	release_held(gateway);
	upstream_free(upstream);
}

static const struct ipc_channel_events EVENTS = {
    .frame = on_frame,
    .closed = on_closed,
};

static void
say_hello(struct gateway *gateway)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct ipc_hello hello = {IPC_GATEWAY_PROTOCOL, gateway->role->slot};
	struct err err = ERR_INIT;

	check(ipc_hello_write(&body, &hello, &err));
	upstream_note(gateway, IPC_MESSAGE_HELLO, buf_view(&body));
}

void
upstream_name_socket(const struct connection *connection)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct ipc_socket_open open = {
	    .socket = connection->socket,
	    .path = view_string(connection->socket_path),
	};
	struct err err = ERR_INIT;

	connection_peer(connection, &open.peer);
	if (ipc_socket_open_write(&body, &open, &err))
		upstream_note(connection->gateway, IPC_MESSAGE_SOCKET_OPEN,
		    buf_view(&body));
}

void
upstream_attach(
    struct gateway *gateway, const struct role_peer *peer, int socket)
{
	struct upstream *upstream;
	struct connection *connection, *next;

	if (peer->role != IPC_CORE) {
		fd_close(socket);
		return;
	}
	upstream = memory_zeroed(sizeof(*upstream));
	upstream->gateway = gateway;
	upstream->peer = *peer;
	upstream->channel = ipc_channel_new(
	    gateway->loop, socket, IPC_GATEWAY, IPC_CORE, &EVENTS, upstream);
	TAILQ_INSERT_TAIL(&gateway->upstreams, upstream, all);
	gateway->core = upstream;
	say_hello(gateway);
	HASH_ITER (hh, gateway->sockets, connection, next)
		upstream_name_socket(connection);
	release_held(gateway);
}

void
upstream_free_all(struct gateway *gateway)
{
	gateway->core = NULL;
	while (!TAILQ_EMPTY(&gateway->upstreams))
		upstream_free(TAILQ_FIRST(&gateway->upstreams));
}
