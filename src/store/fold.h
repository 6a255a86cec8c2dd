/*
 * Text without regard to case, for unique names, sorting and searching: the
 * same on every database and in every locale.
 */
#ifndef STORE_FOLD_H
#define STORE_FOLD_H

#include <stddef.h>

/* Lower case for ASCII, Latin, Greek, Cyrillic and full-width letters; other
 * characters and bytes stay. The length stays; cut to fit between characters.
 * NULL gives "". */
void fold_text(const char *text, char *out, size_t out_size);

#endif
