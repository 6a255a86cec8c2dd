/* The audit log, and what somebody with the database's password may do to it,
 * on both databases. */
#include "store/test_call.h"

#include <inttypes.h>
#include <pthread.h>

#include "base/memory.h"
#include "store/audit_chain.h"
#include "store/audit_checkpoint.h"
#include "store/statement.h"

static struct store_audit_row
make_row(const char *target)
{
	struct store_audit_row row = {.at = 1000,
	    .actor_kind = "user",
	    .actor_id = "u-1",
	    .actor_name = "admin",
	    .action = "office.create",
	    .target_kind = "office",
	    .address = "192.0.2.1",
	    .listener = "https",
	    .outcome = "done",
	    .occurrences = 1,
	    .value_after = "{\"name\":\"Osaka\"}"};

	store_text_copy(row.target_id, sizeof(row.target_id), target);
	return row;
}

/* The row is the caller's: numbers come back in it. */
CALL(
    append, store_audit_append(tx, (struct store_audit_row *)(uintptr_t)a, err))

static bool
run_sql(struct store_tx *tx, const void *a, const void *b, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx), a);
	return statement_run(&statement, &changes, err);
}

/* What a person with access to the database does behind our back. */
static void
tamper(void **state, const char *sql)
{
	struct err err = ERR_INIT;

	assert_ok(do_write(state, run_sql, sql, NULL, &err), &err);
}

static void
append_rows(void **state, int count)
{
	struct err err = ERR_INIT;

	for (int i = 0; i < count; i++) {
		struct store_audit_row row = make_row("o");

		row.at = 1000 + i;
		assert_ok(do_write(state, append, &row, NULL, &err), &err);
	}
}

/* A head that the signer has seen. */
struct seen {
	int64_t n;
	char hash[STORE_SHA256_SIZE];
};

static bool
ask_seen(void *context, int64_t n, const char *hash, bool *out_is_same,
    struct err *err)
{
	const struct seen *seen = context;

	*out_is_same =
	    seen == NULL || seen->n != n || strcmp(seen->hash, hash) == 0;
	return true;
}

static struct audit_walk
walk_from(void **state, struct store_audit_position from, struct seen *seen)
{
	struct audit_walk walk = {.position = from};
	struct store_reader *reader = open_reader(state);
	struct err err = ERR_INIT;

	/* In small steps, as a long log is walked. */
	do
		assert_ok(
		    audit_chain_walk(reader, 3, ask_seen, seen, &walk, &err),
		    &err);
	while (walk.fault == AUDIT_WHOLE && !walk.is_at_end);
	store_reader_close(reader);
	return walk;
}

static struct audit_walk
walk_all(void **state, struct seen *seen)
{
	return walk_from(state,
	    (struct store_audit_position){.hash = AUDIT_CHAIN_BEGIN}, seen);
}

static void
assert_fault(
    void **state, struct seen *seen, enum audit_fault fault, int64_t first_bad)
{
	struct audit_walk walk = walk_all(state, seen);

	assert_string_equal(
	    audit_fault_name(walk.fault), audit_fault_name(fault));
	assert_int_equal(walk.first_bad, first_bad);
	assert_int_equal(walk.position.n, first_bad - 1);
}

static struct store_audit_position
head_now(void **state)
{
	struct store_reader *reader = open_reader(state);
	struct store_audit_position head;
	struct err err = ERR_INIT;

	assert_ok(store_audit_head(reader, &head, &err), &err);
	store_reader_close(reader);
	return head;
}

static void
rows_are_numbered_and_chained(void **state)
{
	struct audit_walk walk;

	append_rows(state, 10);
	walk = walk_all(state, NULL);
	assert_int_equal(walk.fault, AUDIT_WHOLE);
	assert_int_equal(walk.position.n, 10);
	assert_int_equal(head_now(state).n, 10);
	assert_string_equal(head_now(state).hash, walk.position.hash);
}

/* The example of docs/protocol/audit.md: another hash would make every log
 * that exists look tampered with. */
static void
the_hash_of_a_row_is_what_the_document_says(void **state)
{
	struct store_audit_row row = make_row("o");
	struct err err = ERR_INIT;
	char hash[STORE_SHA256_SIZE];

	row.n = 1;
	memcpy(row.previous_hash, AUDIT_CHAIN_BEGIN, sizeof(row.previous_hash));
	assert_ok(audit_chain_hash(&row, hash, &err), &err);
	assert_string_equal(hash,
	    "a5e9303d743e9632150ab66e5bd410f946f5e5d158e5141ef317fbeac1775d75");
}

