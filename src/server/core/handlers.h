/*
 * From an operation's name to the function that answers it.
 *
 * A handler is straight-line code in a worker thread: it may block on the
 * store and on the signer, and it answers exactly once through its response.
 * Every operation of the route table has one binding, checked when core
 * starts.
 *
 * A route has a security class (server/routes.h). Before the handler runs, the
 * class's `before` function decides who is asking: it fills request->user and
 * returns true, or answers the refusal itself and returns false.
 */
#ifndef SERVER_CORE_HANDLERS_H
#define SERVER_CORE_HANDLERS_H

#include "base/attributes.h"
#include "server/core/request.h"
#include "server/core/response.h"

struct handler_binding {
	const char *operation;
	void (*handle)(struct request *request, struct response *response);
};

struct handler_before {
	enum route_security security;
	bool (*before)(struct request *request, struct response *response);
};

/* The API's (src/server/core/api/): made from the description; its `before` is
 * for ROUTE_SECURITY_USER. */
extern const struct handler_binding API_HANDLERS[];
extern const size_t API_HANDLERS_COUNT;
must_use bool api_before(struct request *request, struct response *response);

/* EST, agent protocol, PKI, publication, health. */
extern const struct handler_binding CORE_HANDLERS[];
extern const size_t CORE_HANDLERS_COUNT;

/* NULL when the operation has no binding. */
must_use const struct handler_binding *handlers_find(const char *operation);

/* Run the route's `before` and then its handler. */
void handlers_run(struct request *request, struct response *response);

/* Every route has a handler and every binding a route; else ERR_CONFLICT names
 * the first that has not. */
must_use bool handlers_check(struct err *err);

#endif
