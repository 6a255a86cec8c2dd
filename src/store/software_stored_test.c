/* Counting from stored sections: an older database, stopped half-way. */
#include "store/test_software.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/inventory.h"
#include "store/migration.h"

enum {
	COMPUTERS = 7,
	ID_LENGTH = 36,
};

/* The schema before software was counted. */
static unsigned
schema_before(void)
{
	for (unsigned i = 0; i < MIGRATION_COUNT; i++)
		if (strcmp(MIGRATIONS[i].name, "software") == 0)
			return i;
	fail_msg("there is no migration called software");
	return 0;
}

#define COMPUTER_ROW(number, state)                                            \
	"INSERT INTO computer (id, office_id, name, name_key, state, profile," \
	" enrolled_at, os_name, os_name_key, os_version, architecture,"        \
	" hardware_serial, hardware_serial_key, flags, software_count,"        \
	" inventory_at) VALUES ('00000000-0000-7000-8000-00000000000" number   \
	"', '00000000-0000-7000-8000-000000000001', 'pc', 'pc', '" state       \
	"', 'agent', 1, '', '', '', '', '', '', 0, 2, 3);"
#define SECTION_ROW(number, section, digest)                                   \
	"INSERT INTO inventory (computer_id, section, digest, item_count,"     \
	" updated_at, content) VALUES "                                        \
	"('00000000-0000-7000-8000-00000000000" number "', '" section          \
	"', '" digest "', 2, 3, ''); "

/* Three active computers with packages, one without, one retired. */
static const char OLD_ROWS[] = COMPUTER_ROW("1", "active") COMPUTER_ROW(
    "2", "active") COMPUTER_ROW("3", "active") COMPUTER_ROW("4", "active")
    COMPUTER_ROW("5", "retired") SECTION_ROW("1", "packages", "d1")
	SECTION_ROW("2", "packages", "d2") SECTION_ROW("3", "packages", "d3")
	    SECTION_ROW("3", "memory", "d") SECTION_ROW("4", "memory", "d")
		SECTION_ROW("5", "packages", "d5");

static const char *
id_of(unsigned number)
{
	static char id[ID_SIZE];

	snprintf(id, sizeof(id), "00000000-0000-7000-8000-%012u", number);
	return id;
}

struct stored {
	const char *computer_id;
	const char *digest;
	const struct software_set *set;
};

static bool
count_one(struct store_tx *tx, const void *a, const void *b, struct err *err)
{
	const struct stored *stored = a;

	return store_software_count_stored(
	    tx, stored->computer_id, stored->digest, stored->set, err);
}

static void
count_stored(
    void **state, unsigned number, const char *digest, const char *words)
{
	scoped(software_set_donep) struct software_set set =
	    software_words(words != NULL ? words : "");
	struct stored stored = {
	    id_of(number), digest, words != NULL ? &set : NULL};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, count_one, &stored, NULL, &err), &err);
}

static void
assert_progress(void **state, int64_t done, int64_t total)
{
	scoped(store_reader_closep) struct store_reader *reader =
	    open_reader(state);
	struct store_software_progress progress;
	struct err err = ERR_INIT;

	assert_ok(store_software_progress(reader, &progress, &err), &err);
	assert_int_equal(progress.done, done);
	assert_int_equal(progress.total, total);
}

static void
assert_left(void **state, size_t max, const char *numbers)
{
	scoped(store_reader_closep) struct store_reader *reader =
	    open_reader(state);
	char ids[COMPUTERS][ID_SIZE], text[COMPUTERS + 1] = "";
	struct err err = ERR_INIT;
	size_t count = 0;

	assert_ok(
	    store_software_uncounted(reader, ids, max, &count, &err), &err);
	for (size_t i = 0; i < count; i++)
		text[i] = ids[i][ID_LENGTH - 1];
	assert_string_equal(text, numbers);
}

static void
assert_all(void **state, const char *expected)
{
	static const struct store_software_filter ALL = {0};
	scoped(store_reader_closep) struct store_reader *reader =
	    open_reader(state);

	assert_titles(reader, &ALL, 3, expected);
	assert_software_is_whole(state);
}

static void
stored_sections_of_an_older_schema_are_to_be_counted(void **state)
{
	struct test_database *database = *state;

	make_old_database(database, schema_before(), OLD_ROWS);
	database->store = database_open(database);
	assert_left(state, COMPUTERS, "123");
	assert_left(state, 2, "12");
	assert_progress(state, 0, 3);
	assert_all(state, "");
	count_stored(state, 1, "d1", "a 1; b 1");
	assert_progress(state, 1, 3);
	/* Stopped here; whoever opens it next goes on. */
	store_close(database->store);
	database->store = database_open(database);
	assert_left(state, COMPUTERS, "23");
	assert_all(state, "a 1/1, b 1/1");
	count_stored(state, 2, "d2", "a 2");
	count_stored(state, 2, "d2", "a 2");
	count_stored(state, 3, "d3", "a 2");
	assert_progress(state, 0, 0);
	assert_left(state, COMPUTERS, "");
	assert_all(state, "a 3/2, b 1/1");
}

static void
what_changed_meanwhile_is_not_counted_from_the_old_section(void **state)
{
	struct test_database *database = *state;

	make_old_database(database, schema_before(), OLD_ROWS);
	database->store = database_open(database);
	/* The agent was first. */
	put_software(state, id_of(1), NULL, "new 1");
	count_stored(state, 1, "d1", "old 1");
	assert_all(state, "new 1/1");
	/* Another section is there than the one that was read. */
	count_stored(state, 2, "before d2", "old 1");
	assert_left(state, COMPUTERS, "23");
	/* It cannot be read. */
	count_stored(state, 3, "d3", NULL);
	assert_left(state, COMPUTERS, "2");
	/* It is not active any more, or never was. */
	count_stored(state, 5, "d5", "old 1");
	assert_all(state, "new 1/1");
}

static const enum store_computer_state RETIRED = STORE_COMPUTER_RETIRED;

CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))

static void
a_computer_that_leaves_is_not_to_be_counted_any_more(void **state)
{
	struct test_database *database = *state;
	struct err err = ERR_INIT;

	make_old_database(database, schema_before(), OLD_ROWS);
	database->store = database_open(database);
	assert_ok(do_write(state, set_state, id_of(2), &RETIRED, &err), &err);
	assert_left(state, COMPUTERS, "13");
	assert_progress(state, 0, 2);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH_EMPTY(stored_sections_of_an_older_schema_are_to_be_counted),
	    ON_BOTH_EMPTY(
		what_changed_meanwhile_is_not_counted_from_the_old_section),
	    ON_BOTH_EMPTY(a_computer_that_leaves_is_not_to_be_counted_any_more),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
