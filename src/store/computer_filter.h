/*
 * What lists of computers are narrowed by, as SQL: each way to narrow is a row
 * of one table that knows how to say it of a computer's narrow row
 * (computer_contact), of an index of the wide ones (computer), and, where an
 * index finds the few that fit, as their ids. For this folder only.
 */
#ifndef STORE_COMPUTER_FILTER_H
#define STORE_COMPUTER_FILTER_H

#include "store/computer.h"
#include "store/computer_set.h"
#include "store/scope.h"
#include "store/statement.h"

/* A filter and a reader's scope in SQL's hands: folded texts, and the numbers
 * of their parameters. Lives as long as the statement that it is bound to. */
struct computer_filter {
	const struct store_computer_filter *given;
	struct store_reader *reader;
	char text[STORE_HOSTNAME_SIZE];
	char os_name[STORE_NAME_SIZE];
	unsigned owners[STORE_SCOPE_OWNERS_MAX]; /* of the reader's scope */
	unsigned office, os, not_seen, found, version;
	unsigned expired_at, expires_before, life_part;
	struct computer_set set;
};

void computer_filter_init(struct computer_filter *filter,
    const struct store_computer_filter *given, struct store_reader *reader);

/* The indexes that know what is asked for most. */
enum computer_index {
	COMPUTER_INDEX_OWN,     /* of the table computer: all orders but … */
	COMPUTER_INDEX_CONTACT, /* … that by the last contact */
};

/* Each of these binds what it names to the statement.
 *
 * "FROM … WHERE …": what the index has, by the conditions that it serves. It is
 * the one whose first column is that; no other fits what is written.
 * out_is_whole: no condition is left over. */
must_use bool computer_filter_index_sql(struct computer_filter *filter,
    enum computer_index index, const char *first_column,
    struct statement *statement, struct buf *sql, bool *out_is_whole,
    struct err *err);
/* " WHERE …" of a few narrow rows at hand: what the index does not serve. What
 * the conditions need beside the narrow row is joined. */
must_use bool computer_filter_rest_sql(struct computer_filter *filter,
    enum computer_index index, struct statement *statement, struct buf *sql,
    struct err *err);
/* " WHERE …" of all narrow rows. Where an index finds that few fit one of the
 * conditions, only these are looked at; where it finds none, it says so. */
must_use bool computer_filter_all_sql(struct computer_filter *filter,
    struct statement *statement, struct buf *sql, bool *out_is_empty,
    struct err *err);
/* One index has all that is asked for: counting is cheap. */
must_use bool computer_filter_is_indexed(const struct computer_filter *filter);
/* Then: "FROM … WHERE …". */
must_use bool computer_filter_indexed_sql(struct computer_filter *filter,
    struct statement *statement, struct buf *sql, struct err *err);

#endif
