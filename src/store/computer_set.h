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
	bool is_there;              /* else both texts are "" */
	char ids[CRITERIA_SQL_MAX]; /* "SELECT …" */
	/* The same of a row of computer_contact at hand; by criteria of its row
	 * in computer too. */
	char row[CRITERIA_SQL_MAX];
};

/* Lives as long as the statement. */
void computer_set_bind(struct computer_set *set,
    const struct store_computer_filter *filter, struct statement *statement);

#endif
