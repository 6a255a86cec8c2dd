/* Criteria: the closed table of fields, and criteria from and to JSON. */
#include "store/criteria.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"
#include "base/text.h"

#define BIT(operator)  (1U << CRITERIA_##operator)
#define ITS_TIME       (BIT(LONGER_AGO_THAN) | BIT(WITHIN))
#define EQUALITY       (BIT(IS) | BIT(IS_NOT))
#define TEXT_OPERATORS (BIT(IS) | BIT(BEGINS))

static const char *const OPERATORS[CRITERIA_OPERATOR_COUNT] = {
    [CRITERIA_IS] = "is",
    [CRITERIA_IS_NOT] = "is_not",
    [CRITERIA_CONTAINS] = "contains",
    [CRITERIA_BEGINS] = "begins",
    [CRITERIA_OLDER_THAN] = "older_than",
    [CRITERIA_LONGER_AGO_THAN] = "longer_ago_than",
    [CRITERIA_WITHIN] = "within",
};

static const char *const STATES[] = {"active", "retired", "revoked", NULL};
static const char *const PROFILES[] = {"agent", "stock", NULL};
/* In the order of the bits of struct store_computer.flags. */
static const char *const DUPLICATES[] = {"name", "hardware", NULL};

const struct criteria_field CRITERIA_FIELDS[] = {
    {"name", CRITERIA_FOLDED, TEXT_OPERATORS | BIT(CONTAINS), "name_key", false,
	NULL},
    {"office", CRITERIA_OFFICE, EQUALITY, "office_id", false, NULL},
    {"os", CRITERIA_FOLDED, EQUALITY | BIT(BEGINS), "os_name_key", false, NULL},
    {"os_version", CRITERIA_TEXT, TEXT_OPERATORS, "os_version", false, NULL},
    {"architecture", CRITERIA_TEXT, EQUALITY, "architecture", false, NULL},
    {"hardware_serial", CRITERIA_FOLDED, TEXT_OPERATORS, "hardware_serial_key",
	false, NULL},
    {"state", CRITERIA_WORD, EQUALITY, "state", false, STATES},
    {"profile", CRITERIA_WORD, EQUALITY, "profile", false, PROFILES},
    {"duplicate", CRITERIA_FLAG, BIT(IS), "flags", false, DUPLICATES},
    {"enrolled", CRITERIA_DAYS, ITS_TIME, "enrolled_at", false, NULL},
    {"agent_version", CRITERIA_VERSION, EQUALITY | BIT(OLDER_THAN),
	"agent_version", true, NULL},
    {"last_seen", CRITERIA_DAYS, ITS_TIME, "last_seen_at", true, NULL},
};
const size_t CRITERIA_FIELD_COUNT = array_length(CRITERIA_FIELDS);

/* number: of the condition, counted from 1 as people do. */
static bool wrong(unsigned number, struct err *err, const char *format, ...)
    printf_like(3, 4);

static bool
wrong(unsigned number, struct err *err, const char *format, ...)
{
	char sentence[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	return err_set_code(err, ERR_MALFORMED, "criteria_malformed",
	    "condition %u: %s", number, sentence);
}

static const char *
member_text(const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);
	const char *text = json_string_value(value);

	/* A NUL inside would hide what follows it. */
	return text != NULL && strlen(text) == json_string_length(value) ? text
									 : NULL;
}

static bool
read_field(
    const json_t *json, unsigned number, struct criterion *out, struct err *err)
{
	const char *name = member_text(json, "field");

	for (size_t i = 0; name != NULL && i < CRITERIA_FIELD_COUNT; i++)
		if (strcmp(CRITERIA_FIELDS[i].name, name) == 0) {
			out->field = &CRITERIA_FIELDS[i];
			return true;
		}
	return wrong(number, err, "there is no field \"%.64s\"",
	    name == NULL ? "" : name);
}

static bool
read_operator(
    const json_t *json, unsigned number, struct criterion *out, struct err *err)
{
	const char *word = member_text(json, "operator");

	for (unsigned i = 0; word != NULL && i < CRITERIA_OPERATOR_COUNT; i++)
		if (strcmp(OPERATORS[i], word) == 0 &&
		    (out->field->operators & 1U << i) != 0) {
			out->operator=(enum criteria_operator) i;
			return true;
		}
	return wrong(number, err, "the field \"%s\" has no operator \"%.64s\"",
	    out->field->name, word == NULL ? "" : word);
}

static bool
is_word(const char *const *words, const char *value)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, value) == 0)
			return true;
	return false;
}

