/*
 * The live directory: which agent is connected now, through which gateway.
 * Kept in memory; any thread.
 */
#ifndef SERVER_CORE_LIVE_H
#define SERVER_CORE_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct core;

must_use bool live_is_connected(struct core *core, const char *agent_id);
must_use size_t live_count(struct core *core);

/* Ask the agent to refresh now. False when it is not connected: it will come
 * in its own time. */
must_use bool live_knock(struct core *core, const char *agent_id);

/* End the agent's live connections (revoked, retired, unknown). */
void live_close(struct core *core, const char *agent_id, const char *reason);

#endif
