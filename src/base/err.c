/* One error type: category, errno, stable code, one sentence. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

static const char *const CATEGORY_NAMES[] = {
    [ERR_NONE] = "none",
    [ERR_MALFORMED] = "malformed",
    [ERR_DENIED] = "denied",
    [ERR_LIMIT] = "limit",
    [ERR_NOT_FOUND] = "not-found",
    [ERR_CONFLICT] = "conflict",
    [ERR_CRYPTO] = "crypto",
    [ERR_SYSTEM] = "system",
    [ERR_UNCERTAIN] = "uncertain",
};

void
err_reset(struct err *err)
{
	memset(err, 0, sizeof(*err));
}

static void printf_like(4, 0) set_v(struct err *err, enum err_category category,
    const char *code, const char *format, va_list arguments)
{
	char sentence[ERR_SENTENCE_MAX];

	check(category != ERR_NONE);
	/* Composed aside: the arguments may point into the error itself. */
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	snprintf(err->code, sizeof(err->code), "%s", code);
	memcpy(err->sentence, sentence, sizeof(sentence));
	err->category = category;
	err->system_errno = 0;
}

bool
err_set(struct err *err, enum err_category category, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set_v(err, category, "", format, arguments);
	va_end(arguments);
	return false;
}

bool
err_set_code(struct err *err, enum err_category category, const char *code,
    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set_v(err, category, code, format, arguments);
	va_end(arguments);
	return false;
}

bool
err_set_errno(struct err *err, const char *format, ...)
{
	int saved = errno;
	char reason[128];
	va_list arguments;
	size_t used;

	va_start(arguments, format);
	set_v(err, ERR_SYSTEM, "", format, arguments);
	va_end(arguments);
	used = strlen(err->sentence);
	snprintf(err->sentence + used, sizeof(err->sentence) - used, ": %s",
	    strerror_r(saved, reason, sizeof(reason)));
	err->system_errno = saved;
	return false;
}

bool
err_prefix(struct err *err, const char *format, ...)
{
	char whole[ERR_SENTENCE_MAX];
	va_list arguments;
	size_t used;

	check(err->category != ERR_NONE);
	va_start(arguments, format);
	vsnprintf(whole, sizeof(whole), format, arguments);
	va_end(arguments);
	used = strlen(whole);
	snprintf(whole + used, sizeof(whole) - used, ": %s", err->sentence);
	memcpy(err->sentence, whole, sizeof(whole));
	return false;
}

const char *
err_category_name(enum err_category category)
{
	check((size_t)category < array_length(CATEGORY_NAMES));
	return CATEGORY_NAMES[category];
}
