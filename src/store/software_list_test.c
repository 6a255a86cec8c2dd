/* Lists of software: orders, parts, searches, scopes, who has what. */
#include "store/test_software.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/office.h"
#include "store/scope.h"

CALL(make_office, store_office_create(tx, a, err))
CALL(move, store_computer_set_office(tx, a, b, err))
CALL(scope_one, store_scope_set(tx, a, b, 1, err))

struct world {
	struct store_computer here[3];  /* in the Local Office */
	struct store_computer there[2]; /* in Osaka */
	struct store_place osaka;
};

static void
make_world(void **state, struct world *world)
{
	struct store_office office = {.name = "Osaka", .created_at = 1};
	struct err err = ERR_INIT;

	id_make(office.id);
	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	world->osaka = (struct store_place){.kind = STORE_PLACE_OFFICE};
	memcpy(world->osaka.id, office.id, ID_SIZE);
	assert_ok(
	    do_write(state, scope_one, "osaka", &world->osaka, &err), &err);
	for (size_t i = 0; i < 3; i++)
		world->here[i] = enrolled(state, "here");
	for (size_t i = 0; i < 2; i++) {
		world->there[i] = enrolled(state, i == 0 ? "There" : "yonder");
		assert_ok(
		    do_write(state, move, world->there[i].id, office.id, &err),
		    &err);
	}
	put_software(state, world->here[0].id, NULL,
	    "Bash 5.2 @100; vim 9; secret 1; rpm bash 5.2");
	put_software(state, world->here[1].id, NULL, "Bash 5.2; vim 8");
	put_software(state, world->here[2].id, NULL, "Bash 5.1; vim 8; vim 9");
	put_software(
	    state, world->there[0].id, NULL, "Bash 5.1; vim 8; only 1");
	put_software(state, world->there[1].id, NULL, "Bash 5.1; vim 7; vim 8");
}

static struct store_reader *
limited_reader(void **state)
{
	struct store_reader *reader = open_reader(state);
	struct store_scope scope = {0};

	store_scope_add(&scope, "osaka");
	store_reader_limit(reader, &scope);
	return reader;
}

struct row {
	struct store_software_filter filter;
	const char *all;
	const char *osaka;
};

static const struct row ROWS[] = {
    {{0}, "Bash 5/2, bash 1/1, only 1/1, secret 1/1, vim 5/3",
	"Bash 2/1, only 1/1, vim 2/2"},
    {{.is_descending = true},
	"vim 5/3, secret 1/1, only 1/1, bash 1/1, Bash 5/2",
	"vim 2/2, only 1/1, Bash 2/1"},
    {{.sort = STORE_SOFTWARE_BY_COMPUTERS, .is_descending = true},
	"Bash 5/2, vim 5/3, bash 1/1, only 1/1, secret 1/1",
	"Bash 2/1, vim 2/2, only 1/1"},
    {{.sort = STORE_SOFTWARE_BY_COMPUTERS},
	"bash 1/1, only 1/1, secret 1/1, Bash 5/2, vim 5/3",
	"only 1/1, Bash 2/1, vim 2/2"},
    {{.text = "AS"}, "Bash 5/2, bash 1/1", "Bash 2/1"},
    {{.text = "s"}, "Bash 5/2, bash 1/1, secret 1/1", "Bash 2/1"},
    {{.text = "S", .is_beginning = true}, "secret 1/1", ""},
    {{.text = "s", .sort = STORE_SOFTWARE_BY_COMPUTERS, .is_descending = true},
	"Bash 5/2, bash 1/1, secret 1/1", "Bash 2/1"},
    {{.text = "nothing"}, "", ""},
    {{.text = "%"}, "", ""},
    {{.text = ""}, "Bash 5/2, bash 1/1, only 1/1, secret 1/1, vim 5/3",
	"Bash 2/1, only 1/1, vim 2/2"},
};