/* A failed closure takes its row with it, and leaves no gap. */
CALL(append_and_fail,
    store_audit_append(tx, (struct store_audit_row *)(uintptr_t)a, err) &&
	err_set_code(err, ERR_CONFLICT, "on_purpose", "on purpose"))

static void
a_change_that_fails_leaves_no_row_and_no_gap(void **state)
{
	struct store_audit_row row = make_row("o");
	struct err err = ERR_INIT;

	append_rows(state, 2);
	assert_refused(do_write(state, append_and_fail, &row, NULL, &err), &err,
	    ERR_CONFLICT, "on_purpose");
	append_rows(state, 2);
	assert_int_equal(walk_all(state, NULL).position.n, 4);
	assert_int_equal(walk_all(state, NULL).fault, AUDIT_WHOLE);
}

enum {
	WRITERS = 4,
	ROWS_EACH = 25,
};

static void *
write_many(void *state)
{
	append_rows(state, ROWS_EACH);
	return NULL;
}

static void
many_threads_of_two_processes_leave_no_gap(void **state)
{
	struct test_database *database = *state;
	struct test_database other = *database;
	void *states[] = {database, &other};
	pthread_t threads[WRITERS];

	/* A store of its own stands for another process. */
	other.store = database_open(database);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many,
				     &states[i % 2]),
		    0);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	store_close(other.store);
	assert_int_equal(walk_all(state, NULL).position.n, WRITERS * ROWS_EACH);
	assert_int_equal(walk_all(state, NULL).fault, AUDIT_WHOLE);
}

static void
a_changed_row_is_found(void **state)
{
	static const char *const CHANGES[] = {
	    "UPDATE audit SET actor_name = 'nobody' WHERE n = 4",
	    "UPDATE audit SET at = at + 1 WHERE n = 4",
	    "UPDATE audit SET action = 'no.such.word' WHERE n = 4",
	    "UPDATE audit SET value_after = '{}' WHERE n = 4",
	    "UPDATE audit SET occurrences = 2 WHERE n = 4",
	    "UPDATE audit SET outcome = 'refused' WHERE n = 4",
	    "UPDATE audit SET hash = 'x' WHERE n = 4",
	    "UPDATE audit SET previous_hash = 'x' WHERE n = 4",
	    /* Moved between two neighbouring fields. */
	    "UPDATE audit SET actor_id = 'u-1a', actor_name = 'dmin'"
	    " WHERE n = 4",
	    /* Longer than any that we write: not cut before it is hashed. */
	    "UPDATE audit SET target_id = target_id || "
	    "'                                                                "
	    "                                                                "
	    "                                                                '"
	    " WHERE n = 4",
	};

	append_rows(state, 6);
	for (size_t i = 0; i < array_length(CHANGES); i++) {
		tamper(state, "CREATE TABLE kept AS SELECT * FROM audit");
		tamper(state, CHANGES[i]);
		assert_fault(state, NULL, AUDIT_CHANGED, 4);
		tamper(state, "DELETE FROM audit");
		tamper(state, "INSERT INTO audit SELECT * FROM kept");
		tamper(state, "DROP TABLE kept");
	}
	assert_int_equal(walk_all(state, NULL).fault, AUDIT_WHOLE);
}

static void
a_deleted_row_is_found(void **state)
{
	append_rows(state, 6);
	tamper(state, "DELETE FROM audit WHERE n = 3");
	assert_fault(state, NULL, AUDIT_MISSING, 3);
	tamper(state, "DELETE FROM audit WHERE n < 3");
	assert_fault(state, NULL, AUDIT_MISSING, 1);
}

/* Numbering goes on behind the gap, so that it never closes. */
static void
a_cut_tail_leaves_a_gap(void **state)
{
	struct audit_walk walk;

	append_rows(state, 6);
	tamper(state, "DELETE FROM audit WHERE n > 4");
	walk = walk_all(state, NULL);
	assert_int_equal(walk.fault, AUDIT_WHOLE);
	assert_int_equal(walk.position.n, 4);
	assert_int_equal(head_now(state).n, 6);
	append_rows(state, 1);
	assert_fault(state, NULL, AUDIT_MISSING, 5);
}

/* The kept head cut back too: the rows themselves number the next one. */
static void
a_lost_head_is_made_again_from_the_rows(void **state)
{
	append_rows(state, 3);
	tamper(state, "DELETE FROM audit_head");
	append_rows(state, 1);
	tamper(state, "UPDATE audit_head SET n = 1");
	append_rows(state, 1);
	assert_int_equal(walk_all(state, NULL).position.n, 5);
	assert_int_equal(walk_all(state, NULL).fault, AUDIT_WHOLE);
}

