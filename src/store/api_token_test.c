/* API tokens are found by a part of their names, on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/api_token.h"

CALL(make_token, store_api_token_create(tx, a, err))

/* Oldest first. */
static const char *const NAMES[] = {
    "Nightly report", "ci", "report %", "Ｒeport 割符", "REPORTS"};

static void
make_tokens(void **state, const struct store_user *user)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(NAMES); i++) {
		struct store_api_token token = {0};

		snprintf(
		    token.id, sizeof(token.id), "%zu of %s", i, user->name);
		memcpy(token.user_id, user->id, ID_SIZE);
		store_text_copy(token.name, sizeof(token.name), NAMES[i]);
		snprintf(token.token_hash, sizeof(token.token_hash), "%s%zu",
		    user->name, i);
		assert_ok(
		    do_write(state, make_token, &token, NULL, &err), &err);
	}
}

/* The names of all parts of that size, one after the other with a "/". */
static void
assert_found(void **state, const struct store_api_token_filter *filter,
    unsigned limit, const char *names)
{
	struct store_reader *reader = open_reader(state);
	struct store_page page = {.limit = limit};
	struct store_api_token_list list = {0};
	struct err err = ERR_INIT;
	char cursor[STORE_CURSOR_SIZE];
	char found[256] = "";

	do {
		memcpy(cursor, list.next, sizeof(cursor));
		page.cursor = cursor;
		assert_ok(
		    store_api_token_list(reader, filter, &page, &list, &err),
		    &err);
		assert_true(list.count <= limit);
		for (size_t i = 0; i < list.count; i++)
			snprintf(found + strlen(found),
			    sizeof(found) - strlen(found), "%s/",
			    list.items[i].name);
		store_api_token_list_done(&list);
	} while (list.next[0] != '\0');
	store_reader_close(reader);
	assert_string_equal(found, names);
}

static void
a_part_of_the_name_is_enough_whatever_its_case(void **state)
{
	struct store_user one = user_in_role(state, "one", "r");
	struct store_user two = user_in_role(state, "two", "r");
	static const struct {
		const char *search;
		const char *names;
	} CASES[] = {
	    {"rEPOrt", "REPORTS/report %/Nightly report/"},
	    {"nobody", ""},
	    {"%", "report %/"},
	    {"_", ""},
	    {"ｒ", "Ｒeport 割符/"},
	    {"割", "Ｒeport 割符/"},
	    {NULL, "REPORTS/Ｒeport 割符/report %/ci/Nightly report/"},
	};

	make_tokens(state, &one);
	for (size_t i = 0; i < array_length(CASES); i++) {
		struct store_api_token_filter filter = {
		    .user_id = one.id, .search = CASES[i].search};

		assert_found(state, &filter, 1, CASES[i].names);
		assert_found(state, &filter, 2, CASES[i].names);
		assert_found(state, &filter, 500, CASES[i].names);
		filter.user_id = two.id;
		assert_found(state, &filter, 2, "");
	}
	make_tokens(state, &two);
	assert_found(state, &(struct store_api_token_filter){.search = "ci"}, 1,
	    "ci/ci/");
}

static void
a_cursor_that_is_none_is_refused_by_a_search_too(void **state)
{
	struct store_api_token_filter filter = {.search = "a"};
	struct store_page page = {.limit = 1, .cursor = "nonsense"};
	struct store_reader *reader = open_reader(state);
	struct store_api_token_list list = {0};
	struct err err = ERR_INIT;

	assert_refused(
	    store_api_token_list(reader, &filter, &page, &list, &err), &err,
	    ERR_MALFORMED, "cursor_invalid");
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(a_part_of_the_name_is_enough_whatever_its_case),
	    ON_BOTH(a_cursor_that_is_none_is_refused_by_a_search_too),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
