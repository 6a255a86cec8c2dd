/* The chunked transfer coding (RFC 9112 section 7.1). */
#include "http/chunked.h"

#include <stdio.h>

#include "base/check.h"
#include "base/limits.h"
#include "http/syntax.h"

enum {
	DIGITS_MAX = 16,
};

enum chunked_state {
	SIZE_FIRST,    /* the first digit of a size */
	SIZE,          /* more digits, ";" or CR */
	EXTENSION,     /* passed over, up to CR */
	SIZE_LF,       /* the LF of a size line */
	DATA,          /* left bytes of the chunk */
	DATA_CR,       /* the CR after the data */
	DATA_LF,       /* its LF */
	TRAILER_FIRST, /* a trailer field's first byte, or the CR of the end */
	TRAILER_NAME,  /* up to ":" */
	TRAILER_VALUE, /* up to CR */
	TRAILER_LF,    /* the LF of a trailer field */
	END_LF,        /* the last LF */
	ENDED,
	REFUSED,
};

void
http_chunked_init(struct http_chunked *chunked)
{
	*chunked = (struct http_chunked){.state = SIZE_FIRST};
}

static int
hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

static bool
take_digit(struct http_chunked *chunked, uint8_t byte)
{
	int value = hex_value(byte);

	if (value < 0 || chunked->digits == DIGITS_MAX)
		return false;
	chunked->left = chunked->left << 4 | (unsigned)value;
	chunked->digits++;
	chunked->state = SIZE;
	/* Room for what sums sizes up in signed numbers. */
	return chunked->left <= INT64_MAX;
}

static bool
take_size(struct http_chunked *chunked, uint8_t byte)
{
	if (byte == '\r')
		chunked->state = SIZE_LF;
	else if (byte == ';')
		chunked->state = EXTENSION;
	else
		return take_digit(chunked, byte);
	return true;
}

static bool
take_extension(struct http_chunked *chunked, uint8_t byte)
{
	if (byte == '\r')
		chunked->state = SIZE_LF;
	else if (!http_is_field_byte(byte))
		return false;
	return ++chunked->line_bytes <= LIMIT_HTTP_CHUNK_LINE;
}

static bool
take_size_lf(struct http_chunked *chunked, uint8_t byte)
{
	if (byte != '\n')
		return false;
	chunked->state = chunked->left > 0 ? DATA : TRAILER_FIRST;
	chunked->digits = 0;
	chunked->line_bytes = 0;
	return true;
}

/* One of the two bytes after a chunk's data. */
static bool
take_data_end(struct http_chunked *chunked, uint8_t byte)
{
	bool is_cr = chunked->state == DATA_CR;

	if (byte != (is_cr ? '\r' : '\n'))
		return false;
	chunked->state = is_cr ? DATA_LF : SIZE_FIRST;
	return true;
}

static bool
take_trailer(struct http_chunked *chunked, uint8_t byte)
{
	if (++chunked->trailer_bytes > LIMIT_HTTP_HEADER_BYTES)
		return false;
	switch (chunked->state) {
	case TRAILER_FIRST:
		chunked->state = byte == '\r' ? END_LF : TRAILER_NAME;
		return byte == '\r' || http_is_token_byte(byte);
	case TRAILER_NAME:
		if (byte == ':')
			chunked->state = TRAILER_VALUE;
		return byte == ':' || http_is_token_byte(byte);
	case TRAILER_VALUE:
		if (byte == '\r')
			chunked->state = TRAILER_LF;
		return byte == '\r' || http_is_field_byte(byte);
	case TRAILER_LF:
		chunked->state = TRAILER_FIRST;
		return byte == '\n';
	default: /* END_LF: the states are ints in the struct */
		chunked->state = ENDED;
		return byte == '\n';
	}
}

static bool
take_byte(struct http_chunked *chunked, uint8_t byte)
{
	switch (chunked->state) {
	case SIZE_FIRST:
		chunked->left = 0;
		return take_digit(chunked, byte);
	case SIZE:
		return take_size(chunked, byte);
	case EXTENSION:
		return take_extension(chunked, byte);
	case SIZE_LF:
		return take_size_lf(chunked, byte);
	case DATA_CR:
	case DATA_LF:
		return take_data_end(chunked, byte);
	default:
		return take_trailer(chunked, byte);
	}
}

static enum http_chunked_event
take_data(struct http_chunked *chunked, struct view *input, struct view *out)
{
	size_t part = input->length;

	if (part > chunked->left)
		part = (size_t)chunked->left;
	*out = view_slice(*input, 0, part);
	*input = view_slice(*input, part, input->length);
	chunked->left -= part;
	if (chunked->left == 0)
		chunked->state = DATA_CR;
	return HTTP_CHUNKED_DATA;
}

static enum http_chunked_event
refuse(struct http_chunked *chunked, struct err *err)
{
	chunked->state = REFUSED;
	ignore_result(err_set_code(err, ERR_MALFORMED, "chunked_malformed",
	    "the chunked body breaks its form (RFC 9112 section 7.1)"));
	return HTTP_CHUNKED_REFUSED;
}

enum http_chunked_event
http_chunked_next(struct http_chunked *chunked, struct view *input,
    struct view *out, struct err *err)
{
	if (chunked->state == REFUSED)
		return refuse(chunked, err);
	while (chunked->state != ENDED && input->length > 0) {
		if (chunked->state == DATA)
			return take_data(chunked, input, out);
		uint8_t byte = input->data[0];

		*input = view_slice(*input, 1, input->length);
		if (!take_byte(chunked, byte))
			return refuse(chunked, err);
	}
	return chunked->state == ENDED ? HTTP_CHUNKED_END
				       : HTTP_CHUNKED_NEED_MORE;
}

size_t
http_chunk_head(uint64_t size, char out[HTTP_CHUNK_HEAD_SIZE])
{
	int length = snprintf(
	    out, HTTP_CHUNK_HEAD_SIZE, "%llx\r\n", (unsigned long long)size);

	check(length > 0 && length < HTTP_CHUNK_HEAD_SIZE);
	return (size_t)length;
}
