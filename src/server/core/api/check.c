/* The checks that the API's description asks of parameters and bodies. */
#include "server/core/api/operation.h"

#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/text.h"

/* Code points of valid UTF-8. */
static int64_t
count_characters(struct view text)
{
	int64_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += (text.data[i] & 0xc0) != 0x80;
	return count;
}

static bool
is_one_of(const char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static bool
wrong(const struct api_check *check, const char *code, const char *what,
    struct err *err)
{
	return err_set_code(
	    err, ERR_MALFORMED, code, "\"%s\" %s", check->name, what);
}

static bool
check_length(const struct api_check *check, struct view text, const char *code,
    struct err *err)
{
	int64_t count = count_characters(text);

	if (count >= check->min && count <= check->max)
		return true;
	return err_set_code(err, ERR_MALFORMED, code,
	    "\"%s\" must have from %lld to %lld characters", check->name,
	    (long long)check->min, (long long)check->max);
}

static bool
check_format(const struct api_check *check, struct view text, const char *code,
    struct err *err)
{
	switch (check->format) {
	case API_FORMAT_ANY:
		return true;
	case API_FORMAT_UUID:
		return id_is_valid(text) ||
		    wrong(check, code, "must be a UUID in lower case", err);
	case API_FORMAT_NAME:
		/* The store would cut it, and two names could become one. */
		if (text.length > LIMIT_NAME)
			return wrong(check, code, "is too long", err);
		if (view_trim(text).length != text.length)
			return wrong(check, code,
			    "must not begin or end with a blank", err);
		fallthrough;
	case API_FORMAT_LINE:
		return text_is_printable(text) ||
		    wrong(check, code, "must have no control characters", err);
	}
	unreachable();
}

static bool
check_string(const struct api_check *check, const char *text,
    const char *length_code, const char *code, struct err *err)
{
	struct view view = view_string(text);

	if (check->words != NULL && !is_one_of(check->words, text))
		return wrong(
		    check, code, "is none of the values it may have", err);
	if (check->words == NULL &&
	    !check_length(check, view, length_code, err))
		return false;
	if (check->characters != NULL &&
	    strspn(text, check->characters) != view.length)
		return wrong(
		    check, code, "has a character that it may not have", err);
	return check_format(check, view, code, err);
}

static bool
check_range(const struct api_check *check, int64_t number, const char *code,
    struct err *err)
{
	if (number >= check->min && number <= check->max)
		return true;
	return err_set_code(err, ERR_MALFORMED, code,
	    "\"%s\" must be from %lld to %lld", check->name,
	    (long long)check->min, (long long)check->max);
}

/* Parameters are never negative: no limit in the description is. */
static bool
check_parameter(
    const struct api_check *check, const char *text, struct err *err)
{
	uint64_t number;

	switch (check->type) {
	case API_STRING:
		return check_string(
		    check, text, "bad_parameter", "bad_parameter", err);
	case API_INTEGER:
		if (!view_to_u64(view_string(text), INT64_MAX, &number))
			return wrong(check, "bad_parameter",
			    "must be a decimal number", err);
		return check_range(
		    check, (int64_t)number, "bad_parameter", err);
	case API_BOOLEAN:
		return strcmp(text, "true") == 0 ||
		    strcmp(text, "false") == 0 ||
		    wrong(check, "bad_parameter", "must be true or false", err);
	case API_OBJECT:
	case API_ARRAY:
		break; /* the generator makes no such parameter */
	}
	unreachable();
}

static const struct api_check *
find_check(const struct api_check *checks, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(checks[i].name, name) == 0)
			return &checks[i];
	return NULL;
}

bool
api_check_parameters(const struct api_operation *operation,
    const struct request *request, struct err *err)
{
	for (size_t i = 0; i < operation->path_count; i++)
		if (!check_parameter(&operation->path[i],
			request_path(request, operation->path[i].name), err))
			return false;
	for (size_t i = 0; i < request->query_count; i++) {
		const struct request_pair *pair = &request->query[i];
		const struct api_check *check = find_check(
		    operation->query, operation->query_count, pair->name);

		if (check == NULL)
			return err_set_code(err, ERR_MALFORMED,
			    "unknown_parameter",
			    "there is no query parameter \"%.64s\" here",
			    pair->name);
		if (!check_parameter(check, pair->value, err))
			return false;
	}
	return true;
}

