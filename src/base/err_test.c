/* Errors are composed on the way up and never overflow. */
#include "base/cmocka_test.h"

#include <errno.h>

#include "base/err.h"

static void
a_prefix_keeps_category_errno_and_code(void **state)
{
	struct err err = ERR_INIT;

	errno = ENOENT;
	err_set_errno(&err, "cannot open %s", "x");
	err_prefix(&err, "reading the key");
	assert_int_equal(err.category, ERR_SYSTEM);
	assert_int_equal(err.system_errno, ENOENT);
	assert_string_equal(err.sentence,
	    "reading the key: cannot open x: No such file or directory");
}

static void
long_sentences_are_cut(void **state)
{
	struct err err = ERR_INIT;
	char text[2000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set_code(&err, ERR_LIMIT, "too_long", "%s", text);
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.sentence), ERR_SENTENCE_MAX - 1);
	assert_string_equal(err.code, "too_long");
}

static void
an_error_may_be_set_from_itself(void **state)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_CRYPTO, "one");
	err_set(&err, ERR_DENIED, "two because of %s", err_sentence(&err));
	assert_string_equal(err.sentence, "two because of one");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_prefix_keeps_category_errno_and_code),
	    cmocka_unit_test(long_sentences_are_cut),
	    cmocka_unit_test(an_error_may_be_set_from_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
