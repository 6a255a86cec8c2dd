/*
 * Knocks at many agents, paced: a whole fleet that is asked to refresh comes
 * KNOCKS_A_SECOND at a time and not at once.
 *
 * A line of agents in the order in which they were added, each once. It lives
 * in memory alone: an agent that is not reached because core ends meanwhile
 * refreshes when its channel is back or its own time comes. The pauses between
 * two turns have a random part. Any thread adds; the loop's thread knocks.
 */
#ifndef SERVER_CORE_KNOCKS_H
#define SERVER_CORE_KNOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct core;
struct knocks;
struct loop;

enum {
	KNOCKS_A_SECOND = 100,
	KNOCKS_MAX = 128 * 1024, /* as many as agents can be connected */
};

must_use struct knocks *knocks_new(struct core *core, struct loop *loop);
/* Loop thread, after the workers ended; takes NULL. */
void knocks_free(struct knocks *knocks);

/* False when the agent is not connected (it comes in its own time), or when the
 * line is full. */
must_use bool knocks_add(struct knocks *knocks, const char *agent_id);
must_use size_t knocks_waiting(struct knocks *knocks);

#endif
