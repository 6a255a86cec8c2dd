/* Hexadecimal, base64 and UTF-8 refuse what is not exactly right. */
#include "base/cmocka_test.h"

#include "base/memory.h"
#include "base/text.h"

static void
base64_round_trips_at_every_length(void **state)
{
	uint8_t bytes[200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		scoped(buf_donep) struct buf out = BUF_INIT(256);
		struct err err = ERR_INIT;
		char *plain = base64_encode(view_of(bytes, n));
		char *mime = base64_encode_mime(view_of(bytes, n));
		char *url = base64url_encode(view_of(bytes, n));

		assert_true(base64_decode(view_string(plain), &out, &err));
		assert_true(view_equal(buf_view(&out), view_of(bytes, n)));
		buf_clear(&out);
		assert_true(base64_decode_mime(view_string(mime), &out, &err));
		assert_true(view_equal(buf_view(&out), view_of(bytes, n)));
		buf_clear(&out);
		assert_true(base64url_decode(view_string(url), &out, &err));
		assert_true(view_equal(buf_view(&out), view_of(bytes, n)));
		free(plain);
		free(mime);
		free(url);
	}
}

static void
wrong_base64_is_refused(void **state)
{
	static const char *const wrong[] = {"A", "AA", "AAA",
	    "AA=", "AA===", "A===", "=",
	    "AAAA=", "AA==AA==", "AB==", "AAB=", "AA A", "AA\n==", "AA-_",
	    "AAAA\n"};
	scoped(buf_donep) struct buf out = BUF_INIT(64);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(wrong); i++) {
		if (base64_decode(view_string(wrong[i]), &out, &err))
			fail_msg("accepted: %s", wrong[i]);
		assert_int_equal(err.category, ERR_MALFORMED);
	}
}

static void
mime_lines_are_76_characters(void **state)
{
	uint8_t bytes[100] = {0};
	char *text = base64_encode_mime(view_of(bytes, sizeof(bytes)));

	assert_int_equal(strcspn(text, "\r"), 76);
	free(text);
}

static void
hex_is_exact(void **state)
{
	uint8_t out[2];

	assert_true(hex_decode(VIEW_LITERAL("aBcD"), out, 2));
	assert_int_equal(out[0], 0xab);
	assert_false(hex_decode(VIEW_LITERAL("abc"), out, 2));
	assert_false(hex_decode(VIEW_LITERAL("abcdef"), out, 2));
	assert_false(hex_decode(VIEW_LITERAL("abcg"), out, 2));
}

static void
utf8_is_strict(void **state)
{
	static const char *const wrong[] = {"\x80", "\xc0\x80", "\xc1\xbf",
	    "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5",
	    "\xe5\x89", "a\xff"};

	for (size_t i = 0; i < array_length(wrong); i++)
		assert_false(utf8_is_valid(view_string(wrong[i])));
	assert_true(utf8_is_valid(VIEW_LITERAL("割符 é 🎋 \xf4\x8f\xbf\xbf")));
	assert_true(text_is_printable(VIEW_LITERAL("割符")));
	assert_false(text_is_printable(VIEW_LITERAL("a\nb")));
	assert_false(text_is_printable(VIEW_LITERAL("a\xc2\x85")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base64_round_trips_at_every_length),
	    cmocka_unit_test(wrong_base64_is_refused),
	    cmocka_unit_test(mime_lines_are_76_characters),
	    cmocka_unit_test(hex_is_exact),
	    cmocka_unit_test(utf8_is_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
