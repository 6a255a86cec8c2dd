/*
 * /healthz (this process answers), /readyz (store, signer and identity are
 * there) and /metrics (Prometheus text, from loopback or with an API token
 * where the configuration says so).
 */
#ifndef SERVER_CORE_HEALTH_H
#define SERVER_CORE_HEALTH_H

#include "base/attributes.h"
#include "server/core/request.h"
#include "server/core/response.h"

/* The gate of ROUTE_SECURITY_METRICS. */
must_use bool
metrics_before(struct request *request, struct response *response);

/* "ok", "full", "busy" or "away", from what a ping of the store said. */
const char *health_database_state(bool is_well, const struct err *err);

void health_alive(struct request *request, struct response *response);
void health_ready(struct request *request, struct response *response);
void health_metrics(struct request *request, struct response *response);

#endif
