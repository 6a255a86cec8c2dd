/* Operations bound to their handlers, and the gate before them. */
#include "server/core/handlers.h"

#include <string.h>

#include "base/check.h"
#include "server/core/agent.h"
#include "server/core/health.h"

static const struct handler_before BEFORE[] = {
    {ROUTE_SECURITY_OPEN, NULL},
    {ROUTE_SECURITY_USER, api_before},
    {ROUTE_SECURITY_AGENT, agent_before},
    {ROUTE_SECURITY_METRICS, metrics_before},
};

static const struct handler_binding *
find_in(const struct handler_binding *bindings, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(bindings[i].operation, name) == 0)
			return &bindings[i];
	return NULL;
}

const struct handler_binding *
handlers_find(const char *operation)
{
	const struct handler_binding *found =
	    find_in(CORE_HANDLERS, CORE_HANDLERS_COUNT, operation);

	return found != NULL
	    ? found
	    : find_in(API_HANDLERS, API_HANDLERS_COUNT, operation);
}

static bool
run_before(struct request *request, struct response *response)
{
	for (size_t i = 0; i < array_length(BEFORE); i++)
		if (BEFORE[i].security == request->route->security)
			return BEFORE[i].before == NULL ||
			    BEFORE[i].before(request, response);
	unreachable();
}

void
handlers_run(struct request *request, struct response *response)
{
	const struct handler_binding *binding =
	    handlers_find(request->route->operation);

	check(binding != NULL); /* handlers_check saw to that */
	if (run_before(request, response))
		binding->handle(request, response);
}

static bool
has_route(const char *operation)
{
	for (size_t i = 0; i < routes_count(); i++)
		if (strcmp(routes_get(i)->operation, operation) == 0)
			return true;
	return false;
}

static bool
check_bindings(
    const struct handler_binding *bindings, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!has_route(bindings[i].operation))
			return err_set(err, ERR_CONFLICT,
			    "the operation \"%s\" has no route",
			    bindings[i].operation);
	return true;
}

bool
handlers_check(struct err *err)
{
	for (size_t i = 0; i < routes_count(); i++)
		if (handlers_find(routes_get(i)->operation) == NULL)
			return err_set(err, ERR_CONFLICT,
			    "the route %s %s has no handler (\"%s\")",
			    routes_get(i)->method, routes_get(i)->pattern,
			    routes_get(i)->operation);
	return check_bindings(CORE_HANDLERS, CORE_HANDLERS_COUNT, err) &&
	    check_bindings(API_HANDLERS, API_HANDLERS_COUNT, err);
}