static void
swapped_rows_are_found(void **state)
{
	append_rows(state, 6);
	tamper(state, "UPDATE audit SET n = 100 WHERE n = 2");
	tamper(state, "UPDATE audit SET n = 2 WHERE n = 5");
	tamper(state, "UPDATE audit SET n = 5 WHERE n = 100");
	assert_fault(state, NULL, AUDIT_CHANGED, 2);
}

/* Hash everything anew from row n on, as an able attacker would. */
static void
chain_again(void **state, int64_t from, int64_t until)
{
	char previous[STORE_SHA256_SIZE];
	struct store_audit_row row;
	struct err err = ERR_INIT;

	for (int64_t n = from; n <= until; n++) {
		struct store_reader *reader = open_reader(state);
		scoped(memory_freep) char *sql = NULL;

		assert_ok(store_audit_get(reader, n, &row, &err), &err);
		store_reader_close(reader);
		if (n > from)
			memcpy(row.previous_hash, previous, sizeof(previous));
		assert_ok(audit_chain_hash(&row, row.hash, &err), &err);
		memcpy(previous, row.hash, sizeof(previous));
		sql = memory_format("UPDATE audit SET previous_hash = '%s',"
				    " hash = '%s' WHERE n = %" PRId64,
		    row.previous_hash, row.hash, n);
		tamper(state, sql);
	}
}

static void
a_row_put_in_does_not_follow(void **state)
{
	append_rows(state, 4);
	/* A whole row of its own, that the next one does not know. */
	tamper(state, "UPDATE audit SET actor_name = 'x' WHERE n = 2");
	chain_again(state, 2, 2);
	assert_fault(state, NULL, AUDIT_CHAINED, 3);
}

static void
a_log_chained_anew_differs_from_a_head_seen_elsewhere(void **state)
{
	struct seen seen = {0};
	struct store_audit_position head;

	append_rows(state, 8);
	head = head_now(state);
	seen.n = head.n;
	memcpy(seen.hash, head.hash, sizeof(seen.hash));
	append_rows(state, 2);
	assert_int_equal(walk_all(state, &seen).fault, AUDIT_WHOLE);
	tamper(state, "UPDATE audit SET actor_name = 'x' WHERE n = 5");
	chain_again(state, 5, 10);
	assert_int_equal(walk_all(state, NULL).fault, AUDIT_WHOLE);
	assert_fault(state, &seen, AUDIT_REPLACED, 8);
}

CALL(cut, store_audit_cut(tx, a, (int64_t *)(uintptr_t)b, err))

static void
cut_rows_leave_a_checkpoint_from_which_the_chain_goes_on(void **state)
{
	struct store_audit_checkpoint checkpoint = {
	    .at = 5, .statement = "signed"};
	struct store_audit_position from;
	struct store_audit_row row;
	struct store_reader *reader;
	struct err err = ERR_INIT;
	int64_t count = 0, bound = 0;

	append_rows(state, 10);
	reader = open_reader(state);
	assert_ok(store_audit_cut_bound(reader, 1006, 100, &bound, &err), &err);
	assert_int_equal(bound, 6);
	assert_ok(store_audit_cut_bound(reader, 1006, 4, &bound, &err), &err);
	assert_int_equal(bound, 4);
	assert_ok(store_audit_cut_bound(reader, 1000, 100, &bound, &err), &err);
	assert_int_equal(bound, 0);
	/* However old: the newest row stays. */
	assert_ok(store_audit_cut_bound(reader, 9999, 100, &bound, &err), &err);
	assert_int_equal(bound, 9);
	assert_ok(store_audit_get(reader, 6, &row, &err), &err);
	store_reader_close(reader);
	checkpoint.n = 6;
	memcpy(checkpoint.hash, AUDIT_CHAIN_BEGIN, sizeof(checkpoint.hash));
	assert_refused(do_write(state, cut, &checkpoint, &count, &err), &err,
	    ERR_CONFLICT, "audit_forked");
	memcpy(checkpoint.hash, row.hash, sizeof(checkpoint.hash));
	assert_ok(do_write(state, cut, &checkpoint, &count, &err), &err);
	assert_int_equal(count, 6);
	append_rows(state, 1);
	reader = open_reader(state);
	memset(&checkpoint, 0, sizeof(checkpoint));
	assert_ok(
	    store_audit_checkpoint_latest(reader, &checkpoint, &err), &err);
	store_reader_close(reader);
	assert_string_equal(checkpoint.statement, "signed");
	from.n = checkpoint.n;
	memcpy(from.hash, checkpoint.hash, sizeof(from.hash));
	assert_int_equal(walk_from(state, from, NULL).position.n, 11);
	assert_int_equal(walk_from(state, from, NULL).fault, AUDIT_WHOLE);
}

