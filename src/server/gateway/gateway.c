/* The gateway's main: its state, its life from ready to drained. */
#include "server/gateway/gateway.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "crypto/fast_ec.h"
#include "os/fd.h"
#include "server/gateway/console.h"
#include "server/gateway/exchange.h"
#include "server/gateway/upstream.h"
#include "server/routes.h"

enum {
	COUNTERS_EVERY_MS = 10 * 1000,
	/* Connections whose end is worth a walk over the heap. */
	TRIM_FROM = 256,
	/* Of the drain, kept for saying goodbye to idle connections. */
	GOODBYE_MS = 1000,
	DRAIN_MIN_MS = 100,
};

/* After a storm most of the heap is free, but what lives on is spread over all
 * of it: free() alone would give nothing back. */
static void
give_memory_back(struct gateway *gateway)
{
	if (gateway->connection_most < TRIM_FROM ||
	    gateway->connection_count >= gateway->connection_most / 2)
		return;
	gateway->connection_most = gateway->connection_count;
	(void)malloc_trim(0);
}

static void
on_counters(void *context)
{
	struct gateway *gateway = context;

	gateway->is_counters_timer_running = false;
	give_memory_back(gateway);
	report_counters(gateway);
}

void
gateway_count(struct gateway *gateway, uint64_t *counter, uint64_t more)
{
	*counter += more;
	if (gateway->is_counters_timer_running)
		return;
	gateway->is_counters_timer_running = true;
	loop_timer_start(gateway->counters_timer, COUNTERS_EVERY_MS);
}

void
gateway_begin_if_ready(struct gateway *gateway)
{
	if (gateway->is_ready || gateway->is_draining || !gateway->has_trust ||
	    gateway->https == NULL)
		return;
	gateway->is_ready = true;
	accept_begin(gateway);
	role_ready(gateway->role);
}

void
gateway_end_if_drained(struct gateway *gateway)
{
	if (gateway->is_draining && gateway->connection_count == 0)
		loop_stop(gateway->loop);
}

/* Every connection in turn; visit may free the one it gets. */
static void
for_each(struct gateway *gateway, void (*visit)(struct connection *))
{
	struct connection *connection = TAILQ_FIRST(&gateway->connections);

	while (connection != NULL) {
		struct connection *next = TAILQ_NEXT(connection, all);

		visit(connection);
		connection = next;
	}
}

static void
close_socket(struct connection *connection)
{
	if (connection->phase == CONNECTION_SOCKET)
		socket_close(
		    connection, WEBSOCKET_RESTART, VIEW_LITERAL("restart"));
}

static void
close_idle(struct connection *connection)
{
	if (connection->phase == CONNECTION_HELLO) {
		connection_free(connection);
	} else if (connection_is_idle(connection)) {
		connection_linger(connection);
		connection_run(connection);
	}
}

static void
on_drained(void *context)
{
	loop_stop(((struct gateway *)context)->loop);
}

static void
say_goodbye(struct gateway *gateway)
{
	loop_timer_free(gateway->drain_timer);
	gateway->drain_timer =
	    loop_timer_new(gateway->loop, on_drained, gateway);
	loop_timer_start(gateway->drain_timer, GOODBYE_MS);
	for_each(gateway, close_idle);
	gateway_end_if_drained(gateway);
}

static void
on_drain_timer(void *context)
{
	say_goodbye(context);
}

static void
begin_drain(struct gateway *gateway)
{
	gateway->is_draining = true;
	accept_end(gateway);
	for_each(gateway, close_socket);
}

/* An idle connection is not closed at once: its client may be sending just now,
 * and would see a reset. Its next answer says that it is the last. */
static void
on_drain(void *context)
{
	struct gateway *gateway = context;
	int64_t timeout_ms = gateway->config->drain_timeout_ms - 2 * GOODBYE_MS;

	if (gateway->is_draining)
		return;
	begin_drain(gateway);
	loop_timer_start(gateway->drain_timer,
	    timeout_ms > DRAIN_MIN_MS ? timeout_ms : DRAIN_MIN_MS);
	gateway_end_if_drained(gateway);
}

static void
on_stop(void *context)
{
	struct gateway *gateway = context;

	if (!gateway->is_draining)
		begin_drain(gateway);
	say_goodbye(gateway);
}

static void
on_attach(void *context, const struct role_peer *peer, int socket)
{
	upstream_attach(context, peer, socket);
}

static const struct role_events EVENTS = {
    .attach = on_attach,
    .drain = on_drain,
    .stop = on_stop,
};

static void
on_accept_pause(void *context)
{
	accept_resume(context);
}

