/* What a terminal would obey, and what it would turn round. */
#include "base/cmocka_test.h"

#include "base/memory.h"
#include "ctl/plain.h"

static const struct {
	const char *text, *line, *json;
} ROWS[] = {
    {"割符 é 𠮷", "割符 é 𠮷", "割符 é 𠮷"},
    {"a\x1b]0;t\x07", "a?]0;t?", "a\\u001B]0;t\\u0007"},
    {"a\x7f", "a?", "a\\u007F"},
    {"a\xc2\x9b"
     "2J",
	"a??2J", "a\\u009B2J"},
    {"a\xe2\x80\xaegpj", "a???gpj", "a\\u202Egpj"},
    {"a\xd8\x9c\xe2\x81\xa6\xef\xbb\xbf", "a????????",
	"a\\u061C\\u2066\\uFEFF"},
    {"\xc2\xa0\xe2\x80\x90\xe2\x80\xb0\xe3\x80\x80",
	"\xc2\xa0\xe2\x80\x90\xe2\x80\xb0\xe3\x80\x80",
	"\xc2\xa0\xe2\x80\x90\xe2\x80\xb0\xe3\x80\x80"},
    /* A character that is cut is left as it is: it ends the text. */
    {"a\xe2\x80", "a\xe2\x80", "a\xe2\x80"},
    {"", "", ""},
};

static void
no_text_moves_the_cursor_or_turns_a_line(void **state)
{
	for (size_t i = 0; i < array_length(ROWS); i++) {
		scoped(memory_freep) char *line = memory_string(ROWS[i].text);
		scoped(memory_freep) char *json = plain_json(ROWS[i].text);

		plain_line(line);
		assert_string_equal(line, ROWS[i].line);
		assert_string_equal(json, ROWS[i].json);
	}
}

static void
our_own_line_ends_stay_where_there_may_be_some(void **state)
{
	scoped(memory_freep) char *lines = memory_string("a\nb\x1b");
	scoped(memory_freep) char *line = memory_string("a\nb");
	scoped(memory_freep) char *json = plain_json("{\n  \"a\": 1\n}");

	plain_lines(lines);
	plain_line(line);
	assert_string_equal(lines, "a\nb?");
	assert_string_equal(line, "a?b");
	assert_string_equal(json, "{\n  \"a\": 1\n}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_text_moves_the_cursor_or_turns_a_line),
	    cmocka_unit_test(our_own_line_ends_stay_where_there_may_be_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
