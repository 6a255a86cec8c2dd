/*
 * Identifiers made by us: UUID version 7 (RFC 9562 section 5.7) as 36 lower-
 * case characters. They sort by the time they were made.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/attributes.h"
#include "base/bytes.h"

enum {
	ID_SIZE = 37
}; /* with the end */

void id_make(char out[ID_SIZE]);
/* True for 8-4-4-4-12 lower-case hexadecimal digits. */
must_use bool id_is_valid(struct view text);

#endif
