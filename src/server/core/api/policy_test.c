/* Who may call what, over which listener: every operation, every caller. */
#include "base/cmocka_test.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "os/file.h"
#include "server/core/api/operation.h"
#include "server/core/api/sign_in.h"
#include "server/core/handlers.h"

/* Callers, from nobody to everything. */
enum caller {
	NOBODY,
	API_TOKEN,
	SESSION,
	RESTRICTED_TOKEN,   /* its user must change the password */
	RESTRICTED_SESSION, /* the same */
	FACTORLESS_TOKEN,   /* its user must set up a second factor */
	FACTORLESS_SESSION, /* the same */
	CALLER_COUNT,
};

static const struct request_user CALLERS[] = {
    [NOBODY] = {.user_id = ""},
    [API_TOKEN] = {.user_id = "u", .api_token_id = "t"},
    [SESSION] = {.user_id = "u", .session_id = "s"},
    [RESTRICTED_TOKEN] = {.user_id = "u",
	.api_token_id = "t",
	.must_change_password = true},
    [RESTRICTED_SESSION] = {.user_id = "u",
	.session_id = "s",
	.must_change_password = true,
	.is_two_factor_required = true},
    [FACTORLESS_TOKEN] = {.user_id = "u",
	.api_token_id = "t",
	.is_two_factor_required = true},
    [FACTORLESS_SESSION] = {.user_id = "u",
	.session_id = "s",
	.is_two_factor_required = true},
};

/* What each gets: the code of the refusal, or "" where it is let in. */
static const char *const EXPECTED[][CALLER_COUNT] = {
    [API_ANYONE] = {"", "", "", "", "", "", ""},
    [API_SIGNED_IN] = {"not_signed_in", "", "", "password_change_required",
	"password_change_required", "", "two_factor_setup_required"},
    [API_SESSION] = {"not_signed_in", "session_required", "",
	"session_required", "password_change_required", "session_required",
	"two_factor_setup_required"},
    [API_RESTRICTED] = {"not_signed_in", "", "", "", "", "", ""},
    [API_RESTRICTED_SESSION] = {"not_signed_in", "session_required", "",
	"session_required", "", "session_required", ""},
    [API_SETUP_SESSION] = {"not_signed_in", "session_required", "",
	"session_required", "password_change_required", "session_required", ""},
};

static void
who_has_a_second_factor_is_let_in(void **state)
{
	struct request_user caller = CALLERS[FACTORLESS_SESSION];

	assert_true(api_must_set_up_two_factor(&caller));
	caller.has_two_factor = true;
	assert_false(api_must_set_up_two_factor(&caller));
}

static void
each_security_class_lets_in_whom_it_says(void **state)
{
	for (size_t i = 0; i < API_OPERATIONS_COUNT; i++)
		for (size_t c = 0; c < CALLER_COUNT; c++) {
			const struct api_operation *operation =
			    &API_OPERATIONS[i];
			struct request_user caller = CALLERS[c];
			struct err err = ERR_INIT;
			bool is_let_in;

			caller.levels = POLICY_ADMINISTRATOR->levels;
			is_let_in =
			    api_check_security(operation, &caller, &err);

			assert_string_equal(is_let_in ? "" : err.code,
			    EXPECTED[operation->security][c]);
		}
}

/* One line an operation: what it asks for, and who gets through. */
static void
append_line(const struct api_operation *operation, struct buf *out)
{
	struct err err = ERR_INIT;

	assert_true(buf_append_format(out, &err, "%s %s %s", operation->name,
	    policy_module_name(operation->module),
	    policy_level_name(operation->level)));
	for (unsigned i = 0; i < 2 * POLICY_ROLE_COUNT; i++) {
		const struct policy_role *role =
		    &POLICY_ROLES[i % POLICY_ROLE_COUNT];
		struct request_user caller = CALLERS[SESSION];
		struct err why = ERR_INIT;
		bool is_let_in;

		caller.levels = role->levels;
		if (i >= POLICY_ROLE_COUNT)
			store_scope_add(&caller.scope, "u");
		is_let_in = api_check_security(operation, &caller, &why);
		assert_true(buf_append_format(out, &err, " %s%s=%s",
		    i >= POLICY_ROLE_COUNT ? "scoped_" : "", role->word,
		    is_let_in ? "yes" : why.code));
	}
	assert_true(buf_append_string(out, "\n", &err));
}

static void
each_role_may_call_what_the_golden_table_says(void **state)
{
	scoped(buf_donep) struct buf golden = BUF_INIT(1024 * 1024);
	scoped(buf_donep) struct buf now = BUF_INIT(1024 * 1024);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < API_OPERATIONS_COUNT; i++)
		append_line(&API_OPERATIONS[i], &now);
	assert_true(file_read(
	    SOURCE_ROOT "/tests/golden/permissions.txt", &golden, &err));
	if (!view_equal(buf_view(&golden), buf_view(&now)))
		fprintf(
		    stderr, "%.*s", (int)now.length, (const char *)now.data);
	assert_true(view_equal(buf_view(&golden), buf_view(&now)));
}

