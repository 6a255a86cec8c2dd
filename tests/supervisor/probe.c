/*
 * A server with tiny roles, for the tests of the supervisor: a gateway passes
 * one line of a TCP connection to core, core asks the signer, and the answer
 * goes back: "LINE gateway=PID core=PID signer=PID". The line "illegal" makes
 * the gateway send what it must not; "lie" makes it blame core; "forbidden"
 * makes it call what its sandbox refuses.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/listen.h"
#include "server/server.h"

enum {
	CONNECTIONS = 1024,
	LINE_SIZE = 128,
	LISTENERS = 3,
};

/* A connection of the gateway; its index + 1 is the request id. */
struct client {
	int fd;
	struct loop_watch *watch;
	char line[LINE_SIZE];
	bool is_waiting; /* for core */
};

struct probe {
	struct role *role;
	struct ipc_channel *channels[64]; /* to peers; [0] is used alone by
					     gateway and by core for the signer
					   */
	struct role_peer peers[64];
	int listening[LISTENERS];
	struct loop_watch *listeners[LISTENERS];
	struct client clients[CONNECTIONS];
	size_t client_count;
	bool is_draining;
};

static struct probe probe;

static void
send_text(struct ipc_channel *channel, uint16_t type, uint32_t request,
    const char *text)
{
	struct ipc_frame frame = {.type = type,
	    .request = request,
	    .body = view_string(text),
	    .fd = -1};
	struct err err = ERR_INIT;

	if (!ipc_channel_send(channel, &frame, &err))
		log_failure(LOG_LEVEL_WARNING, "send", &err);
}

static size_t
index_of(const struct ipc_channel *channel)
{
	for (size_t i = 0; i < array_length(probe.channels); i++)
		if (probe.channels[i] == channel)
			return i;
	unreachable();
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	size_t i = index_of(channel);

	if (err != NULL)
		role_peer_broken(probe.role, &probe.peers[i], err);
	probe.channels[i] = NULL;
	ipc_channel_free(channel);
}

static void
keep(const struct role_peer *peer, int socket,
    const struct ipc_channel_events *events)
{
	size_t i = 0;

	while (probe.channels[i] != NULL)
		i++;
	probe.peers[i] = *peer;
	probe.channels[i] = ipc_channel_new(
	    probe.role->loop, socket, probe.role->id, peer->role, events, NULL);
}

static struct ipc_channel *
newest(enum ipc_role role)
{
	struct ipc_channel *found = NULL;
	uint32_t instance = 0;

	for (size_t i = 0; i < array_length(probe.channels); i++) {
		if (probe.channels[i] != NULL && probe.peers[i].role == role &&
		    probe.peers[i].instance > instance) {
			found = probe.channels[i];
			instance = probe.peers[i].instance;
		}
	}
	return found;
}

static void
end(void *context)
{
	loop_stop(probe.role->loop);
}

/* ---- signer ---- */

static void
signer_frame(
    void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "signer=%d", (int)getpid());
	send_text(channel, frame->type, frame->request, pid);
}

static const struct ipc_channel_events SIGNER_CHANNEL = {
    signer_frame, on_closed};

static void
signer_attach(void *context, const struct role_peer *peer, int socket)
{
	keep(peer, socket, &SIGNER_CHANNEL);
}

int
signer_main(struct role *role)
{
	static const struct role_events events = {signer_attach, end, end};
	scoped(fd_closep) int secret = role_descriptor_take(role, "passphrase");
	scoped(buf_donep) struct buf text = BUF_INIT(100);
	scoped(memory_freep) char *path = role_path(role, "secret-length");
	struct err err = ERR_INIT;
	char length[16];

	probe.role = role;
	if (secret >= 0) {
		check(fd_memfd_read(secret, &text, &err));
		snprintf(length, sizeof(length), "%zu", text.length);
		check(file_write_atomic(path, view_string(length), 0600, &err));
	}
	role_begin(role, &events, NULL);
	role_ready(role);
	loop_run(role->loop);
	return 0;
}

/* ---- core ---- */

/* The gateway's channel and request of each question to the signer. */
static struct {
	struct ipc_channel *channel;
	uint32_t request;
	char line[LINE_SIZE];
} asked[CONNECTIONS];
static uint32_t asked_count;

static void
core_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	char text[2 * LINE_SIZE + 64];
	uint32_t i;

	if (frame->type == IPC_MESSAGE_REQUEST) {
		struct ipc_channel *signer = newest(IPC_SIGNER);

		i = asked_count++ % CONNECTIONS;
		asked[i].channel = channel;
		asked[i].request = frame->request;
		snprintf(asked[i].line, LINE_SIZE, "%.*s",
		    (int)frame->body.length, (const char *)frame->body.data);
		if (signer != NULL)
			send_text(signer, IPC_MESSAGE_SIGNER_STATUS, i + 1, "");
		return;
	}
	i = frame->request - 1;
	check(i < CONNECTIONS);
	snprintf(text, sizeof(text), "%s core=%d %.*s", asked[i].line,
	    (int)getpid(), (int)frame->body.length,
	    (const char *)frame->body.data);
	for (size_t j = 0; j < array_length(probe.channels); j++)
		if (probe.channels[j] == asked[i].channel)
			send_text(asked[i].channel, IPC_MESSAGE_REQUEST,
			    asked[i].request, text);
}

