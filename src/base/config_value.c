/* Configuration values: numbers, durations, choices, lists, and their text. */
#include "base/config_value.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* The largest first; a duration is printed in the first that divides it. */
static const struct unit DURATION_UNITS[] = {
    {"d", 24LL * 60 * 60 * 1000},
    {"h", 60LL * 60 * 1000},
    {"min", 60LL * 1000},
    {"s", 1000},
    {"ms", 1},
};

static const struct unit SIZE_UNITS[] = {
    {"G", 1LL << 30},
    {"M", 1LL << 20},
    {"K", 1LL << 10},
    {"", 1},
};

static const struct {
	const char *word;
	bool value;
} BOOLEANS[] = {
    {"yes", true},
    {"no", false},
    {"true", true},
    {"false", false},
    {"on", true},
    {"off", false},
    {"1", true},
    {"0", false},
};

static void *
member(const struct config_option *option, void *target)
{
	return (char *)target + option->offset;
}

static const void *
member_view(const struct config_option *option, const void *target)
{
	return (const char *)target + option->offset;
}

static void
duration_text(int64_t ms, char *out, size_t size)
{
	size_t i = 0;

	while (ms % DURATION_UNITS[i].factor != 0)
		i++;
	if (ms == 0)
		i = array_length(DURATION_UNITS) - 2;
	snprintf(out, size, "%" PRId64 "%s", ms / DURATION_UNITS[i].factor,
	    DURATION_UNITS[i].name);
}

static void
choices_text(const char *const *choices, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; choices[i] != NULL && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    i > 0 ? ", " : "one of ", choices[i]);
}

void
config_value_allowed(const struct config_option *option, char *out, size_t size)
{
	char least[32], most[32];

	switch (option->kind) {
	case CONFIG_TEXT:
		snprintf(out, size, "%s of at most %" PRId64 " bytes",
		    option->least > 0 ? "a text" : "nothing or a text",
		    option->most);
		return;
	case CONFIG_NUMBER:
		snprintf(out, size, "a number from %" PRId64 " to %" PRId64,
		    option->least, option->most);
		return;
	case CONFIG_DURATION:
		duration_text(option->least, least, sizeof(least));
		duration_text(option->most, most, sizeof(most));
		snprintf(out, size,
		    "a time from %s to %s (units ms, s, min, h, d)", least,
		    most);
		return;
	case CONFIG_BOOLEAN:
		snprintf(out, size, "yes or no");
		return;
	case CONFIG_CHOICE:
		choices_text(option->choices, out, size);
		return;
	case CONFIG_LIST:
		snprintf(out, size, "%s words parted by commas or blanks",
		    option->least > 0 ? "one or more" : "any number of");
		return;
	}
	unreachable();
}

/* digits, blanks, then the rest (a unit). */
static bool
split_number(struct view text, int64_t *out_number, struct view *out_rest)
{
	size_t digits = 0;
	uint64_t number;

	while (digits < text.length && text.data[digits] >= '0' &&
	    text.data[digits] <= '9')
		digits++;
	if (!view_to_u64(view_slice(text, 0, digits), INT64_MAX, &number))
		return false;
	*out_number = (int64_t)number;
	*out_rest = view_trim(view_slice(text, digits, text.length - digits));
	return true;
}

static bool
parse_scaled(const struct config_option *option, const struct unit *units,
    size_t unit_count, const char *value, int64_t *out)
{
	struct view unit;
	int64_t number;

	if (!split_number(view_string(value), &number, &unit))
		return false;
	for (size_t i = 0; i < unit_count; i++) {
		if (!view_equal_string(unit, units[i].name))
			continue;
		if (number > INT64_MAX / units[i].factor)
			return false;
		number *= units[i].factor;
		if (number < option->least || number > option->most)
			return false;
		*out = number;
		return true;
	}
	return false;
}

static bool
set_duration(
    const struct config_option *option, void *target, const char *value)
{
	return parse_scaled(option, DURATION_UNITS,
	    array_length(DURATION_UNITS), value, member(option, target));
}

static bool
set_number(const struct config_option *option, void *target, const char *value)
{
	return parse_scaled(option, SIZE_UNITS, array_length(SIZE_UNITS), value,
	    member(option, target));
}

