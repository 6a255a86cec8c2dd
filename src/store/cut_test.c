/* Connections to PostgreSQL that are cut at the worst moments: nothing is lost,
 * nothing is done twice. */
#include "store/test_call.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/setting.h"

#define CUT_KEY "key7"

/* A proxy on a Unix socket between libpq and the server, one connection at a
 * time in a thread each, that can cut at COMMIT or before. */
enum cut {
	CUT_NEVER,
	CUT_IN_BATCH,      /* at CUT_KEY, with other keys before it */
	CUT_BEFORE_COMMIT, /* the server never hears of it */
	CUT_AFTER_COMMIT,  /* the client never hears the answer */
};

static struct {
	char directory[96];
	int listener;
	pthread_t thread;
	atomic_int cut;
	atomic_bool is_refusing; /* no new connections */
	bool is_staying_away;    /* after a cut: it begins to refuse */
} proxy;

static int
connect_to_server(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432",
	    postgresql_socket_directory());
	if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)) !=
	    0) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* One cut is enough. */
static bool
cut_now(void)
{
	proxy.cut = CUT_NEVER;
	proxy.is_refusing = proxy.is_staying_away;
	return false;
}

/* Pass on what one side said. False: the connection ends. */
static bool
pass_on(int from, int to, bool is_client)
{
	char data[65536];
	ssize_t length = recv(from, data, sizeof(data), 0);
	bool is_commit;

	if (length <= 0)
		return false;
	is_commit = is_client &&
	    memmem(data, (size_t)length, "COMMIT", sizeof("COMMIT")) != NULL;
	if (is_commit && proxy.cut == CUT_BEFORE_COMMIT)
		return cut_now();
	if (is_client && proxy.cut == CUT_IN_BATCH &&
	    memmem(data, (size_t)length, CUT_KEY, strlen(CUT_KEY)) != NULL)
		return cut_now();
	if (send(to, data, (size_t)length, MSG_NOSIGNAL) != length)
		return false;
	if (is_commit && proxy.cut == CUT_AFTER_COMMIT) {
		/* Its answer is awaited, so that the server has done it. */
		ignore_result(recv(to, data, sizeof(data), 0) > 0);
		return cut_now();
	}
	return true;
}

static void *
serve_one(void *argument)
{
	int client = (int)(intptr_t)argument;
	int server = connect_to_server();
	struct pollfd ends[2] = {
	    {.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	bool goes_on = server >= 0;

	while (goes_on && poll(ends, 2, -1) > 0) {
		if (ends[0].revents != 0)
			goes_on = pass_on(client, server, true);
		if (goes_on && ends[1].revents != 0)
			goes_on = pass_on(server, client, false);
	}
	if (server >= 0)
		close(server);
	close(client);
	return NULL;
}

static void *
proxy_main(void *argument)
{
	for (;;) {
		int client = accept4(proxy.listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;

		if (client < 0)
			return NULL;
		if (proxy.is_refusing) {
			close(client);
			continue;
		}
		pthread_create(
		    &thread, NULL, serve_one, (void *)(intptr_t)client);
		pthread_detach(thread);
	}
}

static void
proxy_start(struct test_database *database)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *name = strstr(database->location, "dbname=");
	scoped(memory_freep) char *own = memory_string(name);

	snprintf(proxy.directory, sizeof(proxy.directory), "%s/proxy",
	    databases_directory());
	ignore_result(mkdir(proxy.directory, 0700));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432",
	    proxy.directory);
	unlink(address.sun_path);
	proxy.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(proxy.listener, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(listen(proxy.listener, 8), 0);
	proxy.cut = CUT_NEVER;
	proxy.is_refusing = false;
	proxy.is_staying_away = false;
	pthread_create(&proxy.thread, NULL, proxy_main, NULL);
	snprintf(database->location, sizeof(database->location),
	    "postgresql:host=%s user=postgres %s", proxy.directory, own);
}

static void
proxy_stop(void)
{
	shutdown(proxy.listener, SHUT_RDWR);
	pthread_join(proxy.thread, NULL);
	close(proxy.listener);
}

/* Cut, and let nobody through until the write has given up. */
static void
cut_and_stay_away(struct test_database *database, enum cut cut, bool is_kept)
{
	struct err err = ERR_INIT;

	proxy_start(database);
	proxy.is_staying_away = true;
	database->store = database_open(database);
	assert_ok(write_key(database->store, "before", &err), &err);
	proxy.cut = cut;
	assert_refused(write_key(database->store, "cut", &err), &err,
	    ERR_UNCERTAIN, "database_uncertain");
	assert_status(database->store, false, "database_uncertain");
	assert_refused(write_key(database->store, "lost", &err), &err,
	    ERR_SYSTEM, "database_unavailable");
	proxy.is_refusing = false;
	assert_ok(write_key(database->store, "after", &err), &err);
	assert_int_equal(has_key(database->store, "cut"), is_kept);
	assert_false(has_key(database->store, "lost"));
	store_close(take(database->store));
	proxy_stop();
}

static void
a_commit_that_was_not_heard_is_uncertain(void **state)
{
	cut_and_stay_away(*state, CUT_BEFORE_COMMIT, false);
}

static void
a_commit_whose_answer_was_lost_is_uncertain(void **state)
{
	cut_and_stay_away(*state, CUT_AFTER_COMMIT, true);
}

static bool
count_up(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting;

	if (!store_setting_get(store_tx_reader(tx), "counter", &setting, err))
		return false;
	setting.integer++;
	return store_setting_put(tx, &setting, err);
}

/* A server that can be asked again knows: done once, and once only. */
static void
cut_once(struct test_database *database, enum cut cut)
{
	struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	proxy_start(database);
	database->store = database_open(database);
	assert_ok(store_write(database->store, count_up, NULL, &err), &err);
	proxy.cut = cut;
	assert_ok(store_write(database->store, count_up, NULL, &err), &err);
	assert_int_equal(proxy.cut, CUT_NEVER);
	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, "counter", &setting, &err), &err);
	store_reader_close(reader);
	assert_int_equal(setting.integer, 2);
	assert_status(database->store, true, "database_uncertain");
	store_close(take(database->store));
	proxy_stop();
}

