/* A program's version as a text that sorts. */
#include "store/version_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

static const char DIGITS[] = "0123456789";

enum {
	LARGEST = 999999 /* of VERSION_KEY_DIGITS */
};

/* The number at *at, which moves behind it; none is 0. */
static unsigned
take_number(const char **at)
{
	size_t length = strspn(*at, DIGITS);
	unsigned number = 0;

	for (size_t i = 0; i < length; i++) {
		number = number * 10 + (unsigned)((*at)[i] - '0');
		if (number > LARGEST)
			number = LARGEST;
	}
	*at += length;
	return number;
}

/* A dot that another number follows. */
static bool
take_dot(const char **at)
{
	if (**at != '.' || strspn(*at + 1, DIGITS) == 0)
		return false;
	++*at;
	return true;
}

void
version_key(const char *version, char out[VERSION_KEY_SIZE])
{
	const char *at = version;
	size_t used = 0;
	bool is_over = false;

	out[0] = '\0';
	if (strspn(version, DIGITS) == 0)
		return;
	for (unsigned i = 0; i < VERSION_KEY_PARTS; i++) {
		used += (size_t)snprintf(out + used, VERSION_KEY_SIZE - used,
		    "%0*u.", VERSION_KEY_DIGITS,
		    is_over ? 0 : take_number(&at));
		is_over = is_over || !take_dot(&at);
	}
	used += (size_t)snprintf(out + used, VERSION_KEY_SIZE - used, "%c",
	    *at == '-' || *at == '~' ? '0' : '1');
	check(used == VERSION_KEY_SIZE - 1);
}
