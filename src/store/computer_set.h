/*
 * The computers that a list is narrowed to by a group: a static one's members,
 * or what fits criteria. As SQL, its values bound to one statement. For this
 * folder only.
 */
#ifndef STORE_COMPUTER_SET_H
#define STORE_COMPUTER_SET_H

#include "store/computer.h"
#include "store/criteria_sql.h"

struct computer_set {
	unsigned group; /* the parameter of a static one's id; 0: criteria */
	struct criteria_bound criteria;
	bool is_there; /* else nothing is narrowed and all texts are "" */
	bool is_own;   /* a row of the table computer alone tells */
	char ids[CRITERIA_SQL_MAX];       /* "SELECT …" */
	char condition[CRITERIA_SQL_MAX]; /* "id IN (SELECT …)" */
	char row[CRITERIA_SQL_MAX];       /* the same of a row at hand */
};

/* Lives as long as the statement. */
void computer_set_bind(struct computer_set *set,
    const struct store_computer_filter *filter, struct statement *statement);
/* " AND …" for an index that is walked; column: of the computer's id. */
must_use bool computer_set_walk_sql(const struct computer_set *set,
    const char *column, struct buf *sql, struct err *err);
/* How many the group of the filter has, whatever else is asked for; at most so
 * many. By criteria one may count twice. */
must_use bool computer_set_count(struct store_reader *reader,
    const struct store_computer_filter *filter, unsigned most,
    int64_t *out_count, struct err *err);
/* A static group and nothing else: its members are never removed ones. */
must_use bool computer_set_is_plain(const struct store_reader *reader,
    const struct store_computer_filter *filter);

#endif