static const struct ipc_channel_events CORE_CHANNEL = {core_frame, on_closed};

static void
core_attach(void *context, const struct role_peer *peer, int socket)
{
	keep(peer, socket, &CORE_CHANNEL);
}

/* Gateways turn away at once; a moment is enough for what is in flight. */
static void
core_drain(void *context)
{
	loop_timer_start(
	    loop_timer_new(probe.role->loop, end, NULL), SECONDS_MS(2));
}

int
core_main(struct role *role)
{
	static const struct role_events events = {core_attach, core_drain, end};

	probe.role = role;
	role_begin(role, &events, NULL);
	role_ready(role);
	loop_run(role->loop);
	return 0;
}

/* ---- gateway ---- */

static void
client_done(struct client *client)
{
	loop_watch_free(client->watch);
	fd_close(client->fd);
	memset(client, 0, sizeof(*client));
	probe.client_count--;
	if (probe.is_draining && probe.client_count == 0)
		end(NULL);
}

static void
gateway_frame(
    void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct client *client = &probe.clients[frame->request - 1];
	char text[512];
	int length;

	if (client->watch == NULL)
		return;
	length =
	    snprintf(text, sizeof(text), "gateway=%d %.*s\n", (int)getpid(),
		(int)frame->body.length, (const char *)frame->body.data);
	ignore_result(send(client->fd, text, (size_t)length, MSG_NOSIGNAL) > 0);
	client_done(client);
}

static void
ask_waiting(void)
{
	struct ipc_channel *core = newest(IPC_CORE);

	for (uint32_t i = 0; core != NULL && i < CONNECTIONS; i++)
		if (probe.clients[i].is_waiting)
			send_text(core, IPC_MESSAGE_REQUEST, i + 1,
			    probe.clients[i].line);
}

/* Questions that the old core took with it are asked again. */
static void
gateway_closed(
    void *context, struct ipc_channel *channel, const struct err *err)
{
	on_closed(context, channel, err);
	ask_waiting();
}

static const struct ipc_channel_events GATEWAY_CHANNEL = {
    gateway_frame, gateway_closed};

static void
gateway_attach(void *context, const struct role_peer *peer, int socket)
{
	keep(peer, socket, &GATEWAY_CHANNEL);
	ask_waiting();
}

static void
misbehave(const char *line)
{
	struct ipc_channel *core = newest(IPC_CORE);
	struct err err = ERR_INIT;

	if (strcmp(line, "illegal") == 0 && core != NULL)
		send_text(core, IPC_MESSAGE_TRUST, 0, "");
	if (strcmp(line, "lie") == 0 && core != NULL) {
		err_set(&err, ERR_MALFORMED, "core is broken");
		role_peer_broken(
		    probe.role, &probe.peers[index_of(core)], &err);
	}
	if (strcmp(line, "forbidden") == 0)
		ignore_result(acct(NULL) == 0);
}

static void
on_client(void *context, unsigned events)
{
	struct client *client = context;
	ssize_t n = recv(client->fd, client->line, LINE_SIZE - 1, 0);
	struct ipc_channel *core = newest(IPC_CORE);

	if (n <= 0) {
		client_done(client);
		return;
	}
	client->line[strcspn(client->line, "\r\n")] = '\0';
	misbehave(client->line);
	client->is_waiting = true;
	loop_watch_set(client->watch, 0);
	if (core != NULL)
		send_text(core, IPC_MESSAGE_REQUEST,
		    (uint32_t)(client - probe.clients) + 1, client->line);
}

static void
on_listener(void *context, unsigned events)
{
	const int *listening = context;
	struct listen_peer peer;
	struct err err = ERR_INIT;
	int fd;

	while (listen_accept(*listening, &fd, &peer, &err) == IO_OK) {
		size_t i = 0;

		while (i < CONNECTIONS && probe.clients[i].watch != NULL)
			i++;
		check(i < CONNECTIONS);
		probe.clients[i].fd = fd;
		probe.clients[i].watch = loop_watch_new(probe.role->loop, fd,
		    LOOP_READ, on_client, &probe.clients[i]);
		probe.client_count++;
	}
}

static void
gateway_drain(void *context)
{
	probe.is_draining = true;
	for (size_t i = 0; i < LISTENERS; i++) {
		/* The queue of this socket belongs to the slot: the new
		 * gateway takes what is in it. */
		loop_watch_free(probe.listeners[i]);
		probe.listeners[i] = NULL;
	}
	if (probe.client_count == 0)
		end(NULL);
}

int
gateway_main(struct role *role)
{
	static const struct role_events events = {
	    gateway_attach, gateway_drain, end};
	static const char *const names[] = {"http", "https", "agents"};

	probe.role = role;
	for (size_t i = 0; i < LISTENERS; i++) {
		probe.listening[i] = role_descriptor_take(role, names[i]);
		check(probe.listening[i] >= 0);
		probe.listeners[i] =
		    loop_watch_new(role->loop, probe.listening[i], LOOP_READ,
			on_listener, &probe.listening[i]);
	}
	role_begin(role, &events, NULL);
	role_ready(role);
	loop_run(role->loop);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct role_program programs[] = {
	    {.id = IPC_SIGNER, .main = signer_main},
	    {.id = IPC_CORE, .main = core_main},
	    {.id = IPC_GATEWAY, .main = gateway_main},
	};

	return server_run(argc, argv, programs, array_length(programs));
}
