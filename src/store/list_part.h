/*
 * One part of a sorted list as SQL, and its rows: what the ways of finding it
 * share. For this folder only.
 */
#ifndef STORE_LIST_PART_H
#define STORE_LIST_PART_H

#include "store/list.h"

/* What the composed statement depends on. */
struct list_part {
	const struct list_order *order;
	bool is_descending;
	unsigned limit;
	/* Of the parameter of the cursor's first key; 0: from the start. */
	unsigned after_number;
};

/* Reads the cursor of the page, if it has one, and binds what it says: bytes
 * holds what the bound texts point into. */
must_use bool
list_part_init(struct list_part *part, struct statement *statement,
    const struct list_order *order, bool is_descending,
    const struct store_page *page, struct buf *bytes, struct err *err);

/* "a, b" of the order's keys by the columns of that table (names NULL: by
 * their own); suffix follows each. */
must_use bool
list_part_keys(const struct list_part *part, const char *const *names,
    const char *suffix, struct buf *sql, struct err *err);
/* " AND (a, b) > (?1, ?2)", or nothing. */
must_use bool list_part_after(const struct list_part *part,
    const char *const *names, struct buf *sql, struct err *err);
/* " ORDER BY a, b" */
must_use bool list_part_order(const struct list_part *part,
    const char *const *names, struct buf *sql, struct err *err);
/* "SELECT" the table's columns and the keys: what list_part_fetch() reads. */
must_use bool list_part_select(const struct list_part *part,
    const struct table *table, struct buf *sql, struct err *err);
/* " LIMIT" of one row more than the part has: it tells that there is a next
 * part. */
must_use bool
list_part_limit(const struct list_part *part, struct buf *sql, struct err *err);

/* Run SQL, which ends with NUL, and read the part. has_total: a column behind
 * the keys says how many rows the whole list has. The bound values stay for a
 * further run with other SQL. */
must_use bool
list_part_fetch(const struct list_part *part, const struct table *table,
    struct statement *statement, const struct buf *sql, bool has_total,
    struct list_result *out, struct err *err);

#endif
