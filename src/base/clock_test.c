/* RFC 3339 text both ways. */
#include "base/cmocka_test.h"

#include "base/clock.h"
#include "base/id.h"

static void
times_round_trip(void **state)
{
	static const int64_t times[] = {0, 1, 999, 951782400000, 1795202269123,
	    4102444799999, 253402300799999};

	for (size_t i = 0; i < array_length(times); i++) {
		char text[RFC3339_SIZE];
		int64_t back;

		clock_format_rfc3339(times[i], text);
		assert_true(clock_parse_rfc3339(view_string(text), &back));
		assert_true(back == times[i]);
	}
}

static void
an_offset_is_counted(void **state)
{
	int64_t tokyo, utc;

	assert_true(clock_parse_rfc3339(
	    VIEW_LITERAL("2026-11-22T04:17:49+09:00"), &tokyo));
	assert_true(
	    clock_parse_rfc3339(VIEW_LITERAL("2026-11-21T19:17:49Z"), &utc));
	assert_true(tokyo == utc);
}

static void
wrong_times_are_refused(void **state)
{
	static const char *const wrong[] = {"", "2026", "2026-11-21",
	    "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
	    "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z",
	    "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z",
	    "2026-11-21T00:00:00Zx", "2026-11-21T00:00:00+9:00"};
	int64_t value;

	for (size_t i = 0; i < array_length(wrong); i++)
		if (clock_parse_rfc3339(view_string(wrong[i]), &value))
			fail_msg("accepted: %s", wrong[i]);
}

static void
identifiers_are_valid_and_differ(void **state)
{
	char a[ID_SIZE], b[ID_SIZE];

	id_make(a);
	id_make(b);
	assert_true(id_is_valid(view_string(a)));
	assert_string_not_equal(a, b);
	assert_int_equal(a[14], '7');
	assert_false(id_is_valid(VIEW_LITERAL("x")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_round_trip),
	    cmocka_unit_test(an_offset_is_counted),
	    cmocka_unit_test(wrong_times_are_refused),
	    cmocka_unit_test(identifiers_are_valid_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
