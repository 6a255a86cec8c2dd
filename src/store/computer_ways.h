/*
 * The ways that a list of computers is narrowed, one row of a table each: when
 * it is asked for, how its values are bound, and how it is said in SQL. For
 * this folder only; computer_filter.h puts them together.
 */
#ifndef STORE_COMPUTER_WAYS_H
#define STORE_COMPUTER_WAYS_H

#include "store/computer_filter.h"

/* In the order that a row is asked in: what is quick to tell and leaves many
 * rows out comes first. */
enum computer_way_name {
	WAY_NOT_SEEN,
	WAY_OS,
	WAY_VERSION, /* of the agent */
	WAY_OFFICE,
	WAY_TEXT,  /* a part of name, serial, address or id */
	WAY_SCOPE, /* of the reader */
	WAY_FLAGS,
	WAY_CERTIFICATE, /* the end of the current one */
	WAY_SET,         /* a group of computers */
	WAY_STATES,      /* always: removed computers are no longer shown */
	WAY_COUNT,
};

/* How a table says it: the narrow rows, or the wide ones. */
struct computer_columns {
	const char *id, *state, *office, *os, *last_seen;
	bool is_at_hand; /* of a few rows that were found already */
};

/* Of the table computer. */
extern const struct computer_columns COMPUTER_COLUMNS;

typedef bool computer_ids_fn(
    const struct computer_filter *filter, struct buf *sql, struct err *err);

struct computer_way {
	bool (*is_set)(const struct computer_filter *filter);
	void (*bind)(
	    struct computer_filter *filter, struct statement *statement);
	/* " AND …" */
	bool (*where)(const struct computer_filter *filter,
	    const struct computer_columns *columns, struct buf *sql,
	    struct err *err);
	/* "SELECT …": the ids of those that fit, removed computers too, found
	 * by an index. NULL: there is none. */
	computer_ids_fn *ids;
};

extern const struct computer_way COMPUTER_WAYS[WAY_COUNT];

/* " AND id IN (SELECT …)" */
must_use bool computer_ways_where_ids(computer_ids_fn *ids,
    const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err);
/* No group is among the reader's places. */
must_use bool
computer_ways_is_scope_of_offices(const struct computer_filter *filter);
/* The states leave hardly any computer out. */
must_use bool
computer_ways_are_most_states(const struct computer_filter *filter);

#endif
