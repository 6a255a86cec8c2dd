/*
 * The supervisor: opens the listening sockets once, starts the roles, hands
 * them their channels, watches them, and replaces them.
 *
 * SIGTERM, SIGINT: gateways, then core, then signer end. SIGHUP: the
 * configuration is read again and core and gateways are replaced without
 * refusing a connection. It parses nothing but its configuration and what the
 * roles tell it.
 */
#ifndef SERVER_SUPERVISOR_SUPERVISOR_H
#define SERVER_SUPERVISOR_SUPERVISOR_H

#include "base/attributes.h"
#include "server/supervisor/options.h"

enum {
	SUPERVISOR_EXIT_CONFIG = 2,
};

/* Runs until the end; returns the exit code: 0 after a signal, 2 for a bad
 * configuration, 1 for what else prevents the service. */
must_use int supervisor_run(const struct options *options);

#endif
