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

/* Bits, as used in a route's listener mask. */
enum route_listener {
	ROUTE_HTTP = 1,   /* 8020 */
	ROUTE_HTTPS = 2,  /* 8383 */
	ROUTE_AGENTS = 4, /* 8443 */
};

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
	unsigned listeners;
	size_t body_max; /* bytes; 0: no body */
	const char *operation;
	enum route_security security;
	bool needs_https;       /* 403 https_required on ROUTE_HTTP */
	bool is_websocket;      /* GET with Upgrade */
	const char *permission; /* API: what the user must be allowed */
};

/* Generated from api/openapi.yaml. */
extern const struct route ROUTES_API[];
extern const size_t ROUTES_API_COUNT;

/* The joined table. */
must_use size_t routes_count(void);
must_use const struct route *routes_get(size_t index);

#endif
