/* Hexadecimal, base64 and UTF-8, all strict. */
#include "base/text.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"

static const char BASE64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum {
	MIME_LINE = 76
};

char *
hex_encode(struct view bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = memory_array(bytes.length + 1, 2);

	for (size_t i = 0; i < bytes.length; i++) {
		text[2 * i] = digits[bytes.data[i] >> 4];
		text[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	return text;
}

static int
hex_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool
hex_decode(struct view text, void *out, size_t size)
{
	uint8_t *bytes = out;

	if (text.length % 2 != 0 || text.length / 2 != size)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (hex_value(text.data[i]) < 0)
			return false;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_value(text.data[2 * i]) << 4 |
		    hex_value(text.data[2 * i + 1]));
	return true;
}

static char *
encode(struct view bytes, const char *alphabet, bool is_padded)
{
	char *text = memory_array(bytes.length / 3 + 2, 4);
	size_t used = 0;

	for (size_t i = 0; i < bytes.length; i += 3) {
		size_t left = bytes.length - i;
		uint32_t group = (uint32_t)bytes.data[i] << 16;

		if (left > 1)
			group |= (uint32_t)bytes.data[i + 1] << 8;
		if (left > 2)
			group |= bytes.data[i + 2];
		text[used++] = alphabet[group >> 18];
		text[used++] = alphabet[group >> 12 & 63];
		if (left > 1)
			text[used++] = alphabet[group >> 6 & 63];
		else if (is_padded)
			text[used++] = '=';
		if (left > 2)
			text[used++] = alphabet[group & 63];
		else if (is_padded)
			text[used++] = '=';
	}
	return text;
}

char *
base64_encode(struct view bytes)
{
	return encode(bytes, BASE64, true);
}

char *
base64url_encode(struct view bytes)
{
	return encode(bytes, BASE64URL, false);
}

char *
base64_encode_mime(struct view bytes)
{
	scoped(memory_freep) char *line = base64_encode(bytes);
	size_t length = strlen(line), used = 0;
	char *text = memory_array(length + length / MIME_LINE * 2 + 3, 1);

	for (size_t at = 0; at < length; at += MIME_LINE) {
		size_t part = length - at;

		if (part > MIME_LINE)
			part = MIME_LINE;
		memcpy(text + used, line + at, part);
		used += part;
		memcpy(text + used, "\r\n", 2);
		used += 2;
	}
	return text;
}

struct decoder {
	const char *alphabet;
	bool is_padded;
	bool skips_blanks;
};

static bool
is_folding(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool
append_group(struct buf *out, uint32_t bits, size_t digits, struct err *err)
{
	uint8_t bytes[3];
	size_t whole = digits * 6 / 8;

	bits <<= 6 * (4 - digits);
	for (size_t i = 0; i < 3; i++)
		bytes[i] = (uint8_t)(bits >> (16 - 8 * i));
	for (size_t i = whole; i < 3; i++)
		if (bytes[i] != 0)
			return err_set(err, ERR_MALFORMED,
			    "base64 text has unused bits that are not zero");
	return buf_append(out, bytes, whole, err);
}

static bool
decode(const struct decoder *how, struct view text, struct buf *out,
    struct err *err)
{
	uint32_t bits = 0;
	size_t digits = 0, pads = 0;

	for (size_t i = 0; i < text.length; i++) {
		uint8_t byte = text.data[i];
		const char *found;

		if (how->skips_blanks && is_folding(byte))
			continue;
		if (byte == '=' && how->is_padded) {
			pads++;
			continue;
		}
		found = byte == 0 ? NULL : strchr(how->alphabet, byte);
		if (found == NULL || pads > 0)
			return err_set(err, ERR_MALFORMED,
			    "byte %zu of the base64 text has no place there",
			    i);
		bits = bits << 6 | (uint32_t)(found - how->alphabet);
		if (++digits == 4) {
			if (!append_group(out, bits, 4, err))
				return false;
			bits = 0;
			digits = 0;
		}
	}
	if (digits == 1 ||
	    (how->is_padded && pads != (digits == 0 ? 0 : 4 - digits)))
		return err_set(err, ERR_MALFORMED,
		    "base64 text ends early or is padded wrongly");
	return digits == 0 || append_group(out, bits, digits, err);
}

bool
base64_decode(struct view text, struct buf *out, struct err *err)
{
	return decode(&(struct decoder){BASE64, true, false}, text, out, err);
}

bool
base64_decode_mime(struct view text, struct buf *out, struct err *err)
{
	return decode(&(struct decoder){BASE64, true, true}, text, out, err);
}

bool
base64url_decode(struct view text, struct buf *out, struct err *err)
{
	return decode(
	    &(struct decoder){BASE64URL, false, false}, text, out, err);
}

/* Length of the sequence at the start of text, 0 when it is not valid. */
static size_t
utf8_sequence(struct view text, uint32_t *out_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = text.data[0];
	size_t length = first < 0x80 ? 1
	    : (first & 0xe0) == 0xc0 ? 2
	    : (first & 0xf0) == 0xe0 ? 3
	    : (first & 0xf8) == 0xf0 ? 4
				     : 0;
	uint32_t point;

	if (length == 0 || length > text.length)
		return 0;
	point = length == 1 ? first : first & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text.data[i] & 0x3f);
	}
	if (point < smallest[length] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*out_point = point;
	return length;
}

bool
utf8_is_valid(struct view text)
{
	while (text.length > 0) {
		uint32_t point;
		size_t length = utf8_sequence(text, &point);

		if (length == 0)
			return false;
		text = view_slice(text, length, text.length);
	}
	return true;
}

bool
text_is_printable(struct view text)
{
	while (text.length > 0) {
		uint32_t point;
		size_t length = utf8_sequence(text, &point);

		if (length == 0 || point < 0x20 ||
		    (point >= 0x7f && point < 0xa0))
			return false;
		text = view_slice(text, length, text.length);
	}
	return true;
}
