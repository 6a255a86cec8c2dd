/* What every answer promises. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "server/core/response.h"

static const char *
header(const struct response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	return NULL;
}

static void
a_forgotten_answer_is_a_500(void **state)
{
	scoped(response_donep) struct response response;

	response_init(&response);
	assert_int_equal(response.status, 500);
	assert_string_equal(response.code, "no_answer");
}

static void
failures_inside_are_not_told(void **state)
{
	scoped(response_donep) struct response response;
	struct err err = ERR_INIT;

	response_init(&response);
	err_set(&err, ERR_SYSTEM, "cannot open /var/secret/place");
	response_error(&response, &err);
	assert_int_equal(response.status, 503);
	assert_non_null(header(&response, "Retry-After"));
	assert_null(
	    memmem(response.body.data, response.body.length, "secret", 6));
}

static void
the_status_follows_code_and_category(void **state)
{
	static const struct {
		enum err_category category;
		const char *code;
		int status;
	} CASES[] = {
	    {ERR_MALFORMED, "json_malformed", 400},
	    {ERR_MALFORMED, "media_type", 415},
	    {ERR_DENIED, "certificate_required", 403},
	    {ERR_DENIED, "token_used", 401},
	    {ERR_LIMIT, "body_too_large", 413},
	    {ERR_LIMIT, "", 503},
	    {ERR_NOT_FOUND, "computer_not_found", 404},
	    {ERR_CONFLICT, "", 409},
	    {ERR_UNCERTAIN, "trust_not_applied", 503},
	};

	for (size_t i = 0; i < array_length(CASES); i++) {
		struct err err = ERR_INIT;

		err_set_code(&err, CASES[i].category, CASES[i].code, "x");
		assert_int_equal(response_status_of(&err), CASES[i].status);
	}
}

static void
the_last_body_wins_and_headers_stay_single(void **state)
{
	scoped(response_donep) struct response response;

	response_init(&response);
	response_header(&response, "ETag", "\"%d\"", 1);
	response_header(&response, "etag", "\"%d\"", 2);
	response_json(&response, 200, json_object());
	response_text(&response, 200, "later");
	assert_string_equal(header(&response, "ETag"), "\"2\"");
	assert_string_equal(
	    header(&response, "Content-Type"), "text/plain; charset=utf-8");
	assert_int_equal(response.body.length, 5);
	response_empty(&response, 204);
	assert_null(header(&response, "Content-Type"));
	assert_int_equal(response.body.length, 0);
}

/* The place of the last one is free again, and is nobody's value. */
static void
a_header_after_a_removed_one_has_its_own_value(void **state)
{
	struct response response;

	response_init(&response);
	response_text(&response, 200, "text");
	response_header(&response, "ETag", "\"1\"");
	response_empty(&response, 204);
	response_header(&response, "Retry-After", "5");
	assert_string_equal(header(&response, "ETag"), "\"1\"");
	assert_string_equal(header(&response, "Retry-After"), "5");
	response_done(&response);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_forgotten_answer_is_a_500),
	    cmocka_unit_test(failures_inside_are_not_told),
	    cmocka_unit_test(the_status_follows_code_and_category),
	    cmocka_unit_test(the_last_body_wins_and_headers_stay_single),
	    cmocka_unit_test(a_header_after_a_removed_one_has_its_own_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