static void
add_route(struct gateway *gateway, const struct route *route)
{
	struct http_route *out = &gateway->routes[gateway->route_count++];

	*out = (struct http_route){
	    .method = route->method,
	    .pattern = route->pattern,
	    .listeners = route->listeners,
	    .body_limit = route->body_max,
	    .operation = route->operation,
	};
	if (route->needs_https)
		out->flags |= HTTP_ROUTE_HTTPS_REQUIRED;
	if (route->is_websocket)
		out->flags |= HTTP_ROUTE_WEBSOCKET;
}

static void
load_routes(struct gateway *gateway)
{
	size_t test_count;
	const struct http_route *tests = test_routes(&test_count);

	gateway->routes =
	    memory_array(routes_count() + test_count, sizeof(*gateway->routes));
	for (size_t i = 0; i < routes_count(); i++)
		add_route(gateway, routes_get(i));
	for (size_t i = 0; i < test_count; i++)
		gateway->routes[gateway->route_count++] = tests[i];
}

/* The sockets of one port: NAME, and NAME.1, NAME.2 … for further addresses. */
static void
take_port(struct gateway *gateway, enum listener kind, const char *name)
{
	for (unsigned i = 0; gateway->listener_count < ROLE_DESCRIPTORS_MAX;
	     i++) {
		char numbered[16];
		int fd;

		snprintf(numbered, sizeof(numbered), "%s.%u", name, i);
		fd = role_descriptor_take(
		    gateway->role, i == 0 ? name : numbered);
		if (fd < 0)
			return;
		gateway->listeners[gateway->listener_count++] =
		    (struct gateway_listener){
			.gateway = gateway, .kind = kind, .fd = fd};
	}
}

static void
take_listeners(struct gateway *gateway)
{
	take_port(gateway, LISTENER_HTTP, "http");
	take_port(gateway, LISTENER_HTTPS, "https");
	take_port(gateway, LISTENER_AGENT, "agents");
}

static void
set_limits(struct gateway *gateway)
{
	struct rlimit limit = {.rlim_cur = 0};

	check(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	gateway->descriptors =
	    limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
	capacity_of_gateway(
	    gateway->config, gateway->descriptors, &gateway->limits);
}

static struct gateway *
gateway_new(struct role *role)
{
	struct gateway *gateway = memory_zeroed(sizeof(*gateway));

	gateway->role = role;
	gateway->loop = role->loop;
	gateway->config = role->config;
	TAILQ_INIT(&gateway->connections);
	TAILQ_INIT(&gateway->stalled);
	for (size_t i = 0; i < LANE_COUNT; i++) {
		TAILQ_INIT(&gateway->handshake_queue[i]);
		TAILQ_INIT(&gateway->held[i]);
	}
	TAILQ_INIT(&gateway->upstreams);
	gateway->addresses = addresses_new();
	gateway->scratch = memory_array(GATEWAY_FILE_BYTES, 1);
	gateway->accept_pause =
	    loop_timer_new(gateway->loop, on_accept_pause, gateway);
	gateway->drain_timer =
	    loop_timer_new(gateway->loop, on_drain_timer, gateway);
	gateway->counters_timer =
	    loop_timer_new(gateway->loop, on_counters, gateway);
	load_routes(gateway);
	take_listeners(gateway);
	gateway->console = console_open(gateway);
	gateway_installer_open(gateway);
	set_limits(gateway);
	gateway->batch = tls_batch_new(gateway->limits.kept_bytes);
	return gateway;
}

static void
gateway_free(struct gateway *gateway)
{
	/* First, so that no last word of a connection goes to core. */
	upstream_free_all(gateway);
	for_each(gateway, connection_free);
	accept_end(gateway);
	loop_timer_free(gateway->accept_pause);
	loop_timer_free(gateway->drain_timer);
	loop_timer_free(gateway->counters_timer);
	console_close(gateway->console);
	gateway_installer_close(gateway);
	addresses_free(gateway->addresses);
	tls_context_free(gateway->https);
	tls_context_free(gateway->agent);
	buf_done(&gateway->trust_bytes);
	free(gateway->routes);
	tls_batch_free(gateway->batch);
	free(gateway->scratch);
	free(gateway);
}

static void
choose_ec(const struct gateway *gateway)
{
	struct err err = ERR_INIT;

	if (gateway->config->fast_ec == SERVER_FAST_EC_OFF)
		return;
	if (fast_ec_start(&err))
		log_info("Elliptic-curve keys take the short way");
	else
		log_failure(strcmp(err.code, "fast_ec_unsuitable") == 0
			? LOG_LEVEL_INFO
			: LOG_LEVEL_WARNING,
		    "Elliptic-curve keys take the usual way", &err);
}

int
gateway_main(struct role *role)
{
	struct gateway *gateway = gateway_new(role);

	/* Before the first key is read. */
	choose_ec(gateway);
	role_begin(role, &EVENTS, gateway);
	loop_run(role->loop);
	gateway_free(gateway);
	fast_ec_stop();
	return 0;
}
