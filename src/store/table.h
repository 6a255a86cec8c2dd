/*
 * A noun's table as data: which column is which member of its struct. From it
 * come INSERT, SELECT lists and the loading of rows.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "store/statement.h"

enum table_kind {
	TABLE_TEXT,      /* char member[] */
	TABLE_REFERENCE, /* char member[], "" is NULL */
	TABLE_KEY,       /* written only: the folded form of a char member[] */
	TABLE_VERSION_KEY, /* written only: version_key() of one */
	TABLE_INTEGER,     /* int64_t */
	TABLE_BOOLEAN,     /* bool, stored as 0 or 1 */
	TABLE_WORD,        /* an enum, stored as its word */
};

struct table_column {
	const char *name;
	enum table_kind kind;
	size_t offset;
	size_t size;              /* of the member */
	const char *const *words; /* of TABLE_WORD, by value */
	size_t word_count;
	const char *read_as; /* SQL to read it by; NULL: its name */
};

struct table {
	const char *name; /* in the database */
	const char *noun; /* in error codes */
	const struct table_column *columns;
	unsigned column_count;
	size_t row_size;
	const char *source; /* what reading is FROM; NULL: the table alone */
};

#define TABLE_COLUMN(type, member, kind)                                       \
	{                                                                      \
#member, kind, offsetof(struct type, member),                  \
		    sizeof(((struct type *)0)->member)                         \
	}
#define TABLE_COLUMN_KEY(type, member)                                         \
	{                                                                      \
#member "_key", TABLE_KEY, offsetof(struct type, member),      \
		    sizeof(((struct type *)0)->member)                         \
	}
#define TABLE_COLUMN_VERSION_KEY(type, member)                                 \
	{                                                                      \
#member "_key", TABLE_VERSION_KEY,                             \
		    offsetof(struct type, member),                             \
		    sizeof(((struct type *)0)->member)                         \
	}
#define TABLE_COLUMN_WORD(type, member, table_words)                           \
	{                                                                      \
#member, TABLE_WORD, offsetof(struct type, member),            \
		    sizeof(((struct type *)0)->member), table_words,           \
		    array_length(table_words)                                  \
	}

/* "a, b, c": the readable columns, in order. */
must_use bool table_append_columns(
    const struct table *table, struct buf *sql, struct err *err);
/* The current row's first columns, selected in that order, into the struct. */
must_use bool table_load(const struct table *table, struct statement *statement,
    void *out_row, struct err *err);
/* What stands behind FROM in a query that reads rows. */
must_use const char *table_source(const struct table *table);
/* Number of readable columns: where further selected ones begin. */
must_use unsigned table_readable_count(const struct table *table);

/* Insert all columns; a row that is already there stays, and out_is_new says
 * so. extra is one blob column more, or NULL. */
struct table_blob {
	const char *column;
	struct view bytes;
};
must_use bool
table_insert(const struct table *table, struct store_tx *tx, const void *row,
    const struct table_blob *extra, bool *out_is_new, struct err *err);

/* The row whose column is text; ERR_NOT_FOUND NOUN_not_found. condition is
 * SQL with ?1, for example "id = ?1". */
must_use bool table_get(const struct table *table, struct store_reader *reader,
    const char *condition, const char *text, void *out_row, struct err *err);

/* A bounded SQL text under construction. */
enum {
	TABLE_SQL_MAX = 8192
};

#endif
