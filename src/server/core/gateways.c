/* Channels to gateways: who is here, what was sent, what was applied. */
#include "server/core/gateways.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "os/fd.h"
#include "server/core/answer.h"
#include "server/core/changes.h"
#include "server/core/live.h"
#include "server/core/observe.h"
#include "server/routes.h"

enum {
	STATEMENTS = 2,
	SEND_MS = 1000,
	BEHIND_MS = 5000, /* a gateway that is longer behind is replaced */
};

struct gateway {
	struct gateways *owner;
	struct gateway *next;
	struct ipc_channel *channel; /* loop thread */
	struct role_peer peer;
	int socket; /* a duplicate, for every thread */
	unsigned references;
	uint64_t sent[STATEMENTS];
	uint64_t applied;
	int64_t behind_since_ms; /* 0: it has applied what is in force */
	bool has_hello;
	struct ipc_counters counters;
};

struct gateways {
	struct core *core;
	struct role *role;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	pthread_mutex_t publishing; /* statements go out in their order */
	struct gateway *first;
	struct ipc_counters gone; /* totals of those that ended */
	uint64_t wanted;          /* the trust snapshot in force */
	int files[STATEMENTS];
	uint64_t numbers[STATEMENTS];
	int64_t last_request_ms;
};

static const uint16_t STATEMENT_TYPES[STATEMENTS] = {
    [GATEWAYS_IDENTITY] = IPC_MESSAGE_IDENTITY,
    [GATEWAYS_TRUST] = IPC_MESSAGE_TRUST,
};

