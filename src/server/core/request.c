/* What handlers ask of a request: parameters, headers, body. */
#include "server/core/request.h"

#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/memory.h"

static const char *
find_pair(const struct request_pair *pairs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(pairs[i].name, name) == 0)
			return pairs[i].value;
	return NULL;
}

const char *
request_path(const struct request *request, const char *name)
{
	const char *value = find_pair(request->path, request->path_count, name);

	check(value != NULL);
	return value;
}

const char *
request_query(const struct request *request, const char *name)
{
	return find_pair(request->query, request->query_count, name);
}

const char *
request_header(const struct request *request, const char *name)
{
	return find_pair(request->headers, request->header_count, name);
}

bool
request_has_media_type(const struct request *request, const char *media_type)
{
	const char *field = request_header(request, "content-type");
	struct view type, parameters;

	if (field == NULL)
		return false;
	view_cut(view_string(field), ';', &type, &parameters);
	return view_equal_string_nocase(view_trim(type), media_type);
}

bool
request_accepts(const struct request *request, const char *media_type)
{
	const char *field = request_header(request, "accept");
	struct view rest = view_string(field), range, type, parameters;

	while (rest.length > 0) {
		view_cut(rest, ',', &range, &rest);
		view_cut(range, ';', &type, &parameters);
		if (view_equal_string_nocase(view_trim(type), media_type))
			return true;
	}
	return false;
}

json_t *
request_json(const struct request *request, struct err *err)
{
	if (!request_has_media_type(request, "application/json")) {
		err_set_code(err, ERR_MALFORMED, "media_type",
		    "the body must be application/json");
		return NULL;
	}
	return json_read(request->body, request->route->body_max, err);
}

bool
request_is_from_loopback(const struct request *request)
{
	return strncmp(request->address, "127.", 4) == 0 ||
	    strcmp(request->address, "::1") == 0;
}

static void
free_pairs(struct request_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
}

void
request_free(struct request *request)
{
	if (request == NULL)
		return;
	free_pairs(request->path, request->path_count);
	free_pairs(request->query, request->query_count);
	free_pairs(request->headers, request->header_count);
	free(request->headers);
	free(request->target);
	if (request->mapping != NULL)
		munmap(request->mapping, request->mapping_length);
	free(request->frame);
	free(request);
}
