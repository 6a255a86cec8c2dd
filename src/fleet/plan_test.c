/* Plans: more agents than descriptors allow, then how they are spread. */
#include "base/cmocka_test.h"

#include <string.h>

#include "fleet/plan.h"

static struct scenario
fleet_of(int64_t agents, struct step *step)
{
	return (struct scenario){.agents = agents,
	    .agents_where = (char *)"s.ini:2",
	    .in_flight = 256,
	    .steps = step,
	    .step_count = 1};
}

static void
more_agents_than_descriptors_allow_are_refused(void **state)
{
	static const struct {
		int64_t agents;
		uint64_t descriptors;
		unsigned processes;
	} cases[] = {
	    {20000, 20000, 1},
	    {19681, 20000, 1},
	    {40000, 20000, 2},
	    {10, 320, 1},
	    {1000000, 1024, 0},
	    {1, 0, 0},
	};
	struct step step = {0};

	for (size_t i = 0; i < array_length(cases); i++) {
		struct scenario scenario = fleet_of(cases[i].agents, &step);
		struct plan plan = {0};
		struct err err = ERR_INIT;

		assert_false(plan_make(&scenario, cases[i].descriptors,
		    cases[i].processes, &plan, &err));
		assert_int_equal(err.category, ERR_LIMIT);
		assert_string_equal(err.code, "descriptors");
		assert_non_null(strstr(err.sentence, "s.ini:2: "));
		assert_non_null(strstr(err.sentence, "ulimit -n"));
	}
}

static void
rude_clients_count_too(void **state)
{
	struct step step = {.rude = {[RUDE_GARBAGE] = 300}};
	struct scenario scenario = fleet_of(100, &step);
	struct plan plan;
	struct err err = ERR_INIT;

	assert_false(plan_make(&scenario, 719, 1, &plan, &err));
	assert_true(plan_make(&scenario, 720, 1, &plan, &err));
}

static void
as_many_processes_as_descriptors_ask_for(void **state)
{
	static const struct {
		int64_t agents;
		unsigned given, processes;
	} cases[] = {
	    {1, 0, 1},
	    {19680, 0, 1},
	    {19681, 0, 2},
	    {100000, 0, 6},
	    {100, 8, 8},
	    {3, 8, 3},
	};
	struct step step = {0};

	for (size_t i = 0; i < array_length(cases); i++) {
		struct scenario scenario = fleet_of(cases[i].agents, &step);
		struct plan plan;
		struct err err = ERR_INIT;
		size_t largest = 0;

		assert_true(
		    plan_make(&scenario, 20000, cases[i].given, &plan, &err));
		assert_int_equal(plan.processes, cases[i].processes);
		for (unsigned p = 0; p < plan.processes; p++) {
			size_t count =
			    plan_first(&scenario, plan.processes, p + 1) -
			    plan_first(&scenario, plan.processes, p);

			assert_true(count > 0);
			largest = count > largest ? count : largest;
		}
		assert_int_equal(largest, plan.per_process);
		assert_int_equal(
		    plan_first(&scenario, plan.processes, plan.processes),
		    cases[i].agents);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(more_agents_than_descriptors_allow_are_refused),
	    cmocka_unit_test(rude_clients_count_too),
	    cmocka_unit_test(as_many_processes_as_descriptors_ask_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
