/*
 * Sorted, filtered lists in parts (keyset paging): a part costs the same at
 * the end of a long list as at its beginning, and rows that come or go
 * elsewhere neither repeat nor hide others.
 */
#ifndef STORE_LIST_H
#define STORE_LIST_H

#include "store/table.h"

enum {
	LIST_KEYS_MAX = 3
};

/* The columns sorted by, all in one direction; the last one is unique. */
struct list_order {
	uint8_t tag; /* in cursors: unlike every other list and order */
	unsigned key_count;
	struct list_key {
		const char *column;
		enum store_value_kind kind;
	} keys[LIST_KEYS_MAX];
};

struct list_query {
	const struct table *table;
	struct statement statement;
	struct buf where; /* " AND …" for each condition */
	struct err err;   /* the first failure, told when run */
};

void list_query_init(struct list_query *query, const struct table *table,
    struct store_reader *reader);
void list_query_done(struct list_query *query);

/* Add " AND left ?N"; or with NULL value, nothing. left is SQL up to the
 * value, like "office_id =". */
void
list_where_text(struct list_query *query, const char *left, const char *value);
void
list_where_integer(struct list_query *query, const char *left, int64_t value);
/* A condition without values. */
void list_where(struct list_query *query, const char *condition);

struct list_result {
	void *items; /* allocated rows; NULL when count is 0 */
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

must_use bool list_run(struct list_query *query, const struct list_order *order,
    bool is_descending, const struct store_page *page,
    struct list_result *out_result, struct err *err);
must_use bool
list_count(struct list_query *query, int64_t *out_count, struct err *err);

/* The typed list structs of the nouns have the members of list_result. */
#define LIST_GIVE(result, out_list)                                            \
	do {                                                                   \
		(out_list)->items = (result).items;                            \
		(out_list)->count = (result).count;                            \
		memcpy((out_list)->next, (result).next, STORE_CURSOR_SIZE);    \
	} while (0)

#endif
