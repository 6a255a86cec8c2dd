/* Codings, media types and copies that a client names. */
#include "base/cmocka_test.h"

#include "http/negotiate.h"

static void
only_what_is_named_is_accepted(void **state)
{
	static const struct {
		const char *field, *word;
		bool is_accepted;
	} cases[] = {
	    {"", "gzip", false},
	    {"gzip", "gzip", true},
	    {"GZip", "gzip", true},
	    {"gzip, deflate, br", "br", true},
	    {"gzip,deflate,br", "br", true},
	    {"gzip;q=0", "gzip", false},
	    {"gzip; q=0.000", "gzip", false},
	    {"gzip ; Q = 0", "gzip", false},
	    {"gzip;q=0.001", "gzip", true},
	    {"gzip;x=1;q=0", "gzip", false},
	    {"gzip;q=", "gzip", true},
	    {"*", "gzip", false},
	    {"gzipped", "gzip", false},
	    {",,gzip,", "gzip", true},
	    {"text/html,application/xhtml+xml,*/*;q=0.8", "text/html", true},
	    {"*/*", "text/html", false},
	    {"application/json", "text/html", false},
	};

	for (size_t i = 0; i < array_length(cases); i++)
		assert_int_equal(http_list_accepts(view_string(cases[i].field),
				     cases[i].word),
		    cases[i].is_accepted);
}

static void
a_copy_is_known_by_its_tag(void **state)
{
	static const struct {
		const char *field, *etag;
		bool has;
	} cases[] = {
	    {"", "\"a\"", false},
	    {"*", "\"a\"", true},
	    {"\"a\"", "\"a\"", true},
	    {"W/\"a\"", "\"a\"", true},
	    {"\"a\"", "W/\"a\"", true},
	    {"\"b\", W/\"a\"", "W/\"a\"", true},
	    {"\"b\",\"c\"", "\"a\"", false},
	    {"a", "\"a\"", false},
	};

	for (size_t i = 0; i < array_length(cases); i++)
		assert_int_equal(http_list_has_etag(view_string(cases[i].field),
				     view_string(cases[i].etag)),
		    cases[i].has);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_is_named_is_accepted),
	    cmocka_unit_test(a_copy_is_known_by_its_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
