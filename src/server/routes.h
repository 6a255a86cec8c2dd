/*
 * The one route table of the server: what may be asked, on which listener, how
 * large its body may be, and which operation answers it.
 *
 * Compiled into the gateway (which refuses everything else before it bothers
 * core) and into core (which does not believe the gateway). It joins the hand
 * table of routes.c (EST, agent protocol, PKI, health) with the table that is
 * generated from api/openapi.yaml.
 */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/listener.h"
#include "http/route.h"

enum route_security {
	ROUTE_SECURITY_OPEN,    /* anyone may ask */
	ROUTE_SECURITY_USER,    /* session or API token */
	ROUTE_SECURITY_AGENT,   /* client certificate, or the agent's credential
				   until it has proved itself */
	ROUTE_SECURITY_METRICS, /* loopback, or API token */
};

struct route {
	const char *method;  /* "GET" also answers HEAD */
	const char *pattern; /* "/api/v1/computers/{computer_id}" */
	unsigned listeners;  /* bits of enum listener */
	size_t body_max;     /* bytes; 0: no body */
	const char *operation;
	enum route_security security;
	bool needs_https;       /* 403 https_required on LISTENER_HTTP */
	bool is_websocket;      /* GET with Upgrade */
	const char *permission; /* API: what the user must be allowed */
};

/* Generated from api/openapi.yaml. */
extern const struct route ROUTES_API[];
extern const size_t ROUTES_API_COUNT;

/* The joined table. */
must_use size_t routes_count(void);
must_use const struct route *routes_get(size_t index);

/* The same table in the router's form (http/route.h), index by index; lives as
 * long as the process. The first call comes before any second thread. */
must_use const struct http_route *routes_http(size_t *out_count);

#endif
