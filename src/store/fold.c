/* Text without regard to case. */
#include "store/fold.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"
#include "store/store.h"

/* Ranges of capitals; delta 1 means pairs (an even capital and its small one,
 * or from first on in steps of two). All stay within their UTF-8 length. */
static const struct {
	uint32_t first;
	uint32_t last;
	uint32_t delta;
} CAPITALS[] = {
    {'A', 'Z', 32}, {0xc0, 0xd6, 32},    /* Latin-1 */
    {0xd8, 0xde, 32}, {0x100, 0x12e, 1}, /* Latin Extended-A */
    {0x132, 0x136, 1}, {0x139, 0x147, 1}, {0x14a, 0x176, 1}, {0x179, 0x17d, 1},
    {0x391, 0x3a1, 32},                       /* Greek */
    {0x3a3, 0x3ab, 32}, {0x400, 0x40f, 80},   /* Cyrillic */
    {0x410, 0x42f, 32}, {0xff21, 0xff3a, 32}, /* full-width Latin */
};

static uint32_t
fold_character(uint32_t character)
{
	for (size_t i = 0; i < array_length(CAPITALS); i++) {
		uint32_t offset = character - CAPITALS[i].first;

		if (character < CAPITALS[i].first ||
		    character > CAPITALS[i].last)
			continue;
		if (CAPITALS[i].delta == 1)
			return character + (offset % 2 == 0 ? 1 : 0);
		return character + CAPITALS[i].delta;
	}
	return character;
}

static bool
is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Fold the character at text in place; returns its length in bytes. */
static size_t
fold_at(uint8_t *text)
{
	uint32_t character;

	if (text[0] < 0x80) {
		text[0] = (uint8_t)fold_character(text[0]);
		return 1;
	}
	if ((text[0] & 0xe0) == 0xc0 && is_continuation(text[1])) {
		character = fold_character(
		    ((uint32_t)text[0] & 0x1f) << 6 | (text[1] & 0x3f));
		text[0] = (uint8_t)(0xc0 | character >> 6);
		text[1] = (uint8_t)(0x80 | (character & 0x3f));
		return 2;
	}
	if ((text[0] & 0xf0) == 0xe0 && is_continuation(text[1]) &&
	    is_continuation(text[2])) {
		character = fold_character(((uint32_t)text[0] & 0x0f) << 12 |
		    ((uint32_t)text[1] & 0x3f) << 6 | (text[2] & 0x3f));
		text[0] = (uint8_t)(0xe0 | character >> 12);
		text[1] = (uint8_t)(0x80 | (character >> 6 & 0x3f));
		text[2] = (uint8_t)(0x80 | (character & 0x3f));
		return 3;
	}
	return 1;
}

void
fold_text(const char *text, char *out, size_t out_size)
{
	store_text_copy(out, out_size, text);
	for (size_t at = 0; out[at] != '\0';)
		at += fold_at((uint8_t *)out + at);
}

void
store_text_copy(char *out, size_t out_size, const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);

	if (length >= out_size) {
		length = out_size - 1;
		while (length > 0 && is_continuation((uint8_t)text[length]))
			length--;
	}
	if (length > 0)
		memcpy(out, text, length);
	out[length] = '\0';
}
