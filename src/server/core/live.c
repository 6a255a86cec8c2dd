/* The live directory: agents by id, and by gateway and socket. */
#include "server/core/live.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "ipc/gateway_messages.h"
#include "ipc/messages.h"
#include "proto/refresh.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "server/core/gateways.h"

enum {
	/* RFC 6455 section 7.4: 1008 policy; 4000 and up are our own. */
	CLOSE_POLICY = 1008,
	CLOSE_REPLACED = 4000,
	SEND_MS = 200,
};

struct place {
	struct gateway *gateway;
	uint64_t socket;
};

struct connection {
	char agent_id[ID_SIZE];
	struct place place;
	UT_hash_handle by_agent;
	UT_hash_handle by_place;
};

struct live {
	pthread_mutex_t mutex;
	struct connection *agents;
	struct connection *places;
};

struct live *
live_new(void)
{
	struct live *live = memory_zeroed(sizeof(*live));

	check(pthread_mutex_init(&live->mutex, NULL) == 0);
	return live;
}

/* The mutex is held. */
static struct connection *
find_agent(struct live *live, const char *agent_id)
{
	struct connection *found = NULL;

	HASH_FIND(by_agent, live->agents, agent_id, strlen(agent_id), found);
	return found;
}

static void
remove_connection(struct live *live, struct connection *connection)
{
	HASH_DELETE(by_agent, live->agents, connection);
	HASH_DELETE(by_place, live->places, connection);
	gateway_release(connection->place.gateway);
	free(connection);
}

void
live_free(struct live *live)
{
	if (live == NULL)
		return;
	while (live->agents != NULL)
		remove_connection(live, live->agents);
	pthread_mutex_destroy(&live->mutex);
	free(live);
}

bool
live_is_connected(struct core *core, const char *agent_id)
{
	bool is_connected;

	pthread_mutex_lock(&core->live->mutex);
	is_connected = find_agent(core->live, agent_id) != NULL;
	pthread_mutex_unlock(&core->live->mutex);
	return is_connected;
}

size_t
live_count(struct core *core)
{
	size_t count;

	pthread_mutex_lock(&core->live->mutex);
	count = HASH_CNT(by_agent, core->live->agents);
	pthread_mutex_unlock(&core->live->mutex);
	return count;
}

static bool
write_close(struct buf *out, const struct place *place, uint16_t code,
    const char *reason, struct err *err)
{
	struct ipc_socket_close close = {.socket = place->socket,
	    .code = code,
	    .reason = view_string(reason)};

	return ipc_socket_close_write(out, &close, err);
}

/* From a worker. */
static bool
send_close(const struct place *place, uint16_t code, const char *reason)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	return write_close(&body, place, code, reason, &err) &&
	    gateway_send(place->gateway, IPC_MESSAGE_SOCKET_CLOSE, 0,
		buf_view(&body), -1, SEND_MS, &err);
}

/* From the loop, which must not wait. */
static bool
queue_close(const struct place *place, uint16_t code, const char *reason)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	return write_close(&body, place, code, reason, &err) &&
	    gateway_queue(place->gateway, IPC_MESSAGE_SOCKET_CLOSE, 0,
		buf_view(&body), &err);
}

/* The agent's place, its gateway held; false when it is not connected. */
static bool
hold_place(struct core *core, const char *agent_id, struct place *out_place)
{
	struct connection *found;

	pthread_mutex_lock(&core->live->mutex);
	found = find_agent(core->live, agent_id);
	if (found != NULL) {
		*out_place = found->place;
		out_place->gateway = gateway_hold(found->place.gateway);
	}
	pthread_mutex_unlock(&core->live->mutex);
	return found != NULL;
}

static bool
write_knock(struct buf *out, const struct place *place, struct err *err)
{
	struct ipc_socket_message message = {.socket = place->socket,
	    .is_text = true,
	    .payload = view_string(proto_channel_text(PROTO_CHANNEL_KNOCK))};

	return ipc_socket_message_write(out, &message, err);
}

