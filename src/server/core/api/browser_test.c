/* Cookies are found by name alone; other sites' requests are refused. */
#include "base/cmocka_test.h"

#include <string.h>

#include "server/core/api/browser.h"

struct told {
	const char *method, *host, *origin, *site, *marker, *cookie;
};

static struct request_pair pairs[5];

static void
add(struct request *request, const char *name, const char *value)
{
	if (value == NULL)
		return;
	pairs[request->header_count++] =
	    (struct request_pair){(char *)name, (char *)value};
}

static struct request
request_of(const struct told *told, enum listener listener, struct route *route)
{
	struct request request = {
	    .listener = listener, .headers = pairs, .route = route};

	route->method = told->method;
	add(&request, "host", told->host);
	add(&request, "origin", told->origin);
	add(&request, "sec-fetch-site", told->site);
	add(&request, "x-warifu-request", told->marker);
	add(&request, "cookie", told->cookie);
	return request;
}

static void
only_the_console_itself_may_use_the_cookie(void **state)
{
	static const struct {
		struct told told;
		enum listener listener;
		bool may;
	} cases[] = {
	    {{"GET"}, LISTENER_HTTPS, true},
	    {{"GET", .site = "same-origin"}, LISTENER_HTTPS, true},
	    {{"GET", .site = "none"}, LISTENER_HTTPS, true},
	    {{"GET", .site = "same-site"}, LISTENER_HTTPS, false},
	    {{"GET", .site = "cross-site"}, LISTENER_HTTPS, false},
	    {{"GET", .site = ""}, LISTENER_HTTPS, false},
	    {{"GET", "h:1", "https://h:1"}, LISTENER_HTTPS, true},
	    {{"GET", "h:1", "https://evil"}, LISTENER_HTTPS, false},
	    {{"POST"}, LISTENER_HTTPS, false},
	    {{"POST", .site = "same-origin"}, LISTENER_HTTPS, false},
	    {{"POST", .marker = "1"}, LISTENER_HTTPS, true},
	    {{"POST", .site = "none", .marker = "1"}, LISTENER_HTTPS, false},
	    {{"POST", .site = "cross-site", .marker = "1"}, LISTENER_HTTPS,
		false},
	    {{"POST", "h:1", "https://h:1", "same-origin", "1"}, LISTENER_HTTPS,
		true},
	    {{"POST", "H:1", "https://h:1", "same-origin", "1"}, LISTENER_HTTPS,
		true},
	    {{"POST", "h:1", "https://h:2", "same-origin", "1"}, LISTENER_HTTPS,
		false},
	    {{"POST", "h:1", "http://h:1", .marker = "1"}, LISTENER_HTTPS,
		false},
	    {{"POST", "h:1", "http://h:1", .marker = "1"}, LISTENER_HTTP, true},
	    {{"POST", "h:1", "https://h:1", .marker = "1"}, LISTENER_HTTP,
		false},
	    {{"POST", "h:1", "null", .marker = "1"}, LISTENER_HTTPS, false},
	    {{"POST", NULL, "https://h:1", .marker = "1"}, LISTENER_HTTPS,
		false},
	    {{"POST", "h:1", "https://h:1.evil", .marker = "1"}, LISTENER_HTTPS,
		false},
	};

	for (size_t i = 0; i < array_length(cases); i++) {
		struct route route = {0};
		struct request request =
		    request_of(&cases[i].told, cases[i].listener, &route);
		struct err err = ERR_INIT;

		assert_int_equal(browser_check(&request, &err), cases[i].may);
		if (!cases[i].may)
			assert_string_equal(err.code, "cross_site");
	}
}

static void
a_cookie_counts_on_its_own_listener(void **state)
{
	static const struct {
		const char *cookie, *over_https, *over_http;
	} cases[] = {
	    {"__Host-warifu=a", "a", NULL},
	    {"warifu=a", NULL, "a"},
	    {"x=1; __Host-warifu=a;warifu=b", "a", "b"},
	    {" warifu=a ", NULL, "a"},
	    {"warifu=", NULL, ""},
	    {"warifu=a=b", NULL, "a=b"},
	    {"WARIFU=a", NULL, NULL},
	    {"xwarifu=a; warifux=b", NULL, NULL},
	    {"warifu", NULL, NULL},
	    {"; ;", NULL, NULL},
	    {"", NULL, NULL},
	};

	for (size_t i = 0; i < array_length(cases) * 2; i++) {
		const char *expected = i % 2 == 0 ? cases[i / 2].over_https
						  : cases[i / 2].over_http;
		struct told told = {"GET", .cookie = cases[i / 2].cookie};
		struct route route = {0};
		struct request request = request_of(
		    &told, i % 2 == 0 ? LISTENER_HTTPS : LISTENER_HTTP, &route);
		struct view value;

		assert_int_equal(
		    browser_cookie(&request, &value), expected != NULL);
		if (expected != NULL)
			assert_true(view_equal_string(value, expected));
	}
}

static const char *
cookie_set(enum listener listener, const char *token)
{
	static char kept[256];
	struct told told = {"POST"};
	struct route route = {0};
	struct request request = request_of(&told, listener, &route);
	struct response response;

	response_init(&response);
	if (token != NULL)
		browser_set_cookie(&request, &response, token);
	else
		browser_clear_cookie(&request, &response);
	kept[0] = '\0';
	for (size_t i = 0; i < response.header_count; i++)
		if (strcmp(response.headers[i].name, "Set-Cookie") == 0)
			snprintf(kept, sizeof(kept), "%s",
			    response.headers[i].value);
	response_done(&response);
	return kept;
}

static const char *
device_set(enum listener listener, const char *token)
{
	static char kept[256];
	struct told told = {"POST"};
	struct route route = {0};
	struct request request = request_of(&told, listener, &route);
	struct response response;

	response_init(&response);
	browser_set_cookie(&request, &response, "wfs_beside_it");
	browser_set_device(&request, &response, token);
	/* The session's cookie stays beside it. */
	kept[0] = '\0';
	for (size_t i = 1; i < response.header_count; i++)
		if (strcmp(response.headers[i - 1].name, "Set-Cookie") == 0 &&
		    strcmp(response.headers[i].name, "Set-Cookie") == 0)
			snprintf(kept, sizeof(kept), "%s",
			    response.headers[i].value);
	response_done(&response);
	return kept;
}

static void
no_script_and_no_other_site_gets_the_cookie(void **state)
{
	assert_string_equal(cookie_set(LISTENER_HTTPS, "wfs_a"),
	    "__Host-warifu=wfs_a; Path=/; Secure; HttpOnly; SameSite=Strict");
	assert_string_equal(cookie_set(LISTENER_HTTP, "wfs_a"),
	    "warifu=wfs_a; Path=/; HttpOnly; SameSite=Strict");
	assert_string_equal(device_set(LISTENER_HTTPS, "wfd_a"),
	    "__Host-warifu-device=wfd_a; Path=/; Secure; HttpOnly; "
	    "SameSite=Strict; Max-Age=34560000");
	assert_string_equal(device_set(LISTENER_HTTP, "wfd_a"),
	    "warifu-device=wfd_a; Path=/; HttpOnly; SameSite=Strict; "
	    "Max-Age=34560000");
	assert_string_equal(cookie_set(LISTENER_HTTPS, NULL),
	    "__Host-warifu=; Path=/; Secure; HttpOnly; SameSite=Strict; "
	    "Max-Age=0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_console_itself_may_use_the_cookie),
	    cmocka_unit_test(a_cookie_counts_on_its_own_listener),
	    cmocka_unit_test(no_script_and_no_other_site_gets_the_cookie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