static void
a_commit_that_was_not_heard_is_done_again(void **state)
{
	cut_once(*state, CUT_BEFORE_COMMIT);
}

static void
a_commit_whose_answer_was_lost_is_not_done_twice(void **state)
{
	cut_once(*state, CUT_AFTER_COMMIT);
}

static bool
count_up_each(struct store_tx *tx, void *const contexts[], unsigned count,
    struct err *err)
{
	for (unsigned i = 0; i < count; i++) {
		struct store_setting setting;

		if (!store_setting_get(
			store_tx_reader(tx), contexts[i], &setting, err))
			return false;
		setting.integer++;
		if (!store_setting_put(tx, &setting, err))
			return false;
	}
	return true;
}

enum {
	CROWD = 24
};

struct counter {
	pthread_t thread;
	struct store *store;
	char key[16];
	bool is_ok;
	struct err err;
};

static void *
count_one(void *argument)
{
	struct counter *counter = argument;

	counter->is_ok = store_write_batch(
	    counter->store, count_up_each, counter->key, &counter->err);
	return NULL;
}

static void
count_crowd(struct store *store, struct counter *crowd)
{
	for (unsigned i = 0; i < CROWD; i++) {
		crowd[i] = (struct counter){.store = store};
		snprintf(crowd[i].key, sizeof(crowd[i].key), "key%u", i);
		pthread_create(&crowd[i].thread, NULL, count_one, &crowd[i]);
	}
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(crowd[i].thread, NULL);
}

static int64_t
count_of(struct store *store, const char *key)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, key, &setting, &err), &err);
	return setting.integer;
}

/* The connection breaks with a batch in it, or once it is done. */
static void
cut_crowd(struct test_database *database, enum cut cut)
{
	static struct counter crowd[CROWD];

	proxy_start(database);
	database->store = database_open(database);
	count_crowd(database->store, crowd);
	proxy.cut = cut;
	count_crowd(database->store, crowd);
	assert_int_equal(proxy.cut, CUT_NEVER);
	for (unsigned i = 0; i < CROWD; i++) {
		assert_ok(crowd[i].is_ok, &crowd[i].err);
		assert_int_equal(count_of(database->store, crowd[i].key), 2);
	}
	store_close(take(database->store));
	proxy_stop();
}

static void
a_batch_that_is_cut_off_is_done_again(void **state)
{
	cut_crowd(*state, CUT_IN_BATCH);
}

static void
a_batch_that_is_not_heard_of_is_done_again(void **state)
{
	cut_crowd(*state, CUT_BEFORE_COMMIT);
}

static void
a_batch_whose_answer_was_lost_is_not_done_twice(void **state)
{
	cut_crowd(*state, CUT_AFTER_COMMIT);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_POSTGRESQL(a_commit_that_was_not_heard_is_uncertain),
	    ON_POSTGRESQL(a_commit_whose_answer_was_lost_is_uncertain),
	    ON_POSTGRESQL(a_commit_that_was_not_heard_is_done_again),
	    ON_POSTGRESQL(a_commit_whose_answer_was_lost_is_not_done_twice),
	    ON_POSTGRESQL(a_batch_that_is_cut_off_is_done_again),
	    ON_POSTGRESQL(a_batch_that_is_not_heard_of_is_done_again),
	    ON_POSTGRESQL(a_batch_whose_answer_was_lost_is_not_done_twice),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