static void
each_order_and_search_gives_the_same_in_parts_of_any_size(void **state)
{
	scoped(store_reader_closep) struct store_reader *all = NULL;
	scoped(store_reader_closep) struct store_reader *osaka = NULL;
	struct world world;

	make_world(state, &world);
	assert_software_is_whole(state);
	all = open_reader(state);
	osaka = limited_reader(state);
	for (size_t i = 0; i < array_length(ROWS); i++)
		for (unsigned limit = 1; limit <= 6; limit++) {
			assert_titles(all, &ROWS[i].filter, limit, ROWS[i].all);
			assert_titles(
			    osaka, &ROWS[i].filter, limit, ROWS[i].osaka);
		}
}

static void
versions_and_computers_are_those_of_the_scope(void **state)
{
	scoped(store_reader_closep) struct store_reader *all = NULL;
	scoped(store_reader_closep) struct store_reader *osaka = NULL;
	struct world world;
	int64_t bash, vim;

	make_world(state, &world);
	all = open_reader(state);
	osaka = limited_reader(state);
	bash = title_number(all, "Bash");
	vim = title_number(all, "vim");
	for (unsigned limit = 1; limit <= 7; limit++) {
		assert_versions(all, bash, limit, "5.1 3, 5.2 2");
		assert_versions(osaka, bash, limit, "5.1 2");
		assert_versions(all, vim, limit, "8 4, 9 2, 7 1");
		assert_versions(osaka, vim, limit, "8 2, 7 1");
		assert_having(osaka, bash, 0, limit, "There 5.1, yonder 5.1");
	}
	assert_having(osaka, vim, 0, 2, "There 8, yonder 8, yonder 7");
}

static void
what_a_scope_hides_is_as_if_it_were_not_there(void **state)
{
	scoped(store_reader_closep) struct store_reader *all = NULL;
	scoped(store_reader_closep) struct store_reader *osaka = NULL;
	struct store_software_computer_list computers;
	struct store_software_version_list versions;
	struct store_software_title title;
	struct err err = ERR_INIT;
	struct world world;
	int64_t numbers[2];

	make_world(state, &world);
	all = open_reader(state);
	osaka = limited_reader(state);
	numbers[0] = title_number(all, "secret");
	numbers[1] = 987654;
	assert_int_equal(title_number(osaka, "secret"), 0);
	assert_ok(store_software_get(all, numbers[0], &title, &err), &err);
	for (size_t i = 0; i < 2; i++) {
		assert_refused(
		    store_software_get(osaka, numbers[i], &title, &err), &err,
		    ERR_NOT_FOUND, "software_title_not_found");
		assert_refused(store_software_versions(
				   osaka, numbers[i], NULL, &versions, &err),
		    &err, ERR_NOT_FOUND, "software_title_not_found");
		for (int64_t version = 0; version < 3; version++)
			assert_refused(
			    store_software_computers(osaka, numbers[i], version,
				NULL, &computers, &err),
			    &err, ERR_NOT_FOUND, "software_title_not_found");
	}
	assert_refused(store_software_get(all, numbers[1], &title, &err), &err,
	    ERR_NOT_FOUND, "software_title_not_found");
	assert_refused(store_software_computers(
			   all, numbers[1], 0, NULL, &computers, &err),
	    &err, ERR_NOT_FOUND, "software_title_not_found");
	/* A version of another title is nobody's. */
	assert_having(all, title_number(all, "vim"), 1, 5, "");
	assert_having(osaka, title_number(all, "vim"), 1, 5, "");
}

