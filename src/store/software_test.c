/* Software kept up by differences, on both databases. */
#include "store/test_software.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/inventory.h"

CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))
CALL(put_section, store_inventory_put(tx, a, b, VIEW_LITERAL("x"), err))
CALL(delete_section, store_inventory_delete(tx, a, b, err))
CALL(enrol, store_computer_enrol(tx, a, err))
CALL(apply, store_software_set(tx, a, err))

static const struct store_software_filter ALL = {0};

static void
assert_all(void **state, const char *expected)
{
	scoped(store_reader_closep) struct store_reader *reader =
	    open_reader(state);

	assert_titles(reader, &ALL, 2, expected);
	assert_software_is_whole(state);
}

static void
become(void **state, const char *id, enum store_computer_state now)
{
	struct err err = ERR_INIT;

	assert_ok(do_write(state, set_state, id, &now, &err), &err);
}

static void
titles_and_versions_are_counted_over_computers(void **state)
{
	struct store_computer one = enrolled(state, "one");
	struct store_computer two = enrolled(state, "two");
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	put_software(state, one.id, NULL, "bash 5.1; vim 9; rpm vim 9");
	put_software(state, two.id, NULL, "bash 5.2; kernel 6.1; kernel 6.2");
	assert_all(state, "bash 2/2, kernel 1/2, vim 1/1, vim 1/1");
	reader = open_reader(state);
	assert_versions(
	    reader, title_number(reader, "bash"), 1, "5.1 1, 5.2 1");
	assert_having(
	    reader, title_number(reader, "kernel"), 0, 1, "two 6.1, two 6.2");
}

static void
a_difference_touches_only_what_differs(void **state)
{
	static const char BEFORE[] = "bash 5.1 @5; vim 9 @5; zsh 5 @5";
	static const char AFTER[] = "bash 5.2 @9; vim 9 @7; zsh 5 @5";
	struct store_computer one = enrolled(state, "one");
	struct store_computer two = enrolled(state, "two");
	int64_t next;

	put_software(state, one.id, NULL, BEFORE);
	put_software(state, two.id, NULL, BEFORE);
	next = ask_number(
	    state, "SELECT next FROM software_number WHERE kind = 'version'");
	put_software(state, one.id, BEFORE, AFTER);
	assert_all(state, "bash 2/2, vim 2/1, zsh 2/1");
	/* One version is new, and nothing was numbered anew. */
	assert_int_equal(
	    ask_number(state,
		"SELECT next FROM software_number WHERE kind = 'version'"),
	    next + 1);
	assert_int_equal(ask_number(state,
			     "SELECT count(*) FROM computer_software"
			     " WHERE installed_at = 7000"),
	    1);
	put_software(state, two.id, BEFORE, AFTER);
	assert_all(state, "bash 2/1, vim 2/1, zsh 2/1");
	put_software(state, two.id, AFTER, "zsh 5 @5");
	assert_all(state, "bash 1/1, vim 1/1, zsh 2/1");
}

static void
a_state_that_is_not_the_counted_one_is_counted_anew(void **state)
{
	struct store_computer one = enrolled(state, "one");
	struct store_computer two = enrolled(state, "two");

	put_software(state, one.id, NULL, "a 1; b 1");
	put_software(state, two.id, NULL, "a 1");
	put_software(state, one.id, "never said", "b 2; c 1");
	assert_all(state, "a 1/1, b 1/1, c 1/1");
	put_software(state, one.id, NULL, "b 2; c 1");
	assert_all(state, "a 1/1, b 1/1, c 1/1");
	put_software(state, one.id, NULL, "");
	assert_all(state, "a 1/1");
	put_software(state, one.id, "", "a 1");
	assert_all(state, "a 2/1");
}

static void
only_active_computers_count(void **state)
{
	struct store_inventory section = {.section = STORE_SOFTWARE_SECTION};
	struct store_computer one = enrolled(state, "one");
	struct store_computer two = enrolled(state, "two");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, put_section, one.id, &section, &err), &err);
	put_software(state, one.id, NULL, "a 1; b 1");
	put_software(state, two.id, NULL, "a 1");
	become(state, one.id, STORE_COMPUTER_RETIRED);
	assert_all(state, "a 1/1");
	put_software(state, one.id, "a 1; b 1", "a 2");
	assert_all(state, "a 1/1");
	become(state, two.id, STORE_COMPUTER_REVOKED);
	assert_all(state, "");
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM software_uncounted"), 0);
	/* Enrolled again: from what is stored, or from what it says. */
	assert_ok(do_write(state, enrol, &one, NULL, &err), &err);
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM software_uncounted"), 1);
	put_software(state, one.id, NULL, "c 1");
	assert_all(state, "c 1/1");
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM software_uncounted"), 0);
	become(state, one.id, STORE_COMPUTER_REMOVED);
	assert_all(state, "");
	assert_refused(try_software(state, "nobody", NULL, "a 1", &err), &err,
	    ERR_NOT_FOUND, "computer_not_found");
}

static void
a_deleted_section_counts_no_longer(void **state)
{
	struct store_inventory section = {.section = STORE_SOFTWARE_SECTION};
	struct store_computer one = enrolled(state, "one");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, put_section, one.id, &section, &err), &err);
	put_software(state, one.id, NULL, "a 1; b 1");
	assert_ok(do_write(state, delete_section, one.id,
		      STORE_SOFTWARE_SECTION, &err),
	    &err);
	assert_all(state, "");
}

