/* Second factors, recovery codes and tickets: each is taken once, on both
 * databases. */
#include "store/test_call.h"

#include <pthread.h>

#include "base/memory.h"
#include "store/sign_in_ticket.h"
#include "store/two_factor.h"

CALL(prepare, store_two_factor_prepare(tx, a, b, 50, err))
CALL(enable, store_two_factor_enable(tx, a, b, 7, 60, err))
CALL(clear, store_two_factor_clear(tx, a, err))
CALL(user_delete, store_user_delete(tx, a, err))
CALL(user_update, store_user_update(tx, a, err))
CALL(ticket_create, store_sign_in_ticket_create(tx, a, err))
CALL(ticket_delete, store_sign_in_ticket_delete(tx, a, err))

struct use {
	const char *user_id;
	const char *text; /* secret, or hash */
	int64_t step;
	bool is_first; /* comes out */
};

static bool
use_step(struct store_tx *tx, void *context, struct err *err)
{
	struct use *use = context;

	return store_two_factor_use(
	    tx, use->user_id, use->text, use->step, &use->is_first, err);
}

static bool
use_recovery_code(struct store_tx *tx, void *context, struct err *err)
{
	struct use *use = context;

	return store_recovery_code_use(
	    tx, use->user_id, use->text, &use->is_first, err);
}

static struct store *
store_of(void **state)
{
	return ((struct test_database *)*state)->store;
}

static bool
is_first(void **state, store_write_fn *fn, const char *user_id,
    const char *text, int64_t step)
{
	struct use use = {user_id, text, step, false};
	struct err err = ERR_INIT;

	assert_ok(store_write(store_of(state), fn, &use, &err), &err);
	return use.is_first;
}

static struct store_two_factor
factor_now(void **state, const char *user_id)
{
	struct store_reader *reader = open_reader(state);
	struct store_two_factor factor;
	struct err err = ERR_INIT;

	assert_ok(store_two_factor_get(reader, user_id, &factor, &err), &err);
	store_reader_close(reader);
	return factor;
}

static bool
has_two_factor(void **state, const char *user_id)
{
	struct store_reader *reader = open_reader(state);
	struct store_user user;
	struct err err = ERR_INIT;

	assert_ok(store_user_get(reader, user_id, &user, &err), &err);
	store_reader_close(reader);
	return user.has_two_factor;
}

static struct store_user
with_two_factor(void **state, const char *name)
{
	struct store_user user = user_in_role(state, name, "r");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, prepare, user.id, "sealed", &err), &err);
	assert_ok(do_write(state, enable, user.id, "sealed", &err), &err);
	return user;
}

static void
a_secret_counts_only_after_it_is_confirmed(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct err err = ERR_INIT;

	assert_string_equal(factor_now(state, user.id).secret, "");
	assert_refused(do_write(state, prepare, "nobody", "sealed", &err), &err,
	    ERR_NOT_FOUND, "user_not_found");
	assert_refused(do_write(state, enable, user.id, "", &err), &err,
	    ERR_CONFLICT, "two_factor_not_pending");
	assert_ok(do_write(state, prepare, user.id, "old", &err), &err);
	assert_ok(do_write(state, prepare, user.id, "sealed", &err), &err);
	assert_false(has_two_factor(state, user.id));
	assert_false(is_first(state, use_step, user.id, "", 9));
	assert_false(is_first(state, use_step, user.id, "sealed", 9));
	assert_refused(do_write(state, enable, user.id, "old", &err), &err,
	    ERR_CONFLICT, "two_factor_not_pending");
	assert_ok(do_write(state, enable, user.id, "sealed", &err), &err);
	assert_true(has_two_factor(state, user.id));
	assert_string_equal(factor_now(state, user.id).secret, "sealed");
	assert_string_equal(factor_now(state, user.id).pending, "");
	assert_int_equal(factor_now(state, user.id).enabled_at, 60);
	assert_refused(do_write(state, enable, user.id, "sealed", &err), &err,
	    ERR_CONFLICT, "two_factor_not_pending");
}

static void
a_step_is_taken_once_and_never_an_older_one(void **state)
{
	struct store_user user = with_two_factor(state, "a");
	struct err err = ERR_INIT;

	assert_false(is_first(state, use_step, user.id, "sealed", 7));
	assert_false(is_first(state, use_step, user.id, "sealed", 6));
	assert_false(is_first(state, use_step, user.id, "another", 8));
	assert_true(is_first(state, use_step, user.id, "sealed", 8));
	assert_false(is_first(state, use_step, user.id, "sealed", 8));
	/* One that waits for its code takes nothing from the one in force. */
	assert_ok(do_write(state, prepare, user.id, "newer", &err), &err);
	assert_true(has_two_factor(state, user.id));
	assert_true(is_first(state, use_step, user.id, "sealed", 9));
}

