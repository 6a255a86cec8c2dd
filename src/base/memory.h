/*
 * Allocation that either works or ends the role (the supervisor restarts it).
 *
 * No size chosen by an outsider may reach these functions before it has met a
 * named limit of base/limits.h. All results are freed with free().
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/attributes.h"

/* size zeroed bytes; never NULL. */
must_use void *memory_zeroed(size_t size);
/* count × size zeroed bytes, checked for overflow; never NULL. */
must_use void *memory_array(size_t count, size_t size);
/* Grow or shrink to count × size bytes, checked for overflow; never NULL. */
must_use void *memory_resize(void *old, size_t count, size_t size);
must_use char *memory_string(const char *text);
must_use char *memory_string_n(const char *text, size_t length);
must_use char *memory_format(const char *format, ...) printf_like(1, 2);
must_use char *
memory_format_v(const char *format, va_list arguments) printf_like(1, 0);

/* Release functions for scoped(). */
static inline void
memory_freep(void *pointer_to_pointer)
{
	void **pointer = pointer_to_pointer;
	free(*pointer);
	*pointer = NULL;
}

#endif