static size_t
count_of(void **state, const struct store_audit_filter *filter)
{
	struct store_page page = {.limit = 100};
	struct store_reader *reader = open_reader(state);
	struct store_audit_list list = {0};
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(store_audit_list(reader, filter, &page, &list, &err), &err);
	count = list.count;
	store_audit_list_done(&list);
	store_reader_close(reader);
	return count;
}

static void
the_list_is_filtered_and_comes_in_parts(void **state)
{
	struct store_audit_filter any = {0};
	struct store_page page = {.limit = 2};
	struct store_audit_row row = make_row("o-2");
	struct store_audit_list list = {0};
	struct store_reader *reader;
	struct err err = ERR_INIT;
	char cursor[STORE_CURSOR_SIZE];

	append_rows(state, 3);
	row.at = 5000;
	store_text_copy(row.action, sizeof(row.action), "office.delete");
	store_text_copy(row.outcome, sizeof(row.outcome), "refused");
	store_text_copy(row.address, sizeof(row.address), "2001:db8::1");
	store_text_copy(row.actor_name, sizeof(row.actor_name), "nobody");
	assert_ok(do_write(state, append, &row, NULL, &err), &err);
	assert_int_equal(count_of(state, &any), 4);
#define ONE(member, value)                                                     \
	assert_int_equal(                                                      \
	    count_of(state, &(struct store_audit_filter){.member = (value)}),  \
	    1)
	ONE(from, 1003);
	ONE(until, 1001);
	ONE(actor, "nobody");
	ONE(action, "office.delete");
	ONE(target, "o-2");
	ONE(outcome, "refused");
	ONE(address, "2001:db8::1");
#undef ONE
	reader = open_reader(state);
	assert_ok(store_audit_list(reader, &any, &page, &list, &err), &err);
	assert_int_equal(list.items[0].n, 4);
	memcpy(cursor, list.next, sizeof(cursor));
	store_audit_list_done(&list);
	page.cursor = cursor;
	assert_ok(store_audit_list(reader, &any, &page, &list, &err), &err);
	assert_int_equal(list.items[1].n, 1);
	assert_string_equal(list.next, "");
	store_audit_list_done(&list);
	assert_refused(store_audit_get(reader, 5, &row, &err), &err,
	    ERR_NOT_FOUND, "audit_row_not_found");
	store_reader_close(reader);
}

/* Texts are kept as they came, whatever they would do to who shows them. */
static void
hostile_texts_are_data(void **state)
{
	static const char HOSTILE[] = "=cmd|' /C calc'!A0\x1b[2J\r\n\t"
				      "\xe2\x80\xae<script>alert(1)</script>";
	struct store_audit_row row = make_row("o");
	struct store_audit_row got;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	store_text_copy(row.actor_name, sizeof(row.actor_name), HOSTILE);
	store_text_copy(row.target_name, sizeof(row.target_name), HOSTILE);
	assert_ok(do_write(state, append, &row, NULL, &err), &err);
	reader = open_reader(state);
	assert_ok(store_audit_get(reader, 1, &got, &err), &err);
	store_reader_close(reader);
	assert_string_equal(got.actor_name, HOSTILE);
	assert_string_equal(got.target_name, HOSTILE);
	assert_int_equal(walk_all(state, NULL).fault, AUDIT_WHOLE);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(the_hash_of_a_row_is_what_the_document_says),
	    ON_BOTH(rows_are_numbered_and_chained),
	    ON_BOTH(a_change_that_fails_leaves_no_row_and_no_gap),
	    ON_BOTH(many_threads_of_two_processes_leave_no_gap),
	    ON_BOTH(a_changed_row_is_found),
	    ON_BOTH(a_deleted_row_is_found),
	    ON_BOTH(a_cut_tail_leaves_a_gap),
	    ON_BOTH(a_lost_head_is_made_again_from_the_rows),
	    ON_BOTH(swapped_rows_are_found),
	    ON_BOTH(a_row_put_in_does_not_follow),
	    ON_BOTH(a_log_chained_anew_differs_from_a_head_seen_elsewhere),
	    ON_BOTH(cut_rows_leave_a_checkpoint_from_which_the_chain_goes_on),
	    ON_BOTH(the_list_is_filtered_and_comes_in_parts),
	    ON_BOTH(hostile_texts_are_data),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
