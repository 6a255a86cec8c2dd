/* Strict JSON: what is refused, and that writing foreign text never fails. */
#include "base/cmocka_test.h"

#include "base/json.h"
#include "base/memory.h"

static void
refuses(const char *text, const char *code)
{
	struct err err = ERR_INIT;
	json_t *value = json_read(view_string(text), 100, &err);

	if (value != NULL)
		fail_msg("accepted: %s", text);
	assert_string_equal(err.code, code);
}

static void
what_is_not_one_strict_value_is_refused(void **state)
{
	refuses("", "json_malformed");
	refuses("{\"a\":1,\"a\":2}", "json_malformed");
	refuses("{\"a\":1} x", "json_malformed");
	refuses("{\"a\":\"\xff\"}", "json_malformed");
	refuses("{'a':1}", "json_malformed");
	refuses("{\"a\":\"\\u0000\"}", "json_malformed");
	refuses("{\"a\":01}", "json_malformed");
	refuses("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
		"]]]]",
	    "json_too_deep");
	refuses("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
	    "body_too_large");
}

static void
getters_name_the_member(void **state)
{
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *value =
	    json_read(VIEW_LITERAL("{\"n\":5,\"s\":\"abc\"}"), 100, &err);
	const char *text = NULL;
	int64_t number = 0;

	assert_non_null(value);
	assert_true(
	    json_get_integer(value, "n", JSON_REQUIRED, 0, 10, &number, &err));
	assert_int_equal(number, 5);
	assert_false(
	    json_get_integer(value, "n", JSON_REQUIRED, 0, 4, &number, &err));
	assert_string_equal(err.code, "json_range");
	assert_false(
	    json_get_string(value, "n", JSON_REQUIRED, 10, &text, &err));
	assert_non_null(strstr(err.sentence, "\"n\""));
	assert_false(
	    json_get_string(value, "s", JSON_REQUIRED, 2, &text, &err));
	assert_false(
	    json_get_string(value, "q", JSON_REQUIRED, 10, &text, &err));
	assert_true(
	    json_get_string(value, "q", JSON_OPTIONAL, 10, &text, &err));
	assert_null(text);
}

static void
foreign_bytes_are_mended_when_written(void **state)
{
	scoped(json_freep) json_t *value = json_object();
	scoped(memory_freep) char *text = NULL;

	json_set_string(value, "a", "x\xff割\xe5y");
	text = json_write(value);
	assert_string_equal(text, "{\"a\":\"x\xef\xbf\xbd割\xef\xbf\xbdy\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_one_strict_value_is_refused),
	    cmocka_unit_test(getters_name_the_member),
	    cmocka_unit_test(foreign_bytes_are_mended_when_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
