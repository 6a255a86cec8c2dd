/* Cursors: where the next part of a sorted list begins. */
#include "store/cursor.h"

#include "base/memory.h"
#include "base/text.h"

enum {
	CURSOR_BYTES_MAX = (STORE_CURSOR_SIZE - 1) / 4 * 3
};

bool
cursor_encode(const struct list_order *order, bool is_descending,
    const struct store_value *keys, char out[STORE_CURSOR_SIZE],
    struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(CURSOR_BYTES_MAX);
	scoped(memory_freep) char *text = NULL;
	struct writer writer;

	writer_init(&writer, &bytes);
	writer_u8(&writer, order->tag);
	writer_bool(&writer, is_descending);
	for (unsigned i = 0; i < order->key_count; i++) {
		if (order->keys[i].kind == STORE_VALUE_INTEGER)
			writer_i64(&writer, keys[i].integer);
		else
			writer_bytes(&writer, keys[i].bytes);
	}
	if (!writer_done(&writer, err))
		return false;
	text = base64url_encode(buf_view(&bytes));
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static struct store_value
read_key(struct reader *reader, const struct list_key *key)
{
	struct store_value value = {.kind = key->kind};

	if (key->kind == STORE_VALUE_INTEGER)
		value.integer = reader_i64(reader);
	else
		value.bytes = reader_bytes(reader, CURSOR_BYTES_MAX);
	return value;
}

bool
cursor_decode(const struct list_order *order, bool is_descending,
    struct view text, struct buf *bytes,
    struct store_value out_keys[LIST_KEYS_MAX], struct err *err)
{
	struct reader reader;
	bool is_ours = text.length < STORE_CURSOR_SIZE &&
	    base64url_decode(text, bytes, err);

	reader_init(&reader, buf_view(bytes));
	is_ours &= reader_u8(&reader) == order->tag;
	is_ours &= reader_bool(&reader) == is_descending;
	for (unsigned i = 0; i < order->key_count; i++) {
		out_keys[i] = read_key(&reader, &order->keys[i]);
		is_ours &= utf8_is_valid(out_keys[i].bytes) &&
		    !view_has_nul(out_keys[i].bytes);
	}
	if (is_ours && reader_done(&reader, err))
		return true;
	return err_set_code(err, ERR_MALFORMED, "cursor_invalid",
	    "the cursor does not belong to this list and order");
}
