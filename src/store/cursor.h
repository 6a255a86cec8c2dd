/*
 * Cursors: where the next part of a sorted list begins, as text that callers
 * hand back. It says the order, the direction and the keys of the last row. It
 * comes from outside, so everything in it is checked; it opens nothing that
 * the list would not show anyway.
 */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include "store/driver.h"
#include "store/store.h"

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

/* keys: one value for each key of the order. ERR_LIMIT when they are longer
 * than a cursor can hold. */
must_use bool cursor_encode(const struct list_order *order, bool is_descending,
    const struct store_value *keys, char out[STORE_CURSOR_SIZE],
    struct err *err);
/* The keys' texts point into bytes, which must outlive them. ERR_MALFORMED
 * cursor_invalid. */
must_use bool cursor_decode(const struct list_order *order, bool is_descending,
    struct view text, struct buf *bytes,
    struct store_value out_keys[LIST_KEYS_MAX], struct err *err);

#endif
