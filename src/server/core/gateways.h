/*
 * The gateways as core sees them: their channels, what they were sent, what
 * they have applied.
 *
 * The loop thread reads; any thread may send. A gateway that goes away is kept
 * until the last answer to it was tried.
 */
#ifndef SERVER_CORE_GATEWAYS_H
#define SERVER_CORE_GATEWAYS_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "ipc/gateway_control.h"
#include "server/role.h"

struct core;
struct gateway;
struct gateways;

must_use struct gateways *gateways_new(struct core *core, struct role *role);
/* Loop thread, after the workers ended. */
void gateways_free(struct gateways *gateways);
/* Loop thread: a new channel; the socket is owned from now on. */
void gateways_attach(
    struct gateways *gateways, const struct role_peer *peer, int socket);

enum gateways_statement {
	GATEWAYS_IDENTITY,
	GATEWAYS_TRUST,
};

/* What every gateway has to know: a sealed memfd (owned from now on) and its
 * number, sent to all that are here and to each that comes. */
void gateways_publish(struct gateways *gateways,
    enum gateways_statement statement, int file, uint64_t number);

/* Wait until every gateway that is here applied this trust snapshot. False
 * when the deadline (monotonic) passes first. */
must_use bool gateways_wait_applied(
    struct gateways *gateways, uint64_t number, int64_t deadline_ms);

/* Loop thread, now and then: a gateway that does not put the trust snapshot in
 * force would let revoked computers in, and is given up to be replaced. */
void gateways_replace_stuck(struct gateways *gateways);

/* When the last request came in (monotonic; 0: none yet). Loop thread. */
must_use int64_t gateways_last_request_ms(const struct gateways *gateways);
must_use size_t gateways_count(struct gateways *gateways);
/* Sum over all gateways that ever were, gauges over those that are. */
void gateways_counters(struct gateways *gateways, struct ipc_counters *out);

/* A counted reference, for what must answer later. */
must_use struct gateway *gateway_hold(struct gateway *gateway);
void gateway_release(struct gateway *gateway);

/* Send one frame to it; waits at most timeout_ms. fd stays the caller's. */
must_use bool
gateway_send(struct gateway *gateway, uint16_t type, uint32_t request,
    struct view body, int fd, int64_t timeout_ms, struct err *err);

/* The same from the loop thread: queued, never waits. */
must_use bool gateway_queue(struct gateway *gateway, uint16_t type,
    uint32_t request, struct view body, struct err *err);

#endif