static bool
check_value(const struct criterion *criterion, unsigned number, struct err *err)
{
	const struct criteria_field *field = criterion->field;
	const char *value = criterion->value;

	switch (field->kind) {
	case CRITERIA_WORD:
	case CRITERIA_FLAG:
		return is_word(field->words, value) ||
		    wrong(number, err, "\"%.64s\" is no value of \"%s\"", value,
			field->name);
	case CRITERIA_OFFICE:
		return id_is_valid(view_string(value)) ||
		    wrong(number, err, "an office is given by its id");
	case CRITERIA_VERSION:
		return (value[0] >= '0' && value[0] <= '9') ||
		    wrong(number, err, "a version begins with a digit");
	case CRITERIA_TEXT:
	case CRITERIA_FOLDED:
	case CRITERIA_DAYS:
		return true;
	}
	unreachable();
}

static bool
read_value(
    const json_t *json, unsigned number, struct criterion *out, struct err *err)
{
	const char *value = member_text(json, "value");
	size_t length = value == NULL ? 0 : strlen(value);

	if (json_object_get(json, "days") != NULL)
		return wrong(number, err, "the field \"%s\" takes no \"days\"",
		    out->field->name);
	if (length == 0)
		return wrong(number, err, "\"value\" is missing");
	if (length >= sizeof(out->value))
		return wrong(number, err, "\"value\" is too long");
	if (!text_is_printable(view_string(value)))
		return wrong(
		    number, err, "\"value\" must have no control characters");
	memcpy(out->value, value, length + 1);
	return check_value(out, number, err);
}

static bool
read_days(
    const json_t *json, unsigned number, struct criterion *out, struct err *err)
{
	const json_t *days = json_object_get(json, "days");

	if (json_object_get(json, "value") != NULL)
		return wrong(number, err, "the field \"%s\" takes no \"value\"",
		    out->field->name);
	out->days = json_integer_value(days);
	return (json_is_integer(days) && out->days >= 1 &&
		   out->days <= CRITERIA_DAYS_MAX) ||
	    wrong(number, err, "\"days\" must be from 1 to %d",
		CRITERIA_DAYS_MAX);
}

static bool
read_one(
    const json_t *json, unsigned number, struct criterion *out, struct err *err)
{
	if (!read_field(json, number, out, err) ||
	    !read_operator(json, number, out, err))
		return false;
	if (json_object_size(json) != 3)
		return wrong(number, err,
		    "it has three members: field, "
		    "operator, and value or days");
	return out->field->kind == CRITERIA_DAYS
	    ? read_days(json, number, out, err)
	    : read_value(json, number, out, err);
}

bool
criteria_read(const json_t *json, struct criteria *out, struct err *err)
{
	const json_t *conditions = json_object_get(json, "conditions");
	size_t count = json_array_size(conditions);
	const char *match = member_text(json, "match");
	struct criteria read = {.count = (unsigned)count};

	if (match == NULL || json_object_size(json) != 2 ||
	    (strcmp(match, "all") != 0 && strcmp(match, "any") != 0))
		return err_set_code(err, ERR_MALFORMED, "criteria_malformed",
		    "criteria have two members: match, which is all or any, "
		    "and conditions");
	if (count < 1 || count > CRITERIA_MAX)
		return err_set_code(err, ERR_MALFORMED, "criteria_malformed",
		    "there must be from 1 to %d conditions", CRITERIA_MAX);
	read.is_any = strcmp(match, "any") == 0;
	for (unsigned i = 0; i < read.count; i++)
		if (!read_one(json_array_get(conditions, i), i + 1,
			&read.items[i], err))
			return false;
	*out = read;
	return true;
}

bool
criteria_parse(struct view text, struct criteria *out, struct err *err)
{
	scoped(json_freep) json_t *json =
	    json_read(text, CRITERIA_TEXT_SIZE - 1, err);

	return json != NULL && criteria_read(json, out, err);
}

static json_t *
one_json(const struct criterion *criterion)
{
	json_t *object = json_object();

	json_set_string(object, "field", criterion->field->name);
	json_set_string(object, "operator", OPERATORS[criterion->operator]);
	if (criterion->field->kind == CRITERIA_DAYS)
		json_set_integer(object, "days", criterion->days);
	else
		json_set_string(object, "value", criterion->value);
	return object;
}

json_t *
criteria_json(const struct criteria *criteria)
{
	json_t *object = json_object(), *conditions = json_array();

	for (unsigned i = 0; i < criteria->count; i++)
		json_array_append_new(
		    conditions, one_json(&criteria->items[i]));
	json_set_string(object, "match", criteria->is_any ? "any" : "all");
	json_set_value(object, "conditions", conditions);
	return object;
}

void
criteria_write(const struct criteria *criteria, char out[CRITERIA_TEXT_SIZE])
{
	scoped(json_freep) json_t *json = criteria_json(criteria);
	scoped(memory_freep) char *text = json_write(json);
	size_t length = strlen(text);

	/* 20 times 128 bytes, at the worst each of them escaped. */
	check(length < CRITERIA_TEXT_SIZE);
	memcpy(out, text, length + 1);
}
