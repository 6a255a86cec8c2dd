/* Cursors from outside: refused, or written again as they were. */
#include "../tests/fuzz/fuzz.h"

#include "base/check.h"
#include "store/cursor.h"

static const struct list_order ORDERS[] = {
    {1, 2, {{"name_key", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
    {2, 2, {{"last_seen_at", STORE_VALUE_INTEGER}, {"id", STORE_VALUE_TEXT}}},
    {4, 3,
	{{"os_name_key", STORE_VALUE_TEXT}, {"os_version", STORE_VALUE_TEXT},
	    {"id", STORE_VALUE_TEXT}}},
};

static void
try_order(const struct list_order *order, bool is_descending, struct view text)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(STORE_CURSOR_SIZE);
	struct store_value keys[LIST_KEYS_MAX];
	char again[STORE_CURSOR_SIZE];
	struct err err = ERR_INIT;

	if (!cursor_decode(order, is_descending, text, &bytes, keys, &err)) {
		check(err.category == ERR_MALFORMED);
		return;
	}
	check(cursor_encode(order, is_descending, keys, again, &err));
	check(view_equal_string(text, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < array_length(ORDERS); i++) {
		try_order(&ORDERS[i], false, view_of(data, size));
		try_order(&ORDERS[i], true, view_of(data, size));
	}
	return 0;
}
