/* Problem documents (RFC 9457) as errors. */
#include "agent/channel/problem.h"

#include "base/json.h"

static enum err_category
category_of(long status)
{
	switch (status) {
	case 401:
	case 403:
		return ERR_DENIED;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_CONFLICT;
	case 413:
	case 429:
	case 503:
		return ERR_LIMIT;
	default:
		return status >= 400 && status < 500 ? ERR_MALFORMED
						     : ERR_SYSTEM;
	}
}

bool
problem_read(long status, struct view body, struct err *err)
{
	enum err_category category = category_of(status);
	struct err ignored = ERR_INIT;
	scoped(json_freep) json_t *problem =
	    json_read(body, 64 * 1024, &ignored);
	const char *code = NULL, *detail = NULL;

	if (!json_get_string(problem, "code", JSON_OPTIONAL, ERR_CODE_MAX - 1,
		&code, &ignored) ||
	    !json_get_string(
		problem, "detail", JSON_OPTIONAL, 400, &detail, &ignored) ||
	    code == NULL)
		return err_set_code(err, category, "server_refused",
		    "the server answered with HTTP status %ld", status);
	return err_set_code(err, category, code, "%s (HTTP status %ld)",
	    detail != NULL ? detail : code, status);
}
