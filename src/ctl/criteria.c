/* Criteria of groups as people write them on the command line. */
#include "ctl/criteria.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/find.h"
#include "os/file.h"

enum {
	FILE_MAX = 16 * 1024
};

/* Longer signs first: one may begin with another. */
struct sign {
	const char *sign;
	const char *operator;
	bool is_of_days;
};

static const struct sign SIGNS[] = {
    {"!=", "is_not", false},
    {"^=", "begins", false},
    {"=", "is", false},
    {"~", "contains", false},
    {"<", "within", true},
    {"<", "older_than", false},
    {">", "longer_ago_than", true},
};

static bool
is_of_days(const char *field)
{
	return strcmp(field, "last_seen") == 0 ||
	    strcmp(field, "enrolled") == 0;
}

/* "last-seen" is last_seen. Allocated. */
static char *
field_of(const char *text, size_t length)
{
	char *field = view_to_string(view_trim(view_of(text, length)));

	for (char *at = field; *at != '\0'; at++)
		if (*at == '-')
			*at = '_';
	return field;
}

static const struct sign *
find_sign(const char *at, const char *field)
{
	for (size_t i = 0; i < array_length(SIGNS); i++)
		if (strncmp(at, SIGNS[i].sign, strlen(SIGNS[i].sign)) == 0 &&
		    SIGNS[i].is_of_days == is_of_days(field))
			return &SIGNS[i];
	return NULL;
}

/* "30" or "30d" */
static enum ctl_exit
set_days(json_t *condition, const char *value)
{
	struct view digits = view_string(value);
	uint64_t days;

	if (digits.length > 0 && digits.data[digits.length - 1] == 'd')
		digits = view_slice(digits, 0, digits.length - 1);
	if (!view_to_u64(digits, INT32_MAX, &days))
		return ctl_misuse("\"%s\" is no number of days", value);
	json_set_integer(condition, "days", (int64_t)days);
	return CTL_OK;
}

static enum ctl_exit
set_value(
    struct ctl *ctl, json_t *condition, const char *field, const char *value)
{
	scoped(memory_freep) char *office = NULL;
	enum ctl_exit result = CTL_OK;

	if (is_of_days(field))
		return set_days(condition, value);
	if (strcmp(field, "office") == 0)
		result = office_find(ctl, value, &office);
	if (result == CTL_OK)
		json_set_string(
		    condition, "value", office != NULL ? office : value);
	return result;
}

static enum ctl_exit
add_where(struct ctl *ctl, const char *where, json_t *conditions)
{
	size_t length = strcspn(where, "!^=~<>");
	scoped(memory_freep) char *field = field_of(where, length);
	const struct sign *sign = find_sign(where + length, field);
	scoped(memory_freep) char *value = NULL;
	json_t *condition;

	if (sign == NULL)
		return ctl_misuse("\"%s\" is no condition; write it as "
				  "os=Debian, name~web or last-seen>30d",
		    where);
	value = view_to_string(
	    view_trim(view_string(where + length + strlen(sign->sign))));
	condition = json_object();
	json_array_append_new(conditions, condition);
	json_set_string(condition, "field", field);
	json_set_string(condition, "operator", sign->operator);
	return set_value(ctl, condition, field, value);
}

static enum ctl_exit
add_conditions(struct ctl *ctl, json_t *body)
{
	json_t *criteria = json_object(), *conditions = json_array();
	enum ctl_exit result = CTL_OK;

	json_set_value(body, "criteria", criteria);
	json_set_string(
	    criteria, "match", ctl_is_set(ctl, "any") ? "any" : "all");
	json_set_value(criteria, "conditions", conditions);
	for (size_t i = 0; i < ctl->repeated_count && result == CTL_OK; i++)
		result = add_where(ctl, ctl->repeated[i], conditions);
	return result;
}

static enum ctl_exit
add_file(const char *path, json_t *body)
{
	scoped(buf_donep) struct buf text = BUF_INIT(FILE_MAX);
	struct err err = ERR_INIT;
	json_t *criteria;

	if (!file_read(path, &text, &err)) {
		ctl_complain("%s", err_sentence(&err));
		return CTL_FAILED;
	}
	criteria = json_read(buf_view(&text), FILE_MAX, &err);
	if (criteria == NULL)
		return ctl_misuse("%s: %s", path, err_sentence(&err));
	json_set_value(body, "criteria", criteria);
	return CTL_OK;
}

enum ctl_exit
criteria_add(struct ctl *ctl, json_t *body)
{
	const char *path = ctl_value(ctl, "criteria");

	if (path != NULL && (ctl->repeated_count > 0 || ctl_is_set(ctl, "any")))
		return ctl_misuse("give --criteria or --where, not both");
	if (path != NULL)
		return add_file(path, body);
	if (ctl->repeated_count > 0)
		return add_conditions(ctl, body);
	return ctl_is_set(ctl, "any")
	    ? ctl_misuse("--any is about several --where")
	    : CTL_OK;
}

static const char *
sign_of(const char *operator)
{
	for (size_t i = 0; i < array_length(SIGNS); i++)
		if (strcmp(SIGNS[i].operator, operator) == 0)
			return SIGNS[i].sign;
	return " ? ";
}

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* Allocated. */
static char *
office_name(struct ctl *ctl, const char *id)
{
	scoped(memory_freep) char *path =
	    memory_format("/api/v1/offices/%s", id);
	scoped(memory_freep) char *code = NULL;
	scoped(json_freep) json_t *office = NULL;

	if (client_try(ctl, "GET", path, NULL, &office, &code) != CTL_OK)
		return memory_string(id);
	return memory_string(member(office, "name"));
}

static char *
value_text(struct ctl *ctl, const json_t *condition)
{
	const json_t *days = json_object_get(condition, "days");

	if (days != NULL)
		return memory_format(
		    "%lldd", (long long)json_integer_value(days));
	return strcmp(member(condition, "field"), "office") == 0
	    ? office_name(ctl, member(condition, "value"))
	    : memory_string(member(condition, "value"));
}

char *
criteria_text(struct ctl *ctl, const json_t *criteria)
{
	const json_t *conditions = json_object_get(criteria, "conditions");
	char *text = memory_format("%s of:", member(criteria, "match"));

	for (size_t i = 0; i < json_array_size(conditions); i++) {
		const json_t *one = json_array_get(conditions, i);
		scoped(memory_freep) char *value = value_text(ctl, one);
		char *longer = memory_format("%s%s %s%s%s", text,
		    i == 0 ? "" : ";", member(one, "field"),
		    sign_of(member(one, "operator")), value);

		free(text);
		text = longer;
	}
	return text;
}
