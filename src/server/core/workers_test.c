/* What the worker pool promises. */
#include "base/cmocka_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "server/core/workers.h"

static atomic_int ran;

static void
count_up(void *context)
{
	atomic_fetch_add(&ran, 1);
}

static void
a_full_queue_refuses_and_forgets_nothing(void **state)
{
	struct workers *workers = workers_new(4);
	struct err err = ERR_INIT;

	atomic_store(&ran, 0);
	for (int i = 0; i < 4; i++)
		assert_true(workers_submit(workers, count_up, NULL));
	assert_false(workers_submit(workers, count_up, NULL));
	assert_int_equal(workers_queued(workers), 4);
	assert_true(workers_start(workers, 2, &err));
	workers_free(workers);
	assert_int_equal(atomic_load(&ran), 4);
}

static void
every_job_runs_once(void **state)
{
	struct workers *workers = workers_new(8);
	struct err err = ERR_INIT;
	int submitted = 0;

	atomic_store(&ran, 0);
	assert_true(workers_start(workers, 4, &err));
	while (submitted < 10000)
		if (workers_submit(workers, count_up, NULL))
			submitted++;
	workers_free(workers);
	assert_int_equal(atomic_load(&ran), 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_queue_refuses_and_forgets_nothing),
	    cmocka_unit_test(every_job_runs_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
