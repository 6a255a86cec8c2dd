/*
 * What fits this machine: how many connections and gateways the server has
 * where the configuration leaves it open, and how much of everything one
 * gateway may hold. docs/limits.md is the table for people.
 *
 * Pure functions but capacity_measure(). The supervisor fills the gaps before
 * the configuration goes to the roles, so that all of them see one answer.
 */
#ifndef SERVER_CAPACITY_H
#define SERVER_CAPACITY_H

#include <stddef.h>
#include <stdint.h>

#include "server/config.h"

enum {
	/* What an idle agent costs, gateway and kernel, rounded up. */
	CAPACITY_CONNECTION_BYTES = 32 * 1024,
	CAPACITY_CONNECTIONS_MIN = 1024,
	/* Not derived beyond this; the configuration may ask for more. */
	CAPACITY_CONNECTIONS_MAX = 128 * 1024,
	CAPACITY_GATEWAYS_MAX = 64,
	/* Requests that wait in core, for each of its workers. */
	CAPACITY_QUEUE_PER_WORKER = 256,
};

struct capacity_machine {
	int64_t cores;
	int64_t descriptors;  /* of one process */
	int64_t memory_bytes; /* of the machine or its container */
};

/* Never fails: what cannot be told is taken for little. */
void capacity_measure(struct capacity_machine *out);

/* Put numbers for the zeroes of `connections` and `gateways`. */
void capacity_fill(
    struct server_config *config, const struct capacity_machine *machine);

/* What one gateway may hold at the same time. */
struct capacity_gateway {
	size_t connections;
	size_t agents;           /* of them, at most, on the agents' port */
	size_t people;           /* and on the other two */
	size_t per_address;      /* that have shown no good certificate */
	size_t handshakes;       /* that make progress */
	size_t stalled;          /* that wait for their client longer */
	size_t in_flight;        /* requests with core */
	size_t in_flight_agents; /* of them, at most, from agents */
	size_t held;             /* requests that wait for core */
	size_t files;            /* bodies in memory files */
	uint64_t body_bytes;     /* of requests and answers on their way */
	size_t kept_bytes;       /* encrypted, that slow readers did not take */
};

/* descriptors: what this process may hold. */
void capacity_of_gateway(const struct server_config *config,
    int64_t descriptors, struct capacity_gateway *out);
/* Descriptors that one gateway asks the kernel for. */
must_use size_t capacity_descriptors(const struct server_config *config);

/* The limits by name, for log, status and metrics. */
enum {
	LIMITS_IN_FORCE = 10,
};

struct limits_in_force {
	struct {
		const char *name;
		int64_t value;
	} items[LIMITS_IN_FORCE];
};

/* As this process's descriptors say: those of all roles are alike. */
void limits_in_force(
    const struct server_config *config, struct limits_in_force *out);

/* Requests that core queues, and what of it agents may take. */
must_use size_t capacity_queue(const struct server_config *config);
/* Workers that agents may keep busy at the same time: the others are for
 * people, whatever the agents do. */
must_use size_t capacity_agent_workers(const struct server_config *config);

#endif
