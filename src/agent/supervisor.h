/*
 * The agent's supervisor: starts the channel, starts the executor when there is
 * an errand, and starts again with patience what has died.
 *
 * It runs as root (in a developer's tree as anybody), links neither the network
 * library nor parses anything but the configuration and the bootstrap file, and
 * holds the lock of the state directory: one agent each. SIGTERM and SIGINT end
 * all; SIGHUP starts the channel anew (it reads the bootstrap file again);
 * SIGUSR1 asks for a refresh now. When it dies the others end by themselves.
 */
#ifndef AGENT_SUPERVISOR_H
#define AGENT_SUPERVISOR_H

#include "agent/config.h"

enum {
	/* Descriptors that the channel is given. */
	CHANNEL_CONTROL = 3,
	CHANNEL_EXECUTOR = 4,
	CHANNEL_BOOTSTRAP = 5, /* a sealed memfd; only where there is a file */
	SUPERVISOR_STOP_MS = 5 * 1000,
};

/* Until it is told to end; the process's exit code. config_path is handed on,
 * state_dir is absolute. */
int supervisor_main(const struct agent_config *config, const char *config_path);

#endif
