/* Controls and marks of direction, kept from the terminal. */
#include "ctl/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
	ESCAPE_BYTES = 6, /* \uXXXX */
};

/* The character at the place, of which as many bytes are whole. */
static uint32_t
character_at(const unsigned char *at, size_t *out_bytes)
{
	*out_bytes = 1;
	if (at[0] >= 0xc0 && at[0] < 0xe0 && at[1] != '\0') {
		*out_bytes = 2;
		return (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
	}
	if (at[0] >= 0xe0 && at[0] < 0xf0 && at[1] != '\0' && at[2] != '\0') {
		*out_bytes = 3;
		return (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 |
		    (at[2] & 0x3fu);
	}
	return at[0];
}

static bool
is_unsafe(uint32_t c, size_t bytes)
{
	if (bytes == 1)
		return c < 0x20 || c == 0x7f;
	return (c >= 0x80 && c < 0xa0) || c == 0x061c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void
make_plain(char *text, bool keeps_lines)
{
	unsigned char *at = (unsigned char *)text;
	size_t bytes;

	for (; *at != '\0'; at += bytes) {
		uint32_t c = character_at(at, &bytes);

		if (is_unsafe(c, bytes) && !(keeps_lines && c == '\n'))
			memset(at, '?', bytes);
	}
}

void
plain_line(char *text)
{
	make_plain(text, false);
}

void
plain_lines(char *text)
{
	make_plain(text, true);
}

/* Between its values, JSON has line ends alone of these; within, they are
 * escapes already. */
char *
plain_json(const char *json)
{
	const unsigned char *at = (const unsigned char *)json;
	char *out = memory_array(strlen(json) + 1, ESCAPE_BYTES);
	size_t used = 0, bytes;

	for (; *at != '\0'; at += bytes) {
		uint32_t c = character_at(at, &bytes);

		if (is_unsafe(c, bytes) && c != '\n') {
			snprintf(out + used, ESCAPE_BYTES + 1, "\\u%04X", c);
			used += ESCAPE_BYTES;
		} else {
			memcpy(out + used, at, bytes);
			used += bytes;
		}
	}
	out[used] = '\0';
	return out;
}
