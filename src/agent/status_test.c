/* The status: kept in a file, said in words. */
#include "agent/testing.h"

#include "agent/status.h"
#include "base/clock.h"
#include "base/memory.h"

static struct agent_status
example(void)
{
	return (struct agent_status){
	    .server = "central.example",
	    .https_port = 8383,
	    .agent_port = 8443,
	    .is_enrolled = true,
	    .computer_id = TESTING_AGENT,
	    .certificate_sha256 = "ab",
	    .certificate_not_after_ms = DAYS_MS(90),
	    .renewal_ms = DAYS_MS(60),
	    .publication = 3,
	    .last_success_ms = 1000,
	    .next_contact_ms = HOURS_MS(2),
	    .key = "file",
	    .version = "1",
	};
}

static void
it_reads_back_as_written(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	scoped(memory_freep) char *path = memory_format("%s/s.json", folder);
	scoped(memory_freep) char *one = NULL, *two = NULL;
	struct agent_status status = example(), back;
	struct err err = ERR_INIT;

	snprintf(status.last_error, sizeof(status.last_error), "bad \xff");
	status.clock_ahead_s = -5;
	assert_true(status_write(&status, path, &err));
	assert_true(status_read(path, &back, &err));
	assert_string_equal(back.last_error, "bad \xef\xbf\xbd");
	one = status_json(&status, 4711);
	two = status_json(&back, 4711);
	assert_string_equal(one, two);
}

static void
what_is_no_status_is_refused(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	scoped(memory_freep) char *path = memory_format("%s/s.json", folder);
	struct agent_status back;
	struct err err = ERR_INIT;
	FILE *file = fopen(path, "w");

	assert_false(status_read("/nonexistent", &back, &err));
	assert_int_equal(err.category, ERR_NOT_FOUND);
	fputs("{\"started_at\":\"yesterday\"}", file);
	fclose(file);
	assert_false(status_read(path, &back, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
}

static void
says(const struct agent_status *status, bool is_running, const char *words)
{
	scoped(memory_freep) char *text =
	    status_text(status, is_running, HOURS_MS(1));

	if (strstr(text, words) == NULL)
		fail_msg("\"%s\" is not in:\n%s", words, text);
}

static void
a_person_is_told_what_to_do(void **state)
{
	struct agent_status status = example();

	says(&status, true, "all is well");
	says(&status, true, "(in 1 hour)");
	says(&status, true, "(59 minutes ago)");
	says(&status, false, "not running");
	status.failures = 2;
	snprintf(status.last_error_code, sizeof(status.last_error_code),
	    "certificate_revoked");
	snprintf(status.last_error, sizeof(status.last_error), "revoked");
	assert_true(status_has_problem(&status));
	says(&status, true, "with a problem");
	says(&status, true, "enrol it as a new one");
	assert_non_null(status_advice("never heard of"));
}

static void
a_certificate_that_the_server_does_not_see_is_told(void **state)
{
	struct agent_status status = example();
	scoped(memory_freep) char *text = NULL;
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *json = NULL;
	const char *advice;

	snprintf(status.authentication, sizeof(status.authentication),
	    "certificate");
	status.authentication_changed_ms = HOURS_MS(1) - MINUTES_MS(5);
	assert_false(status_is_degraded(&status));
	says(&status, true, "all is well");
	says(&status, true, "Recognised by:    its certificate\n");
	says(&status, true, "(5 minutes ago)");
	snprintf(
	    status.authentication, sizeof(status.authentication), "credential");
	assert_true(status_is_degraded(&status));
	assert_false(status_has_problem(&status));
	says(&status, true, "does not see its certificate");
	says(&status, true, "TLS inspection; until then");
	text = status_json(&status, 4711);
	json = json_read(view_string(text), STATUS_FILE_MAX, &err);
	assert_string_equal(
	    json_string_value(json_object_get(json, "authentication")),
	    "credential");
	advice = json_string_value(json_object_get(json, "advice"));
	assert_string_equal(advice, status_degraded_advice());
	/* What fails is more urgent. */
	status.failures = 1;
	assert_false(status_is_degraded(&status));
}

static void
a_wrong_clock_is_a_problem_that_is_told(void **state)
{
	struct agent_status status = example();
	scoped(memory_freep) char *json = NULL;

	status.clock_ahead_s = 86400;
	assert_true(status_has_problem(&status));
	says(&status, true, "with a problem");
	says(&status, true, "1 day ahead of the server's");
	says(&status, true, "Set this computer's clock");
	status.clock_ahead_s = -600;
	says(&status, true, "10 minutes behind the server's");
	json = status_json(&status, 4711);
	assert_non_null(strstr(json, "\"clock_ahead_s\":-600"));
	assert_non_null(strstr(json, "Set this computer's clock"));
	/* What keeps it from its server is the first thing to do. */
	status.failures = 1;
	snprintf(status.last_error, sizeof(status.last_error), "revoked");
	snprintf(status.last_error_code, sizeof(status.last_error_code),
	    "certificate_revoked");
	says(&status, true, "An administrator has revoked");
}

static void
json_is_for_programs(void **state)
{
	struct agent_status status = example();
	scoped(memory_freep) char *text = status_json(&status, 4711);
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *json =
	    json_read(view_string(text), STATUS_FILE_MAX, &err);

	assert_non_null(json);
	assert_true(json_is_true(json_object_get(json, "running")));
	assert_true(json_is_true(json_object_get(json, "enrolled")));
	assert_true(json_is_null(json_object_get(json, "last_error")));
	assert_string_equal(json_string_value(json_object_get(
				json, "certificate_not_after_at")),
	    "1970-04-01T00:00:00.000Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_reads_back_as_written),
	    cmocka_unit_test(what_is_no_status_is_refused),
	    cmocka_unit_test(a_person_is_told_what_to_do),
	    cmocka_unit_test(
		a_certificate_that_the_server_does_not_see_is_told),
	    cmocka_unit_test(a_wrong_clock_is_a_problem_that_is_told),
	    cmocka_unit_test(json_is_for_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
