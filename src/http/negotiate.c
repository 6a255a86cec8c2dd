/* The form of an answer by the request's header (RFC 9110). */
#include "http/negotiate.h"

#include <string.h>

/* "q=0", "q=0.", "q=0.000": not wanted (section 12.4.2). */
static bool
is_weight_zero(struct view parameter)
{
	struct view name, value;

	if (!view_cut(parameter, '=', &name, &value) ||
	    !view_equal_string_nocase(view_trim(name), "q"))
		return false;
	value = view_trim(value);
	if (value.length == 0 || value.data[0] != '0')
		return false;
	for (size_t i = 1; i < value.length; i++)
		if (value.data[i] != '.' && value.data[i] != '0')
			return false;
	return true;
}

static bool
is_refused(struct view parameters)
{
	struct view parameter;

	while (parameters.length > 0) {
		(void)view_cut(parameters, ';', &parameter, &parameters);
		if (is_weight_zero(parameter))
			return true;
	}
	return false;
}

bool
http_list_accepts(struct view field, const char *word)
{
	struct view item, name, parameters;

	while (field.length > 0) {
		(void)view_cut(field, ',', &item, &field);
		(void)view_cut(item, ';', &name, &parameters);
		if (view_equal_string_nocase(view_trim(name), word))
			return !is_refused(parameters);
	}
	return false;
}

static struct view
opaque_tag(struct view etag)
{
	return view_starts_with(etag, "W/") ? view_slice(etag, 2, etag.length)
					    : etag;
}

/* No ETag of ours has a comma in it. */
bool
http_list_has_etag(struct view field, struct view etag)
{
	struct view item;

	if (view_equal_string(view_trim(field), "*"))
		return true;
	while (field.length > 0) {
		(void)view_cut(field, ',', &item, &field);
		if (view_equal(opaque_tag(view_trim(item)), opaque_tag(etag)))
			return true;
	}
	return false;
}
