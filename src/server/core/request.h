/*
 * One HTTP request as a handler in core sees it: parsed, bounded and matched
 * to its route.
 *
 * The gateway has parsed HTTP and checked the route's limits; core has matched
 * the target once more (a gateway is not believed) and percent-decoded the
 * path parameters and the query. Everything here is borrowed from the request
 * and lives until the handler returns. A request belongs to one worker thread.
 *
 * Text that the getters return is valid UTF-8 without control characters; a
 * request with other text in its path or query never reaches a handler.
 */
#ifndef SERVER_CORE_REQUEST_H
#define SERVER_CORE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "policy/authorize.h"
#include "server/routes.h"
#include "store/scope.h"

struct core;
struct gateway;

enum {
	REQUEST_PARAMETERS_MAX = 8,
	REQUEST_QUERY_MAX = 32,
	REQUEST_ADDRESS_SIZE = 64, /* "[2001:db8::1]:443" without the port */
};

/* What the handshake proved: the certificate that the gateway verified in it.
 * The identity is never taken from anything that was said in HTTP. */
struct request_peer {
	bool has_certificate;
	char agent_id[ID_SIZE];  /* subject CN */
	char profile[16];        /* subject OU: agent, stock, … */
	char serial[41];         /* lower-case hexadecimal */
	char fingerprint[65];    /* SHA-256 of the DER, hexadecimal */
	struct view certificate; /* DER */
};

/* Who is asking, set by the `before` function of the route's security class;
 * all empty until then and for open routes. */
struct request_user {
	char user_id[ID_SIZE];
	char user_name[132];
	char session_id[ID_SIZE];   /* set for a session */
	char api_token_id[ID_SIZE]; /* set for an API token */
	bool must_change_password;
	bool has_two_factor;
	bool is_two_factor_required; /* of everybody who has a session */
	char role_id[ID_SIZE];       /* of the user, or of the API token */
	/* As the store has them now; of an API token the lesser of its own and
	 * its user's. */
	struct policy_levels levels;
	struct store_scope scope;
};

struct request_pair {
	char *name;
	char *value;
};

struct request {
	struct core *core;
	const struct route *route;
	enum listener listener;
	int64_t received_ms; /* wall clock, read once per request */
	char method[16];
	char *target; /* as it came, for the log */
	char address[REQUEST_ADDRESS_SIZE];
	struct request_peer peer;
	struct request_user user;
	struct request_pair path[REQUEST_PARAMETERS_MAX];
	size_t path_count;
	struct request_pair query[REQUEST_QUERY_MAX];
	size_t query_count;
	struct request_pair *headers; /* names in lower case */
	size_t header_count;
	struct view body; /* inline, or mapped from the spooled file */
	void *mapping;    /* NULL when the body came inline */
	size_t mapping_length;
	uint8_t *frame;  /* what the views borrow from */
	uint64_t socket; /* of a request for a WebSocket; else 0 */
	/* Where it came from; held until the answer is sent. */
	struct gateway *gateway;
	/* Runs in the same worker after the answer was handed to the gateway,
	 * for what must not overtake it; NULL: nothing. */
	void (*after)(struct request *request);
};

/* A parameter of the route's pattern ("/computers/{id}" → "id"); never NULL:
 * asking for one that the pattern has not is a bug. */
must_use const char *
request_path(const struct request *request, const char *name);

/* A parameter of the query, or NULL. Names that repeat are refused before the
 * handler runs. */
must_use const char *
request_query(const struct request *request, const char *name);

/* A header field by its lower-case name, or NULL. The gateway passes on
 * authorization, content-type, content-length, content-transfer-encoding,
 * accept, accept-language, user-agent, idempotency-key, if-none-match,
 * if-match, host, cookie, origin, sec-fetch-site and x-warifu-request; repeated
 * ones are joined by ", " (authorization, cookie, origin and sec-fetch-site
 * never are). */
must_use const char *
request_header(const struct request *request, const char *name);

/* True when the body's media type (parameters aside) is this one. */
must_use bool
request_has_media_type(const struct request *request, const char *media_type);

/* True when the Accept header names this media type itself. */
must_use bool
request_accepts(const struct request *request, const char *media_type);

/* The body as one JSON value, or NULL: ERR_MALFORMED "json_malformed",
 * ERR_LIMIT, or ERR_MALFORMED "media_type" when the content type is not
 * application/json. The caller decrefs it. */
must_use json_t *request_json(const struct request *request, struct err *err);

/* True for a request from 127.0.0.0/8 or ::1. */
must_use bool request_is_from_loopback(const struct request *request);

void request_free(struct request *request); /* takes NULL */

DEFINE_SCOPED(struct request, request_free)

#endif
