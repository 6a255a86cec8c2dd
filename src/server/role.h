/*
 * What a role's main gets and offers: its control channel to the supervisor,
 * the descriptors it was given, its configuration, and the events of its life.
 *
 * `int NAME_main(struct role *role)` runs after the whole start order
 * (undumpable, limits, descriptors, user dropped and proved, Landlock,
 * seccomp). It opens its own files, sets the events with role_begin(), says
 * role_ready() when it does its work, and runs role->loop until it ends. What
 * it returns is the exit code: 0 after a stop or drain.
 *
 * Whatever a role sees of the supervisor's end (end of the control channel) is
 * handled here: the process exits.
 */
#ifndef SERVER_ROLE_H
#define SERVER_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/channel.h"
#include "ipc/messages.h"
#include "os/loop.h"
#include "os/sandbox.h"
#include "server/config.h"

enum {
	ROLE_DESCRIPTORS_MAX = 16,
	/* The exit code of a role that cannot start however often it is tried;
	 * the supervisor then gives up instead of starting it again. */
	ROLE_EXIT_HOPELESS = 78,
};

/* The other end of a channel. A process is one instance: a restarted role in
 * the same slot has another number. */
struct role_peer {
	enum ipc_role role;
	unsigned slot;
	uint32_t instance;
};

struct role_events {
	/* A new channel to a peer; the socket is the callee's (give it to
	 * ipc_channel_new or a thread). An older channel to the same kind of
	 * peer may still be open: during a reload, or because its end has not
	 * been noticed. For a gateway that gets a new core: new requests go to
	 * the new channel, answers to requests in flight still come by the old
	 * one until it ends. For a core: every gateway instance is its own
	 * peer, and the newest signer counts. For a signer: each core channel
	 * is served until it ends. */
	void (*attach)(void *context, const struct role_peer *peer, int socket);
	/* Stop accepting, finish what is in flight, then end (loop_stop). The
	 * supervisor ends what takes longer than [limits] drain_timeout. */
	void (*drain)(void *context);
	/* End soon and orderly: a few seconds at most. */
	void (*stop)(void *context);
};

struct role_descriptor {
	char name[16];
	int fd;
};

struct role {
	const char *name;    /* "gateway", "core" or "signer" */
	enum ipc_role id;    /* its row in the message table */
	unsigned slot;       /* which gateway; 0 for the others */
	uint32_t instance;   /* unlike every other process's so far */
	unsigned slot_count; /* how many gateways there are */
	struct loop *loop;   /* made before the sandbox */
	const struct server_config *config;
	struct sandbox_report sandbox;
	/* Private. */
	struct ipc_channel *control;
	struct role_descriptor descriptors[ROLE_DESCRIPTORS_MAX];
	size_t descriptor_count;
	const struct role_events *events;
	void *context;
};

/* Before loop_run: who gets the events. Attachments made before are kept. */
void
role_begin(struct role *role, const struct role_events *events, void *context);
/* Tell the supervisor that this process does its work now. */
void role_ready(struct role *role);
/* A line about its state for the supervisor's status ("12 connections"). */
void role_status(struct role *role, const char *text);
/* The peer sent what it must not: the supervisor ends and restarts it. */
void role_peer_broken(
    struct role *role, const struct role_peer *peer, const struct err *why);
/* The descriptor of this name, the caller's from now on; -1 where it was not
 * given. A gateway has "http", "https" and "agents" (listening sockets of its
 * slot), with more addresses also "http.1" and so on, and "console" where it is
 * installed; gateways and core have "installer", the agent's archive, likewise;
 * a signer has "passphrase" where one is configured. */
must_use int role_descriptor_take(struct role *role, const char *name);
/* How this process names a file of its own directory (STATE/core/NAME), in
 * which it works: its user may not pass what stands above. Allocated. Gateways
 * have none. */
must_use char *role_path(const struct role *role, const char *name);

/* The mains; each in its own folder. */
int gateway_main(struct role *role);
int core_main(struct role *role);
int signer_main(struct role *role);

#endif
