/*
 * Routing: which operation a method and a path mean on a listener.
 *
 * A table is a constant array. A pattern is a path whose segments are literal
 * or one parameter each: "/api/v1/computers/{id}". Literal segments win over
 * parameters when both fit. Matching works on the path as received: each
 * segment is percent-decoded strictly (RFC 3986 section 2.1; no NUL, no "/",
 * no control character, valid UTF-8) and never re-split, so "%2F" never makes
 * a segment and "." or ".." never match anything. No I/O; any process.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/attributes.h"
#include "base/bytes.h"

enum {
	HTTP_ROUTE_PARAMETERS_MAX = 8,
	HTTP_ROUTE_PARAMETER_SIZE = 256, /* bytes decoded, with the end */
	HTTP_ROUTE_ALLOW_SIZE = 64,
};

enum http_route_flag {
	HTTP_ROUTE_WEBSOCKET = 1,      /* GET that asks for a WebSocket */
	HTTP_ROUTE_HTTPS_REQUIRED = 2, /* on plain HTTP: 403 https_required */
	HTTP_ROUTE_GATEWAY = 4,        /* answered by the gateway itself */
};

struct http_route {
	const char *method; /* GET serves HEAD as well */
	const char *pattern;
	unsigned listeners;    /* bits of enum listener */
	size_t body_limit;     /* bytes; 0: no body is read */
	unsigned flags;        /* of enum http_route_flag */
	const char *operation; /* the handler's name */
};

struct http_route_parameter {
	const char *name; /* in the pattern, up to "}": use the getter */
	size_t name_length;
	char value[HTTP_ROUTE_PARAMETER_SIZE]; /* decoded UTF-8 */
};

enum http_route_result {
	HTTP_ROUTE_FOUND,
	HTTP_ROUTE_NOT_FOUND,     /* 404 */
	HTTP_ROUTE_OTHER_METHODS, /* 405 (or OPTIONS): allow is filled in */
	HTTP_ROUTE_MALFORMED,     /* 400: the path breaks percent-encoding */
};

struct http_route_match {
	const struct http_route *route;
	size_t parameter_count;
	struct http_route_parameter parameters[HTTP_ROUTE_PARAMETERS_MAX];
	char allow[HTTP_ROUTE_ALLOW_SIZE]; /* "GET, HEAD, POST" */
};

enum http_route_result
http_route_find(const struct http_route *table, size_t count, unsigned listener,
    struct view method, struct view path, struct http_route_match *out);

/* The decoded value of a parameter of the pattern; NULL when it has none. */
const char *
http_route_parameter(const struct http_route_match *match, const char *name);

/* Decode percent-encoding into out, which holds size bytes with the end. False
 * on a wrong escape, NUL, control character, invalid UTF-8 or too long text. */
must_use bool http_percent_decode(struct view text, char *out, size_t size);

/* The decoded value of the first NAME=VALUE of a query ("+" is a space).
 * out_found tells whether there is one; false when it is malformed. */
must_use bool http_query_get(struct view query, const char *name, char *out,
    size_t size, bool *out_found);

#endif
