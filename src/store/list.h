/*
 * Sorted, filtered lists in parts (keyset paging): a part costs the same at
 * the end of a long list as at its beginning, and rows that come or go
 * elsewhere neither repeat nor hide others.
 */
#ifndef STORE_LIST_H
#define STORE_LIST_H

#include "store/cursor.h"
#include "store/table.h"

enum {
	LIST_CONDITIONS_MAX = 12,
};

struct list_condition {
	char sql[256];
};

struct list_query {
	const struct table *table;
	struct statement statement;
	struct list_condition conditions[LIST_CONDITIONS_MAX];
	unsigned condition_count;
	/* All rows that fit, found by walking an index in order instead of
	 * sorting them: SQL from "FROM" to the last condition, of the one table
	 * that the order's keys are columns of. NULL: they are sorted. Walking
	 * looks at every row of the index until the part is full. */
	const char *walk;
	const char *walk_id; /* that table's column of the row's id */
	/* FROM what list_count() counts, where the conditions are about fewer
	 * columns than reading needs; NULL: the table's source. */
	const char *count_source;
};

void list_query_init(struct list_query *query, const struct table *table,
    struct store_reader *reader);
void list_query_done(struct list_query *query);

/* Add "column operator ?N"; with a NULL text, nothing. */
void list_where_text(struct list_query *query, const char *column,
    const char *operator_sign, const char *value);
void list_where_integer(struct list_query *query, const char *column,
    const char *operator_sign, int64_t value);
/* A condition as it is. */
void list_where(struct list_query *query, const char *condition);

/* Without a cursor. */
must_use bool list_page_is_first(const struct store_page *page);

struct list_result {
	void *items; /* allocated rows; NULL when count is 0 */
	size_t count;
	char next[STORE_CURSOR_SIZE];
	int64_t total; /* of all parts where it came out by the way; else -1 */
};

must_use bool list_run(struct list_query *query, const struct list_order *order,
    bool is_descending, const struct store_page *page,
    struct list_result *out_result, struct err *err);
must_use bool
list_count(struct list_query *query, int64_t *out_count, struct err *err);
/* All rows that fit, one after the other and none kept, until fn says no.
 * columns is SQL to select, tail what follows the conditions ("": nothing). */
typedef bool list_row_fn(struct statement *row, void *context, struct err *err);
must_use bool list_each(struct list_query *query, const char *columns,
    const char *tail, list_row_fn *fn, void *context, struct err *err);

/* Of a noun's typed list, which has the members of list_result. */
#define DEFINE_LIST_DONE(noun)                                                 \
	void noun##_list_done(struct noun##_list *list)                        \
	{                                                                      \
		free(list->items);                                             \
		list->items = NULL;                                            \
		list->count = 0;                                               \
	}

#define LIST_GIVE(result, out_list)                                            \
	do {                                                                   \
		(out_list)->items = (result).items;                            \
		(out_list)->count = (result).count;                            \
		memcpy((out_list)->next, (result).next, STORE_CURSOR_SIZE);    \
	} while (0)

#endif
