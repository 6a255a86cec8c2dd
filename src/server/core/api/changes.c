/* GET /api/v1/changes: a console waits to be told what to look at again. */
#include "api_operations.h"

#include "server/core/changes.h"

/* A browser names the page's origin in every WebSocket handshake (RFC 6455
 * section 10.2), and browser_check has compared it. Without one it is no
 * browser, and a cookie is a browser's alone. */
static bool
check_origin(const struct request *request, struct err *err)
{
	if (request_header(request, "authorization") != NULL ||
	    request_header(request, "origin") != NULL)
		return true;
	return err_set_code(err, ERR_DENIED, "cross_site",
	    "with a cookie, only the console itself may ask this");
}

bool
api_changes_get(struct api_call *call, struct err *err)
{
	struct request *request = call->request;

	if (request->socket == 0)
		return err_set_code(err, ERR_MALFORMED, "websocket_required",
		    "this address is a WebSocket (RFC 6455)");
	if (!check_origin(request, err))
		return false;
	if (!changes_admit(call->core, request, err)) {
		if (err->category == ERR_LIMIT)
			response_header(call->response, "Retry-After", "60");
		return false;
	}
	response_empty(call->response, 101);
	return true;
}
