/* Tables line up in every script, and nothing moves the terminal's cursor. */
#include "base/cmocka_test.h"

#include <locale.h>
#include <stdio.h>

#include "base/memory.h"
#include "ctl/table.h"

static const struct table_column COLUMNS[] = {
    {"NAME", "name"},
    {"DEEP", "a.b"},
};

static char *
print(const char *json, bool is_one)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(value);
	if (is_one)
		table_print_one(out, COLUMNS, array_length(COLUMNS), value);
	else
		table_print(out, COLUMNS, array_length(COLUMNS), value);
	fclose(out);
	json_decref(value);
	return text;
}

static void
wide_characters_take_two_places(void **state)
{
	scoped(memory_freep) char *text =
	    print("[{\"name\":\"営業部\",\"a\":{\"b\":1}},"
		  "{\"name\":\"abc\",\"a\":{\"b\":null}}]",
		false);

	assert_int_equal(table_width("営業部"), 6);
	assert_int_equal(table_width("abc"), 3);
	assert_int_equal(table_width("e\xcc\x81"), 1); /* combining accent */
	assert_string_equal(text,
	    "NAME    DEEP\n"
	    "営業部  1\n"
	    "abc     -\n");
}

static void
control_characters_never_reach_the_terminal(void **state)
{
	scoped(memory_freep) char *text =
	    print("{\"name\":\"a\\u001b[31mb\\nc\\u009bd\",\"a\":{\"b\":true}}",
		true);

	assert_string_equal(text,
	    "NAME:  a?[31mb?c??d\n"
	    "DEEP:  yes\n");
}

static void
times_are_told_to_the_second(void **state)
{
	scoped(json_freep) json_t *time =
	    json_string("2026-11-21T19:17:49.123Z");
	scoped(memory_freep) char *text = table_text(time);

	assert_string_equal(text, "2026-11-21 19:17:49");
}

static void
a_missing_member_is_a_dash(void **state)
{
	scoped(memory_freep) char *text = print("{\"name\":\"\"}", true);

	assert_string_equal(text, "NAME:  -\nDEEP:  -\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wide_characters_take_two_places),
	    cmocka_unit_test(control_characters_never_reach_the_terminal),
	    cmocka_unit_test(times_are_told_to_the_second),
	    cmocka_unit_test(a_missing_member_is_a_dash),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