static void
ever_new_titles_leave_nothing_behind(void **state)
{
	struct store_computer one = enrolled(state, "one");
	char before[64] = "", words[64];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(words, sizeof(words), "new-%u %u; kept %u", i, i, i);
		put_software(state, one.id, before, words);
		memcpy(before, words, sizeof(before));
	}
	assert_all(state, "kept 1/1, new-19 1/1");
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM software_title"), 2);
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM software_version"), 2);
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM computer_software"), 2);
}

/* As many statements of each size as there are. */
static void
a_large_inventory_is_counted_whole(void **state)
{
	struct store_computer one = enrolled(state, "one");
	struct store_computer two = enrolled(state, "two");
	struct store_software_title title;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(memory_freep) char *words = memory_zeroed(64 * 1024);
	struct err err = ERR_INIT;
	size_t used = 0;

	for (unsigned i = 0; i < 1377; i++)
		used += (size_t)snprintf(
		    words + used, 64 * 1024 - used, "p%u 1; ", i);
	put_software(state, one.id, NULL, words);
	put_software(state, two.id, NULL, words);
	assert_software_is_whole(state);
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM computer_software"),
	    2 * 1377);
	reader = open_reader(state);
	assert_ok(store_software_get(
		      reader, title_number(reader, "p1376"), &title, &err),
	    &err);
	assert_int_equal(title.computers, 2);
	put_software(state, one.id, words, "p1 1");
	assert_software_is_whole(state);
	assert_int_equal(
	    ask_number(state, "SELECT count(*) FROM computer_software"), 1378);
	become(state, two.id, STORE_COMPUTER_RETIRED);
	assert_all(state, "p1 1/1");
}

static void
hostile_names_are_texts_like_any_other(void **state)
{
	static const char *const NAMES[] = {"'; DROP TABLE computer; --",
	    "<script>alert(1)</script>", "%", "_", "\\", "\"quoted\"",
	    "\xf0\x9f\x92\xa9", "a\nb\tc", "=1+1", "ＮＡＭＥ", "?1 $1"};
	struct store_computer one = enrolled(state, "one");
	scoped(json_freep) json_t *section = json_object();
	scoped(software_set_donep) struct software_set set = {0};
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_software_change change = {
	    .computer_id = one.id, .digest = "d", .after = &set};
	struct store_software_title title;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(NAMES); i++) {
		json_t *item = json_object();

		json_set_string(item, "version", NAMES[i]);
		json_set_value(section, NAMES[i], item);
	}
	software_set_read(section, &set);
	assert_ok(do_write(state, apply, &change, NULL, &err), &err);
	assert_software_is_whole(state);
	reader = open_reader(state);
	for (size_t i = 0; i < array_length(NAMES); i++) {
		int64_t id = title_number(reader, NAMES[i]);

		assert_ok(store_software_get(reader, id, &title, &err), &err);
		assert_string_equal(title.name, NAMES[i]);
		assert_string_equal(title.format, "other");
	}
	assert_titles(reader,
	    &(struct store_software_filter){.text = "ｎａｍｅ"}, 5,
	    "ＮＡＭＥ 1/1");
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Any order of any changes leaves the counts right. */
static void
counts_are_right_whatever_happens(void **state)
{
	enum {
		COMPUTERS = 5,
		STEPS = 150,
		SIZE = 256
	};
	static const char *const NAMES[] = {"a", "b", "c", "d"};
	struct store_computer computers[COMPUTERS];
	char said[COMPUTERS][SIZE];
	unsigned seed = 7;

	for (size_t i = 0; i < COMPUTERS; i++) {
		computers[i] = enrolled(state, "pc");
		said[i][0] = '\0';
	}
	for (unsigned step = 0; step < STEPS; step++) {
		size_t i = next_random(&seed) % COMPUTERS;
		char words[SIZE] = "";
		size_t used = 0;

		if (next_random(&seed) % 8 == 0) {
			become(state, computers[i].id,
			    next_random(&seed) % 2 == 0
				? STORE_COMPUTER_ACTIVE
				: STORE_COMPUTER_RETIRED);
			continue;
		}
		for (unsigned n = next_random(&seed) % 6; n > 0; n--)
			used += (size_t)snprintf(words + used, SIZE - used,
			    "%s%s %u @%u; ",
			    next_random(&seed) % 4 == 0 ? "rpm " : "",
			    NAMES[next_random(&seed) % 4],
			    next_random(&seed) % 3, next_random(&seed) % 2);
		put_software(state, computers[i].id,
		    next_random(&seed) % 4 == 0 ? NULL : said[i], words);
		memcpy(said[i], words, SIZE);
		if (step % 10 == 0)
			assert_software_is_whole(state);
	}
	assert_software_is_whole(state);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(titles_and_versions_are_counted_over_computers),
	    ON_BOTH(a_difference_touches_only_what_differs),
	    ON_BOTH(a_state_that_is_not_the_counted_one_is_counted_anew),
	    ON_BOTH(only_active_computers_count),
	    ON_BOTH(a_deleted_section_counts_no_longer),
	    ON_BOTH(ever_new_titles_leave_nothing_behind),
	    ON_BOTH(a_large_inventory_is_counted_whole),
	    ON_BOTH(hostile_names_are_texts_like_any_other),
	    ON_BOTH(counts_are_right_whatever_happens),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
