/* Counting and telling what is turned away. */
#include "server/gateway/shed.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

static uint64_t
connections(const struct gateway *gateway)
{
	return gateway->limits.connections;
}

static uint64_t
agents(const struct gateway *gateway)
{
	return gateway->limits.agents;
}

static uint64_t
people(const struct gateway *gateway)
{
	return gateway->limits.people;
}

static uint64_t
per_address(const struct gateway *gateway)
{
	return gateway->limits.per_address;
}

static uint64_t
handshakes(const struct gateway *gateway)
{
	return gateway->limits.handshakes;
}

static uint64_t
held(const struct gateway *gateway)
{
	return gateway->limits.held;
}

static uint64_t
body_mib(const struct gateway *gateway)
{
	return gateway->limits.body_bytes / (1024 * 1024);
}

static uint64_t
files(const struct gateway *gateway)
{
	return gateway->limits.files;
}

static uint64_t
workers(const struct gateway *gateway)
{
	return (uint64_t)gateway->config->workers;
}

static uint64_t
descriptors(const struct gateway *gateway)
{
	return (uint64_t)gateway->descriptors;
}

#define COUNTER(name) offsetof(struct ipc_counters, name)

/* value: the setting's, as it is in force here. */
static const struct {
	const char *sentence;
	const char *setting;
	uint64_t (*value)(const struct gateway *);
	size_t counter;
} KINDS[SHED_KINDS] = {
    [SHED_CONNECTIONS] = {"connections are turned away: this gateway is full",
	"[limits] connections", connections, COUNTER(connections_shed)},
    [SHED_AGENTS] = {"connections of agents are turned away: the rest is kept "
		     "for people",
	"[limits] connections", agents, COUNTER(connections_shed)},
    [SHED_PEOPLE] = {"connections are turned away: the rest is kept for agents",
	"[limits] connections", people, COUNTER(connections_shed)},
    [SHED_ADDRESS] = {"connections are turned away: their address has too many "
		      "that are not proved",
	"[limits] connections_per_address", per_address,
	COUNTER(connections_shed)},
    [SHED_DESCRIPTORS] = {"accepting pauses: out of descriptors",
	"RLIMIT_NOFILE", descriptors, COUNTER(connections_shed)},
    [SHED_HANDSHAKES] = {"stalled handshakes are ended: too many of them",
	"[limits] handshakes", handshakes, COUNTER(handshakes_shed)},
    [SHED_HELD] = {"requests are put off: too many wait for core",
	"[limits] requests_held", held, COUNTER(requests_shed)},
    [SHED_BODIES] = {"requests are put off: bodies take too much memory (MiB)",
	"[limits] body_memory", body_mib, COUNTER(requests_shed)},
    [SHED_FILES] = {"requests are put off: too many large bodies for the "
		    "descriptors",
	"RLIMIT_NOFILE", files, COUNTER(requests_shed)},
    [SHED_CORE] = {"requests are put off: core does not keep up",
	"[limits] workers", workers, COUNTER(requests_shed)},
};

static void
tell(const struct gateway *gateway, enum shed_kind kind, uint64_t count,
    const char *address)
{
	char value[24], times[24];

	snprintf(value, sizeof(value), "%llu",
	    (unsigned long long)KINDS[kind].value(gateway));
	snprintf(times, sizeof(times), "%llu", (unsigned long long)count);
	log_warning(KINDS[kind].sentence, "setting", KINDS[kind].setting,
	    "value", value, "times", times, "address", address);
}

void
shed(struct gateway *gateway, enum shed_kind kind, const char *address)
{
	struct shed_notice *notice = &gateway->notices[kind];
	int64_t now_ms = clock_monotonic_ms();
	uint8_t *counters = (uint8_t *)&gateway->counters;

	check(kind < SHED_KINDS);
	gateway_count(
	    gateway, (uint64_t *)(void *)(counters + KINDS[kind].counter), 1);
	notice->count++;
	if (notice->told_ms != 0 && now_ms - notice->told_ms < SHED_LOG_MS)
		return;
	tell(gateway, kind, notice->count, address);
	notice->told_ms = now_ms;
	notice->count = 0;
}
