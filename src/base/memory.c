/* Allocation that works or ends the process. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

static void *
or_end(void *pointer)
{
	check(pointer != NULL);
	return pointer;
}

void *
memory_zeroed(size_t size)
{
	return or_end(calloc(1, size == 0 ? 1 : size));
}

void *
memory_array(size_t count, size_t size)
{
	if (count == 0 || size == 0)
		return memory_zeroed(1);
	return or_end(calloc(count, size));
}

void *
memory_resize(void *old, size_t count, size_t size)
{
	size_t total;

	check(!__builtin_mul_overflow(count, size, &total));
	return or_end(realloc(old, total == 0 ? 1 : total));
}

char *
memory_string(const char *text)
{
	return or_end(strdup(text));
}

char *
memory_string_n(const char *text, size_t length)
{
	char *copy;

	check(length < SIZE_MAX);
	copy = or_end(malloc(length + 1));
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *
memory_format_v(const char *format, va_list arguments)
{
	char *text = NULL;

	check(vasprintf(&text, format, arguments) >= 0);
	return text;
}

char *
memory_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = memory_format_v(format, arguments);
	va_end(arguments);
	return text;
}
