/* Scenarios: every fault with its file and line first, then what is read. */
#include "base/cmocka_test.h"

#include <string.h>

#include "fleet/scenario.h"

static void
refuses(const char *text, const char *sentence)
{
	struct scenario scenario;
	struct err err = ERR_INIT;

	if (scenario_parse(&scenario, "s.ini", view_string(text), &err))
		fail_msg("accepted: %s", text);
	assert_int_equal(err.category, ERR_MALFORMED);
	assert_string_equal(err.code, "configuration");
	if (strstr(err.sentence, sentence) == NULL)
		fail_msg("%s\nsays: %s", text, err.sentence);
}

#define FLEET_ "[fleet]\nagents = 10\n"

static void
unknown_words_are_refused_with_what_is_allowed(void **state)
{
	refuses(FLEET_ "[enroll]\n",
	    "s.ini:3: there is no step [enroll]; allowed are fleet, enrol, "
	    "refresh, hold, storm, renew, lose_answer, misbehave");
	refuses("[fleet]\nagent = 10\n",
	    "s.ini:2: [fleet] has no key \"agent\"; allowed are agents, seed");
	refuses(FLEET_ "[enrol]\nspeed = 1\n",
	    "s.ini:4: [enrol] has no key \"speed\"; allowed are agents, rate, "
	    "over");
	refuses(FLEET_ "[hold]\nrounds = 1\n", "s.ini:4: [hold] has no key");
	refuses(FLEET_ "[hold]\n[storm]\ncome_back = never\n", "s.ini:5: ");
	refuses("agents = 1\n", "s.ini:1: ");
	refuses(FLEET_ "[enrol]\nwords alone\n", "s.ini:4: ");
}

static void
impossible_numbers_are_refused_with_the_limit(void **state)
{
	refuses("[fleet]\nagents = 0\n[enrol]\n", "s.ini:2: ");
	refuses("[fleet]\nagents = 0\n[enrol]\n", "1 to 1000000");
	refuses("[fleet]\nagents = 1000001\n[enrol]\n", "1 to 1000000");
	refuses("[fleet]\nagents = many\n[enrol]\n", "s.ini:2: ");
	refuses("[fleet]\nagents = -5\n[enrol]\n", "s.ini:2: ");
	refuses(FLEET_ "[refresh]\nchanged = 101\n", "s.ini:4: ");
	refuses(FLEET_ "[refresh]\nrounds = 0\n", "s.ini:4: ");
	refuses(FLEET_ "[hold]\nduration = 5\n", "s.ini:4: ");
	refuses(FLEET_ "[hold]\nduration = 31d\n", "s.ini:4: ");
	refuses("[fleet]\npackages_least = 9\npackages_most = 8\n[enrol]\n",
	    "packages_least (9) is more than packages_most (8)");
	refuses(FLEET_ "[enrol]\nagents = 11\n",
	    "s.ini:3: [enrol] wants 11 agents; the fleet has 10");
	refuses(FLEET_ "[misbehave]\ngarbage = 1\nwitnesses = 11\n",
	    "s.ini:3: [misbehave] wants 11 agents; the fleet has 10");
}

static void
steps_that_make_no_sense_are_refused(void **state)
{
	refuses("", "s.ini: there is no section [fleet]");
	refuses("[enrol]\n", "s.ini: there is no section [fleet]");
	refuses(FLEET_, "s.ini: there is no step after [fleet]");
	refuses(FLEET_ "[enrol]\n[fleet]\n",
	    "s.ini:4: [fleet] stands once, before the steps");
	refuses(FLEET_ "[enrol]\n[storm]\n", "s.ini:4: [storm] needs a [hold]");
	refuses(FLEET_ "[refresh]\nrate = 1\nover = 1s\n",
	    "s.ini:3: a step has either \"rate\" or \"over\"");
	refuses(FLEET_ "[misbehave]\n", "s.ini:3: [misbehave] needs at least");
}

static void
a_missing_file_is_refused_by_its_name(void **state)
{
	struct scenario scenario;
	struct err err = ERR_INIT;

	assert_false(scenario_load(&scenario, "/nowhere/s.ini", &err));
	assert_string_equal(err.code, "configuration");
	assert_non_null(strstr(err.sentence, "/nowhere/s.ini"));
}

static void
steps_are_read_in_their_order_with_their_values(void **state)
{
	static const char text[] = "# a comment\n"
				   "[fleet]\nagents = 10\nseed = 7\n"
				   "[enrol]\nrate = 5\n"
				   "[refresh]\n"
				   "[refresh]\nover = 10s\nchanged = 20\n"
				   "[hold]\nagents = 5\nduration = 2min\n"
				   "[storm]\ncome_back = at_once\n"
				   "[lose_answer]\nof = renew\n"
				   "[misbehave]\nslow_body = 3\n";
	static const enum step_kind kinds[] = {STEP_ENROL, STEP_REFRESH,
	    STEP_REFRESH, STEP_HOLD, STEP_STORM, STEP_LOSE_ANSWER,
	    STEP_MISBEHAVE};
	scoped(scenario_donep) struct scenario scenario = {0};
	struct err err = ERR_INIT;

	assert_true(
	    scenario_parse(&scenario, "s.ini", view_string(text), &err));
	assert_int_equal(scenario.seed, 7);
	assert_string_equal(scenario.agents_where, "s.ini:3");
	assert_int_equal(scenario.step_count, array_length(kinds));
	for (size_t i = 0; i < array_length(kinds); i++)
		assert_int_equal(scenario.steps[i].kind, kinds[i]);
	assert_int_equal(scenario.steps[0].rate, 5);
	assert_int_equal(scenario.steps[1].rounds, 1);
	assert_int_equal(scenario.steps[1].changed_percent, 0);
	assert_int_equal(scenario.steps[2].over_ms, 10000);
	assert_int_equal(scenario.steps[3].duration_ms, 120000);
	assert_int_equal(scenario.steps[4].come_back, COME_BACK_AT_ONCE);
	assert_int_equal(scenario.steps[5].of, LOST_RENEW);
	assert_int_equal(scenario.steps[6].rude[RUDE_SLOW_BODY], 3);
	assert_string_equal(
	    rudeness_name(RUDE_WRONG_CERTIFICATE), "wrong_certificate");
	assert_true(scenario_enrols(&scenario));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unknown_words_are_refused_with_what_is_allowed),
	    cmocka_unit_test(impossible_numbers_are_refused_with_the_limit),
	    cmocka_unit_test(steps_that_make_no_sense_are_refused),
	    cmocka_unit_test(a_missing_file_is_refused_by_its_name),
	    cmocka_unit_test(steps_are_read_in_their_order_with_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
