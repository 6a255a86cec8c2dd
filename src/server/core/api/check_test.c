/* Parameters and bodies are what the description says, to the letter. */
#include "base/cmocka_test.h"

#include <stdio.h>
#include <string.h>

#include "server/core/api/answer.h"
#include "server/core/api/operation.h"

#define ID "0190a3c4-0000-7000-8000-000000000001"

/* A request owns its texts; those of a test are constants. */
static char *mutable(const char *text)
{
	return (char *)(uintptr_t)text;
}

struct pair {
	const char *name;
	const char *value;
	const char *code; /* "": allowed */
};

static const struct pair QUERIES[] = {
    {"limit", "1", ""},
    {"limit", "500", ""},
    {"limit", "0", "bad_parameter"},
    {"limit", "501", "bad_parameter"},
    {"limit", "-1", "bad_parameter"},
    {"limit", "007", "bad_parameter"},
    {"limit", "99999999999999999999", "bad_parameter"},
    {"limit", "1e2", "bad_parameter"},
    {"limit", "", "bad_parameter"},
    {"cursor", "abc_-9", ""},
    {"cursor", "", "bad_parameter"},
    {"cursor", "a b", "bad_parameter"},
    {"cursor", "a=", "bad_parameter"},
    {"sort", "-name", ""},
    {"sort", "NAME", "bad_parameter"},
    {"sort", "", "bad_parameter"},
    {"search", "割符", ""},
    {"search", "", "bad_parameter"},
    {"search", "a\tb", "bad_parameter"},
    {"office_id", ID, ""},
    {"office_id", "0190A3C4-0000-7000-8000-000000000001", "bad_parameter"},
    {"office_id", "1", "bad_parameter"},
    {"state", "revoked", ""},
    {"state", "gone", "bad_parameter"},
    {"Limit", "1", "unknown_parameter"},
    {"page", "1", "unknown_parameter"},
    {"", "1", "unknown_parameter"},
};

static void
query_parameters_are_known_and_in_their_range(void **state)
{
	const struct api_operation *operation =
	    api_operation_find("computer_list");

	for (size_t i = 0; i < array_length(QUERIES); i++) {
		struct request request = {.query_count = 1};
		struct err err = ERR_INIT;
		bool is_fine;

		request.query[0].name = mutable(QUERIES[i].name);
		request.query[0].value = mutable(QUERIES[i].value);
		is_fine = api_check_parameters(operation, &request, &err);
		assert_string_equal(is_fine ? "" : err.code, QUERIES[i].code);
	}
}

static void
path_parameters_are_checked(void **state)
{
	const struct api_operation *operation =
	    api_operation_find("computer_inventory_section");
	struct request request = {.path_count = 2};
	struct err err = ERR_INIT;

	request.path[0] =
	    (struct request_pair){mutable("computer_id"), mutable(ID)};
	request.path[1] =
	    (struct request_pair){mutable("section"), mutable("packages")};

	assert_true(api_check_parameters(operation, &request, &err));
	request.path[1].value = mutable("passwords");
	assert_false(api_check_parameters(operation, &request, &err));
	assert_string_equal(err.code, "bad_parameter");
	request.path[1].value = mutable("packages");
	request.path[0].value = mutable("../../etc");
	assert_false(api_check_parameters(operation, &request, &err));
}

struct body {
	const char *operation;
	const char *json;
	const char *code;
};

