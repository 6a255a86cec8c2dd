/* Roles, levels and scopes decide as the tables say. */
#include "policy/authorize.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cmocka_test.h"

struct row {
	enum policy_level has;
	bool is_scoped;
	enum policy_module module;
	enum policy_level needs;
	enum policy_target target;
	enum policy_decision decision;
	enum policy_reason reason;
};

static const struct row ROWS[] = {
    /* levels reach as far as they say */
    {POLICY_NONE, false, POLICY_COMPUTERS, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_LEVEL},
    {POLICY_READ, false, POLICY_COMPUTERS, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    {POLICY_READ, false, POLICY_COMPUTERS, POLICY_WRITE, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_LEVEL},
    {POLICY_WRITE, false, POLICY_COMPUTERS, POLICY_WRITE, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    {POLICY_WRITE, false, POLICY_COMPUTERS, POLICY_FULL, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_LEVEL},
    {POLICY_FULL, false, POLICY_COMPUTERS, POLICY_FULL, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    /* what is one's own or everybody's asks for no level */
    {POLICY_NONE, false, POLICY_OWN, POLICY_NONE, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    {POLICY_NONE, true, POLICY_PUBLIC, POLICY_NONE, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    /* a scope hides what is outside, and only then */
    {POLICY_FULL, true, POLICY_COMPUTERS, POLICY_FULL, POLICY_TARGET_INSIDE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    {POLICY_FULL, true, POLICY_COMPUTERS, POLICY_READ, POLICY_TARGET_OUTSIDE,
	POLICY_HIDE, POLICY_REASON_OUTSIDE},
    {POLICY_FULL, false, POLICY_COMPUTERS, POLICY_READ, POLICY_TARGET_OUTSIDE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    /* who may not even ask does not learn whether it is there */
    {POLICY_READ, true, POLICY_COMPUTERS, POLICY_FULL, POLICY_TARGET_OUTSIDE,
	POLICY_REFUSE, POLICY_REASON_LEVEL},
    /* the whole server's modules are not for who has a scope */
    {POLICY_FULL, true, POLICY_USERS, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_SCOPE},
    {POLICY_FULL, true, POLICY_API_TOKENS, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_SCOPE},
    {POLICY_FULL, true, POLICY_SECURITY, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_SCOPE},
    {POLICY_FULL, true, POLICY_AUDIT, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_SCOPE},
    {POLICY_FULL, true, POLICY_OFFICES, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    {POLICY_FULL, true, POLICY_OFFICES, POLICY_WRITE, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_SCOPE},
    {POLICY_FULL, true, POLICY_SETTINGS, POLICY_READ, POLICY_TARGET_NONE,
	POLICY_ALLOW, POLICY_REASON_NONE},
    {POLICY_FULL, true, POLICY_SETTINGS, POLICY_WRITE, POLICY_TARGET_NONE,
	POLICY_REFUSE, POLICY_REASON_SCOPE},
};

static void
each_row_of_the_table_holds(void **state)
{
	for (size_t i = 0; i < array_length(ROWS); i++) {
		const struct row *row = &ROWS[i];
		struct policy_facts facts = {.is_scoped = row->is_scoped,
		    .module = row->module,
		    .level = row->needs,
		    .target = row->target};
		struct policy_verdict verdict;

		if ((size_t)row->module < POLICY_MODULE_COUNT)
			facts.levels.of[row->module] = row->has;
		verdict = policy_judge(&facts);
		assert_int_equal(verdict.decision, row->decision);
		assert_int_equal(verdict.reason, row->reason);
	}
}

static void
more_levels_never_allow_less(void **state)
{
	for (unsigned at = 0; at < POLICY_MODULE_COUNT * 2 * 3 * 3; at++) {
		struct policy_facts facts = {
		    .module = (enum policy_module)(at % POLICY_MODULE_COUNT),
		    .is_scoped = at / POLICY_MODULE_COUNT % 2 == 1,
		    .level = (enum policy_level)(
			1 + at / POLICY_MODULE_COUNT / 2 % 3),
		    .target =
			(enum policy_target)(at / POLICY_MODULE_COUNT / 6)};
		bool was_allowed = false;

		for (unsigned level = 0; level < POLICY_LEVEL_COUNT; level++) {
			bool is_allowed;

			facts.levels.of[facts.module] =
			    (enum policy_level)level;
			is_allowed =
			    policy_judge(&facts).decision == POLICY_ALLOW;
			assert_true(is_allowed || !was_allowed);
			assert_false(is_allowed && level < facts.level);
			was_allowed = is_allowed;
		}
	}
}

/* A golden table: a change here is a change of policy. */
static const char *const BUILT_IN[][2] = {
    {"administrator",
	"computers=full inventory=full software=full enrolment=full "
	"offices=full groups=full users=full api_tokens=full settings=full "
	"security=full audit=full events=full"},
    {"technician",
	"computers=full inventory=full software=read enrolment=full "
	"offices=read groups=read settings=read events=read"},
    {"auditor",
	"computers=read inventory=read software=read enrolment=read "
	"offices=read groups=read users=read api_tokens=read settings=read "
	"security=read audit=read events=read"},
    {"guest", "computers=read inventory=read software=read offices=read"},
};

static void
the_roles_that_are_always_there_are_the_golden_ones(void **state)
{
	char text[POLICY_LEVELS_TEXT_SIZE];

	assert_int_equal(POLICY_ROLE_COUNT, array_length(BUILT_IN));
	for (size_t i = 0; i < POLICY_ROLE_COUNT; i++) {
		const struct policy_role *role = &POLICY_ROLES[i];

		policy_levels_write(&role->levels, text);
		assert_string_equal(role->word, BUILT_IN[i][0]);
		assert_string_equal(text, BUILT_IN[i][1]);
		assert_ptr_equal(policy_role_by_id(role->id), role);
		assert_true(strcmp(role->word, "administrator") == 0 ||
		    role->levels.of[POLICY_SECURITY] < POLICY_WRITE);
	}
	assert_null(policy_role_by_id(""));
	assert_ptr_equal(POLICY_ADMINISTRATOR, &POLICY_ROLES[0]);
	assert_string_equal(POLICY_AUDITOR->word, "auditor");
}

static void
no_role_made_by_people_changes_security(void **state)
{
	struct policy_levels most = policy_levels_custom_most();
	enum policy_module module;

	assert_true(policy_levels_exceed(
	    &POLICY_ADMINISTRATOR->levels, &most, &module));
	assert_int_equal(module, POLICY_SECURITY);
	most.of[POLICY_SECURITY] = POLICY_FULL;
	assert_false(policy_levels_exceed(
	    &POLICY_ADMINISTRATOR->levels, &most, &module));
}

static void
the_lesser_of_two_is_above_neither(void **state)
{
	enum policy_module module;

	for (size_t a = 0; a < POLICY_ROLE_COUNT; a++)
		for (size_t b = 0; b < POLICY_ROLE_COUNT; b++) {
			const struct policy_levels *one =
			    &POLICY_ROLES[a].levels;
			const struct policy_levels *other =
			    &POLICY_ROLES[b].levels;
			struct policy_levels least =
			    policy_levels_least(one, other);

			assert_false(
			    policy_levels_exceed(&least, one, &module));
			assert_false(
			    policy_levels_exceed(&least, other, &module));
		}
}

static void
levels_survive_as_text(void **state)
{
	char text[POLICY_LEVELS_TEXT_SIZE], again[POLICY_LEVELS_TEXT_SIZE];
	struct policy_levels levels;

	for (size_t i = 0; i < POLICY_ROLE_COUNT; i++) {
		policy_levels_write(&POLICY_ROLES[i].levels, text);
		policy_levels_read(text, &levels);
		policy_levels_write(&levels, again);
		assert_string_equal(text, again);
	}
}

static void
what_this_program_does_not_know_counts_for_nothing(void **state)
{
	static const char *const TEXTS[] = {"", " ", "=", "computers",
	    "computers=", "computers=most", "computers=FULL", "Computers=full",
	    "own=full", "public=read", "teleport=full", "=full",
	    "computers=full=full"};
	char text[POLICY_LEVELS_TEXT_SIZE];
	struct policy_levels levels;

	for (size_t i = 0; i < array_length(TEXTS); i++) {
		policy_levels_read(TEXTS[i], &levels);
		policy_levels_write(&levels, text);
		assert_string_equal(text, "");
	}
}

static void
words_are_parsed_to_the_letter(void **state)
{
	enum policy_module module;
	enum policy_level level;

	assert_true(policy_module_parse("api_tokens", &module));
	assert_int_equal(module, POLICY_API_TOKENS);
	assert_true(policy_level_parse("none", &level));
	assert_int_equal(level, POLICY_NONE);
	assert_false(policy_module_parse("own", &module));
	assert_false(policy_module_parse("", &module));
	assert_false(policy_module_parse("api-tokens", &module));
	assert_false(policy_level_parse("Full", &level));
	assert_string_equal(policy_module_name(POLICY_OWN), "own");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_of_the_table_holds),
	    cmocka_unit_test(more_levels_never_allow_less),
	    cmocka_unit_test(
		the_roles_that_are_always_there_are_the_golden_ones),
	    cmocka_unit_test(no_role_made_by_people_changes_security),
	    cmocka_unit_test(the_lesser_of_two_is_above_neither),
	    cmocka_unit_test(levels_survive_as_text),
	    cmocka_unit_test(
		what_this_program_does_not_know_counts_for_nothing),
	    cmocka_unit_test(words_are_parsed_to_the_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
