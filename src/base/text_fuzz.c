/* Feeds foreign text to the decoders; what decodes must encode back. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_of(data, size);
	scoped(buf_donep) struct buf out = BUF_INIT(1 << 20);
	struct err err = ERR_INIT;
	int64_t when;

	ignore_result(utf8_is_valid(text));
	ignore_result(text_is_printable(text));
	if (clock_parse_rfc3339(text, &when)) {
		char again[RFC3339_SIZE];
		int64_t same;

		clock_format_rfc3339(when, again);
		if (when >= 0)
			check(clock_parse_rfc3339(view_string(again), &same) &&
			    same == when);
	}
	if (base64_decode(text, &out, &err)) {
		char *back = base64_encode(buf_view(&out));

		check(view_equal_string(text, back));
		free(back);
	}
	buf_clear(&out);
	ignore_result(base64_decode_mime(text, &out, &err));
	return 0;
}