static const struct body BODIES[] = {
    {"office_create", "{\"name\":\"Osaka\"}", ""},
    {"office_create", "{\"name\":\"大阪\"}", ""},
    {"office_create", "{}", "member_missing"},
    {"office_create", "[]", "json_type"},
    {"office_create", "{\"name\":null}", "json_type"},
    {"office_create", "{\"name\":1}", "json_type"},
    {"office_create", "{\"name\":[\"a\"]}", "json_type"},
    {"office_create", "{\"name\":\"\"}", "json_range"},
    {"office_create", "{\"name\":\" a\"}", "json_range"},
    {"office_create", "{\"name\":\"a\\nb\"}", "json_range"},
    {"office_create", "{\"name\":\"a\\u0000b\"}", "json_range"},
    {"office_create", "{\"name\":\"a\",\"Name\":\"b\"}", "unknown_member"},
    {"office_create", "{\"name\":\"a\",\"id\":1}", "unknown_member"},
    {"computer_move", "{\"office_id\":\"" ID "\"}", ""},
    {"computer_move", "{\"office_id\":\"x\"}", "json_range"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"uses\":3}", ""},
    {"enrolment_token_create", "{\"kind\":\"Office\"}", "json_range"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"uses\":0}",
	"json_range"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"uses\":-1}",
	"json_range"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"uses\":1.0}",
	"json_type"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"uses\":\"3\"}",
	"json_type"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"uses\":true}",
	"json_type"},
    {"enrolment_token_create", "{\"kind\":\"office\",\"expires_in_s\":59}",
	"json_range"},
    {"role_create", "{\"name\":\"a\",\"levels\":{}}", ""},
    {"role_create", "{\"name\":\"a\",\"levels\":{\"users\":\"full\"}}", ""},
    {"role_create", "{\"name\":\"a\",\"levels\":{\"users\":\"most\"}}",
	"json_range"},
    {"role_create", "{\"name\":\"a\",\"levels\":{\"teleport\":\"read\"}}",
	"unknown_member"},
    {"role_create", "{\"name\":\"a\",\"levels\":{\"own\":\"full\"}}",
	"unknown_member"},
    {"role_create", "{\"name\":\"a\",\"levels\":{\"users\":3}}", "json_type"},
    {"role_create", "{\"name\":\"a\",\"levels\":[]}", "json_type"},
    {"role_create", "{\"name\":\"a\",\"levels\":null}", "json_type"},
    {"role_create", "{\"name\":\"a\"}", "member_missing"},
    {"user_update", "{\"scope\":null}", ""},
    {"user_update", "{\"scope\":[]}", "json_range"},
    {"user_update", "{\"scope\":[{\"kind\":\"office\",\"id\":\"" ID "\"}]}",
	""},
    {"user_update", "{\"scope\":[{\"kind\":\"office\"}]}", "member_missing"},
    {"user_update", "{\"scope\":[{\"kind\":\"planet\",\"id\":\"" ID "\"}]}",
	"json_range"},
    {"user_update", "{\"scope\":[\"" ID "\"]}", "json_type"},
    {"user_update", "{\"scope\":[null]}", "json_type"},
    {"user_update", "{\"scope\":{}}", "json_type"},
    {"user_update", "{\"role_id\":null}", "json_type"},
    {"user_update", "{\"is_disabled\":null}", "json_type"},
};

static void
bodies_have_known_members_of_the_right_kind(void **state)
{
	for (size_t i = 0; i < array_length(BODIES); i++) {
		const struct api_operation *operation =
		    api_operation_find(BODIES[i].operation);
		struct err err = ERR_INIT;
		scoped(json_freep) json_t *body =
		    json_loads(BODIES[i].json, JSON_ALLOW_NUL, NULL);
		bool is_fine;

		assert_non_null(body);
		is_fine = api_check_body(operation, body, &err);
		assert_string_equal(is_fine ? "" : err.code, BODIES[i].code);
	}
}

static void
lengths_count_characters_and_not_bytes(void **state)
{
	const struct api_operation *operation =
	    api_operation_find("computer_revoke");
	char reason[256 * 3 + 4] = "";
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 256; i++)
		memcpy(reason + 3 * i, "割", 3);
	for (size_t extra = 0; extra < 2; extra++) {
		scoped(json_freep) json_t *body = json_object();
		bool is_fine;

		if (extra == 1)
			memcpy(reason + 3 * 256, "x", 2);
		json_set_string(body, "reason", reason);
		is_fine = api_check_body(operation, body, &err);
		assert_int_equal(is_fine, extra == 0);
	}
}

