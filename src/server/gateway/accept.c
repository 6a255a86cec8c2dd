/* Accepting connections on the sockets of this slot. */
#include "base/check.h"
#include "os/fd.h"
#include "server/gateway/connection.h"
#include "server/gateway/gateway.h"
#include "server/gateway/shed.h"

enum {
	/* Connections taken in one round: the others' turn comes in between. */
	ACCEPT_BUDGET = 64,
	/* Out of descriptors: look again after this. */
	ACCEPT_PAUSE_MS = 100,
	/* Beyond the limit, for those who are told so before they are closed.
	 */
	GOODBYES_MAX = 64,
};

static void
set_watches(struct gateway *gateway, unsigned events)
{
	for (size_t i = 0; i < gateway->listener_count; i++)
		if (gateway->listeners[i].watch != NULL)
			loop_watch_set(gateway->listeners[i].watch, events);
	gateway->is_accepting = events != 0;
}

static void
pause_accepting(struct gateway *gateway)
{
	set_watches(gateway, 0);
	loop_timer_start(gateway->accept_pause, ACCEPT_PAUSE_MS);
	shed(gateway, SHED_DESCRIPTORS, "");
}

/* Neither agents nor people may take every place from the others. */
static bool
has_place(
    const struct gateway *gateway, enum lane lane, enum shed_kind *out_why)
{
	size_t places = lane == LANE_AGENTS ? gateway->limits.agents
					    : gateway->limits.people;

	*out_why = SHED_CONNECTIONS;
	if (gateway->connection_count >= gateway->limits.connections)
		return false;
	*out_why = lane == LANE_AGENTS ? SHED_AGENTS : SHED_PEOPLE;
	return gateway->lane_count[lane] < places;
}

/* Before a handshake no answer is possible: closed. A plain connection gets a
 * 503 while there are few of those. */
static void
turn_away(struct gateway_listener *listener, int fd,
    const struct listen_peer *peer, enum shed_kind why)
{
	struct gateway *gateway = listener->gateway;

	shed(gateway, why, peer->address);
	if (listener->kind == LISTENER_HTTP &&
	    gateway->connection_count <
		gateway->limits.connections + GOODBYES_MAX)
		last_word_busy(
		    connection_new(gateway, listener->kind, fd, peer));
	else
		fd_close(fd);
}

static void
take_connection(
    struct gateway_listener *listener, int fd, const struct listen_peer *peer)
{
	struct gateway *gateway = listener->gateway;
	enum shed_kind why;

	if (!has_place(gateway, lane_of(listener->kind), &why))
		turn_away(listener, fd, peer, why);
	else if (!addresses_enter(gateway->addresses, peer->address,
		     gateway->limits.per_address))
		turn_away(listener, fd, peer, SHED_ADDRESS);
	else
		connection_new(gateway, listener->kind, fd, peer)
		    ->is_in_address = true;
}

static void
on_listener(void *context, unsigned events)
{
	struct gateway_listener *listener = context;

	for (int i = 0; i < ACCEPT_BUDGET; i++) {
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
			pause_accepting(listener->gateway);
			return;
		}
	}
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
	if (!gateway->is_accepting && !gateway->is_draining)
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