/* Both ways of finding who has it: the few sorted, or all walked by name. */
static void
who_has_it_is_found_by_either_way(void **state)
{
	enum {
		COMPUTERS = 60
	};
	struct store_software_computer_list list;
	struct store_page page = {.limit = 7};
	char cursor[STORE_CURSOR_SIZE] = "", name[16], last[16] = "";
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct err err = ERR_INIT;
	size_t count = 0;

	for (unsigned i = 0; i < COMPUTERS; i++) {
		struct store_computer computer;

		snprintf(name, sizeof(name), "pc-%02u", (i * 37) % COMPUTERS);
		computer = enrolled(state, name);
		put_software(state, computer.id, NULL,
		    i == 9 ? "common 1 @9; rare 1 @77" : "common 1 @9");
	}
	reader = open_reader(state);
	assert_having(reader, title_number(reader, "rare"), 0, 5, "pc-33 1");
	page.cursor = cursor;
	do {
		assert_ok(
		    store_software_computers(reader,
			title_number(reader, "common"), 0, &page, &list, &err),
		    &err);
		for (size_t i = 0; i < list.count; i++) {
			assert_true(strcmp(last, list.items[i].name) < 0);
			assert_int_equal(list.items[i].installed_at, 9000);
			store_text_copy(last, sizeof(last), list.items[i].name);
		}
		count += list.count;
		memcpy(cursor, list.next, sizeof(cursor));
		store_software_computer_list_done(&list);
	} while (cursor[0] != '\0');
	assert_int_equal(count, COMPUTERS);
}

static bool
write_name(
    const struct store_software_title *title, void *context, struct err *err)
{
	char *text = context;

	snprintf(text + strlen(text), 64, "%s %lld/%lld;", title->name,
	    (long long)title->computers, (long long)title->versions);
	return strcmp(title->name, "secret") != 0 ||
	    err_set_code(err, ERR_LIMIT, "enough", "that is enough");
}

static void
each_title_is_given_until_the_asker_has_enough(void **state)
{
	struct store_software_filter filter = {0};
	scoped(store_reader_closep) struct store_reader *all = NULL;
	scoped(store_reader_closep) struct store_reader *osaka = NULL;
	char text[512] = "";
	struct err err = ERR_INIT;
	struct world world;

	make_world(state, &world);
	all = open_reader(state);
	osaka = limited_reader(state);
	assert_refused(
	    store_software_each(all, &filter, write_name, text, &err), &err,
	    ERR_LIMIT, "enough");
	assert_string_equal(text, "Bash 5/2;bash 1/1;only 1/1;secret 1/1;");
	text[0] = '\0';
	assert_ok(
	    store_software_each(osaka, &filter, write_name, text, &err), &err);
	assert_string_equal(text, "Bash 2/1;only 1/1;vim 2/2;");
}

static void
cursors_of_other_lists_are_refused(void **state)
{
	struct store_software_filter by_name = {0};
	struct store_software_filter by_count = {
	    .sort = STORE_SOFTWARE_BY_COMPUTERS};
	struct store_software_title_list titles;
	struct store_software_version_list versions;
	struct store_page page = {.limit = 1};
	char cursor[STORE_CURSOR_SIZE];
	struct err err = ERR_INIT;
	struct world world;

	make_world(state, &world);
	for (unsigned turn = 0; turn < 2; turn++) {
		struct store_reader *reader =
		    turn == 0 ? open_reader(state) : limited_reader(state);

		page.cursor = NULL;
		assert_ok(
		    store_software_list(reader, &by_name, &page, &titles, &err),
		    &err);
		memcpy(cursor, titles.next, sizeof(cursor));
		store_software_title_list_done(&titles);
		page.cursor = cursor;
		assert_refused(store_software_list(
				   reader, &by_count, &page, &titles, &err),
		    &err, ERR_MALFORMED, "cursor_invalid");
		assert_refused(
		    store_software_versions(reader, title_number(reader, "vim"),
			&page, &versions, &err),
		    &err, ERR_MALFORMED, "cursor_invalid");
		page.cursor = "AAAA";
		assert_refused(
		    store_software_list(reader, &by_name, &page, &titles, &err),
		    &err, ERR_MALFORMED, "cursor_invalid");
		store_reader_close(reader);
	}
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(each_order_and_search_gives_the_same_in_parts_of_any_size),
	    ON_BOTH(versions_and_computers_are_those_of_the_scope),
	    ON_BOTH(what_a_scope_hides_is_as_if_it_were_not_there),
	    ON_BOTH(who_has_it_is_found_by_either_way),
	    ON_BOTH(each_title_is_given_until_the_asker_has_enough),
	    ON_BOTH(cursors_of_other_lists_are_refused),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
