/* Byte ranges: what is ignored, refused and cut. */
#include "base/cmocka_test.h"

#include "http/range.h"

static void
ranges_are_read_as_the_rfc_says(void **state)
{
	static const struct {
		const char *range;
		uint64_t total;
		enum http_range_result result;
		uint64_t offset, length;
	} cases[] = {
	    {"bytes=0-0,1-1", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=5-4", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=-", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=a-b", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=1", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=--1", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=0-+1", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"items=0-1", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes 0-1", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=99999999999999999999-", 10, HTTP_RANGE_WHOLE, 0, 0},
	    {"bytes=10-", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
	    {"bytes=10-20", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
	    {"bytes=-0", 10, HTTP_RANGE_UNSATISFIABLE, 0, 0},
	    {"bytes=0-", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
	    {"bytes=-5", 0, HTTP_RANGE_UNSATISFIABLE, 0, 0},
	    {"bytes=0-0", 10, HTTP_RANGE_PART, 0, 1},
	    {"bytes=0-", 10, HTTP_RANGE_PART, 0, 10},
	    {"bytes=9-", 10, HTTP_RANGE_PART, 9, 1},
	    {"bytes=2-5", 10, HTTP_RANGE_PART, 2, 4},
	    {"bytes=2-50", 10, HTTP_RANGE_PART, 2, 8},
	    {"bytes=2-18446744073709551615", 10, HTTP_RANGE_PART, 2, 8},
	    {"bytes=-3", 10, HTTP_RANGE_PART, 7, 3},
	    {"bytes=-30", 10, HTTP_RANGE_PART, 0, 10},
	    {"Bytes=1-1", 10, HTTP_RANGE_PART, 1, 1},
	};

	for (size_t i = 0; i < array_length(cases); i++) {
		uint64_t offset = 0, length = 0;

		assert_int_equal(http_range_read(view_string(cases[i].range),
				     cases[i].total, &offset, &length),
		    cases[i].result);
		assert_int_equal(offset, cases[i].offset);
		assert_int_equal(length, cases[i].length);
	}
}

static void
a_range_of_another_version_is_not_served(void **state)
{
	struct view none = {NULL, 0};
	struct view date = VIEW_LITERAL("Sun, 06 Nov 1994 08:49:37 GMT");
	struct view other = VIEW_LITERAL("Mon, 07 Nov 1994 08:49:37 GMT");
	struct view tag = VIEW_LITERAL("\"a\"");
	struct view weak = VIEW_LITERAL("W/\"a\"");

	assert_false(http_range_is_current(tag, none, none));
	assert_false(http_range_is_current(tag, VIEW_LITERAL("\"b\""), none));
	assert_false(http_range_is_current(weak, weak, none));
	assert_false(http_range_is_current(other, none, date));
	assert_false(http_range_is_current(date, tag, none));
	assert_true(http_range_is_current(none, none, none));
	assert_true(http_range_is_current(tag, tag, none));
	assert_true(http_range_is_current(date, none, date));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges_are_read_as_the_rfc_says),
	    cmocka_unit_test(a_range_of_another_version_is_not_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
