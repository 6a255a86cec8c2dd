/* Routing: which operation a method and a path mean on a listener. */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

static int
hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* One byte, escaped or not, from the front; -1 for a wrong escape. */
static int
next_byte(struct view *rest)
{
	int high, low;

	if (rest->data[0] != '%') {
		int byte = rest->data[0];

		*rest = view_slice(*rest, 1, rest->length);
		return byte;
	}
	if (rest->length < 3)
		return -1;
	high = hex_value(rest->data[1]);
	low = hex_value(rest->data[2]);
	*rest = view_slice(*rest, 3, rest->length);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool
http_percent_decode(struct view text, char *out, size_t size)
{
	size_t length = 0;

	while (text.length > 0) {
		int byte = next_byte(&text);

		if (byte <= 0 || length + 1 >= size)
			return false;
		out[length++] = (char)byte;
	}
	out[length] = '\0';
	return text_is_printable(view_of(out, length)) &&
	    utf8_is_valid(view_of(out, length));
}

/* The next segment of a path that begins with "/"; false at its end. */
static bool
next_segment(struct view *rest, struct view *out)
{
	size_t end = 1;

	if (rest->length == 0)
		return false;
	while (end < rest->length && rest->data[end] != '/')
		end++;
	*out = view_slice(*rest, 1, end - 1);
	*rest = view_slice(*rest, end, rest->length);
	return true;
}

static bool
is_parameter(struct view segment)
{
	return segment.length > 2 && segment.data[0] == '{' &&
	    segment.data[segment.length - 1] == '}';
}

/* "{name...}", the last of a pattern: what is left of the path. */
static bool
is_rest(struct view segment)
{
	static const char end[] = "...}";
	size_t length = sizeof(end) - 1;

	return is_parameter(segment) && segment.length > length + 1 &&
	    view_equal_string(
		view_slice(segment, segment.length - length, length), end);
}

static bool
is_dots(const char *segment)
{
	return strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
}

enum fit {
	FITS_NOT,
	FITS_MALFORMED,
	FITS,
};

static enum fit
match_parameter(
    struct view name, struct view segment, struct http_route_match *out)
{
	struct http_route_parameter *parameter =
	    &out->parameters[out->parameter_count];

	check(out->parameter_count < HTTP_ROUTE_PARAMETERS_MAX);
	if (!http_percent_decode(
		segment, parameter->value, sizeof(parameter->value)))
		return FITS_MALFORMED;
	if (segment.length == 0 || is_dots(parameter->value) ||
	    strchr(parameter->value, '/') != NULL)
		return FITS_NOT;
	parameter->name = (const char *)name.data + 1;
	parameter->name_length = name.length - 2;
	out->parameter_count++;
	return FITS;
}

static enum fit
match_rest(struct view name, struct view rest, struct http_route_match *out)
{
	struct http_route_parameter *parameter =
	    &out->parameters[out->parameter_count];

	check(out->parameter_count < HTTP_ROUTE_PARAMETERS_MAX);
	if (!http_percent_decode(
		rest, parameter->value, sizeof(parameter->value)))
		return FITS_MALFORMED;
	if (rest.length == 0)
		return FITS_NOT;
	parameter->name = (const char *)name.data + 1;
	parameter->name_length = name.length - sizeof("{...}") + 1;
	out->parameter_count++;
	return FITS;
}

/* Printable ASCII without an escape: means itself. */
static bool
is_plain(struct view path)
{
	for (size_t i = 0; i < path.length; i++)
		if (path.data[i] == '%' || path.data[i] <= ' ' ||
		    path.data[i] > '~')
			return false;
	return true;
}

static enum fit
match_literal(struct view name, struct view segment, bool is_path_plain)
{
	char decoded[HTTP_ROUTE_PARAMETER_SIZE];

	if (view_equal(name, segment))
		return FITS;
	if (is_path_plain)
		return FITS_NOT;
	if (!http_percent_decode(segment, decoded, sizeof(decoded)))
		return FITS_MALFORMED;
	return view_equal_string(name, decoded) ? FITS : FITS_NOT;
}

/* Whether a plain path can fit at all: most patterns of a table differ from it
 * before their first parameter, which is found without parting segments. */
static bool
has_literal_start(const char *pattern, struct view path)
{
	for (size_t i = 0; pattern[i] != '{'; i++) {
		if (pattern[i] == '\0')
			return i == path.length;
		if (i == path.length || path.data[i] != (uint8_t)pattern[i])
			return false;
	}
	return true;
}

/* Fills out's parameters. */
static enum fit
match_pattern(const char *pattern, struct view path, bool is_path_plain,
    struct http_route_match *out)
{
	struct view pattern_rest = view_string(pattern), path_rest = path;
	struct view name, segment;

	out->parameter_count = 0;
	for (;;) {
		struct view left = path_rest;
		bool has_name = next_segment(&pattern_rest, &name);
		bool has_segment = next_segment(&path_rest, &segment);
		enum fit fit;

		if (!has_name || !has_segment)
			return has_name == has_segment ? FITS : FITS_NOT;
		if (is_rest(name))
			return match_rest(
			    name, view_slice(left, 1, left.length), out);
		fit = is_parameter(name)
		    ? match_parameter(name, segment, out)
		    : match_literal(name, segment, is_path_plain);
		if (fit != FITS)
			return fit;
	}
}

static bool
serves_method(const struct http_route *route, struct view method)
{
	if (view_equal_string(method, route->method))
		return true;
	return view_equal_string(method, "HEAD") &&
	    strcmp(route->method, "GET") == 0;
}

static void
add_allow(char allow[HTTP_ROUTE_ALLOW_SIZE], const char *method)
{
	size_t used = strlen(allow);
	const char *both = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;

	if (strstr(allow, both) != NULL)
		return;
	snprintf(allow + used, HTTP_ROUTE_ALLOW_SIZE - used, "%s%s",
	    used > 0 ? ", " : "", both);
}

/* Of two patterns that fit one path, the one whose first differing segment is
 * a literal. */
static bool
is_more_exact(const char *pattern, const char *other)
{
	for (size_t i = 0; pattern[i] != '\0' && other[i] != '\0'; i++) {
		if (pattern[i] != other[i])
			return other[i] == '{';
	}
	return false;
}

struct search {
	bool is_plain; /* the path that is looked for */
	const struct http_route *best;
	bool is_other_method;
	bool is_malformed;
	const char *path_pattern; /* of the most exact path */
};

/* A route whose path fits: does it take the place of what was found so far? */
static void
consider(
    struct search *search, const struct http_route *route, struct view method)
{
	if (search->path_pattern != NULL &&
	    strcmp(search->path_pattern, route->pattern) != 0) {
		if (!is_more_exact(route->pattern, search->path_pattern))
			return;
		search->best = NULL;
	}
	search->path_pattern = route->pattern;
	if (serves_method(route, method))
		search->best = route;
}

static void
look_at(struct search *search, const struct http_route *route,
    struct view method, struct view path)
{
	struct http_route_match scratch;

	if (search->is_plain && !has_literal_start(route->pattern, path))
		return;
	switch (
	    match_pattern(route->pattern, path, search->is_plain, &scratch)) {
	case FITS:
		consider(search, route, method);
		break;
	case FITS_MALFORMED:
		search->is_malformed = true;
		break;
	case FITS_NOT:
		break;
	}
}

/* What the path that was found takes instead. */
static void
fill_allow(const struct search *search, const struct http_route *table,
    size_t count, unsigned listener, char allow[HTTP_ROUTE_ALLOW_SIZE])
{
	for (size_t i = 0; i < count; i++) {
		if ((table[i].listeners & listener) != 0 &&
		    strcmp(table[i].pattern, search->path_pattern) == 0)
			add_allow(allow, table[i].method);
	}
}

enum http_route_result
http_route_find(const struct http_route *table, size_t count, unsigned listener,
    struct view method, struct view path, struct http_route_match *out)
{
	struct search search = {.is_plain = is_plain(path)};

	out->route = NULL;
	out->allow[0] = '\0';
	out->parameter_count = 0;
	if (path.length == 0 || path.data[0] != '/')
		return HTTP_ROUTE_NOT_FOUND;
	for (size_t i = 0; i < count; i++) {
		if ((table[i].listeners & listener) != 0)
			look_at(&search, &table[i], method, path);
	}
	if (search.best != NULL) {
		out->route = search.best;
		check(match_pattern(search.best->pattern, path, search.is_plain,
			  out) == FITS);
		return HTTP_ROUTE_FOUND;
	}
	if (search.path_pattern != NULL) {
		fill_allow(&search, table, count, listener, out->allow);
		return HTTP_ROUTE_OTHER_METHODS;
	}
	return search.is_malformed ? HTTP_ROUTE_MALFORMED
				   : HTTP_ROUTE_NOT_FOUND;
}

const char *
http_route_parameter(const struct http_route_match *match, const char *name)
{
	for (size_t i = 0; i < match->parameter_count; i++) {
		const struct http_route_parameter *parameter =
		    &match->parameters[i];

		if (view_equal_string(
			view_of(parameter->name, parameter->name_length), name))
			return parameter->value;
	}
	return NULL;
}

/* application/x-www-form-urlencoded: "+" is a blank before unescaping. */
static bool
decode_query_part(struct view text, char *out, size_t size)
{
	char plain[2048];

	if (text.length >= sizeof(plain))
		return false;
	for (size_t i = 0; i < text.length; i++)
		plain[i] = text.data[i] == '+' ? ' ' : (char)text.data[i];
	return http_percent_decode(view_of(plain, text.length), out, size);
}

bool
http_query_get(struct view query, const char *name, char *out, size_t size,
    bool *out_found)
{
	struct view rest = query;

	*out_found = false;
	while (rest.length > 0) {
		struct view pair, key, value;
		char decoded[HTTP_ROUTE_PARAMETER_SIZE];

		view_cut(rest, '&', &pair, &rest);
		view_cut(pair, '=', &key, &value);
		if (!decode_query_part(key, decoded, sizeof(decoded)))
			return false;
		if (strcmp(decoded, name) != 0)
			continue;
		*out_found = decode_query_part(value, out, size);
		return *out_found;
	}
	return true;
}
