/* What the worker pool promises. */
#include "base/cmocka_test.h"

#include <pthread.h>
#include <sched.h>
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
	struct workers *workers = workers_new(4, 2);
	struct err err = ERR_INIT;

	atomic_store(&ran, 0);
	for (int i = 0; i < 4; i++)
		assert_true(
		    workers_submit(workers, WORKER_AGENTS, count_up, NULL));
	assert_false(workers_submit(workers, WORKER_AGENTS, count_up, NULL));
	assert_int_equal(workers_queued(workers), 4);
	assert_true(workers_start(workers, 2, &err));
	workers_free(workers);
	assert_int_equal(atomic_load(&ran), 4);
}

static void
every_job_runs_once(void **state)
{
	struct workers *workers = workers_new(8, 4);
	struct err err = ERR_INIT;
	int submitted = 0;

	atomic_store(&ran, 0);
	assert_true(workers_start(workers, 4, &err));
	while (submitted < 10000)
		if (workers_submit(workers,
			submitted % 2 == 0 ? WORKER_PEOPLE : WORKER_AGENTS,
			count_up, NULL))
			submitted++;
	workers_free(workers);
	assert_int_equal(atomic_load(&ran), 10000);
}

/* A job that does not end before it is told to: a slow database. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
wait_for_gate(void *context)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	atomic_fetch_add(&ran, 1);
}

static void
people_are_served_while_agents_wait_for_a_slow_database(void **state)
{
	struct workers *workers = workers_new(100, 3);
	struct err err = ERR_INIT;

	atomic_store(&ran, 0);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 100; i++)
		assert_true(workers_submit(
		    workers, WORKER_AGENTS, wait_for_gate, NULL));
	assert_false(
	    workers_submit(workers, WORKER_AGENTS, wait_for_gate, NULL));
	assert_true(workers_start(workers, 4, &err));
	for (int i = 0; i < 100; i++)
		assert_true(
		    workers_submit(workers, WORKER_PEOPLE, count_up, NULL));
	while (atomic_load(&ran) < 100)
		sched_yield();
	while (workers_queued_of(workers, WORKER_AGENTS) > 97)
		sched_yield();
	assert_int_equal(workers_queued_of(workers, WORKER_AGENTS), 97);
	assert_int_equal(workers_queued_of(workers, WORKER_PEOPLE), 0);
	pthread_mutex_unlock(&gate);
	workers_free(workers);
	assert_int_equal(atomic_load(&ran), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_queue_refuses_and_forgets_nothing),
	    cmocka_unit_test(every_job_runs_once),
	    cmocka_unit_test(
		people_are_served_while_agents_wait_for_a_slow_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
