/*
 * The server as the fleet sees it: where its ports are, and whom to believe.
 *
 * Opened once, before the processes part: the name is resolved, the publication
 * is fetched over TLS that is not verified, and is believed by the pin alone,
 * as a new agent does.
 */
#ifndef FLEET_GATE_H
#define FLEET_GATE_H

#include "agent/bootstrap.h"
#include "agent/publication.h"
#include "fleet/call.h"
#include "fleet/scenario.h"

struct gate {
	struct server_address address;
	struct secret *token; /* or NULL */
	int64_t token_uses;   /* as its maker said; -1: not said */
	struct publication *publication;
	struct call_port https, agents;
	struct tls_trust *trust;    /* by the publication's anchors */
	struct tls_trust *stranger; /* verifies nobody; says nothing secret */
	bool is_loopback;           /* IPv4: sources may be chosen */
};

/* bootstrap: its file's text, or empty: then address is what the state
 * directory remembers. ERR_SYSTEM "server_name", and what the conversations
 * fail with. */
must_use bool gate_open(struct gate *gate, struct view bootstrap,
    struct view remembered, struct err *err);
void gate_close(struct gate *gate);

/* The address that an agent comes from: its own for every few agents. */
must_use uint32_t gate_source(
    const struct gate *gate, const struct scenario *scenario, size_t agent);

/* Begin a request's head: "METHOD PATH HTTP/1.1", Host and the agent's name. */
must_use bool gate_begin(const struct gate *gate, struct buf *out,
    const char *method, uint16_t port, const char *path, struct err *err);
/* A whole request; type NULL: without a body. header: a further line, or NULL.
 */
must_use bool gate_request(const struct gate *gate, struct buf *out,
    uint16_t port, const char *path, const char *header, const char *type,
    struct view body, struct err *err);

#endif
