/* Routing: what does not match, what is not allowed, and what is found. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/listener.h"
#include "http/route.h"

static const struct http_route TABLE[] = {
    {"GET", "/", LISTENER_ALL, 0, 0, "root"},
    {"GET", "/computers/{id}", LISTENER_HTTPS, 0, 0, "one"},
    {"PATCH", "/computers/{id}", LISTENER_HTTPS, 10, 0, "change"},
    {"GET", "/computers/summary", LISTENER_HTTPS, 0, 0, "summary"},
    {"POST", "/computers/{id}/knock/{n}", LISTENER_HTTPS, 0, 0, "knock"},
    {"POST", "/agent", LISTENER_AGENT, 0, 0, "agent"},
    {"GET", "/ocsp/{request...}", LISTENER_HTTP, 0, 0, "ocsp"},
};

static enum http_route_result
find(unsigned listener, const char *method, const char *path,
    struct http_route_match *match)
{
	return http_route_find(TABLE, array_length(TABLE), listener,
	    view_string(method), view_string(path), match);
}

static void
a_path_that_is_not_in_the_table_is_not_found(void **state)
{
	static const char *const paths[] = {"//", "/computers", "/computers/",
	    "/computers/a/", "/computers//", "/computers/a/b",
	    "/computers/a%2Fb", "/computers/..", "/computers/%2e%2e",
	    "/computers/.", "/agent", "*", "/Computers/a"};
	struct http_route_match match;

	for (size_t i = 0; i < array_length(paths); i++)
		assert_int_equal(find(LISTENER_HTTPS, "GET", paths[i], &match),
		    HTTP_ROUTE_NOT_FOUND);
	assert_int_equal(find(LISTENER_HTTP, "GET", "/computers/a", &match),
	    HTTP_ROUTE_NOT_FOUND);
}

static void
a_wrong_escape_is_malformed(void **state)
{
	static const char *const paths[] = {"/computers/%", "/computers/%4",
	    "/computers/%zz", "/computers/%00", "/computers/%0a",
	    "/computers/%ff", "/computers/%c0%af", "/%00"};
	struct http_route_match match;

	for (size_t i = 0; i < array_length(paths); i++)
		assert_int_equal(find(LISTENER_HTTPS, "GET", paths[i], &match),
		    HTTP_ROUTE_MALFORMED);
}

static void
the_rest_of_a_path_is_one_parameter(void **state)
{
	static const char *const paths[] = {
	    "/ocsp/a/b%2F/c+", "/ocsp/a%2fb//c+", "/ocsp/%61%2Fb/%2Fc%2B"};
	struct http_route_match match;

	for (size_t i = 0; i < array_length(paths); i++) {
		assert_int_equal(find(LISTENER_HTTP, "GET", paths[i], &match),
		    HTTP_ROUTE_FOUND);
		assert_string_equal(
		    http_route_parameter(&match, "request"), "a/b//c+");
	}
	assert_int_equal(
	    find(LISTENER_HTTP, "GET", "/ocsp/", &match), HTTP_ROUTE_NOT_FOUND);
	assert_int_equal(
	    find(LISTENER_HTTP, "GET", "/ocsp", &match), HTTP_ROUTE_NOT_FOUND);
	assert_int_equal(find(LISTENER_HTTP, "GET", "/ocsp/a/%00", &match),
	    HTTP_ROUTE_MALFORMED);
}

static void
another_method_is_told_what_is_allowed(void **state)
{
	struct http_route_match match;

	assert_int_equal(find(LISTENER_HTTPS, "PUT", "/computers/a", &match),
	    HTTP_ROUTE_OTHER_METHODS);
	assert_string_equal(match.allow, "GET, HEAD, PATCH");
	assert_int_equal(
	    find(LISTENER_HTTPS, "PATCH", "/computers/summary", &match),
	    HTTP_ROUTE_OTHER_METHODS);
	assert_string_equal(match.allow, "GET, HEAD");
	assert_int_equal(
	    find(LISTENER_ALL, "get", "/", &match), HTTP_ROUTE_OTHER_METHODS);
}

static void
parameters_are_decoded(void **state)
{
	struct http_route_match match;

	assert_int_equal(find(LISTENER_HTTPS, "POST",
			     "/computers/%E5%89%B2%20x/knock/7", &match),
	    HTTP_ROUTE_FOUND);
	assert_string_equal(match.route->operation, "knock");
	assert_string_equal(http_route_parameter(&match, "id"), "割 x");
	assert_string_equal(http_route_parameter(&match, "n"), "7");
	assert_null(http_route_parameter(&match, "x"));
}

static void
a_literal_wins_over_a_parameter(void **state)
{
	struct http_route_match match;

	assert_int_equal(
	    find(LISTENER_HTTPS, "HEAD", "/computers/summary", &match),
	    HTTP_ROUTE_FOUND);
	assert_string_equal(match.route->operation, "summary");
	assert_int_equal(
	    find(LISTENER_HTTPS, "GET", "/computers/%73ummary", &match),
	    HTTP_ROUTE_FOUND);
	assert_string_equal(match.route->operation, "summary");
	assert_int_equal(find(LISTENER_HTTPS, "GET", "/computers/sum", &match),
	    HTTP_ROUTE_FOUND);
	assert_string_equal(match.route->operation, "one");
	assert_int_equal(
	    find(LISTENER_HTTP, "GET", "/", &match), HTTP_ROUTE_FOUND);
}

static void
an_escaped_literal_is_the_same_path(void **state)
{
	static const char *const paths[] = {"/computers/summary",
	    "/%63omputers/summary", "/computers/s%75mmary"};
	struct http_route_match match;

	for (size_t i = 0; i < array_length(paths); i++) {
		assert_int_equal(find(LISTENER_HTTPS, "GET", paths[i], &match),
		    HTTP_ROUTE_FOUND);
		assert_string_equal(match.route->operation, "summary");
	}
}

static void
a_query_is_read_by_name(void **state)
{
	struct view query = VIEW_LITERAL("a=1+2&b=%41&c&a=3&%64=e");
	char value[8];
	bool found;

	assert_false(
	    http_query_get(VIEW_LITERAL("a=%0"), "a", value, 8, &found));
	assert_false(
	    http_query_get(VIEW_LITERAL("a=123456789"), "a", value, 8, &found));
	assert_true(http_query_get(query, "a", value, 8, &found));
	assert_true(found);
	assert_string_equal(value, "1 2");
	assert_true(http_query_get(query, "b", value, 8, &found));
	assert_string_equal(value, "A");
	assert_true(http_query_get(query, "c", value, 8, &found));
	assert_true(found);
	assert_string_equal(value, "");
	assert_true(http_query_get(query, "d", value, 8, &found));
	assert_string_equal(value, "e");
	assert_true(http_query_get(query, "x", value, 8, &found));
	assert_false(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_that_is_not_in_the_table_is_not_found),
	    cmocka_unit_test(a_wrong_escape_is_malformed),
	    cmocka_unit_test(the_rest_of_a_path_is_one_parameter),
	    cmocka_unit_test(another_method_is_told_what_is_allowed),
	    cmocka_unit_test(a_literal_wins_over_a_parameter),
	    cmocka_unit_test(parameters_are_decoded),
	    cmocka_unit_test(an_escaped_literal_is_the_same_path),
	    cmocka_unit_test(a_query_is_read_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