bool
live_knock(struct core *core, const char *agent_id)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct place place;
	struct err err = ERR_INIT;
	bool is_sent;

	if (!hold_place(core, agent_id, &place))
		return false;
	is_sent = write_knock(&body, &place, &err) &&
	    gateway_send(place.gateway, IPC_MESSAGE_SOCKET_SEND, 0,
		buf_view(&body), -1, SEND_MS, &err);
	gateway_release(place.gateway);
	return is_sent;
}

bool
live_knock_queued(struct core *core, const char *agent_id)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct place place;
	struct err err = ERR_INIT;
	bool is_sent;

	if (!hold_place(core, agent_id, &place))
		return false;
	is_sent = write_knock(&body, &place, &err) &&
	    gateway_queue(place.gateway, IPC_MESSAGE_SOCKET_SEND, 0,
		buf_view(&body), &err);
	gateway_release(place.gateway);
	return is_sent;
}

void
live_close(struct core *core, const char *agent_id, const char *reason)
{
	struct place place;

	if (!hold_place(core, agent_id, &place))
		return;
	/* A gateway that cannot be told is gone, and the socket with it. */
	ignore_result(send_close(&place, CLOSE_POLICY, reason));
	gateway_release(place.gateway);
}

static void
insert(struct live *live, const struct place *place, const char *agent_id)
{
	struct connection *connection = memory_zeroed(sizeof(*connection));

	snprintf(
	    connection->agent_id, sizeof(connection->agent_id), "%s", agent_id);
	connection->place.gateway = gateway_hold(place->gateway);
	connection->place.socket = place->socket;
	HASH_ADD_KEYPTR(by_agent, live->agents, connection->agent_id,
	    strlen(connection->agent_id), connection);
	HASH_ADD_KEYPTR(by_place, live->places, &connection->place,
	    sizeof(connection->place), connection);
}

void
live_opened(struct core *core, struct gateway *gateway,
    const struct ipc_socket_open *open)
{
	struct live *live = core->live;
	struct place place = {gateway, open->socket};
	struct connection *older;

	if (!open->peer.has_certificate) {
		ignore_result(queue_close(
		    &place, CLOSE_POLICY, "a client certificate is needed"));
		return;
	}
	pthread_mutex_lock(&live->mutex);
	older = find_agent(live, open->peer.agent_id);
	if (older != NULL) {
		ignore_result(queue_close(&older->place, CLOSE_REPLACED,
		    "this agent has connected again"));
		remove_connection(live, older);
	}
	insert(live, &place, open->peer.agent_id);
	pthread_mutex_unlock(&live->mutex);
	changes_raise(core, TOPIC_PRESENCE);
	log_debug("an agent is connected", "agent", open->peer.agent_id,
	    "address", open->peer.address);
}

/* The mutex is held. */
static struct connection *
find_place(struct live *live, struct gateway *gateway, uint64_t socket)
{
	struct connection *found = NULL;
	struct place place;

	memset(&place, 0, sizeof(place)); /* its bytes are the key */
	place.gateway = gateway;
	place.socket = socket;
	HASH_FIND(by_place, live->places, &place, sizeof(place), found);
	return found;
}

bool
live_has(struct core *core, struct gateway *gateway, uint64_t socket)
{
	struct live *live = core->live;
	bool has;

	pthread_mutex_lock(&live->mutex);
	has = find_place(live, gateway, socket) != NULL;
	pthread_mutex_unlock(&live->mutex);
	return has;
}

void
live_closed(struct core *core, struct gateway *gateway, uint64_t socket)
{
	struct live *live = core->live;
	struct connection *found;

	pthread_mutex_lock(&live->mutex);
	found = find_place(live, gateway, socket);
	if (found != NULL) {
		remove_connection(live, found);
		changes_raise(core, TOPIC_PRESENCE);
	}
	pthread_mutex_unlock(&live->mutex);
}

void
live_gateway_gone(struct core *core, struct gateway *gateway)
{
	struct live *live = core->live;
	struct connection *each, *next;

	pthread_mutex_lock(&live->mutex);
	HASH_ITER (by_agent, live->agents, each, next)
		if (each->place.gateway == gateway)
			remove_connection(live, each);
	pthread_mutex_unlock(&live->mutex);
	changes_raise(core, TOPIC_PRESENCE);
}
