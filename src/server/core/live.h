/*
 * The live directory: which agent is connected now, through which gateway.
 * Kept in memory; any thread.
 */
#ifndef SERVER_CORE_LIVE_H
#define SERVER_CORE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct core;
struct gateway;
struct ipc_socket_open;
struct live;

must_use struct live *live_new(void);
void live_free(struct live *live);

must_use bool live_is_connected(struct core *core, const char *agent_id);
must_use size_t live_count(struct core *core);

/* Ask the agent to refresh now. False when it is not connected: it will come
 * in its own time. */
must_use bool live_knock(struct core *core, const char *agent_id);
/* The same from the loop's thread, which must not wait. */
must_use bool live_knock_queued(struct core *core, const char *agent_id);

/* End the agent's live connections (revoked, retired, unknown). */
void live_close(struct core *core, const char *agent_id, const char *reason);

/* What gateways report, in the loop thread. An agent that is connected twice
 * keeps the newer connection. */
void live_opened(struct core *core, struct gateway *gateway,
    const struct ipc_socket_open *open);
/* Is this socket an agent's? */
must_use bool
live_has(struct core *core, struct gateway *gateway, uint64_t socket);
void live_closed(struct core *core, struct gateway *gateway, uint64_t socket);
void live_gateway_gone(struct core *core, struct gateway *gateway);

#endif
