/* Accepting connections on the sockets of this slot. */
#include "base/check.h"
#include "base/log.h"
#include "os/fd.h"
#include "server/gateway/connection.h"
#include "server/gateway/gateway.h"

enum {
	/* Connections taken in one round: the others' turn comes in between. */
	ACCEPT_BUDGET = 64,
	/* Out of descriptors: look again after this. */
	ACCEPT_PAUSE_MS = 100,
};

static bool
has_room(const struct gateway *gateway)
{
	return gateway->connection_count < (size_t)gateway->config->connections;
}

static void
set_watches(struct gateway *gateway, unsigned events)
{
	for (size_t i = 0; i < gateway->listener_count; i++)
		if (gateway->listeners[i].watch != NULL)
			loop_watch_set(gateway->listeners[i].watch, events);
	gateway->is_accepting = events != 0;
}

static void
refuse_full(struct gateway *gateway, const struct err *err)
{
	static struct log_budget budget;

	set_watches(gateway, 0);
	loop_timer_start(gateway->accept_pause, ACCEPT_PAUSE_MS);
	if (log_budget_take(&budget))
		log_failure(LOG_LEVEL_WARNING, "Accepting pauses", err);
}

static void
take_connection(
    struct gateway_listener *listener, int fd, const struct listen_peer *peer)
{
	struct gateway *gateway = listener->gateway;
	static struct log_budget budget;

	if (addresses_enter(gateway->addresses, peer->address,
		(size_t)gateway->config->connections_per_address)) {
		connection_new(gateway, listener->kind, fd, peer);
		return;
	}
	gateway_count(gateway, &gateway->counters.connections_refused, 1);
	if (log_budget_take(&budget))
		log_warning("A connection was refused: its address has too "
			    "many",
		    "address", peer->address);
	fd_close(fd);
}

static void
on_listener(void *context, unsigned events)
{
	struct gateway_listener *listener = context;
	struct gateway *gateway = listener->gateway;

	for (int i = 0; i < ACCEPT_BUDGET && has_room(gateway); i++) {
		struct err err = ERR_INIT;
		struct listen_peer peer;
		int fd;

		switch (listen_accept(listener->fd, &fd, &peer, &err)) {
		case IO_OK:
			take_connection(listener, fd, &peer);
			break;
		case IO_AGAIN:
		case IO_EOF:
			return;
		case IO_FAILED:
			refuse_full(gateway, &err);
			return;
		}
	}
	if (!has_room(gateway))
		set_watches(gateway, 0);
}

void
accept_begin(struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->listener_count; i++) {
		struct gateway_listener *listener = &gateway->listeners[i];

		if (listener->fd >= 0)
			listener->watch = loop_watch_new(gateway->loop,
			    listener->fd, LOOP_READ, on_listener, listener);
	}
	gateway->is_accepting = true;
}

void
accept_resume(struct gateway *gateway)
{
	if (!gateway->is_accepting && !gateway->is_draining &&
	    has_room(gateway))
		set_watches(gateway, LOOP_READ);
}

void
accept_end(struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->listener_count; i++) {
		struct gateway_listener *listener = &gateway->listeners[i];

		loop_watch_free(listener->watch);
		listener->watch = NULL;
		fd_close(listener->fd);
		listener->fd = -1;
	}
	gateway->is_accepting = false;
}