enum {
	RACERS = 8
};

struct racer {
	pthread_t thread;
	struct store *store;
	struct use use;
	bool is_written;
};

static void *
race(void *context)
{
	struct racer *racer = context;
	struct err err = ERR_INIT;

	racer->is_written =
	    store_write(racer->store, use_step, &racer->use, &err);
	return NULL;
}

static void
of_many_at_once_one_takes_the_step(void **state)
{
	struct store_user user = with_two_factor(state, "a");
	struct racer racers[RACERS];
	unsigned winners = 0;

	for (size_t i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){.store = store_of(state),
		    .use = {user.id, "sealed", 8, false}};
		assert_int_equal(
		    pthread_create(&racers[i].thread, NULL, race, &racers[i]),
		    0);
	}
	for (size_t i = 0; i < RACERS; i++) {
		assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
		assert_true(racers[i].is_written);
		winners += racers[i].use.is_first;
	}
	assert_int_equal(winners, 1);
}

static int64_t
codes_left(void **state, const char *user_id)
{
	struct store_reader *reader = open_reader(state);
	struct err err = ERR_INIT;
	int64_t count = -1;

	assert_ok(
	    store_recovery_code_count(reader, user_id, &count, &err), &err);
	store_reader_close(reader);
	return count;
}

static bool
set_codes(struct store_tx *tx, const void *a, const void *b, struct err *err)
{
	char hashes[3][STORE_SHA256_SIZE] = {"one", "two", "three"};

	return store_recovery_codes_set(tx, a, hashes, *(const size_t *)b, err);
}

static void
a_recovery_code_is_taken_once_and_by_its_user(void **state)
{
	struct store_user user = with_two_factor(state, "a");
	struct store_user other = with_two_factor(state, "b");
	struct err err = ERR_INIT;

	assert_ok(
	    do_write(state, set_codes, user.id, &(size_t){3}, &err), &err);
	assert_int_equal(codes_left(state, user.id), 3);
	assert_int_equal(codes_left(state, other.id), 0);
	assert_false(is_first(state, use_recovery_code, other.id, "one", 0));
	assert_true(is_first(state, use_recovery_code, user.id, "one", 0));
	assert_false(is_first(state, use_recovery_code, user.id, "one", 0));
	assert_int_equal(codes_left(state, user.id), 2);
	assert_ok(
	    do_write(state, set_codes, user.id, &(size_t){1}, &err), &err);
	assert_int_equal(codes_left(state, user.id), 1);
}

static struct store_sign_in_ticket
make_ticket(const char *user_id, const char *hash, int64_t at)
{
	struct store_sign_in_ticket ticket = {.created_at = at,
	    .expires_at = at + 100,
	    .listener = STORE_LISTENER_HTTPS};

	store_text_copy(ticket.user_id, sizeof(ticket.user_id), user_id);
	store_text_copy(ticket.hash, sizeof(ticket.hash), hash);
	return ticket;
}

static bool
has_ticket(void **state, const char *hash)
{
	struct store_reader *reader = open_reader(state);
	struct store_sign_in_ticket ticket;
	struct err err = ERR_INIT;
	bool has = store_sign_in_ticket_get(reader, hash, &ticket, &err);

	if (has)
		assert_int_equal(ticket.listener, STORE_LISTENER_HTTPS);
	else
		assert_string_equal(err.code, "ticket_not_found");
	store_reader_close(reader);
	return has;
}

static void
add_ticket(void **state, const char *user_id, const char *hash, int64_t at)
{
	struct store_sign_in_ticket ticket = make_ticket(user_id, hash, at);
	struct err err = ERR_INIT;

	assert_ok(do_write(state, ticket_create, &ticket, NULL, &err), &err);
}

static void
tickets_of_a_user_are_few_and_short_lived(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct store_user other = user_in_role(state, "b", "r");
	struct store_sign_in_ticket nobodys = make_ticket("nobody", "x", 1);
	struct err err = ERR_INIT;
	char hash[8];

	assert_refused(do_write(state, ticket_create, &nobodys, NULL, &err),
	    &err, ERR_NOT_FOUND, "user_not_found");
	add_ticket(state, other.id, "other", 1);
	for (int i = 0; i < STORE_TICKETS_OF_USER + 2; i++) {
		snprintf(hash, sizeof(hash), "t%d", i);
		add_ticket(state, user.id, hash, 1 + i);
	}
	assert_false(has_ticket(state, "t0"));
	assert_false(has_ticket(state, "t1"));
	assert_true(has_ticket(state, "t2"));
	assert_true(has_ticket(state, "t6"));
	assert_true(has_ticket(state, "other"));
	assert_ok(do_write(state, ticket_delete, "t6", NULL, &err), &err);
	assert_refused(do_write(state, ticket_delete, "t6", NULL, &err), &err,
	    ERR_NOT_FOUND, "ticket_not_found");
	/* The others have expired by then. */
	add_ticket(state, other.id, "late", 500);
	assert_false(has_ticket(state, "t2"));
	assert_false(has_ticket(state, "other"));
	assert_true(has_ticket(state, "late"));
}