struct gateways *
gateways_new(struct core *core, struct role *role)
{
	struct gateways *gateways = memory_zeroed(sizeof(*gateways));
	pthread_condattr_t attributes;

	gateways->core = core;
	gateways->role = role;
	for (size_t i = 0; i < STATEMENTS; i++)
		gateways->files[i] = -1;
	check(pthread_mutex_init(&gateways->mutex, NULL) == 0);
	check(pthread_mutex_init(&gateways->publishing, NULL) == 0);
	check(pthread_condattr_init(&attributes) == 0);
	check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	check(pthread_cond_init(&gateways->changed, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
	return gateways;
}

struct gateway *
gateway_hold(struct gateway *gateway)
{
	pthread_mutex_lock(&gateway->owner->mutex);
	gateway->references++;
	pthread_mutex_unlock(&gateway->owner->mutex);
	return gateway;
}

void
gateway_release(struct gateway *gateway)
{
	unsigned left;

	pthread_mutex_lock(&gateway->owner->mutex);
	left = --gateway->references;
	pthread_mutex_unlock(&gateway->owner->mutex);
	if (left > 0)
		return;
	fd_close(gateway->socket);
	free(gateway);
}

bool
gateway_send(struct gateway *gateway, uint16_t type, uint32_t request,
    struct view body, int fd, int64_t timeout_ms, struct err *err)
{
	struct ipc_frame frame = {
	    .type = type, .request = request, .body = body, .fd = fd};

	return ipc_send(gateway->socket, &frame, timeout_ms, err);
}

bool
gateway_queue(struct gateway *gateway, uint16_t type, uint32_t request,
    struct view body, struct err *err)
{
	struct ipc_frame frame = {
	    .type = type, .request = request, .body = body, .fd = -1};

	if (gateway->channel == NULL)
		return err_set(err, ERR_SYSTEM, "the gateway is gone");
	return ipc_channel_send(gateway->channel, &frame, err);
}

/* `publishing` is held. */
static void
send_statement(struct gateway *gateway, enum gateways_statement statement,
    int64_t timeout_ms)
{
	struct gateways *owner = gateway->owner;
	struct err err = ERR_INIT;

	if (owner->files[statement] < 0 ||
	    gateway->sent[statement] == owner->numbers[statement])
		return;
	if (gateway_send(gateway, STATEMENT_TYPES[statement], 0,
		view_of(NULL, 0), owner->files[statement], timeout_ms, &err))
		gateway->sent[statement] = owner->numbers[statement];
	else if (timeout_ms > 0)
		log_failure(LOG_LEVEL_WARNING,
		    "a gateway could not be told what it needs", &err);
}

static void
send_statements(struct gateway *gateway, int64_t timeout_ms)
{
	pthread_mutex_lock(&gateway->owner->publishing);
	send_statement(gateway, GATEWAYS_IDENTITY, timeout_ms);
	send_statement(gateway, GATEWAYS_TRUST, timeout_ms);
	pthread_mutex_unlock(&gateway->owner->publishing);
}

/* The gateways that have said hello, each held. One that has not is told
 * everything when it does. */
static size_t
hold_ready(struct gateways *gateways, struct gateway ***out)
{
	size_t count = 0;
	struct gateway **all;

	pthread_mutex_lock(&gateways->mutex);
	for (struct gateway *g = gateways->first; g != NULL; g = g->next)
		count++;
	all = memory_array(count + 1, sizeof(struct gateway *));
	count = 0;
	for (struct gateway *g = gateways->first; g != NULL; g = g->next) {
		if (!g->has_hello)
			continue;
		g->references++;
		all[count++] = g;
	}
	pthread_mutex_unlock(&gateways->mutex);
	*out = all;
	return count;
}

static void
want(struct gateways *gateways, uint64_t number)
{
	pthread_mutex_lock(&gateways->mutex);
	gateways->wanted = number;
	for (struct gateway *g = gateways->first; g != NULL; g = g->next)
		if (g->behind_since_ms == 0)
			g->behind_since_ms = clock_monotonic_ms();
	pthread_mutex_unlock(&gateways->mutex);
}

void
gateways_publish(struct gateways *gateways, enum gateways_statement statement,
    int file, uint64_t number)
{
	struct gateway **all;
	size_t count;

	pthread_mutex_lock(&gateways->publishing);
	fd_close(gateways->files[statement]);
	gateways->files[statement] = file;
	gateways->numbers[statement] = number;
	pthread_mutex_unlock(&gateways->publishing);
	if (statement == GATEWAYS_TRUST)
		want(gateways, number);
	count = hold_ready(gateways, &all);
	/* One that does not read must not keep the others from knowing. */
	for (size_t i = 0; i < count; i++)
		send_statements(all[i], 0);
	for (size_t i = 0; i < count; i++) {
		send_statements(all[i], SEND_MS);
		gateway_release(all[i]);
	}
	free(all);
}

/* The mutex is held. One that has not said hello has nothing to apply yet: it
 * gets the newest snapshot before it accepts. */
static bool
all_applied(const struct gateways *gateways, uint64_t number)
{
	for (const struct gateway *g = gateways->first; g != NULL; g = g->next)
		if (g->has_hello && g->applied < number)
			return false;
	return true;
}

bool
gateways_wait_applied(
    struct gateways *gateways, uint64_t number, int64_t deadline_ms)
{
	struct timespec until = {
	    .tv_sec = (time_t)(deadline_ms / 1000),
	    .tv_nsec = (long)(deadline_ms % 1000) * 1000000,
	};
	bool is_applied;

	pthread_mutex_lock(&gateways->mutex);
	while (!(is_applied = all_applied(gateways, number)))
		if (pthread_cond_timedwait(&gateways->changed, &gateways->mutex,
			&until) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&gateways->mutex);
	return is_applied;
}

int64_t
gateways_last_request_ms(const struct gateways *gateways)
{
	return gateways->last_request_ms;
}

size_t
gateways_count(struct gateways *gateways)
{
	size_t count = 0;

	pthread_mutex_lock(&gateways->mutex);
	for (struct gateway *g = gateways->first; g != NULL; g = g->next)
		count += g->has_hello;
	pthread_mutex_unlock(&gateways->mutex);
	return count;
}

static void
add_counters(struct ipc_counters *sum, const struct ipc_counters *more)
{
#define X(name) sum->name += more->name;
	IPC_COUNTERS(X)
#undef X
}

void
gateways_counters(struct gateways *gateways, struct ipc_counters *out)
{
	pthread_mutex_lock(&gateways->mutex);
	*out = gateways->gone;
	for (struct gateway *g = gateways->first; g != NULL; g = g->next)
		add_counters(out, &g->counters);
	pthread_mutex_unlock(&gateways->mutex);
}

static bool
on_hello(struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	struct ipc_hello hello;

	if (!ipc_hello_read(frame->body, &hello, err))
		return false;
	if (hello.protocol != IPC_GATEWAY_PROTOCOL)
		return err_set(
		    err, ERR_MALFORMED, "the gateway speaks another version");
	pthread_mutex_lock(&gateway->owner->mutex);
	gateway->has_hello = true;
	if (gateway->applied < gateway->owner->wanted)
		gateway->behind_since_ms = clock_monotonic_ms();
	pthread_mutex_unlock(&gateway->owner->mutex);
	send_statements(gateway, SEND_MS);
	return true;
}

static bool
on_trust_applied(
    struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	uint64_t number = 0;

	if (!ipc_trust_applied_read(frame->body, &number, err))
		return false;
	pthread_mutex_lock(&gateway->owner->mutex);
	if (number > gateway->applied)
		gateway->applied = number;
	if (gateway->applied >= gateway->owner->wanted)
		gateway->behind_since_ms = 0;
	pthread_cond_broadcast(&gateway->owner->changed);
	pthread_mutex_unlock(&gateway->owner->mutex);
	return true;
}

static bool
on_counters(struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	struct ipc_counters counters;

	if (!ipc_counters_read(frame->body, &counters, err))
		return false;
	pthread_mutex_lock(&gateway->owner->mutex);
	gateway->counters = counters;
	pthread_mutex_unlock(&gateway->owner->mutex);
	return true;
}

static bool
on_request(struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	gateway->owner->last_request_ms = clock_monotonic_ms();
	return answer_request(gateway->owner->core, gateway, frame, err);
}

static bool
on_event(struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	return observe_event(gateway->owner->core, frame->body, err);
}

/* What a path's WebSocket is, as the route table has it: the agents' listener
 * and the consoles' have one each, and no path means both. */
static bool
is_socket_of(struct view path, enum listener listener, const char *operation)
{
	struct http_route_match match;
	size_t count;
	const struct http_route *routes = routes_http(&count);

	return http_route_find(routes, count, listener, VIEW_LITERAL("GET"),
		   path, &match) == HTTP_ROUTE_FOUND &&
	    strcmp(match.route->operation, operation) == 0;
}

/* An agent's socket and a console's are never taken for each other, whatever
 * the gateway says: the one has a certificate and was not admitted as a
 * console, the other was admitted and has no certificate. */
static bool
on_socket_open(
    struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	struct core *core = gateway->owner->core;
	struct ipc_socket_open open;

	if (!ipc_socket_open_read(frame->body, &open, err))
		return false;
	if (is_socket_of(open.path, LISTENER_AGENT, "agent_channel")) {
		if (changes_has(core, gateway, open.socket))
			return err_set(err, ERR_MALFORMED,
			    "a console's socket is named as an agent's");
		live_opened(core, gateway, &open);
		return true;
	}
	if (!is_socket_of(open.path, LISTENER_HTTPS, "changes_get") ||
	    open.peer.has_certificate || live_has(core, gateway, open.socket))
		return err_set(err, ERR_MALFORMED,
		    "a socket is named as what it cannot be");
	changes_opened(core, gateway, &open);
	return true;
}

static bool
on_socket_closed(
    struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	struct ipc_socket_close closed;

	if (!ipc_socket_close_read(frame->body, &closed, err))
		return false;
	live_closed(gateway->owner->core, gateway, closed.socket);
	changes_closed(gateway->owner->core, gateway, closed.socket);
	return true;
}

/* Agents have nothing to say there, nor have consoles; what they say is passed
 * over. */
static bool
on_socket_message(
    struct gateway *gateway, struct ipc_frame *frame, struct err *err)
{
	struct ipc_socket_message message;

	return ipc_socket_message_read(frame->body, &message, err);
}

static const struct {
	uint16_t type;
	bool (*handle)(
	    struct gateway *gateway, struct ipc_frame *frame, struct err *err);
} FRAMES[] = {
    {IPC_MESSAGE_HELLO, on_hello},
    {IPC_MESSAGE_REQUEST, on_request},
    {IPC_MESSAGE_TRUST_APPLIED, on_trust_applied},
    {IPC_MESSAGE_COUNTERS, on_counters},
    {IPC_MESSAGE_EVENT, on_event},
    {IPC_MESSAGE_SOCKET_OPEN, on_socket_open},
    {IPC_MESSAGE_SOCKET_CLOSED, on_socket_closed},
    {IPC_MESSAGE_SOCKET_MESSAGE, on_socket_message},
};

static void
leave(struct gateway *gateway)
{
	struct gateways *owner = gateway->owner;
	struct gateway **place = &owner->first;
	struct ipc_counters last;

	pthread_mutex_lock(&owner->mutex);
	while (*place != NULL && *place != gateway)
		place = &(*place)->next;
	check(*place == gateway);
	*place = gateway->next;
	last = gateway->counters;
	last.connections_open = 0;
	last.sockets_open = 0;
	last.handshakes_open = 0;
	last.requests_open = 0;
	last.bodies_open = 0;
	add_counters(&owner->gone, &last);
	pthread_cond_broadcast(&owner->changed);
	pthread_mutex_unlock(&owner->mutex);
	live_gateway_gone(owner->core, gateway);
	changes_gateway_gone(owner->core, gateway);
	ipc_channel_free(gateway->channel);
	gateway->channel = NULL;
	gateway_release(gateway);
}

static void
broken(struct gateway *gateway, const struct err *why)
{
	log_failure(LOG_LEVEL_ERROR, "a gateway broke protocol", why);
	role_peer_broken(gateway->owner->role, &gateway->peer, why);
	leave(gateway);
}

static struct gateway *
first_behind(struct gateways *gateways)
{
	int64_t before_ms = clock_monotonic_ms() - BEHIND_MS;
	struct gateway *g;

	pthread_mutex_lock(&gateways->mutex);
	for (g = gateways->first; g != NULL; g = g->next)
		if (g->has_hello && g->behind_since_ms != 0 &&
		    g->behind_since_ms < before_ms)
			break;
	pthread_mutex_unlock(&gateways->mutex);
	return g;
}

void
gateways_replace_stuck(struct gateways *gateways)
{
	struct gateway *gateway;
	struct err err = ERR_INIT;

	while ((gateway = first_behind(gateways)) != NULL) {
		err_set(&err, ERR_SYSTEM,
		    "it has not applied the trust snapshot in force");
		broken(gateway, &err);
	}
}

static void
frame_arrived(
    void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct gateway *gateway = context;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(FRAMES); i++) {
		if (FRAMES[i].type != frame->type)
			continue;
		if (!FRAMES[i].handle(gateway, frame, &err))
			broken(gateway, &err);
		return;
	}
	err_set(&err, ERR_MALFORMED, "%s is not for core",
	    ipc_message_name(frame->type));
	broken(gateway, &err);
}

static void
channel_closed(
    void *context, struct ipc_channel *channel, const struct err *err)
{
	struct gateway *gateway = context;

	if (err != NULL)
		broken(gateway, err);
	else
		leave(gateway);
}

void
gateways_attach(
    struct gateways *gateways, const struct role_peer *peer, int socket)
{
	static const struct ipc_channel_events EVENTS = {
	    .frame = frame_arrived, .closed = channel_closed};
	struct gateway *gateway = memory_zeroed(sizeof(*gateway));
	struct err err = ERR_INIT;

	gateway->owner = gateways;
	gateway->peer = *peer;
	gateway->references = 1;
	gateway->socket = -1;
	if (!fd_duplicate(socket, &gateway->socket, &err)) {
		log_failure(LOG_LEVEL_ERROR, "cannot take a gateway on", &err);
		fd_close(socket);
		free(gateway);
		return;
	}
	pthread_mutex_lock(&gateways->mutex);
	gateway->next = gateways->first;
	gateways->first = gateway;
	pthread_mutex_unlock(&gateways->mutex);
	gateway->channel = ipc_channel_new(gateways->role->loop, socket,
	    IPC_CORE, IPC_GATEWAY, &EVENTS, gateway);
}

void
gateways_free(struct gateways *gateways)
{
	if (gateways == NULL)
		return;
	while (gateways->first != NULL)
		leave(gateways->first);
	for (size_t i = 0; i < STATEMENTS; i++)
		fd_close(gateways->files[i]);
	pthread_cond_destroy(&gateways->changed);
	pthread_mutex_destroy(&gateways->publishing);
	pthread_mutex_destroy(&gateways->mutex);
	free(gateways);
}
