/*
 * Files that are shipped with the server, opened by the supervisor for its
 * roles: the console's bundle for the gateways, the agent's archive for
 * gateways and core. None is parsed here, and none is needed: without it what
 * it is for is away.
 */
#ifndef SERVER_SUPERVISOR_SHIPPED_FILE_H
#define SERVER_SUPERVISOR_SHIPPED_FILE_H

#include "base/attributes.h"
#include "server/config.h"

enum shipped_file {
	SHIPPED_CONSOLE,
	SHIPPED_AGENT,
};

/* Where the configuration says, or in share/warifu of the installation that
 * the program belongs to. -1, and a line in the log, where there is none. */
must_use int
shipped_file_open(enum shipped_file file, const struct server_config *config);

#endif