static void
nobody_but_an_administrator_changes_security(void **state)
{
	struct policy_levels most = policy_levels_custom_most();

	for (size_t i = 0; i < API_OPERATIONS_COUNT; i++) {
		const struct api_operation *operation = &API_OPERATIONS[i];
		struct request_user caller = CALLERS[SESSION];
		struct err err = ERR_INIT;

		caller.levels = most;
		if (operation->module == POLICY_SECURITY &&
		    operation->level != POLICY_READ)
			assert_false(
			    api_check_security(operation, &caller, &err));
	}
}

struct rule {
	const char *operation;
	enum api_security security;
	enum api_transport transport;
};

/* A golden table: a change here is a change of policy. */
static const struct rule RULES[] = {
    {"alert_acknowledge", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"alert_acknowledgement_delete", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"alert_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"api_token_create", API_SESSION, API_TRANSPORT_HTTPS},
    {"api_token_delete", API_SESSION, API_TRANSPORT_LOOPBACK},
    {"api_token_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"audit_export", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"audit_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"audit_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"audit_settings_change", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"audit_settings_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"audit_verification", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"certificate_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"certificate_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"certificate_pem", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"changes_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_certificates", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_events", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_export", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_groups", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_inventory", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_inventory_section", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_inventory_summary", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"computer_move", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computer_refresh", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computer_retire", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computer_revoke", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computers_move", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computers_refresh", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computers_retire", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"computers_revoke", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"enrolment_token_create", API_SIGNED_IN, API_TRANSPORT_HTTPS},
    {"enrolment_token_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"enrolment_token_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"enrolment_token_revoke", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"event_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"fleet_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"group_add_members", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"group_create", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"group_delete", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"group_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"group_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"group_preview", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"group_remove_members", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"group_update", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"installer_get", API_SIGNED_IN, API_TRANSPORT_HTTPS},
    {"installer_script", API_SIGNED_IN, API_TRANSPORT_HTTPS},
    {"office_create", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"office_delete", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"office_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"office_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"office_rename", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"openapi_json", API_ANYONE, API_TRANSPORT_ANY},
    {"openapi_yaml", API_ANYONE, API_TRANSPORT_ANY},
    {"own_api_token_delete", API_SESSION, API_TRANSPORT_LOOPBACK},
    {"own_api_token_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"own_session_end", API_SESSION, API_TRANSPORT_LOOPBACK},
    {"own_session_end_others", API_SESSION, API_TRANSPORT_LOOPBACK},
    {"own_session_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"ports_get", API_ANYONE, API_TRANSPORT_ANY},
    {"role_create", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"role_delete", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"role_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"role_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"role_update", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"security_settings_change", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"security_settings_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"server_settings_change", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"server_settings_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"server_status", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"session_create", API_ANYONE, API_TRANSPORT_ANY},
    {"session_delete", API_RESTRICTED_SESSION, API_TRANSPORT_ANY},
    {"session_get", API_RESTRICTED, API_TRANSPORT_ANY},
    {"software_computers", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"software_computers_export", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"software_export", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"software_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"software_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"software_versions", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"session_two_factor", API_ANYONE, API_TRANSPORT_ANY},
    {"two_factor_begin", API_SETUP_SESSION, API_TRANSPORT_HTTPS},
    {"two_factor_confirm", API_SETUP_SESSION, API_TRANSPORT_HTTPS},
    {"two_factor_get", API_SETUP_SESSION, API_TRANSPORT_ANY},
    {"two_factor_remove", API_SESSION, API_TRANSPORT_HTTPS},
    {"two_factor_renew", API_SESSION, API_TRANSPORT_HTTPS},
    {"two_factor_setting_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"two_factor_setting_require", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"user_change_password", API_RESTRICTED_SESSION, API_TRANSPORT_LOOPBACK},
    {"user_create", API_SIGNED_IN, API_TRANSPORT_HTTPS},
    {"user_delete", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"user_get", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"user_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"user_me", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"user_session_end", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"user_session_end_all", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"user_session_list", API_SIGNED_IN, API_TRANSPORT_ANY},
    {"user_set_password", API_SIGNED_IN, API_TRANSPORT_HTTPS},
    {"user_unlock", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"user_two_factor_reset", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
    {"user_update", API_SIGNED_IN, API_TRANSPORT_LOOPBACK},
};

static void
every_operation_has_the_class_and_transport_that_it_should(void **state)
{
	assert_int_equal(API_OPERATIONS_COUNT, array_length(RULES));
	for (size_t i = 0; i < array_length(RULES); i++) {
		const struct api_operation *operation =
		    api_operation_find(RULES[i].operation);

		assert_non_null(operation);
		assert_int_equal(operation->security, RULES[i].security);
		assert_int_equal(operation->transport, RULES[i].transport);
	}
}

static void
plain_http_is_for_looking_around(void **state)
{
	static const bool allowed[][2] = {
	    /* over HTTP from elsewhere, from this computer */
	    [API_TRANSPORT_ANY] = {true, true},
	    [API_TRANSPORT_LOOPBACK] = {false, true},
	    [API_TRANSPORT_HTTPS] = {false, false},
	};

	for (size_t i = 0; i < API_OPERATIONS_COUNT; i++)
		for (int is_loopback = 0; is_loopback < 2; is_loopback++) {
			const struct api_operation *operation =
			    &API_OPERATIONS[i];
			struct err err = ERR_INIT;
			bool is_allowed = api_check_transport(
			    operation, LISTENER_HTTP, is_loopback == 1, &err);

			assert_int_equal(is_allowed,
			    allowed[operation->transport][is_loopback]);
			if (!is_allowed)
				assert_string_equal(err.code, "https_required");
			assert_true(api_check_transport(
			    operation, LISTENER_HTTPS, is_loopback == 1, &err));
		}
}

static void
a_session_ends_in_time_and_stays_on_its_listener(void **state)
{
	const struct store_session session = {.listener = STORE_LISTENER_HTTPS,
	    .last_used_at = 1000,
	    .expires_at = 5000};
	const struct store_session plain = {.listener = STORE_LISTENER_HTTP,
	    .last_used_at = 1000,
	    .expires_at = 5000};
	const struct sign_in_life short_life = {1000, 9000};
	const struct sign_in_life life = {9000, 9000};
	const struct sign_in_life shorter = {9000, 4000};
	struct store_session future = session;
	struct err err = ERR_INIT;

	assert_true(sign_in_judge_session(
	    &session, LISTENER_HTTPS, 1999, &short_life, &err));
	assert_false(sign_in_judge_session(
	    &session, LISTENER_HTTPS, 2000, &short_life, &err)); /* idle */
	assert_string_equal(err.code, "session_expired");
	assert_true(
	    sign_in_judge_session(&session, LISTENER_HTTPS, 4999, &life, &err));
	assert_false(sign_in_judge_session(
	    &session, LISTENER_HTTPS, 5000, &life, &err)); /* over */
	assert_string_equal(err.code, "session_expired");
	assert_true(sign_in_judge_session(
	    &session, LISTENER_HTTPS, 3999, &shorter, &err));
	assert_false(sign_in_judge_session(
	    &session, LISTENER_HTTPS, 4000, &shorter, &err)); /* a setting */
	assert_string_equal(err.code, "session_expired");
	future.created_at = 1001 + SIGN_IN_CLOCK_MS;
	assert_true(sign_in_judge_session(
	    &future, LISTENER_HTTPS, 1001, &short_life, &err));
	assert_false(sign_in_judge_session(&future, LISTENER_HTTPS, 1000,
	    &short_life, &err)); /* the clock was */
	assert_string_equal(err.code, "session_expired");
	assert_false(sign_in_judge_session(
	    &plain, LISTENER_HTTPS, 1001, &short_life, &err));
	assert_string_equal(err.code, "not_signed_in");
	assert_false(sign_in_judge_session(
	    &session, LISTENER_HTTP, 1001, &short_life, &err));
	assert_true(sign_in_judge_session(
	    &plain, LISTENER_HTTP, 1001, &short_life, &err));
}

static void
every_operation_has_one_handler_and_one_route(void **state)
{
	assert_int_equal(API_OPERATIONS_COUNT, API_HANDLERS_COUNT);
	assert_int_equal(API_OPERATIONS_COUNT, ROUTES_API_COUNT);
	for (size_t i = 0; i < API_OPERATIONS_COUNT; i++) {
		assert_string_equal(
		    API_OPERATIONS[i].name, API_HANDLERS[i].operation);
		assert_string_equal(
		    API_OPERATIONS[i].name, ROUTES_API[i].operation);
		assert_int_equal(ROUTES_API[i].needs_https,
		    API_OPERATIONS[i].transport == API_TRANSPORT_HTTPS);
		assert_int_equal(ROUTES_API[i].security,
		    API_OPERATIONS[i].security == API_ANYONE
			? ROUTE_SECURITY_OPEN
			: ROUTE_SECURITY_USER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_security_class_lets_in_whom_it_says),
	    cmocka_unit_test(who_has_a_second_factor_is_let_in),
	    cmocka_unit_test(each_role_may_call_what_the_golden_table_says),
	    cmocka_unit_test(nobody_but_an_administrator_changes_security),
	    cmocka_unit_test(
		every_operation_has_the_class_and_transport_that_it_should),
	    cmocka_unit_test(plain_http_is_for_looking_around),
	    cmocka_unit_test(a_session_ends_in_time_and_stays_on_its_listener),
	    cmocka_unit_test(every_operation_has_one_handler_and_one_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
