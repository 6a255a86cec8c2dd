/* Cells of CSV that no spreadsheet runs. */
#include "server/core/csv.h"

/* The character at text (valid UTF-8), and its bytes. */
static uint32_t
character_at(const uint8_t *text, size_t *out_bytes)
{
	size_t count = text[0] < 0x80 ? 1
	    : text[0] < 0xe0          ? 2
	    : text[0] < 0xf0          ? 3
				      : 4;
	uint32_t value = count == 1 ? text[0] : text[0] & (0x7fu >> count);

	for (size_t i = 1; i < count; i++)
		value = value << 6 | (text[i] & 0x3f);
	*out_bytes = count;
	return value;
}

/* Controls, and what turns the direction of writing (UAX 9). */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static bool
append_character(const uint8_t *at, size_t count, uint32_t c, struct buf *out,
    struct err *err)
{
	if (c == '"')
		return buf_append(out, "\"\"", 2, err);
	return is_unsafe(c) ? buf_append_format(out, err, "\\u%04X", c)
			    : buf_append(out, at, count, err);
}

/* Spreadsheets take = + - @ for the beginning of a formula, in Japanese and
 * Chinese also the wide ones, and some pass over spaces before it. */
static bool
is_formula(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t count;
	uint32_t c;

	for (; *at != '\0'; at += count) {
		c = character_at(at, &count);
		if (c != ' ' && c != 0xa0 && c != 0x3000)
			return c == '=' || c == '+' || c == '-' || c == '@' ||
			    c == '\t' || c == '\r' || c == '\n' ||
			    c == 0xff1d || c == 0xff0b || c == 0xff0d ||
			    c == 0xff20;
	}
	return false;
}

bool
csv_append_cell(const char *text, struct buf *out, struct err *err)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t count;

	if (!buf_append(out, "\"", 1, err))
		return false;
	if (is_formula(text) && !buf_append(out, "'", 1, err))
		return false;
	for (; *at != '\0'; at += count) {
		uint32_t c = character_at(at, &count);

		if (!append_character(at, count, c, out, err))
			return false;
	}
	return buf_append(out, "\"", 1, err);
}
