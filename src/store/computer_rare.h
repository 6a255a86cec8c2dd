/*
 * Filters of computers that fit few of them mostly and stand in the index of no
 * order: by the end of the certificate and by flags, each of which has a
 * partial index of its own that finds the few; and by the agent's version, for
 * which the narrow rows of contacts are read.
 */
#ifndef STORE_COMPUTER_RARE_H
#define STORE_COMPUTER_RARE_H

#include "store/computer.h"
#include "store/list.h"

/* The filter, and its parameters' numbers in a statement. */
struct computer_rare {
	const struct store_computer_filter *filter;
	unsigned at, before, part, version;
};

must_use bool computer_rare_is_set(const struct store_computer_filter *filter);
void computer_rare_bind(struct computer_rare *rare,
    const struct store_computer_filter *filter, struct statement *statement);
void
computer_rare_where(struct list_query *query, const struct computer_rare *rare);
/* " AND …" behind conditions on the table computer. */
must_use bool computer_rare_sql(
    const struct computer_rare *rare, struct buf *sql, struct err *err);

#endif
