/* Tables for people, on any terminal that speaks UTF-8. */
#include "ctl/table.h"

#include <string.h>
#include <wchar.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "ctl/plain.h"

enum {
	COLUMNS_MAX = 16,
	GAP = 2,
};

size_t
table_width(const char *text)
{
	mbstate_t state = {0};
	size_t left = strlen(text), width = 0;

	while (left > 0) {
		wchar_t character;
		size_t used = mbrtowc(&character, text, left, &state);
		int places;

		if (used == (size_t)-1 || used == (size_t)-2 || used == 0) {
			memset(&state, 0, sizeof(state));
			used = 1;
			places = 1;
		} else {
			places = wcwidth(character);
		}
		width += places > 0 ? (size_t)places : 0;
		text += used;
		left -= used;
	}
	return width;
}

/* "2026-11-21T19:17:49.123Z" is longer than anybody wants to read. */
static bool
is_time(const char *text)
{
	return strlen(text) == 24 && text[10] == 'T' && text[19] == '.' &&
	    text[23] == 'Z';
}

char *
table_text(const json_t *value)
{
	char *text = NULL;

	if (value == NULL || json_is_null(value))
		return memory_string("-");
	if (json_is_boolean(value))
		return memory_string(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		return memory_format(
		    "%lld", (long long)json_integer_value(value));
	if (!json_is_string(value)) {
		text = json_write(value);
	} else if (json_string_length(value) == 0) {
		return memory_string("-");
	} else {
		text = memory_string(json_string_value(value));
		if (is_time(text)) {
			text[10] = ' ';
			text[19] = '\0';
		}
	}
	plain_line(text);
	return text;
}

static const json_t *
member_of(const json_t *object, const char *path)
{
	const char *dot = strchr(path, '.');
	scoped(memory_freep) char *head = NULL;

	if (dot == NULL)
		return json_object_get(object, path);
	head = memory_string_n(path, (size_t)(dot - path));
	return member_of(json_object_get(object, head), dot + 1);
}

static void
print_cell(FILE *out, const char *text, size_t width, bool is_last)
{
	size_t used = table_width(text);

	fputs(text, out);
	if (is_last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", (int)(width - used + GAP), "");
}

static void
measure(const struct table_column *columns, size_t count, const json_t *items,
    size_t *widths)
{
	for (size_t c = 0; c < count; c++)
		widths[c] = table_width(columns[c].title);
	for (size_t i = 0; i < json_array_size(items); i++)
		for (size_t c = 0; c < count; c++) {
			scoped(memory_freep) char *text = table_text(member_of(
			    json_array_get(items, i), columns[c].member));
			size_t width = table_width(text);

			if (width > widths[c])
				widths[c] = width;
		}
}

void
table_print(FILE *out, const struct table_column *columns, size_t count,
    const json_t *items)
{
	size_t widths[COLUMNS_MAX];

	measure(columns, count, items, widths);
	for (size_t c = 0; c < count; c++)
		print_cell(out, columns[c].title, widths[c], c + 1 == count);
	for (size_t i = 0; i < json_array_size(items); i++)
		for (size_t c = 0; c < count; c++) {
			scoped(memory_freep) char *text = table_text(member_of(
			    json_array_get(items, i), columns[c].member));

			print_cell(out, text, widths[c], c + 1 == count);
		}
}

void
table_print_one(FILE *out, const struct table_column *columns, size_t count,
    const json_t *object)
{
	size_t widest = 0;

	for (size_t c = 0; c < count; c++)
		if (table_width(columns[c].title) > widest)
			widest = table_width(columns[c].title);
	for (size_t c = 0; c < count; c++) {
		scoped(memory_freep) char *text =
		    table_text(member_of(object, columns[c].member));

		fprintf(out, "%s:%*s%s\n", columns[c].title,
		    (int)(widest - table_width(columns[c].title) + GAP), "",
		    text);
	}
}
