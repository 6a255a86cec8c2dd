/* From cores, descriptors and memory to the server's limits. */
#include "server/capacity.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/text.h"
#include "os/file.h"

enum {
	MEMORY_SHARE = 2,   /* the part of memory for connections: 1/2 */
	BODY_SHARE = 16,    /* for bodies: 1/16 */
	LARGE_SHARE = 256,  /* for large bodies that are read: 1/256 */
	RESERVE_SHARE = 10, /* of descriptors, not for connections: 1/10 */
	RESERVE_MIN = 256,
	RESERVE_OTHERS = 64, /* of the reserve: channels, listeners, files */
	SLACK_SHARE = 16,    /* the kernel spreads connections unevenly */
	SLACK = 32,
	PEOPLE_SHARE = 16, /* connections that agents leave to people */
	IN_FLIGHT_MAX = 512,
	IN_FLIGHT_MIN = 4,
	STALLED_PER_HANDSHAKE = 8,
	WORKERS_SHARE = 4, /* of core's workers, not for agents */
	KEPT_SHARE = 4,    /* of the bodies' memory, beside it: 1/4 */
	DESCRIPTORS_MAX = 1 << 20,
};

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The limit of our control group (cgroup v2), or more than there is. */
static int64_t
container_bytes(void)
{
	scoped(buf_donep) struct buf text = BUF_INIT(4096);
	struct err err = ERR_INIT;
	struct view line, rest;
	uint64_t bytes;

	if (!file_read("/sys/fs/cgroup/memory.max", &text, &err))
		return INT64_MAX;
	(void)view_cut(buf_view(&text), '\n', &line, &rest);
	return view_to_u64(line, INT64_MAX, &bytes) ? (int64_t)bytes
						    : INT64_MAX;
}

static int64_t
descriptors_of_process(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return RESERVE_MIN * 2;
	return limit.rlim_max > DESCRIPTORS_MAX ? DESCRIPTORS_MAX
						: (int64_t)limit.rlim_max;
}

void
capacity_measure(struct capacity_machine *out)
{
	int64_t pages = sysconf(_SC_PHYS_PAGES);
	int64_t page_bytes = sysconf(_SC_PAGESIZE);

	out->cores = most(sysconf(_SC_NPROCESSORS_ONLN), 1);
	out->descriptors = descriptors_of_process();
	out->memory_bytes =
	    least(most(pages, 0) * most(page_bytes, 0), container_bytes());
}

static int64_t
reserve(int64_t descriptors)
{
	return most(descriptors / RESERVE_SHARE, RESERVE_MIN);
}

/* What descriptors allow a gateway to have. */
static int64_t
ceiling(int64_t descriptors)
{
	return most(descriptors - reserve(descriptors), 1);
}

/* Of the whole server's connections, with room for an uneven spread. */
static int64_t
share(const struct server_config *config)
{
	int64_t gateways = most(config->gateways, 1);
	int64_t even = (config->connections + gateways - 1) / gateways;

	return gateways == 1 ? even : even + even / SLACK_SHARE + SLACK;
}

static int64_t
connections_for(int64_t memory_bytes)
{
	int64_t fit = memory_bytes / MEMORY_SHARE / CAPACITY_CONNECTION_BYTES;

	return least(
	    most(fit, CAPACITY_CONNECTIONS_MIN), CAPACITY_CONNECTIONS_MAX);
}

/* As many as cores; more where one process cannot hold its share. */
static int64_t
gateways_for(
    struct server_config config, const struct capacity_machine *machine)
{
	config.gateways = most(machine->cores, 1);
	while (config.gateways < CAPACITY_GATEWAYS_MAX &&
	    share(&config) > ceiling(machine->descriptors))
		config.gateways++;
	return least(config.gateways, CAPACITY_GATEWAYS_MAX);
}

void
capacity_fill(
    struct server_config *config, const struct capacity_machine *machine)
{
	if (config->connections == 0)
		config->connections = connections_for(machine->memory_bytes);
	if (config->gateways == 0)
		config->gateways = gateways_for(*config, machine);
	if (config->body_memory_mib == 0)
		config->body_memory_mib = most(machine->memory_bytes /
			BODY_SHARE / config->gateways / (1024 * 1024),
		    2 * LIMIT_BODY_REFRESH / (1024 * 1024));
	if (config->large_bodies_mib == 0)
		config->large_bodies_mib =
		    most(machine->memory_bytes / LARGE_SHARE / (1024 * 1024),
			2 * LIMIT_BODY_REFRESH / (1024 * 1024));
}

size_t
capacity_queue(const struct server_config *config)
{
	return (size_t)config->workers * CAPACITY_QUEUE_PER_WORKER;
}

size_t
capacity_agent_workers(const struct server_config *config)
{
	size_t workers = (size_t)config->workers;
	size_t kept = workers / WORKERS_SHARE;

	if (kept == 0 && workers > 1)
		kept = 1;
	return workers - kept;
}

size_t
capacity_descriptors(const struct server_config *config)
{
	int64_t connections = share(config);

	/* reserve() of the sum is a tenth of it, so a ninth of this. */
	return (size_t)(connections +
	    most(connections / (RESERVE_SHARE - 1) + 1, RESERVE_MIN));
}

void
capacity_of_gateway(const struct server_config *config, int64_t descriptors,
    struct capacity_gateway *out)
{
	int64_t connections = least(share(config), ceiling(descriptors));
	int64_t in_flight = least(
	    most((int64_t)capacity_queue(config) / most(config->gateways, 1),
		IN_FLIGHT_MIN),
	    IN_FLIGHT_MAX);
	size_t all = (size_t)connections;
	uint64_t body_bytes = (uint64_t)config->body_memory_mib * 1024 * 1024;

	*out = (struct capacity_gateway){
	    .connections = all,
	    .agents = all - all / PEOPLE_SHARE,
	    .people = (all + 1) / 2,
	    .per_address = config->connections_per_address > 0
		? (size_t)config->connections_per_address
		: (all + 1) / 2,
	    .handshakes = (size_t)config->handshakes,
	    .stalled = (size_t)config->handshakes * STALLED_PER_HANDSHAKE,
	    .in_flight = (size_t)in_flight,
	    .in_flight_agents = (size_t)(in_flight - in_flight / 4),
	    .held = (size_t)config->requests_held,
	    .files = (size_t)(reserve(descriptors) - RESERVE_OTHERS),
	    .body_bytes = body_bytes,
	    .kept_bytes = (size_t)(body_bytes / KEPT_SHARE),
	};
}

void
limits_in_force(const struct server_config *config, struct limits_in_force *out)
{
	struct capacity_gateway each;

	capacity_of_gateway(config, descriptors_of_process(), &each);
	*out = (struct limits_in_force){{
	    {"connections", config->connections},
	    {"gateways", config->gateways},
	    {"connections_of_a_gateway", (int64_t)each.connections},
	    {"connections_per_address", (int64_t)each.per_address},
	    {"handshakes", config->handshakes},
	    {"requests_held", config->requests_held},
	    {"body_memory_mib", config->body_memory_mib},
	    {"large_bodies_mib", config->large_bodies_mib},
	    {"workers", config->workers},
	    {"queue", (int64_t)capacity_queue(config)},
	}};
}
