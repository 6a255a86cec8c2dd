/* Processes killed in the middle of writing lose nothing acknowledged. */
#include "store/test_database.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/secret.h"
#include "store/setting.h"

enum {
	ROUNDS = 8,
	THREADS = 8,
	KEYS_MAX = 1 << 16, /* of one round */
};

static bool
put_number(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting = {.version = STORE_SETTING_ANY_VERSION};

	snprintf(setting.key, sizeof(setting.key), "%s", (char *)context);
	return store_setting_put(tx, &setting, err);
}

static bool
put_numbers(struct store_tx *tx, void *const contexts[], unsigned count,
    struct err *err)
{
	for (unsigned i = 0; i < count; i++)
		if (!put_number(tx, contexts[i], err))
			return false;
	return true;
}

/* By closures and in batches: what is acknowledged is kept either way. */
static bool
write_number(struct store *store, unsigned number, char *key, struct err *err)
{
	return number % 2 == 0
	    ? store_write(store, put_number, key, err)
	    : store_write_batch(store, put_numbers, key, err);
}

struct scribe {
	struct store *store;
	int told; /* pipe to the parent */
	unsigned round;
	atomic_uint next;
};

/* In the child: write without end, and tell of each acknowledged number. */
static void *
write_and_tell(void *argument)
{
	struct scribe *scribe = argument;

	for (;;) {
		unsigned number = atomic_fetch_add(&scribe->next, 1);
		struct err err = ERR_INIT;
		char key[32];

		snprintf(key, sizeof(key), "%u/%u", scribe->round, number);
		if (number >= KEYS_MAX ||
		    !write_number(scribe->store, number, key, &err) ||
		    write(scribe->told, &number, sizeof(number)) !=
			sizeof(number))
			return NULL;
	}
}

static void
write_until_killed(
    const struct test_database *database, unsigned round, int told)
{
	struct scribe scribe = {
	    .store = database_open(database), .told = told, .round = round};
	pthread_t thread;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, write_and_tell, &scribe);
	for (;;)
		pause();
}

/* Kill the child at a random moment; returns which numbers it had told. */
static unsigned
run_round(const struct test_database *database, unsigned round, bool *told)
{
	unsigned count = 0;
	unsigned number;
	int ends[2];
	int status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		write_until_killed(database, round, ends[1]);
	}
	close(ends[1]);
	/* The moment is counted from the first acknowledged write. */
	while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
		assert_true(number < KEYS_MAX);
		told[number] = true;
		if (count++ == 0) {
			usleep((useconds_t)random_below(60 * 1000));
			kill(child, SIGKILL);
		}
	}
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return count;
}

static void
assert_all_there(struct store *store, unsigned round, const bool *told)
{
	struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;
	char key[32];

	assert_ok(store_reader_open(store, &reader, &err), &err);
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		if (!told[i])
			continue;
		snprintf(key, sizeof(key), "%u/%u", round, i);
		assert_ok(store_setting_get(reader, key, &setting, &err), &err);
		assert_int_equal(setting.version, 1);
	}
	store_reader_close(reader);
}

static void
a_killed_process_loses_nothing_acknowledged(void **state)
{
	struct test_database *database = *state;
	scoped(memory_freep) bool *told = memory_zeroed(KEYS_MAX);
	unsigned count = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		memset(told, 0, KEYS_MAX);
		count += run_round(database, round, told);
		database->store = database_open(database);
		assert_all_there(database->store, round, told);
		store_close(take(database->store));
	}
	assert_true(count >= ROUNDS);
}

/* The same, with the server killed and started again meanwhile: the process
 * lives on and each of its acknowledged writes is there. */
struct survivor {
	pthread_t thread;
	struct store *store;
	bool *told;
	unsigned first;
	atomic_bool *must_end;
};

static void *
write_and_remember(void *argument)
{
	struct survivor *survivor = argument;

	for (unsigned i = survivor->first; i < KEYS_MAX && !*survivor->must_end;
	     i += THREADS) {
		struct err err = ERR_INIT;
		char key[32];

		snprintf(key, sizeof(key), "0/%u", i);
		if (write_number(survivor->store, i, key, &err))
			survivor->told[i] = true;
		else if (err.category == ERR_SYSTEM)
			usleep(5000);
	}
	return NULL;
}

static void
a_killed_server_loses_nothing_acknowledged(void **state)
{
	struct test_database *database = *state;
	scoped(memory_freep) bool *told = memory_zeroed(KEYS_MAX);
	struct survivor survivors[THREADS];
	atomic_bool must_end = false;

	for (unsigned i = 0; i < THREADS; i++) {
		survivors[i] = (struct survivor){.store = database->store,
		    .told = told,
		    .first = i,
		    .must_end = &must_end};
		pthread_create(&survivors[i].thread, NULL, write_and_remember,
		    &survivors[i]);
	}
	for (int i = 0; i < 3; i++) {
		usleep((useconds_t)random_below(200 * 1000));
		postgresql_kill();
		postgresql_start();
	}
	usleep(200 * 1000);
	must_end = true;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(survivors[i].thread, NULL);
	assert_all_there(database->store, 0, told);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH_EMPTY(a_killed_process_loses_nothing_acknowledged),
	    {"a_killed_server_loses_nothing_acknowledged",
		a_killed_server_loses_nothing_acknowledged, database_setup_open,
		database_teardown, (void *)&driver_postgresql},
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