/* One that the store would cut could become somebody else's. */
static void
a_name_fits_into_the_store_as_it_is(void **state)
{
	const struct api_operation *operation =
	    api_operation_find("office_create");
	struct err err = ERR_INIT;

	for (size_t count = 42; count < 44; count++) {
		scoped(json_freep) json_t *body = json_object();
		char name[44 * 3 + 1] = "";
		bool is_fine;

		for (size_t i = 0; i < count; i++)
			memcpy(name + 3 * i, "割", 3);
		json_set_string(body, "name", name);
		is_fine = api_check_body(operation, body, &err);
		assert_int_equal(is_fine, count == 42);
		if (!is_fine)
			assert_string_equal(err.code, "json_range");
	}
}

static void
defaults_come_from_the_description(void **state)
{
	struct request request = {.query_count = 0};
	struct api_call call = {.request = &request,
	    .operation = api_operation_find("computer_list")};

	assert_int_equal(api_query_integer(&call, "limit"), 100);
	assert_string_equal(api_query(&call, "sort"), "name");
	assert_null(api_query(&call, "search"));
}

static void
if_match_decides_by_the_etag(void **state)
{
	char one[API_ETAG_SIZE], two[API_ETAG_SIZE], both[64];
	struct err err = ERR_INIT;

	api_etag(1, one);
	api_etag(22, two);
	snprintf(both, sizeof(both), "%s, %s", two, one);
	assert_string_not_equal(one, two);
	assert_true(api_check_if_match(NULL, one, &err));
	assert_true(api_check_if_match("*", one, &err));
	assert_true(api_check_if_match(one, one, &err));
	assert_true(api_check_if_match(both, one, &err));
	assert_false(api_check_if_match(two, one, &err));
	assert_string_equal(err.code, "version_mismatch");
	assert_false(api_check_if_match("", one, &err));
	assert_false(api_check_if_match("W/\"x\"", one, &err));
}

static void
codes_are_found_with_their_status(void **state)
{
	for (size_t i = 0; i < API_PROBLEMS_COUNT; i++)
		assert_ptr_equal(
		    api_problem_find(API_PROBLEMS[i].code), &API_PROBLEMS[i]);
	assert_int_equal(api_problem_find("locked")->status, 429);
	assert_null(api_problem_find("no_such_code"));
	assert_null(api_operation_find("no_such_operation"));
}

static void
a_failure_of_the_system_tells_its_code_if_listed_and_no_more(void **state)
{
	static const char *const CODES[][2] = {
	    {"database_full", "database_full"},
	    {"no_such_code", "unavailable"},
	};

	for (size_t i = 0; i < array_length(CODES); i++) {
		struct response response;
		struct err err = ERR_INIT;

		response_init(&response);
		err_set_code(
		    &err, ERR_SYSTEM, CODES[i][0], "/secret/path is full");
		api_refuse(&response, &err);
		assert_int_equal(response.status, 503);
		assert_string_equal(response.code, CODES[i][1]);
		assert_null(memmem(
		    response.body.data, response.body.length, "secret", 6));
		response_done(&response);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(query_parameters_are_known_and_in_their_range),
	    cmocka_unit_test(path_parameters_are_checked),
	    cmocka_unit_test(bodies_have_known_members_of_the_right_kind),
	    cmocka_unit_test(lengths_count_characters_and_not_bytes),
	    cmocka_unit_test(a_name_fits_into_the_store_as_it_is),
	    cmocka_unit_test(defaults_come_from_the_description),
	    cmocka_unit_test(if_match_decides_by_the_etag),
	    cmocka_unit_test(codes_are_found_with_their_status),
	    cmocka_unit_test(
		a_failure_of_the_system_tells_its_code_if_listed_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
