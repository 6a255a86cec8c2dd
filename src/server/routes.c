/* The hand table of routes, joined with the API's. */
#include "server/routes.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/memory.h"

#define EST_PATH  "/.well-known/est/"
#define OCSP_PATH "/pki/ocsp"

/* Columns: method, pattern, listeners, body limit, operation, security. */
static const struct route ROUTES_HAND[] = {
    {"GET", EST_PATH "cacerts", LISTENER_BOTH_TLS, 0, "est_cacerts",
	ROUTE_SECURITY_OPEN},
    {"GET", EST_PATH "csrattrs", LISTENER_BOTH_TLS, 0, "est_csrattrs",
	ROUTE_SECURITY_OPEN},
    {"POST", EST_PATH "simpleenroll", LISTENER_BOTH_TLS, LIMIT_BODY_EST,
	"est_simpleenroll", ROUTE_SECURITY_OPEN},
    {"POST", EST_PATH "simplereenroll", LISTENER_BOTH_TLS, LIMIT_BODY_EST,
	"est_simplereenroll", ROUTE_SECURITY_OPEN},
    {"GET", EST_PATH "{operation}", LISTENER_HTTP, 0, "est_over_http",
	ROUTE_SECURITY_OPEN},
    {"POST", EST_PATH "{operation}", LISTENER_HTTP, LIMIT_BODY_EST,
	"est_over_http", ROUTE_SECURITY_OPEN},
    {"GET", "/.well-known/warifu/publication", LISTENER_BOTH_TLS, 0,
	"publication", ROUTE_SECURITY_OPEN},
    {"POST", "/agent/v1/refresh", LISTENER_AGENT, LIMIT_BODY_REFRESH,
	"agent_refresh", ROUTE_SECURITY_AGENT},
    {"POST", "/agent/v1/renewal-nonce", LISTENER_AGENT, LIMIT_BODY_API,
	"agent_renewal_nonce", ROUTE_SECURITY_AGENT},
    {"GET", "/agent/v1/channel", LISTENER_AGENT, 0, "agent_channel",
	ROUTE_SECURITY_AGENT, .is_websocket = true},
    {"GET", "/pki/agent-ca.crl", LISTENER_BOTH_CONSOLES, 0, "pki_crl",
	ROUTE_SECURITY_OPEN},
    {"GET", "/pki/agent-ca.pem", LISTENER_BOTH_CONSOLES, 0, "pki_ca",
	ROUTE_SECURITY_OPEN},
    {"POST", OCSP_PATH, LISTENER_BOTH_CONSOLES, LIMIT_BODY_OCSP,
	"pki_ocsp_post", ROUTE_SECURITY_OPEN},
    /* The base64 of a request may have "/" in it, which some clients escape
     * and some do not (RFC 6960 appendix A.1). */
    {"GET", OCSP_PATH "/{request...}", LISTENER_BOTH_CONSOLES, 0,
	"pki_ocsp_get", ROUTE_SECURITY_OPEN},
    {"GET", "/installer/linux.sh", LISTENER_BOTH_CONSOLES, 0,
	"installer_public_script", ROUTE_SECURITY_OPEN, .needs_https = true},
    {"GET", "/healthz", LISTENER_BOTH_CONSOLES, 0, "healthz",
	ROUTE_SECURITY_OPEN},
    {"GET", "/readyz", LISTENER_BOTH_CONSOLES, 0, "readyz",
	ROUTE_SECURITY_OPEN},
    {"GET", "/metrics", LISTENER_BOTH_CONSOLES, 0, "metrics",
	ROUTE_SECURITY_METRICS},
};

size_t
routes_count(void)
{
	return array_length(ROUTES_HAND) + ROUTES_API_COUNT;
}

const struct route *
routes_get(size_t index)
{
	check(index < routes_count());
	return index < array_length(ROUTES_HAND)
	    ? &ROUTES_HAND[index]
	    : &ROUTES_API[index - array_length(ROUTES_HAND)];
}

static struct http_route
http_form(const struct route *route)
{
	struct http_route form = {
	    .method = route->method,
	    .pattern = route->pattern,
	    .listeners = route->listeners,
	    .body_limit = route->body_max,
	    .flags = (route->is_websocket ? HTTP_ROUTE_WEBSOCKET : 0) |
		(route->needs_https ? HTTP_ROUTE_HTTPS_REQUIRED : 0),
	    .operation = route->operation,
	};

	return form;
}

const struct http_route *
routes_http(size_t *out_count)
{
	static struct http_route *table;

	if (table == NULL) {
		struct http_route *made =
		    memory_array(routes_count(), sizeof(*made));

		for (size_t i = 0; i < routes_count(); i++)
			made[i] = http_form(routes_get(i));
		table = made;
	}
	*out_count = routes_count();
	return table;
}
