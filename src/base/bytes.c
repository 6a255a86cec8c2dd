/* Borrowed views and owned buffers with a ceiling. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/memory.h"

struct view
view_of(const void *data, size_t length)
{
	check(data != NULL || length == 0);
	return (struct view){data, length};
}

struct view
view_string(const char *text)
{
	return view_of(text, text == NULL ? 0 : strlen(text));
}

bool
view_equal(struct view a, struct view b)
{
	return a.length == b.length &&
	    (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool
view_equal_string(struct view a, const char *text)
{
	return view_equal(a, view_string(text));
}

bool
view_equal_string_nocase(struct view a, const char *text)
{
	return a.length == strlen(text) &&
	    (a.length == 0 ||
		strncasecmp((const char *)a.data, text, a.length) == 0);
}

bool
view_starts_with(struct view whole, const char *prefix)
{
	size_t length = strlen(prefix);

	return whole.length >= length &&
	    (length == 0 || memcmp(whole.data, prefix, length) == 0);
}

struct view
view_slice(struct view whole, size_t offset, size_t length)
{
	if (offset > whole.length)
		offset = whole.length;
	if (length > whole.length - offset)
		length = whole.length - offset;
	if (length == 0)
		return (struct view){NULL, 0};
	return (struct view){whole.data + offset, length};
}

bool
view_cut(struct view whole, uint8_t separator, struct view *out_head,
    struct view *out_rest)
{
	const uint8_t *found = NULL;

	if (whole.length > 0)
		found = memchr(whole.data, separator, whole.length);
	if (found == NULL) {
		*out_head = whole;
		*out_rest = (struct view){NULL, 0};
		return false;
	}
	size_t at = (size_t)(found - whole.data);
	*out_rest = view_slice(whole, at + 1, whole.length);
	*out_head = view_slice(whole, 0, at);
	return true;
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

struct view
view_trim(struct view text)
{
	while (text.length > 0 && is_blank(text.data[0])) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 && is_blank(text.data[text.length - 1]))
		text.length--;
	return text;
}

bool
view_to_u64(struct view digits, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (digits.length == 0 || digits.length > 20)
		return false;
	if (digits.length > 1 && digits.data[0] == '0')
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(
			value, (uint64_t)(digits.data[i] - '0'), &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

char *
view_to_string(struct view text)
{
	return memory_string_n((const char *)text.data, text.length);
}

bool
view_has_nul(struct view text)
{
	return text.length > 0 && memchr(text.data, 0, text.length) != NULL;
}

void
buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf)BUF_INIT(max);
}

void
buf_done(struct buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->length = 0;
	buf->capacity = 0;
}

void
buf_clear(struct buf *buf)
{
	buf->length = 0;
}

void
buf_wipe(struct buf *buf)
{
	if (buf->data != NULL)
		explicit_bzero(buf->data, buf->capacity);
	buf_done(buf);
}

bool
buf_reserve(struct buf *buf, size_t more, struct err *err)
{
	size_t wanted, capacity;
	uint8_t *grown;

	check(buf->length <= buf->max);
	if (more > buf->max - buf->length)
		return err_set(err, ERR_LIMIT,
		    "%zu bytes and %zu more exceed the limit of %zu",
		    buf->length, more, buf->max);
	wanted = buf->length + more;
	if (wanted <= buf->capacity)
		return true;
	capacity = buf->capacity < 64 ? 64 : buf->capacity;
	while (capacity < wanted)
		capacity += capacity / 2;
	if (capacity > buf->max)
		capacity = buf->max;
	/* A fresh block and a wipe of the old one: a secret that passes
	 * through a growing buffer must not stay behind in freed memory. */
	grown = memory_array(capacity, 1);
	if (buf->data != NULL) {
		memcpy(grown, buf->data, buf->length);
		explicit_bzero(buf->data, buf->capacity);
		free(buf->data);
	}
	buf->data = grown;
	buf->capacity = capacity;
	return true;
}

bool
buf_append(struct buf *buf, const void *data, size_t length, struct err *err)
{
	if (!buf_reserve(buf, length, err))
		return false;
	if (length > 0)
		memcpy(buf->data + buf->length, data, length);
	buf->length += length;
	return true;
}

bool
buf_append_view(struct buf *buf, struct view view, struct err *err)
{
	return buf_append(buf, view.data, view.length, err);
}

bool
buf_append_string(struct buf *buf, const char *text, struct err *err)
{
	return buf_append(buf, text, strlen(text), err);
}

bool
buf_append_format(struct buf *buf, struct err *err, const char *format, ...)
{
	scoped(memory_freep) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = memory_format_v(format, arguments);
	va_end(arguments);
	return buf_append_string(buf, text, err);
}

void
buf_consume(struct buf *buf, size_t length)
{
	check(length <= buf->length);
	buf->length -= length;
	if (buf->length > 0)
		memmove(buf->data, buf->data + length, buf->length);
}

struct view
buf_view(const struct buf *buf)
{
	return view_of(buf->data, buf->length);
}

void
buf_take(struct buf *buf, uint8_t **out_data, size_t *out_length)
{
	*out_length = buf->length;
	*out_data = take(buf->data);
	buf->length = 0;
	buf->capacity = 0;
}
