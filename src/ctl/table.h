/*
 * Printing JSON for people: tables with columns as wide as their contents
 * (East-Asian characters take two places), and lists of labels and values.
 *
 * Control characters from the server never reach the terminal.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdio.h>

#include "base/attributes.h"
#include "base/json.h"

struct table_column {
	const char *title;
	const char *member; /* "a" or "a.b" */
};

/* A header line and a line per item of the array. */
void table_print(FILE *out, const struct table_column *columns, size_t count,
    const json_t *items);
/* "Title:  value" per member. */
void table_print_one(FILE *out, const struct table_column *columns,
    size_t count, const json_t *object);

/* How many places the text takes on a terminal. */
must_use size_t table_width(const char *text);
/* A value as one line of clean text; allocated. Times lose their fraction,
 * null and "" are "-". */
must_use char *table_text(const json_t *value);

#endif