static bool check_object(const struct api_check *checks, size_t count,
    const json_t *object, struct err *err);
static bool check_array(
    const struct api_check *check, const json_t *array, struct err *err);

/* As deep as the description is. */
static bool
check_member(
    const struct api_check *check, const json_t *value, struct err *err)
{
	const char *text;

	if (json_is_null(value) && check->is_nullable)
		return true;
	switch (check->type) {
	case API_STRING:
		text = json_string_value(value);
		if (text == NULL)
			return wrong(
			    check, "json_type", "must be a string", err);
		if (strlen(text) != json_string_length(value))
			return wrong(check, "json_range",
			    "must not contain U+0000", err);
		return check_string(
		    check, text, "json_range", "json_range", err);
	case API_INTEGER:
		if (!json_is_integer(value))
			return wrong(
			    check, "json_type", "must be an integer", err);
		return check_range(
		    check, json_integer_value(value), "json_range", err);
	case API_BOOLEAN:
		return json_is_boolean(value) ||
		    wrong(check, "json_type", "must be true or false", err);
	case API_OBJECT:
		if (!json_is_object(value))
			return wrong(
			    check, "json_type", "must be an object", err);
		return check_object(
		    check->members, check->member_count, value, err);
	case API_ARRAY:
		return check_array(check, value, err);
	}
	unreachable();
}

static bool
check_array(const struct api_check *check, const json_t *array, struct err *err)
{
	if (!json_is_array(array))
		return wrong(check, "json_type", "must be an array", err);
	if (!check_range(
		check, (int64_t)json_array_size(array), "json_range", err))
		return false;
	for (size_t i = 0; i < json_array_size(array); i++)
		if (!check_member(
			check->members, json_array_get(array, i), err))
			return false;
	return true;
}

static bool
check_object(const struct api_check *checks, size_t count, const json_t *object,
    struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)object, name, value) {
		const struct api_check *check = find_check(checks, count, name);

		if (check == NULL)
			return err_set_code(err, ERR_MALFORMED,
			    "unknown_member",
			    "there is no member \"%.64s\" here", name);
		if (!check_member(check, value, err))
			return false;
	}
	for (size_t i = 0; i < count; i++)
		if (checks[i].is_required &&
		    json_object_get(object, checks[i].name) == NULL)
			return wrong(
			    &checks[i], "member_missing", "is missing", err);
	return true;
}

bool
api_check_body(
    const struct api_operation *operation, const json_t *body, struct err *err)
{
	if (!json_is_object(body))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "the body must be a JSON object");
	return check_object(operation->body, operation->body_count, body, err);
}

const char *
api_query(const struct api_call *call, const char *name)
{
	const struct api_operation *operation = call->operation;
	const struct api_check *check =
	    find_check(operation->query, operation->query_count, name);
	const char *value = request_query(call->request, name);

	check(check != NULL);
	return value != NULL ? value : check->default_value;
}

int64_t
api_query_integer_or(
    const struct api_call *call, const char *name, int64_t if_absent)
{
	const char *value = api_query(call, name);
	uint64_t number;

	if (value == NULL)
		return if_absent;
	check(view_to_u64(view_string(value), INT64_MAX, &number));
	return (int64_t)number;
}

int64_t
api_query_integer(const struct api_call *call, const char *name)
{
	check(api_query(call, name) != NULL);
	return api_query_integer_or(call, name, 0);
}

const char *
api_body_string(const struct api_call *call, const char *name)
{
	return json_string_value(json_object_get(call->body, name));
}

int64_t
api_body_integer(
    const struct api_call *call, const char *name, int64_t if_absent)
{
	const struct api_operation *operation = call->operation;
	const struct api_check *check =
	    find_check(operation->body, operation->body_count, name);
	const json_t *value = json_object_get(call->body, name);
	uint64_t number;

	check(check != NULL);
	if (value != NULL)
		return json_integer_value(value);
	if (check->default_value == NULL)
		return if_absent;
	check(
	    view_to_u64(view_string(check->default_value), INT64_MAX, &number));
	return (int64_t)number;
}
