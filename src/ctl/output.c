/* Answers as JSON or tables, and questions before what cannot be undone. */
#include "ctl/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/plain.h"
#include "ctl/terminal.h"

void
output_json(const json_t *value)
{
	scoped(memory_freep) char *text = json_dumps(value, JSON_INDENT(2));
	scoped(memory_freep) char *plain = plain_json(text);

	puts(plain);
}

void
output_list(struct ctl *ctl, const struct table_column *columns, size_t count,
    const json_t *list)
{
	if (ctl_is_set(ctl, "json"))
		output_json(list);
	else
		table_print(
		    stdout, columns, count, json_object_get(list, "items"));
}

void
output_one(struct ctl *ctl, const struct table_column *columns, size_t count,
    const json_t *object)
{
	if (ctl_is_set(ctl, "json"))
		output_json(object);
	else
		table_print_one(stdout, columns, count, object);
}

enum ctl_exit
output_get_list(struct ctl *ctl, const char *path,
    const struct table_column *columns, size_t count)
{
	scoped(json_freep) json_t *list = NULL;
	enum ctl_exit result = client_list(ctl, path, &list);

	if (result == CTL_OK)
		output_list(ctl, columns, count, list);
	return result;
}

enum ctl_exit
output_get_one(struct ctl *ctl, const char *path,
    const struct table_column *columns, size_t count)
{
	scoped(json_freep) json_t *object = NULL;
	enum ctl_exit result = client_ask(ctl, "GET", path, NULL, &object);

	if (result == CTL_OK)
		output_one(ctl, columns, count, object);
	return result;
}

bool
output_confirm(struct ctl *ctl, const char *format, ...)
{
	scoped(memory_freep) char *question = NULL;
	va_list arguments;

	if (ctl_is_set(ctl, "yes"))
		return true;
	va_start(arguments, format);
	question = memory_format_v(format, arguments);
	va_end(arguments);
	plain_lines(question);
	if (!terminal_is_interactive()) {
		ctl_complain("%s", question);
		ctl_complain("nothing was done; confirm with --yes");
		return false;
	}
	return terminal_confirm(question);
}

struct unit {
	char letter;
	int64_t seconds;
};

static const struct unit UNITS[] = {
    {'s', 1},
    {'m', 60},
    {'h', 3600},
    {'d', 86400},
};

enum ctl_exit
output_duration(const char *text, int64_t *out_seconds)
{
	size_t length = strlen(text);
	struct view digits;
	uint64_t number;

	for (size_t i = 0; length > 0 && i < array_length(UNITS); i++) {
		if (text[length - 1] != UNITS[i].letter)
			continue;
		digits = view_of(text, length - 1);
		if (!view_to_u64(digits, 1000000000, &number))
			break;
		*out_seconds = (int64_t)number * UNITS[i].seconds;
		return CTL_OK;
	}
	return ctl_misuse("\"%s\" is no duration: 90s, 15m, 24h, 7d", text);
}

void
output_secret(struct ctl *ctl, const json_t *answer)
{
	if (ctl_is_set(ctl, "json")) {
		output_json(answer);
		return;
	}
	printf("%s\n", json_string_value(json_object_get(answer, "secret")));
	ctl_say(ctl, "This secret is shown once and never again.");
}