struct attempt {
	const char *hash;
	bool may;
};

static bool
try_ticket(struct store_tx *tx, void *context, struct err *err)
{
	struct attempt *attempt = context;

	return store_sign_in_ticket_try(
	    tx, attempt->hash, 2, &attempt->may, err);
}

static void
a_ticket_is_good_for_a_few_tries(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct attempt attempt = {"t", false};
	struct err err = ERR_INIT;

	add_ticket(state, user.id, "t", 1);
	for (int i = 0; i < 3; i++) {
		assert_ok(
		    store_write(store_of(state), try_ticket, &attempt, &err),
		    &err);
		assert_int_equal(attempt.may, i < 2);
	}
	attempt.hash = "none";
	assert_refused(store_write(store_of(state), try_ticket, &attempt, &err),
	    &err, ERR_NOT_FOUND, "ticket_not_found");
}

static void
what_is_cleared_leaves_nothing_behind(void **state)
{
	struct store_user user = with_two_factor(state, "a");
	struct err err = ERR_INIT;

	assert_ok(
	    do_write(state, set_codes, user.id, &(size_t){3}, &err), &err);
	assert_ok(do_write(state, prepare, user.id, "newer", &err), &err);
	add_ticket(state, user.id, "t", 1);
	assert_ok(do_write(state, clear, user.id, NULL, &err), &err);
	assert_false(has_two_factor(state, user.id));
	assert_string_equal(factor_now(state, user.id).secret, "");
	assert_string_equal(factor_now(state, user.id).pending, "");
	assert_int_equal(codes_left(state, user.id), 0);
	assert_false(has_ticket(state, "t"));
	assert_ok(do_write(state, clear, user.id, NULL, &err), &err);
	assert_refused(do_write(state, clear, "nobody", NULL, &err), &err,
	    ERR_NOT_FOUND, "user_not_found");
}

static void
a_change_of_the_user_keeps_it_and_deletion_takes_it_along(void **state)
{
	struct store_user user = with_two_factor(state, "a");
	struct err err = ERR_INIT;

	assert_false(user.has_two_factor); /* an old copy */
	assert_ok(do_write(state, user_update, &user, NULL, &err), &err);
	assert_true(has_two_factor(state, user.id));
	assert_ok(
	    do_write(state, set_codes, user.id, &(size_t){3}, &err), &err);
	assert_ok(do_write(state, user_delete, user.id, NULL, &err), &err);
	assert_int_equal(codes_left(state, user.id), 0);
	assert_string_equal(factor_now(state, user.id).secret, "");
}

static struct store_two_factor_count
counted(void **state)
{
	struct store_reader *reader = open_reader(state);
	struct store_two_factor_count count;
	struct err err = ERR_INIT;

	assert_ok(store_two_factor_count(reader, &count, &err), &err);
	store_reader_close(reader);
	return count;
}

static void
who_has_none_is_counted(void **state)
{
	struct store_user user = user_in_role(state, "a", "r");
	struct store_user machine = user_in_role(state, "machine", "r");
	struct err err = ERR_INIT;

	assert_int_equal(counted(state).users, 2);
	(void)with_two_factor(state, "b");
	store_text_copy(
	    machine.password_hash, sizeof(machine.password_hash), "*");
	assert_ok(do_write(state, user_update, &machine, NULL, &err), &err);
	assert_int_equal(counted(state).users, 2);
	assert_int_equal(counted(state).without, 1);
	user.is_disabled = true;
	assert_ok(do_write(state, user_update, &user, NULL, &err), &err);
	assert_int_equal(counted(state).users, 1);
	assert_int_equal(counted(state).without, 0);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(a_secret_counts_only_after_it_is_confirmed),
	    ON_BOTH(a_step_is_taken_once_and_never_an_older_one),
	    ON_BOTH(of_many_at_once_one_takes_the_step),
	    ON_BOTH(a_recovery_code_is_taken_once_and_by_its_user),
	    ON_BOTH(tickets_of_a_user_are_few_and_short_lived),
	    ON_BOTH(a_ticket_is_good_for_a_few_tries),
	    ON_BOTH(what_is_cleared_leaves_nothing_behind),
	    ON_BOTH(a_change_of_the_user_keeps_it_and_deletion_takes_it_along),
	    ON_BOTH(who_has_none_is_counted),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
