/*
 * The agent's archive, answered by the gateway itself.
 *
 * Whoever installs an agent downloads it before anything can be verified, so it
 * holds nothing secret, and the installer that core makes says its SHA-256. The
 * supervisor opens it and hands it over as the descriptor "installer"; it is
 * never parsed here.
 */
#ifndef SERVER_GATEWAY_INSTALLER_H
#define SERVER_GATEWAY_INSTALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct gateway;
struct connection;

struct gateway_installer {
	int fd; /* -1: there is none */
	uint64_t bytes;
};

/* From the role's descriptor. */
void gateway_installer_open(struct gateway *gateway);
void gateway_installer_close(struct gateway *gateway);

/* For a path that no route has: true when it was answered. */
must_use bool installer_answer(struct connection *connection);

#endif
