/*
 * The channels to core. New requests go to the newest; an older one (during a
 * reload) still brings its answers until it ends. While there is none, requests
 * are held for GATEWAY_HOLD_MS, a bounded number of them.
 */
#ifndef SERVER_GATEWAY_UPSTREAM_H
#define SERVER_GATEWAY_UPSTREAM_H

#include "server/gateway/gateway.h"

/* The role event attach: says hello and names the live sockets. */
void upstream_attach(
    struct gateway *gateway, const struct role_peer *peer, int socket);
void upstream_free_all(struct gateway *gateway);

/* Send a message that has no answer to the newest core; lost without one. */
void
upstream_note(struct gateway *gateway, enum ipc_type type, struct view body);

/* Hand the connection's whole request to core, or hold it, or answer that it
 * cannot be done. Does not run the connection. */
void upstream_submit(struct connection *connection);
/* SOCKET_OPEN for a live WebSocket. */
void upstream_name_socket(const struct connection *connection);
/* The connection's request is not waited for any more. */
void upstream_forget(struct connection *connection);

#endif
