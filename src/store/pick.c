/* Parts of sorted lists whose rows are put together here. */
#include "store/pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool
pick_begin(struct pick *pick, const struct store_page *page, struct err *err)
{
	pick->limit = page == NULL || page->limit == 0 ? STORE_PAGE_DEFAULT
	    : page->limit > STORE_PAGE_MAX             ? STORE_PAGE_MAX
						       : page->limit;
	pick->items = memory_array(pick->limit + 2, pick->item_size);
	pick->count = 0;
	buf_init(&pick->cursor, STORE_CURSOR_SIZE);
	pick->has_after =
	    page != NULL && page->cursor != NULL && page->cursor[0] != '\0';
	return !pick->has_after ||
	    cursor_decode(pick->order, pick->is_descending,
		view_string(page->cursor), &pick->cursor, pick->after, err);
}

void
pick_done(struct pick *pick)
{
	free(pick->items);
	pick->items = NULL;
	buf_done(&pick->cursor);
}

/* Bytes, as COLLATE "C" has them. */
static int
compare_bytes(struct view a, struct view b)
{
	size_t least = a.length < b.length ? a.length : b.length;
	int order = least == 0 ? 0 : memcmp(a.data, b.data, least);

	return order != 0 ? order
			  : (a.length > b.length) - (a.length < b.length);
}

static int
compare(const struct pick *pick, const struct store_value *a,
    const struct store_value *b)
{
	int order = 0;

	for (unsigned i = 0; i < pick->order->key_count && order == 0; i++)
		order = a[i].kind == STORE_VALUE_INTEGER
		    ? (a[i].integer > b[i].integer) -
			(a[i].integer < b[i].integer)
		    : compare_bytes(a[i].bytes, b[i].bytes);
	return pick->is_descending ? -order : order;
}

static int
compare_to(const struct pick *pick, const struct store_value *keys, size_t at)
{
	struct store_value others[LIST_KEYS_MAX];

	pick->keys_of(pick->items + at * pick->item_size, others);
	return compare(pick, keys, others);
}

/* How many stand before it. */
static size_t
place_of(const struct pick *pick, const struct store_value *keys)
{
	size_t low = 0, high = pick->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_to(pick, keys, middle) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
pick_offer(struct pick *pick, const void *item)
{
	struct store_value keys[LIST_KEYS_MAX];
	uint8_t *place;
	size_t at;

	pick->keys_of(item, keys);
	if (pick->has_after && compare(pick, keys, pick->after) <= 0)
		return;
	if (pick->count > pick->limit &&
	    compare_to(pick, keys, pick->count - 1) > 0)
		return;
	at = place_of(pick, keys);
	place = pick->items + at * pick->item_size;
	memmove(place + pick->item_size, place,
	    (pick->count - at) * pick->item_size);
	memcpy(place, item, pick->item_size);
	if (pick->count <= pick->limit)
		pick->count++;
}

bool
pick_finish(struct pick *pick, struct list_result *out_result, struct err *err)
{
	struct list_result result = {.count = pick->count};
	struct store_value keys[LIST_KEYS_MAX];

	if (pick->count > pick->limit) {
		result.count = pick->limit;
		pick->keys_of(
		    pick->items + (result.count - 1) * pick->item_size, keys);
		if (!cursor_encode(pick->order, pick->is_descending, keys,
			result.next, err))
			return false;
	}
	result.items = take(pick->items);
	*out_result = result;
	return true;
}
