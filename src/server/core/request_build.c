/* A handler's request out of a gateway's frame. */
#include "server/core/request_build.h"

#include <string.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "http/route.h"
#include "os/fd.h"

static bool
bad_target(struct err *err, const char *what)
{
	return err_set_code(err, ERR_MALFORMED, "target_malformed",
	    "the address of the request is wrong: %s", what);
}

static void
copy_parameters(struct request *request, const struct http_route_match *match)
{
	check(match->parameter_count <= array_length(request->path));
	for (size_t i = 0; i < match->parameter_count; i++) {
		const struct http_route_parameter *from = &match->parameters[i];
		struct request_pair *to = &request->path[i];

		to->name = memory_string_n(from->name, from->name_length);
		to->value = memory_string(from->value);
		request->path_count = i + 1;
	}
}

static bool
find_route(
    struct request *request, const struct ipc_request *from, struct err *err)
{
	struct http_route_match match;
	size_t count;
	const struct http_route *table = routes_http(&count);

	switch (http_route_find(table, count, (unsigned)from->listener,
	    from->method, from->path, &match)) {
	case HTTP_ROUTE_FOUND:
		request->route = routes_get((size_t)(match.route - table));
		copy_parameters(request, &match);
		return true;
	case HTTP_ROUTE_MALFORMED:
		return bad_target(err, "percent-encoding");
	case HTTP_ROUTE_NOT_FOUND:
	case HTTP_ROUTE_OTHER_METHODS:
		break;
	}
	return err_set_code(err, ERR_NOT_FOUND, "not_found",
	    "there is nothing at this address");
}

/* "+" means a space in a query. */
static char *
decode_query_part(struct view part)
{
	char *copy = view_to_string(part);
	char *out = memory_zeroed(part.length + 1);
	bool is_fine;

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '+')
			*c = ' ';
	is_fine = !view_has_nul(part) &&
	    http_percent_decode(
		view_of(copy, part.length), out, part.length + 1);
	free(copy);
	if (is_fine)
		return out;
	free(out);
	return NULL;
}

static bool
add_query(struct request *request, struct view part, struct err *err)
{
	struct request_pair *pair = &request->query[request->query_count];
	struct view name, value;

	if (request->query_count == REQUEST_QUERY_MAX)
		return bad_target(err, "too many parameters");
	view_cut(part, '=', &name, &value);
	pair->name = decode_query_part(name);
	pair->value = decode_query_part(value);
	if (pair->name == NULL || pair->value == NULL) {
		free(pair->name);
		free(pair->value);
		return bad_target(err, "percent-encoding of the query");
	}
	request->query_count++;
	for (size_t i = 0; i + 1 < request->query_count; i++)
		if (strcmp(request->query[i].name, pair->name) == 0)
			return bad_target(err, "a parameter repeats");
	return true;
}

static bool
read_query(struct request *request, struct view query, struct err *err)
{
	struct view part;

	while (query.length > 0) {
		view_cut(query, '&', &part, &query);
		if (part.length > 0 && !add_query(request, part, err))
			return false;
	}
	return true;
}

static void
copy_headers(struct request *request, const struct ipc_headers *from)
{
	request->headers =
	    memory_array(from->count + 1, sizeof(*request->headers));
	for (size_t i = 0; i < from->count; i++) {
		struct request_pair *to = &request->headers[i];

		to->name = view_to_string(from->items[i].name);
		to->value = view_to_string(from->items[i].value);
		for (char *c = to->name; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
		request->header_count = i + 1;
	}
}

static bool
map_body(struct request *request, int file, uint64_t length, struct err *err)
{
	size_t size = 0;
	void *mapping;

	if (!fd_memfd_size(file, request->route->body_max, &size, err))
		return false;
	if (size != length)
		return err_set(err, ERR_MALFORMED,
		    "a body file has not the length that was told");
	if (size == 0)
		return true;
	mapping = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
	if (mapping == MAP_FAILED)
		return err_set_errno(err, "cannot map a request's body");
	request->mapping = mapping;
	request->mapping_length = size;
	request->body = view_of(mapping, size);
	return true;
}

static bool
take_body(struct request *request, const struct ipc_request *from,
    int body_file, struct err *err)
{
	if (from->body_length > request->route->body_max)
		return err_set_code(err, ERR_LIMIT, "body_too_large",
		    "the body has %llu bytes, at most %zu are allowed here",
		    (unsigned long long)from->body_length,
		    request->route->body_max);
	if (from->has_body_descriptor)
		return map_body(request, body_file, from->body_length, err);
	request->body = from->body;
	return true;
}

/* The handshake lets no other form of identity in. */
static bool
check_peer(const struct ipc_peer *peer, struct err *err)
{
	size_t length = strlen(peer->serial_hex);
	uint8_t serial[IPC_SERIAL_HEX_SIZE / 2];

	if (!peer->has_certificate ||
	    (id_is_valid(view_string(peer->agent_id)) && length > 0 &&
		length % 2 == 0 &&
		hex_decode(view_string(peer->serial_hex), serial, length / 2)))
		return true;
	return err_set_code(err, ERR_DENIED, "certificate_unknown",
	    "the certificate presented is none of this fleet");
}

static void
copy_peer(struct request *request, const struct ipc_peer *from)
{
	struct request_peer *to = &request->peer;
	char *fingerprint;

	snprintf(
	    request->address, sizeof(request->address), "%s", from->address);
	to->has_certificate = from->has_certificate;
	if (!from->has_certificate)
		return;
	fingerprint =
	    hex_encode(view_of(from->fingerprint, sizeof(from->fingerprint)));
	snprintf(to->fingerprint, sizeof(to->fingerprint), "%s", fingerprint);
	free(fingerprint);
	snprintf(to->serial, sizeof(to->serial), "%s", from->serial_hex);
	snprintf(to->agent_id, sizeof(to->agent_id), "%s", from->agent_id);
	snprintf(to->profile, sizeof(to->profile), "%s", from->unit);
	to->certificate = from->certificate;
}

static char *
printable_target(const struct ipc_request *from)
{
	char *path = view_to_string(from->path);

	if (!text_is_printable(from->path) || !utf8_is_valid(from->path)) {
		free(path);
		return memory_string("?");
	}
	return path;
}

bool
request_build(struct core *core, const struct ipc_request *from, uint8_t *frame,
    int body_file, struct request **out_request, struct err *err)
{
	scoped(request_freep) struct request *request =
	    memory_zeroed(sizeof(*request));
	scoped(memory_freep) char *method = view_to_string(from->method);

	request->core = core;
	request->frame = frame;
	request->listener = from->listener;
	request->socket = from->socket;
	request->received_ms = clock_wall_ms();
	snprintf(request->method, sizeof(request->method), "%s", method);
	request->target = printable_target(from);
	copy_peer(request, &from->peer);
	copy_headers(request, &from->headers);
	if (!check_peer(&from->peer, err) || !find_route(request, from, err) ||
	    !read_query(request, from->query, err) ||
	    !take_body(request, from, body_file, err))
		return false;
	*out_request = take(request);
	return true;
}
