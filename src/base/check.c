/* Ends the process when a promise of the program itself is broken. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void
check_failed(
    const char *condition, const char *file, int line, const char *function)
{
	fprintf(stderr, "bug: %s:%d: %s: the promise \"%s\" does not hold\n",
	    file, line, function, condition);
	abort();
}
