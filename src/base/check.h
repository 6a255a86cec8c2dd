/*
 * Assertions that stay on in release: a bug ends the role, and the supervisor
 * starts it anew. They are for what the program itself promises, never for
 * what an outsider sent.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/attributes.h"

#define check(condition)                                                       \
	((condition) ? (void)0                                                 \
		     : check_failed(#condition, __FILE__, __LINE__, __func__))

#define unreachable() check_failed("unreachable", __FILE__, __LINE__, __func__)

/* Write one line about the broken promise to standard error and abort. */
never_returns void check_failed(
    const char *condition, const char *file, int line, const char *function);

#endif