static bool
set_boolean(const struct config_option *option, void *target, const char *value)
{
	bool *out = member(option, target);

	for (size_t i = 0; i < array_length(BOOLEANS); i++) {
		if (strcmp(BOOLEANS[i].word, value) == 0) {
			*out = BOOLEANS[i].value;
			return true;
		}
	}
	return false;
}

static bool
set_choice(const struct config_option *option, void *target, const char *value)
{
	int64_t *out = member(option, target);

	for (size_t i = 0; option->choices[i] != NULL; i++) {
		if (strcmp(option->choices[i], value) == 0) {
			*out = (int64_t)i;
			return true;
		}
	}
	return false;
}

static bool
set_text(const struct config_option *option, void *target, const char *value)
{
	char **out = member(option, target);
	size_t length = strlen(value);

	/* " ;" would begin a comment where the value is printed. */
	if (length < (size_t)option->least || length > (size_t)option->most ||
	    !text_is_printable(view_string(value)) ||
	    strstr(value, " ;") != NULL)
		return false;
	free(*out);
	*out = memory_string(value);
	return true;
}

static void
free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static bool
set_list(const struct config_option *option, void *target, const char *value)
{
	static const char separators[] = ", \t";
	char ***out = member(option, target);
	char **list = memory_array(1, sizeof(*list));
	size_t count = 0;

	for (const char *at = value + strspn(value, separators); *at != '\0';
	     at += strspn(at, separators)) {
		size_t length = strcspn(at, separators);

		list = memory_resize(list, count + 2, sizeof(*list));
		list[count++] = memory_string_n(at, length);
		list[count] = NULL;
		at += length;
	}
	if (count < (size_t)option->least || count > (size_t)option->most ||
	    !text_is_printable(view_string(value))) {
		free_list(list);
		return false;
	}
	free_list(*out);
	*out = list;
	return true;
}

typedef bool
set_fn(const struct config_option *option, void *target, const char *value);

static set_fn *const SETTERS[] = {
    [CONFIG_TEXT] = set_text,
    [CONFIG_NUMBER] = set_number,
    [CONFIG_DURATION] = set_duration,
    [CONFIG_BOOLEAN] = set_boolean,
    [CONFIG_CHOICE] = set_choice,
    [CONFIG_LIST] = set_list,
};

bool
config_value_set(const struct config_option *option, void *target,
    const char *where, const char *value, struct err *err)
{
	char allowed[256];

	check((size_t)option->kind < array_length(SETTERS));
	if (strlen(value) <= LIMIT_CONFIG_VALUE &&
	    SETTERS[option->kind](option, target, value))
		return true;
	config_value_allowed(option, allowed, sizeof(allowed));
	return err_set_code(err, ERR_MALFORMED, "configuration",
	    "%s: [%s] %s cannot be \"%.80s\"; allowed is %s", where,
	    option->section, option->key, value, allowed);
}

static char *
list_text(char *const *list)
{
	char *text = memory_string("");

	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		char *longer =
		    memory_format("%s%s%s", text, i > 0 ? ", " : "", list[i]);

		free(text);
		text = longer;
	}
	return text;
}

char *
config_value_text(const struct config_option *option, const void *target)
{
	const void *value = member_view(option, target);
	char duration[32];

	switch (option->kind) {
	case CONFIG_TEXT:
		return memory_string(*(char *const *)value);
	case CONFIG_NUMBER:
		return memory_format("%" PRId64, *(const int64_t *)value);
	case CONFIG_DURATION:
		duration_text(
		    *(const int64_t *)value, duration, sizeof(duration));
		return memory_string(duration);
	case CONFIG_BOOLEAN:
		return memory_string(*(const bool *)value ? "yes" : "no");
	case CONFIG_CHOICE:
		return memory_string(option->choices[*(const int64_t *)value]);
	case CONFIG_LIST:
		return list_text(*(char **const *)value);
	}
	unreachable();
}

void
config_value_done(const struct config_option *option, void *target)
{
	if (option->kind == CONFIG_TEXT) {
		char **text = member(option, target);

		free(*text);
		*text = NULL;
	} else if (option->kind == CONFIG_LIST) {
		char ***list = member(option, target);

		free_list(*list);
		*list = NULL;
	}
}
