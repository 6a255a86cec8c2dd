/*
 * The gateway: the role that faces the network. It does TLS, reads and bounds
 * HTTP, hands whole requests to core and sends core's answers; it owns nothing
 * worth stealing but the listeners' key.
 *
 * This header is the state that the files of this folder share. One process,
 * one loop, one thread. Life of a connection: accept.c → connection.c (phases,
 * deadlines) → handshake.c → exchange.c (requests, to core through upstream.c)
 * → answer.c, or socket.c for a WebSocket → linger, free.
 */
#ifndef SERVER_GATEWAY_GATEWAY_H
#define SERVER_GATEWAY_GATEWAY_H

#include <sys/queue.h>

#include "base/bytes.h"
#include "base/listener.h"
#include "crypto/tls_server.h"
#include "http/route.h"
#include "ipc/gateway_control.h"
#include "os/loop.h"
#include "server/capacity.h"
#include "server/gateway/installer.h"
#include "server/role.h"

enum {
	/* Read at once from one connection, and from a file for an answer. */
	GATEWAY_READ_BYTES = 64 * 1024,
	GATEWAY_FILE_BYTES = TLS_BATCH_BYTES,
	/* Requests that wait for a core that is away. */
	GATEWAY_HOLD_MS = 5 * 1000,
};

/* Agents and people wait in lines of their own, so that a storm of agents
 * does not stand before a person. */
enum lane {
	LANE_PEOPLE,
	LANE_AGENTS,
	LANE_COUNT,
};

/* What is turned away because a limit is reached; shed.c has the table. */
enum shed_kind {
	SHED_CONNECTIONS,
	SHED_AGENTS,
	SHED_PEOPLE,
	SHED_ADDRESS,
	SHED_DESCRIPTORS,
	SHED_HANDSHAKES,
	SHED_HELD,
	SHED_BODIES,
	SHED_FILES,
	SHED_CORE,
	SHED_KINDS,
};

struct shed_notice {
	int64_t told_ms; /* monotonic; 0: never */
	uint64_t count;  /* since then */
};

struct connection;
struct console;
struct upstream;
struct addresses;
struct exchange;

TAILQ_HEAD(connection_list, connection);
TAILQ_HEAD(upstream_list, upstream);

struct gateway_listener {
	struct gateway *gateway;
	enum listener kind;
	int fd; /* -1: not given, or closed by drain */
	struct loop_watch *watch;
};

struct gateway {
	struct role *role;
	struct loop *loop;
	const struct server_config *config;
	struct http_route *routes;
	size_t route_count;

	struct gateway_listener listeners[ROLE_DESCRIPTORS_MAX];
	size_t listener_count;
	struct loop_timer *accept_pause; /* runs while out of descriptors */
	struct addresses *addresses;
	struct capacity_gateway limits;
	int64_t descriptors; /* that this process may hold */
	struct shed_notice notices[SHED_KINDS];
	bool is_ready;
	bool is_accepting;
	bool is_draining;
	struct loop_timer *drain_timer;

	struct console *console; /* NULL: none is served */
	struct gateway_installer installer;
	struct tls_context *https; /* NULL before IDENTITY */
	struct tls_context *agent;
	struct buf trust_bytes; /* the last snapshot, as it came */
	uint64_t trust_number;
	bool has_trust;
	bool requires_certificate;

	struct connection_list connections;
	size_t connection_count;
	size_t connection_most; /* since memory was given back */
	size_t lane_count[LANE_COUNT];
	struct connection_list handshake_queue[LANE_COUNT];
	size_t handshakes_queued;
	enum lane handshake_turn;       /* whose is the next place */
	size_t handshakes;              /* with a place */
	struct connection_list stalled; /* without one; the oldest first */
	size_t stalled_count;

	struct upstream_list upstreams;
	struct upstream *core; /* for new requests; NULL: away */
	struct connection_list held[LANE_COUNT]; /* they wait for core */
	size_t held_count[LANE_COUNT];
	size_t agents_in_flight;
	struct exchange *exchanges; /* uthash by request id */
	struct connection *sockets; /* uthash by socket number */
	uint32_t last_request;
	uint64_t last_socket;
	uint64_t body_bytes; /* of all bodies on their way */
	size_t files;        /* memory files of bodies */

	struct ipc_counters counters;
	struct loop_timer *counters_timer; /* runs after a change */
	bool is_counters_timer_running;

	struct tls_batch *batch; /* for the files of all connections */
	uint8_t *scratch; /* GATEWAY_FILE_BYTES, for reads of all kinds */
};

/* Something a counter tells has changed: COUNTERS goes out within 10 s. */
void gateway_count(struct gateway *gateway, uint64_t *counter, uint64_t more);
/* Start accepting when trust and identity are there, say ready once. */
void gateway_begin_if_ready(struct gateway *gateway);
/* When drained: end the loop. */
void gateway_end_if_drained(struct gateway *gateway);

/* accept.c */
void accept_begin(struct gateway *gateway);  /* watch the listeners */
void accept_resume(struct gateway *gateway); /* a place became free */
void accept_end(struct gateway *gateway);    /* for good: close them */

/* addresses.c: how many connections each address has. IPv6 counts by /64. */
must_use struct addresses *addresses_new(void);
void addresses_free(struct addresses *addresses);
/* False when it has max already. */
must_use bool
addresses_enter(struct addresses *addresses, const char *address, size_t max);
void addresses_leave(struct addresses *addresses, const char *address);

/* trust.c: what core's descriptors say. False: core is broken. only_newer:
 * pass over a snapshot that is not newer than the one in force. */
must_use bool trust_take(struct gateway *gateway, int fd, bool only_newer,
    uint64_t *out_number, struct err *err);
must_use bool identity_take(struct gateway *gateway, int fd, struct err *err);

/* report.c */
void report_counters(struct gateway *gateway);
/* A handshake or request that was refused: to the log and to core, rate
 * limited. der: the presented certificate, may be empty. */
void report_refusal(struct connection *connection, enum ipc_event_kind kind,
    const struct err *err, struct view der);

#endif
