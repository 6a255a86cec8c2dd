/* Strict JSON reading and unfailing JSON building. */
#include "base/json.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

/* jansson's own depth limit is 2048: far more stack than a worker should give
 * a stranger, so nesting is counted before it parses. */
static bool
depth_is_fine(struct view text)
{
	size_t depth = 0;
	bool is_inside_string = false, is_escaped = false;

	for (size_t i = 0; i < text.length; i++) {
		uint8_t c = text.data[i];

		if (is_inside_string) {
			if (is_escaped)
				is_escaped = false;
			else if (c == '\\')
				is_escaped = true;
			else if (c == '"')
				is_inside_string = false;
		} else if (c == '"') {
			is_inside_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > LIMIT_JSON_DEPTH)
				return false;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

json_t *
json_read(struct view text, size_t max_bytes, struct err *err)
{
	json_error_t problem;
	json_t *value;

	if (text.length > max_bytes) {
		err_set_code(err, ERR_LIMIT, "body_too_large",
		    "the JSON text has %zu bytes, at most %zu are allowed",
		    text.length, max_bytes);
		return NULL;
	}
	if (!depth_is_fine(text)) {
		err_set_code(err, ERR_MALFORMED, "json_too_deep",
		    "the JSON text is nested deeper than %d levels",
		    LIMIT_JSON_DEPTH);
		return NULL;
	}
	value = json_loadb((const char *)text.data, text.length,
	    JSON_REJECT_DUPLICATES, &problem);
	if (value == NULL)
		err_set_code(err, ERR_MALFORMED, "json_malformed",
		    "the JSON text is wrong at line %d, column %d: %s",
		    problem.line, problem.column, problem.text);
	return value;
}

char *
json_write(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

	check(text != NULL);
	return text;
}

/* 1: there; 0: absent and that is fine; -1: the error is set. */
static int
find(const json_t *object, const char *name, enum json_need need, json_t **out,
    struct err *err)
{
	json_t *value = json_object_get(object, name);

	if (value != NULL && !json_is_null(value)) {
		*out = value;
		return 1;
	}
	if (need == JSON_OPTIONAL)
		return 0;
	err_set_code(err, ERR_MALFORMED, "json_type",
	    "the member \"%s\" is missing", name);
	return -1;
}

static bool
wrong_type(const char *name, const char *wanted, struct err *err)
{
	return err_set_code(err, ERR_MALFORMED, "json_type",
	    "the member \"%s\" must be %s", name, wanted);
}

bool
json_get_string(const json_t *object, const char *name, enum json_need need,
    size_t max_bytes, const char **out, struct err *err)
{
	json_t *value = NULL;
	int found = find(object, name, need, &value, err);
	const char *text;

	if (found <= 0)
		return found == 0;
	if (!json_is_string(value))
		return wrong_type(name, "a string", err);
	text = json_string_value(value);
	if (strlen(text) != json_string_length(value))
		return wrong_type(name, "a string without U+0000", err);
	if (json_string_length(value) > max_bytes)
		return err_set_code(err, ERR_MALFORMED, "json_too_long",
		    "the member \"%s\" has %zu bytes, at most %zu are allowed",
		    name, json_string_length(value), max_bytes);
	*out = text;
	return true;
}

bool
json_get_integer(const json_t *object, const char *name, enum json_need need,
    int64_t min, int64_t max, int64_t *out, struct err *err)
{
	json_t *value = NULL;
	int found = find(object, name, need, &value, err);
	int64_t number;

	if (found <= 0)
		return found == 0;
	if (!json_is_integer(value))
		return wrong_type(name, "an integer", err);
	number = json_integer_value(value);
	if (number < min || number > max)
		return err_set_code(err, ERR_MALFORMED, "json_range",
		    "the member \"%s\" must be from %lld to %lld", name,
		    (long long)min, (long long)max);
	*out = number;
	return true;
}

bool
json_get_bool(const json_t *object, const char *name, enum json_need need,
    bool *out, struct err *err)
{
	json_t *value = NULL;
	int found = find(object, name, need, &value, err);

	if (found <= 0)
		return found == 0;
	if (!json_is_boolean(value))
		return wrong_type(name, "true or false", err);
	*out = json_is_true(value);
	return true;
}

bool
json_get_object(const json_t *object, const char *name, enum json_need need,
    json_t **out, struct err *err)
{
	json_t *value = NULL;
	int found = find(object, name, need, &value, err);

	if (found <= 0)
		return found == 0;
	if (!json_is_object(value))
		return wrong_type(name, "an object", err);
	*out = value;
	return true;
}

bool
json_get_array(const json_t *object, const char *name, enum json_need need,
    size_t max_items, json_t **out, struct err *err)
{
	json_t *value = NULL;
	int found = find(object, name, need, &value, err);

	if (found <= 0)
		return found == 0;
	if (!json_is_array(value))
		return wrong_type(name, "an array", err);
	if (json_array_size(value) > max_items)
		return err_set_code(err, ERR_MALFORMED, "json_too_long",
		    "the member \"%s\" has %zu items, at most %zu are allowed",
		    name, json_array_size(value), max_items);
	*out = value;
	return true;
}

void
json_set_value(json_t *object, const char *name, json_t *value)
{
	check(value != NULL);
	check(json_object_set_new(object, name, value) == 0);
}

static json_t *
mended_string(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	struct view rest = view_string(text);
	char *mended = memory_array(rest.length + 1, 3);
	size_t used = 0;
	json_t *value;

	while (rest.length > 0) {
		size_t step = 0;

		for (size_t n = 1; n <= 4 && n <= rest.length && step == 0; n++)
			if (utf8_is_valid(view_slice(rest, 0, n)))
				step = n;
		memcpy(mended + used,
		    step == 0 ? (const void *)replacement : rest.data,
		    step == 0 ? 3 : step);
		used += step == 0 ? 3 : step;
		rest = view_slice(rest, step == 0 ? 1 : step, rest.length);
	}
	value = json_string(mended);
	free(mended);
	return value;
}

void
json_set_string(json_t *object, const char *name, const char *text)
{
	json_t *value = json_string(text);

	json_set_value(
	    object, name, value != NULL ? value : mended_string(text));
}

void
json_set_string_or_null(json_t *object, const char *name, const char *text)
{
	if (text == NULL)
		json_set_value(object, name, json_null());
	else
		json_set_string(object, name, text);
}

void
json_set_integer(json_t *object, const char *name, int64_t value)
{
	json_set_value(object, name, json_integer(value));
}

void
json_set_bool(json_t *object, const char *name, bool value)
{
	json_set_value(object, name, json_boolean(value));
}

void
json_set_time(json_t *object, const char *name, int64_t wall_ms)
{
	char text[RFC3339_SIZE];

	clock_format_rfc3339(wall_ms, text);
	json_set_string(object, name, text);
}
