/*
 * One SQL statement with its bound values, on a reader or a transaction.
 *
 * `scoped(statement_done) struct statement s; statement_init(&s, reader, SQL);`
 * then bind in order (?1 is the first), then statement_next() row by row or
 * statement_run() for one that gives no rows. Bound memory is borrowed until
 * statement_done. A wrong text is told by the first run.
 */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

#include "store/driver.h"
#include "store/store.h"

enum {
	STATEMENT_VALUES_MAX = 256
};

struct statement {
	struct store_reader *reader;
	const char *sql;
	struct store_value values[STATEMENT_VALUES_MAX];
	unsigned count;
	bool has_invalid_text;
	struct driver_cursor *cursor;
};

void statement_init(
    struct statement *statement, struct store_reader *reader, const char *sql);
void statement_done(struct statement *statement);

/* Each returns the number of its parameter. NULL text is the database's NULL.
 */
unsigned statement_integer(struct statement *statement, int64_t value);
unsigned statement_text(struct statement *statement, const char *text);
/* "" is the database's NULL. */
unsigned statement_reference(struct statement *statement, const char *text);
unsigned statement_blob(struct statement *statement, struct view blob);
/* As it is: its text was checked before. */
unsigned
statement_value(struct statement *statement, const struct store_value *value);

must_use bool
statement_next(struct statement *statement, bool *out_has_row, struct err *err);
/* Of the current row; NULL reads as 0 or as an empty view. */
must_use int64_t statement_column_integer(
    struct statement *statement, unsigned column);
must_use struct view
statement_column_view(struct statement *statement, unsigned column);
/* Cut to fit; the store never wrote a longer one. */
void statement_column_text(
    struct statement *statement, unsigned column, char *out, size_t out_size);

must_use bool statement_run(
    struct statement *statement, int64_t *out_changes, struct err *err);
/* statement_run() that must change a row: else ERR_NOT_FOUND with "NOUN was
 * not found" and the code NOUN_not_found. */
must_use bool statement_run_found(
    struct statement *statement, const char *noun, struct err *err);

/* SQL that takes one text and gives a row when a thing is there. */
must_use bool statement_exists(struct store_reader *reader, const char *sql,
    const char *text, bool *out_exists, struct err *err);
/* "a NOUN is not there", code NOUN_not_found; returns false. */
bool statement_not_found(const char *noun, struct err *err);

#endif
