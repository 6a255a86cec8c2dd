/*
 * The executor: the agent's root process, started when the channel has an
 * errand and gone again when it has been idle.
 *
 * It parses nothing but its few frames, what the host's own files say, and
 * statements whose signature it has checked. Exit codes: 0 idle or done,
 * EXECUTOR_EXIT_UNINSTALLED after an uninstall, 1 on a failure.
 */
#ifndef AGENT_EXECUTOR_EXECUTOR_H
#define AGENT_EXECUTOR_EXECUTOR_H

#include "agent/config.h"

enum {
	EXECUTOR_SOCKET = 3, /* the descriptor it is given */
	EXECUTOR_EXIT_UNINSTALLED = 10,
};

/* The process's main: serves errands until it is idle. */
int executor_main(const struct agent_config *config);

#endif
