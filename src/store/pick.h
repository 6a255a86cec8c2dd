/*
 * The next part of a sorted list whose rows are put together here and not by
 * SQL: rows are offered in any order, the first ones behind the cursor stay.
 * Memory is that of one part.
 */
#ifndef STORE_PICK_H
#define STORE_PICK_H

#include "store/list.h"

struct pick {
	const struct list_order *order;
	bool is_descending;
	size_t item_size;
	/* The item's keys, in the item's own memory. */
	void (*keys_of)(const void *item, struct store_value *out_keys);
	unsigned limit;
	uint8_t *items; /* sorted, at most limit + 1 */
	size_t count;
	struct buf cursor; /* what after points into */
	struct store_value after[LIST_KEYS_MAX];
	bool has_after;
};

/* Set before: order, is_descending, item_size, keys_of. ERR_MALFORMED
 * cursor_invalid. */
must_use bool
pick_begin(struct pick *pick, const struct store_page *page, struct err *err);
/* Copied where it stays. */
void pick_offer(struct pick *pick, const void *item);
/* The items are the caller's. */
must_use bool
pick_finish(struct pick *pick, struct list_result *out_result, struct err *err);
void pick_done(struct pick *pick);

static inline void
pick_donep(struct pick *pick)
{
	pick_done(pick);
}

#endif
