/*
 * The consoles that wait for changes: each WebSocket of GET /api/v1/changes,
 * who it belongs to, and the topics (topics.h) that it has to be told of.
 *
 * A socket is judged twice before it counts: its request is authenticated like
 * every other one and admitted here, by a worker, before the gateway is told to
 * upgrade it; and when the gateway says that it stands, it must be one that was
 * admitted. A socket that a gateway names of its own accord (a new core meets
 * those of the old one) is closed with 1012, and its browser comes back and is
 * judged anew. Agents' sockets are in live.h; neither ever becomes the other.
 *
 * What is sent is the names of topics and nothing else. Each socket's user is
 * judged again every CHANGES_JUDGE_MS, when its session's time is over, and
 * within a second after something about users, roles, sessions or tokens was
 * changed; what no longer holds as it did ends the socket.
 *
 * Who is limited to a scope is told of all that a scope narrows every
 * CHANGES_BEAT_MS, and of nothing when it happens: so what happens outside the
 * scope cannot be told from what does not.
 *
 * Raising a topic sets a bit, so it costs nothing worth measuring where a fleet
 * does it all the time; one timer a second sends, and it runs only while there
 * is a socket. Nothing is queued for a socket but the set of its topics.
 */
#ifndef SERVER_CORE_CHANGES_H
#define SERVER_CORE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "server/core/topics.h"

struct changes;
struct core;
struct gateway;
struct ipc_socket_open;
struct loop;
struct request;

enum {
	CHANGES_TICK_MS = 1000,
	CHANGES_JUDGE_MS = 15 * 1000,
	/* Between two notes to who has a scope, of what a scope narrows. */
	CHANGES_BEAT_MS = 5 * 1000,
	/* As long as nobody can be judged, nobody is ended; but not longer. */
	CHANGES_UNJUDGED_MS = 60 * 1000,
	/* Between the admission and the gateway's word that it stands. */
	CHANGES_OPEN_MS = 15 * 1000,
};

/* RFC 6455 section 7.4.2: 4000 and up are our own. */
enum changes_close {
	CHANGES_CLOSE_RESTART = 1012,
	CHANGES_CLOSE_LATER = 1013,
	CHANGES_CLOSE_SIGNED_OUT = 4401,
	CHANGES_CLOSE_RIGHTS = 4403, /* they are others than before */
};

must_use struct changes *changes_new(void);
/* Lets go of the gateways: before they are freed. Takes NULL. */
void changes_free(struct changes *changes);
/* Loop thread: from now on there is a timer. */
void changes_begin(struct core *core, struct loop *loop);
void changes_end(struct core *core);

/* Any thread. */
void changes_raise(struct core *core, enum topic topic);
/* Something that an operation of this module did. */
void changes_raise_module(struct core *core, enum policy_module module);

/* Sockets that are open. Any thread. */
must_use size_t changes_count(struct core *core);

/* A worker, before the answer 101: the request's user may have one more
 * socket. ERR_LIMIT too_many_sockets; ERR_DENIED not_signed_in. */
must_use bool changes_admit(
    struct core *core, const struct request *request, struct err *err);

/* What gateways report, in the loop thread. */
void changes_opened(struct core *core, struct gateway *gateway,
    const struct ipc_socket_open *open);
/* Was this one admitted, and has it not ended yet? */
must_use bool
changes_has(struct core *core, struct gateway *gateway, uint64_t socket);
void
changes_closed(struct core *core, struct gateway *gateway, uint64_t socket);
void changes_gateway_gone(struct core *core, struct gateway *gateway);

#endif
