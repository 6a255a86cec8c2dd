/* Feeds foreign bytes to the request reader, whole and byte by byte: both must
 * say the same. */
#include "../tests/fuzz/fuzz.h"
#include "http/feed_test.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed whole, bytes;

	if (size > 64 * 1024)
		return 0;
	feed_init(&whole);
	feed_init(&bytes);
	feed_bytes(&whole, view_of(data, size));
	for (size_t i = 0; i < size; i++)
		feed_bytes(&bytes, view_of(data + i, 1));
	check(view_equal(buf_view(&whole.text), buf_view(&bytes.text)));
	feed_done(&whole);
	feed_done(&bytes);
	return 0;
}
