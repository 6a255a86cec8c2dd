/* RFC 6238's own examples, the window, and what is taken once. */
#include "base/cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/totp.h"

static const struct view SECRET = {(const uint8_t *)"12345678901234567890", 20};

static void
the_examples_of_the_rfc_hold(void **state)
{
	/* RFC 6238 appendix B, the last six digits of its eight. */
	static const struct {
		int64_t seconds;
		const char *code;
	} EXAMPLES[] = {
	    {59, "287082"},
	    {1111111109, "081804"},
	    {1111111111, "050471"},
	    {1234567890, "005924"},
	    {2000000000, "279037"},
	    {20000000000, "353130"},
	};

	for (size_t i = 0; i < array_length(EXAMPLES); i++) {
		int64_t at_ms = EXAMPLES[i].seconds * 1000, step = -1;
		char code[TOTP_CODE_SIZE];

		totp_code(SECRET, totp_step(at_ms), code);
		assert_string_equal(code, EXAMPLES[i].code);
		assert_true(
		    totp_find(SECRET, EXAMPLES[i].code, at_ms, 0, &step));
		assert_int_equal(step, EXAMPLES[i].seconds / 30);
	}
}

static void
a_code_is_good_one_step_early_and_one_late(void **state)
{
	const int64_t at = 1000; /* a step */
	char code[TOTP_CODE_SIZE];
	int64_t step;

	totp_code(SECRET, at, code);
	for (int64_t now = at - 3; now <= at + 3; now++) {
		/* At both ends of the step. */
		int64_t first = now * TOTP_STEP_MS;
		int64_t last = first + TOTP_STEP_MS - 1;
		bool is_near = now >= at - 1 && now <= at + 1;

		assert_int_equal(
		    totp_find(SECRET, code, first, 0, &step), is_near);
		assert_int_equal(
		    totp_find(SECRET, code, last, 0, &step), is_near);
		if (is_near)
			assert_int_equal(step, at);
	}
}

static void
a_step_that_was_taken_is_not_found_again(void **state)
{
	const int64_t at = 1000;
	char code[TOTP_CODE_SIZE];
	int64_t step;

	totp_code(SECRET, at, code);
	assert_true(totp_find(SECRET, code, at * TOTP_STEP_MS, at - 1, &step));
	assert_false(totp_find(SECRET, code, at * TOTP_STEP_MS, at, &step));
	assert_false(totp_find(SECRET, code, at * TOTP_STEP_MS, at + 9, &step));
}

static void
what_is_no_code_is_never_right(void **state)
{
	static const char *const WRONG[] = {"", "0", "28708", "2870821",
	    "287083", "94287082", "28708 ", "ABCDEF"};
	int64_t step;

	for (size_t i = 0; i < array_length(WRONG); i++)
		assert_false(totp_find(SECRET, WRONG[i], 59000, 0, &step));
}

static void
a_clock_before_1970_is_no_harm(void **state)
{
	char code[TOTP_CODE_SIZE];
	int64_t step;

	totp_code(SECRET, 0, code);
	assert_true(totp_find(SECRET, code, -5, -1, &step));
	assert_int_equal(step, 0);
	assert_int_equal(totp_step(INT64_MIN), 0);
}

static void
the_uri_is_what_apps_read(void **state)
{
	char *uri =
	    totp_uri(SECRET, "Warifu central.example.net", "山田:a/b&secret=x");

	assert_string_equal(uri,
	    "otpauth://totp/Warifu%20central.example.net:"
	    "%E5%B1%B1%E7%94%B0%3Aa%2Fb%26secret%3Dx?"
	    "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"
	    "issuer=Warifu%20central.example.net&"
	    "algorithm=SHA1&digits=6&period=30");
	free(uri);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_examples_of_the_rfc_hold),
	    cmocka_unit_test(a_code_is_good_one_step_early_and_one_late),
	    cmocka_unit_test(a_step_that_was_taken_is_not_found_again),
	    cmocka_unit_test(what_is_no_code_is_never_right),
	    cmocka_unit_test(a_clock_before_1970_is_no_harm),
	    cmocka_unit_test(the_uri_is_what_apps_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
