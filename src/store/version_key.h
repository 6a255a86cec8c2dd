/*
 * A program's version as a text that sorts as versions do, for comparing in the
 * database: "1.10.0" comes after "1.9".
 */
#ifndef STORE_VERSION_KEY_H
#define STORE_VERSION_KEY_H

#include <stddef.h>

enum {
	VERSION_KEY_PARTS = 4, /* numbers that count, a missing one is 0 */
	VERSION_KEY_DIGITS = 6,
	VERSION_KEY_SIZE = VERSION_KEY_PARTS * (VERSION_KEY_DIGITS + 1) + 2,
};

/* Each number with leading zeros (a longer one counts as the largest), then 0
 * for what comes before a release ("1.2.0-rc1", "1.2.0~rc1"), else 1. What does
 * not begin with a number has the key "", and is neither older nor newer than
 * anything. */
void version_key(const char *version, char out[VERSION_KEY_SIZE]);

#endif
