/*
 * Text of the server's that a terminal may have.
 *
 * Agents and users write names: what moves the cursor, sets a title or a colour
 * (C0, DEL, C1) and what turns the direction of writing (UAX 9) never reaches
 * the terminal as itself. The text is valid UTF-8.
 */
#ifndef CTL_PLAIN_H
#define CTL_PLAIN_H

#include "base/attributes.h"

/* Each byte of them becomes "?", in place. A line's end, too. */
void plain_line(char *text);
/* The same, but line ends stay: sentences of our own, with names in them. */
void plain_lines(char *text);
/* JSON text in which they are escapes; allocated. It means the same. */
must_use char *plain_json(const char *json);

#endif
