/*
 * Sorted, filtered lists of wide rows that have a narrow row each, which knows
 * what is filtered and sorted by. A part is looked for in two steps. First
 * among the next rows in order: a filter that fits many is done with them. If
 * they do not fill the part, the whole narrow table is read once, and what fits
 * is counted and sorted: however the filter and the order lie to each other,
 * that costs the same. No index serves every filter in every order, and a
 * planner without statistics guesses.
 */
#ifndef STORE_LIST_NARROW_H
#define STORE_LIST_NARROW_H

#include "store/list.h"

enum {
	LIST_NEXT_ROWS = 1000, /* looked at first */
};

/* Of one noun. SQL and names of columns are borrowed. */
struct list_narrow {
	const struct table *table; /* the wide rows, as they are read */
	const char *row_id;        /* a row's id there */
	const char *narrow;        /* the narrow table */
	const char *id;            /* the row's id there */
	/* What is the same there as the order's keys; not as an index has it,
	 * so that none is walked instead. */
	const char *const *keys;
	/* All that fit are counted by the way when all rows are read: nothing
	 * tells their number for less. */
	bool is_counted;
	/* Each step has a statement of its own. Appends to from "FROM … WHERE
	 * …": what the order's index has, by conditions that this index serves;
	 * the order's own columns stand in it. Appends to where what follows
	 * the narrow row that is joined to each of them: " JOIN …" if that
	 * needs it, then " WHERE …", all other conditions; is_whole: there are
	 * none. */
	bool (*next)(struct statement *statement, void *context,
	    struct buf *from, struct buf *where, bool *out_is_whole,
	    struct err *err);
	const char *next_id; /* the row's id in from */
	/* " WHERE …", all conditions on any narrow row; or says that none
	 * fits. */
	bool (*all)(struct statement *statement, void *context,
	    struct buf *where, bool *out_is_empty, struct err *err);
	void *context;
};

/* The first page says the total where it came out by the way. */
must_use bool list_narrow_run(const struct list_narrow *narrow,
    struct store_reader *reader, const struct list_order *order,
    bool is_descending, const struct store_page *page,
    struct list_result *out_result, struct err *err);

#endif
