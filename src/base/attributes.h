/*
 * Compiler attributes and the two words of ownership: scoped and take.
 *
 * `scoped(x_freep) struct x *x = NULL;` releases x when the scope ends;
 * `*out_x = take(x);` hands it on instead and leaves NULL behind. A release
 * function for scoped takes a pointer to the variable; DEFINE_SCOPED makes it
 * from the ordinary `_free`.
 */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#include <stddef.h>

#define scoped(release) __attribute__((cleanup(release)))
#define must_use        __attribute__((warn_unused_result))
#define printf_like(format_index, first_index)                                 \
	__attribute__((format(printf, format_index, first_index)))
#define maybe_unused   __attribute__((unused))
#define never_returns  __attribute__((noreturn))
#define ends_with_null __attribute__((sentinel))
#define fallthrough    __attribute__((fallthrough))

#define array_length(array) (sizeof(array) / sizeof((array)[0]))

/* Say that a must-use result is not needed here, and why in a comment. */
#define ignore_result(expression) ((void)!(expression))

/* Move a pointer out of a variable and leave NULL there. */
#define take(pointer)                                                          \
	__extension__({                                                        \
		__typeof__(pointer) *take_from_ = &(pointer);                  \
		__typeof__(pointer) taken_ = *take_from_;                      \
		*take_from_ = NULL;                                            \
		taken_;                                                        \
	})

/* Define static inline NAMEp(TYPE **) for scoped() out of NAME(TYPE *). */
#define DEFINE_SCOPED(type, name)                                              \
	static inline void name##p(type **pointer)                             \
	{                                                                      \
		if (*pointer != NULL) {                                        \
			name(*pointer);                                        \
			*pointer = NULL;                                       \
		}                                                              \
	}

#endif
