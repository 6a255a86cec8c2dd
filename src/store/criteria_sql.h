/*
 * Criteria as SQL: columns and operators from the closed tables, every value a
 * bound parameter. For this folder only.
 */
#ifndef STORE_CRITERIA_SQL_H
#define STORE_CRITERIA_SQL_H

#include "store/criteria.h"
#include "store/statement.h"
#include "store/version_key.h"

enum {
	CRITERIA_SQL_MAX = 3072, /* of all conditions, with what is around */
};

/* Criteria whose values are bound to a statement; lives as long as it. */
struct criteria_bound {
	const struct criteria *criteria;
	unsigned numbers[CRITERIA_MAX];
	unsigned ends[CRITERIA_MAX]; /* of what begins so; else 0 */
	char texts[CRITERIA_MAX][CRITERIA_VALUE_SIZE];
	char after[CRITERIA_MAX][CRITERIA_VALUE_SIZE + 4];
};

/* now: what days count back from. */
void criteria_bind(struct criteria_bound *bound,
    const struct criteria *criteria, int64_t now, struct statement *statement);

/* "(name_key = ?3 AND last_seen_at < ?4)": about a row of the tables computer
 * and computer_contact together. */
must_use bool criteria_row_sql(
    const struct criteria_bound *bound, struct buf *sql, struct err *err);
/* "SELECT id FROM …": the ids of all computers that fit, removed ones too, some
 * of them twice. */
must_use bool criteria_ids_sql(
    const struct criteria_bound *bound, struct buf *sql, struct err *err);

#endif
