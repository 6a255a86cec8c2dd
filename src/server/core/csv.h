/*
 * CSV (RFC 4180) for people who open it in a spreadsheet.
 *
 * Texts come from agents and users and are nobody's formula: a cell that begins
 * with = + - @ (the wide ones, too, and behind spaces), a tab or a line's end
 * gets an apostrophe before it;
 * control characters and those that turn the direction of writing are written
 * as \uXXXX. Any thread.
 */
#ifndef SERVER_CORE_CSV_H
#define SERVER_CORE_CSV_H

#include "base/attributes.h"
#include "base/bytes.h"

/* "TEXT" in quotes; the text is valid UTF-8. */
must_use bool
csv_append_cell(const char *text, struct buf *out, struct err *err);

#endif
