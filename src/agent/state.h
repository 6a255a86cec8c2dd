/*
 * The state directory as the supervisor keeps it: whose its folders are, the
 * lock that makes it one agent's, and what root reads for the others.
 *
 *   STATE/lock        held by the running supervisor
 *   STATE/executor/   root's alone
 *   STATE/channel/    the network process's alone
 *   STATE/status/     the network process writes, all may read
 */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include "agent/config.h"

/* Make the folders, or check that they are whose they must be. */
must_use bool
state_make_directories(const struct agent_config *config, struct err *err);
/* Take the lock, until *out_fd is closed. ERR_CONFLICT "already_running". */
must_use bool state_lock(const char *state_dir, int *out_fd, struct err *err);
/* The process that holds the lock, 0 when none does. Not for that process
 * itself: a lock of fcntl(2) goes with any descriptor of the file. */
must_use int state_owner(const char *state_dir);

/* The bootstrap file as a sealed memfd for the channel, -1 where there is none;
 * its pin and token are remembered for the executor. A bad one is an error only
 * for an agent that is not enrolled yet. */
must_use bool state_find_bootstrap(
    const struct agent_config *config, int *out_fd, struct err *err);

#endif
