/* Versions as texts that sort. */
#include "base/cmocka_test.h"

#include <string.h>

#include "store/version_key.h"

static void
assert_older(const char *older, const char *newer)
{
	char a[VERSION_KEY_SIZE], b[VERSION_KEY_SIZE];

	version_key(older, a);
	version_key(newer, b);
	if (strcmp(a, b) >= 0)
		fail_msg("\"%s\" (%s) is not older than \"%s\" (%s)", older, a,
		    newer, b);
}

static void
versions_sort_as_people_count(void **state)
{
	static const char *const ROW[] = {"0", "0.0.9", "0.1.0-rc1", "0.1.0",
	    "0.1.0.1", "0.1.1", "0.9", "0.10", "1~beta", "1", "1.0.1", "2.0",
	    "10.0", "99999.0", "999999.1"};

	for (size_t i = 0; i + 1 < sizeof(ROW) / sizeof(ROW[0]); i++)
		for (size_t j = i + 1; j < sizeof(ROW) / sizeof(ROW[0]); j++)
			assert_older(ROW[i], ROW[j]);
}

static void
missing_numbers_are_zero(void **state)
{
	char a[VERSION_KEY_SIZE], b[VERSION_KEY_SIZE];

	version_key("1.2", a);
	version_key("1.2.0.0", b);
	assert_string_equal(a, b);
	assert_string_equal(a, "000001.000002.000000.000000.1");
}

static void
what_is_no_version_has_no_key(void **state)
{
	static const char *const ODD[] = {
	    "", "v1", ".1", "-1", "unknown", "割符", " 1"};
	char key[VERSION_KEY_SIZE];

	for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
		version_key(ODD[i], key);
		assert_string_equal(key, "");
	}
}

static void
however_long_it_is_it_fits(void **state)
{
	char key[VERSION_KEY_SIZE];

	version_key("123456789012345678901234567890.1.2.3.4.5.6.7", key);
	assert_string_equal(key, "999999.000001.000002.000003.1");
	version_key("1..2", key);
	assert_string_equal(key, "000001.000000.000000.000000.1");
	version_key("1.", key);
	assert_string_equal(key, "000001.000000.000000.000000.1");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(versions_sort_as_people_count),
	    cmocka_unit_test(missing_numbers_are_zero),
	    cmocka_unit_test(what_is_no_version_has_no_key),
	    cmocka_unit_test(however_long_it_is_it_fits),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
