/* Views, bounded buffers, and the strict reader. */
#include "base/cmocka_test.h"

#include "base/bytes.h"

static void
a_buffer_never_exceeds_its_maximum(void **state)
{
	scoped(buf_donep) struct buf buf = BUF_INIT(8);
	struct err err = ERR_INIT;

	assert_true(buf_append(&buf, "12345678", 8, &err));
	assert_false(buf_append(&buf, "9", 1, &err));
	assert_int_equal(err.category, ERR_LIMIT);
	assert_int_equal(buf.length, 8);
}

static void
what_a_writer_wrote_a_reader_reads(void **state)
{
	scoped(buf_donep) struct buf buf = BUF_INIT(256);
	struct err err = ERR_INIT;
	struct writer writer;
	struct reader reader;
	char *text;

	writer_init(&writer, &buf);
	writer_u8(&writer, 7);
	writer_u16(&writer, 0x1234);
	writer_u32(&writer, 0xdeadbeef);
	writer_u64(&writer, UINT64_MAX);
	writer_i64(&writer, -5);
	writer_bool(&writer, true);
	writer_string(&writer, "割符");
	assert_true(writer_done(&writer, &err));
	reader_init(&reader, buf_view(&buf));
	assert_int_equal(reader_u8(&reader), 7);
	assert_int_equal(reader_u16(&reader), 0x1234);
	assert_int_equal(reader_u32(&reader), 0xdeadbeef);
	assert_true(reader_u64(&reader) == UINT64_MAX);
	assert_true(reader_i64(&reader) == -5);
	assert_true(reader_bool(&reader));
	text = reader_string(&reader, 64);
	assert_string_equal(text, "割符");
	free(text);
	assert_true(reader_done(&reader, &err));
}

static void
a_reader_refuses_every_cut_and_every_leftover(void **state)
{
	static const uint8_t message[] = {0, 0, 0, 2, 'a', 'b', 1};
	struct err err = ERR_INIT;

	for (size_t n = 0; n <= sizeof(message); n++) {
		struct reader reader;

		reader_init(&reader, view_of(message, n));
		(void)reader_bytes(&reader, 16);
		(void)reader_bool(&reader);
		assert_int_equal(
		    reader_done(&reader, &err), n == sizeof(message));
	}
	struct reader reader;
	reader_init(&reader, view_of(message, sizeof(message)));
	(void)reader_bytes(&reader, 16);
	assert_false(reader_done(&reader, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
}

static void
a_length_over_the_callers_maximum_fails(void **state)
{
	static const uint8_t message[] = {0, 0, 0, 2, 'a', 'b'};
	struct err err = ERR_INIT;
	struct reader reader;

	reader_init(&reader, view_of(message, sizeof(message)));
	assert_int_equal(reader_bytes(&reader, 1).length, 0);
	assert_false(reader_done(&reader, &err));
}

static void
numbers_are_plain_decimal(void **state)
{
	static const char *const wrong[] = {"", "-1", "+1", "01", " 1", "1 ",
	    "18446744073709551616", "99999999999999999999", "0x10", "1e3"};
	uint64_t value;

	for (size_t i = 0; i < array_length(wrong); i++)
		assert_false(
		    view_to_u64(view_string(wrong[i]), UINT64_MAX, &value));
	assert_true(view_to_u64(
	    VIEW_LITERAL("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(view_to_u64(VIEW_LITERAL("11"), 10, &value));
	assert_true(view_to_u64(VIEW_LITERAL("0"), 10, &value));
}

static void
a_cut_keeps_both_parts(void **state)
{
	struct view head, rest;

	assert_true(view_cut(VIEW_LITERAL("a:b:c"), ':', &head, &rest));
	assert_true(view_equal_string(head, "a"));
	assert_true(view_equal_string(rest, "b:c"));
	assert_false(view_cut(VIEW_LITERAL("abc"), ':', &head, &rest));
	assert_true(view_equal_string(head, "abc"));
	assert_int_equal(rest.length, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_buffer_never_exceeds_its_maximum),
	    cmocka_unit_test(what_a_writer_wrote_a_reader_reads),
	    cmocka_unit_test(a_reader_refuses_every_cut_and_every_leftover),
	    cmocka_unit_test(a_length_over_the_callers_maximum_fails),
	    cmocka_unit_test(numbers_are_plain_decimal),
	    cmocka_unit_test(a_cut_keeps_both_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
