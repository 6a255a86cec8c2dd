/* The bound of large bodies that are read at once. */
#include "base/cmocka_test.h"

#include <pthread.h>

#include "server/core/body_budget.h"

static void
what_does_not_fit_beside_others_is_refused(void **state)
{
	struct body_budget budget = {.max_bytes = 100};

	assert_true(body_budget_take(&budget, 60));
	assert_false(body_budget_take(&budget, 41));
	assert_true(body_budget_take(&budget, 40));
	assert_false(body_budget_take(&budget, 1));
	assert_false(body_budget_take(&budget, UINT64_MAX));
	body_budget_give(&budget, 60);
	assert_true(body_budget_take(&budget, 60));
}

static void
one_larger_than_all_is_read_alone(void **state)
{
	struct body_budget budget = {.max_bytes = 100};

	assert_true(body_budget_take(&budget, 500));
	assert_false(body_budget_take(&budget, 1));
	body_budget_give(&budget, 500);
	assert_true(body_budget_take(&budget, 1));
	assert_false(body_budget_take(&budget, 500));
}

struct taker {
	pthread_t thread;
	struct body_budget *budget;
	unsigned taken;
};

static void *
take_and_give(void *argument)
{
	struct taker *taker = argument;

	for (int i = 0; i < 10000; i++)
		if (body_budget_take(taker->budget, 30)) {
			if (atomic_load(&taker->budget->taken) <=
			    taker->budget->max_bytes)
				taker->taken++;
			body_budget_give(taker->budget, 30);
		} else {
			taker->taken++;
		}
	return NULL;
}

static void
threads_never_take_more_together(void **state)
{
	struct body_budget budget = {.max_bytes = 100};
	struct taker takers[8];

	for (int i = 0; i < 8; i++) {
		takers[i] = (struct taker){.budget = &budget};
		pthread_create(
		    &takers[i].thread, NULL, take_and_give, &takers[i]);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(takers[i].thread, NULL);
		assert_int_equal(takers[i].taken, 10000);
	}
	assert_int_equal(atomic_load(&budget.taken), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_does_not_fit_beside_others_is_refused),
	    cmocka_unit_test(one_larger_than_all_is_read_alone),
	    cmocka_unit_test(threads_never_take_more_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
