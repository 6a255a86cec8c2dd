/* Lists of computers: orders, filters, cursors, on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/office.h"
#include "store/scope.h"

CALL(check_in, store_computer_check_in(tx, a, err))
CALL(set_facts, store_computer_set_facts(tx, a, err))
CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))

static void
fill_fleet(void **state, unsigned count)
{
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < count; i++) {
		char name[32];
		struct store_computer computer;
		struct store_check_in contact = {.at = 1000 - i % 3};
		struct store_computer_facts facts = {.inventory_at = 1};

		snprintf(name, sizeof(name), "%s-%02u",
		    i % 2 == 0 ? "Pc" : "server", i);
		computer = enrolled(state, name);
		contact.computer_id = computer.id;
		facts.computer_id = computer.id;
		facts.os_name = i % 4 == 0 ? "Debian" : "fedora";
		facts.os_version = i % 3 == 0 ? "12" : "40";
		assert_ok(
		    do_write(state, check_in, &contact, NULL, &err), &err);
		assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	}
}

/* What readers are limited by, and the one place of that. */
static const struct store_scope *limited_by;
static const char LIMITED_TO[] = "o";

static struct store_reader *
open_limited(void **state)
{
	struct store_reader *reader = open_reader(state);

	store_reader_limit(reader, limited_by);
	return reader;
}

/* Walk a whole list in parts; returns the count and checks the order by
 * comparing neighbours. */
static unsigned
walk(void **state, const struct store_computer_filter *filter, unsigned limit,
    int (*compare)(
	const struct store_computer *, const struct store_computer *))
{
	struct store_reader *reader = open_limited(state);
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_computer before;
	struct err err = ERR_INIT;
	unsigned count = 0;

	do {
		struct store_page page = {cursor, limit};
		struct store_computer_list list;

		assert_ok(
		    store_computer_list(reader, filter, &page, &list, &err),
		    &err);
		for (size_t i = 0; i < list.count; i++) {
			int order =
			    count == 0 ? -1 : compare(&before, &list.items[i]);

			assert_true(filter->is_descending && count > 0
				? order > 0
				: order < 0);
			before = list.items[i];
			count++;
		}
		memcpy(cursor, list.next, sizeof(cursor));
		store_computer_list_done(&list);
	} while (cursor[0] != '\0');
	store_reader_close(reader);
	return count;
}

static int
by_name(const struct store_computer *a, const struct store_computer *b)
{
	int order = strcasecmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->id, b->id);
}

static int
by_last_seen(const struct store_computer *a, const struct store_computer *b)
{
	if (a->last_seen_at != b->last_seen_at)
		return a->last_seen_at < b->last_seen_at ? -1 : 1;
	return strcmp(a->id, b->id);
}

static int
by_os(const struct store_computer *a, const struct store_computer *b)
{
	int order = strcasecmp(a->os_name, b->os_name);

	if (order == 0)
		order = strcmp(a->os_version, b->os_version);
	return order != 0 ? order : strcmp(a->id, b->id);
}

static int
by_id(const struct store_computer *a, const struct store_computer *b)
{
	return strcmp(a->id, b->id);
}

static void
every_order_in_parts_gives_each_computer_once(void **state)
{
	static const struct {
		enum store_computer_sort sort;
		int (*compare)(const struct store_computer *,
		    const struct store_computer *);
	} CASES[] = {
	    {STORE_COMPUTER_BY_NAME, by_name},
	    {STORE_COMPUTER_BY_LAST_SEEN, by_last_seen},
	    {STORE_COMPUTER_BY_ENROLLED, by_id},
	    {STORE_COMPUTER_BY_OS, by_os},
	    {STORE_COMPUTER_BY_STATE, by_id},
	};

	fill_fleet(state, 23);
	for (size_t i = 0; i < array_length(CASES); i++) {
		struct store_computer_filter filter = {.sort = CASES[i].sort};

		assert_int_equal(walk(state, &filter, 4, CASES[i].compare), 23);
		filter.is_descending = true;
		assert_int_equal(walk(state, &filter, 5, CASES[i].compare), 23);
	}
}

static int64_t
count_of(void **state, const struct store_computer_filter *filter)
{
	struct store_reader *reader = open_limited(state);
	struct err err = ERR_INIT;
	int64_t count = -1;

	assert_ok(store_computer_count(reader, filter, &count, &err), &err);
	store_reader_close(reader);
	assert_int_equal(walk(state, filter, 1000, by_name), count);
	return count;
}

static void
filters_count_what_they_list(void **state)
{
	struct store_computer_filter filter = {0};
	struct store_computer removed;
	enum store_computer_state gone = STORE_COMPUTER_REMOVED;
	struct err err = ERR_INIT;

	fill_fleet(state, 12);
	removed = enrolled(state, "removed");
	assert_ok(do_write(state, set_state, removed.id, &gone, &err), &err);
	assert_int_equal(count_of(state, &filter), 12);
	filter.states = 1U << STORE_COMPUTER_REMOVED;
	assert_int_equal(count_of(state, &filter), 1);
	filter.states |= 1U << STORE_COMPUTER_ACTIVE;
	assert_int_equal(count_of(state, &filter), 13);
	filter = (struct store_computer_filter){.text = "PC-0"};
	assert_int_equal(count_of(state, &filter), 5);
	filter.text = "%";
	assert_int_equal(count_of(state, &filter), 0);
	filter.text = "' OR 1 = 1 --";
	assert_int_equal(count_of(state, &filter), 0);
	filter = (struct store_computer_filter){.os_name = "DEBIAN"};
	assert_int_equal(count_of(state, &filter), 3);
	filter = (struct store_computer_filter){.not_seen_since = 1000};
	assert_int_equal(count_of(state, &filter), 8);
	filter = (struct store_computer_filter){.office_id = "nowhere"};
	assert_int_equal(count_of(state, &filter), 0);
	filter.office_id = STORE_OFFICE_LOCAL_ID;
	assert_int_equal(count_of(state, &filter), 12);
}

CALL(move, store_computer_set_office(tx, a, b, err))
CALL(make_office, store_office_create(tx, a, err))

static int64_t
found(void **state, const char *text)
{
	struct store_computer_filter filter = {.text = text};

	return count_of(state, &filter);
}

static struct store_computer
search_target(void **state)
{
	struct store_computer computer = enrolled(state, "経理部ＰC_割符-50%");
	struct store_computer_facts facts = {.computer_id = computer.id,
	    .inventory_at = 1,
	    .hardware_serial = "Sérıal\\7",
	    .software_count = -1};
	struct store_check_in contact = {
	    .computer_id = computer.id, .at = 5, .address = "2001:db8::77"};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	return computer;
}

static void
a_text_is_found_in_name_serial_address_and_id(void **state)
{
	struct store_computer computer = search_target(state);

	enrolled(state, "another");
	assert_int_equal(found(state, "割符"), 1);
	assert_int_equal(found(state, "経理部ｐc_"), 1);
	assert_int_equal(found(state, "割符 "), 0);
	assert_int_equal(found(state, "SÉR"), 1);
	assert_int_equal(found(state, "ıal\\7"), 1);
	assert_int_equal(found(state, "DB8::7"), 1);
	assert_int_equal(found(state, computer.id), 1);
	assert_int_equal(found(state, computer.id + 24), 1);
	/* Wildcards of LIKE and of GLOB are letters like others. */
	assert_int_equal(found(state, "50%"), 1);
	assert_int_equal(found(state, "5%"), 0);
	assert_int_equal(found(state, "C_割"), 1);
	assert_int_equal(found(state, "C__"), 0);
	assert_int_equal(found(state, "*"), 0);
	assert_int_equal(found(state, "[割]"), 0);
	/* No match reaches from one of them into the next. */
	assert_int_equal(found(state, "50%\ns"), 0);
	assert_int_equal(found(state, "50%s"), 0);
}

static void
a_search_sees_every_change(void **state)
{
	struct store_computer computer = search_target(state);
	struct store_check_in contact = {.computer_id = computer.id,
	    .at = 6,
	    .address = "192.0.2.5",
	    .name = "Renamed"};
	struct store_computer_facts facts = {.computer_id = computer.id,
	    .inventory_at = 2,
	    .hardware_serial = "other",
	    .software_count = -1};
	struct store_office office = {.id = "o", .name = "O", .created_at = 1};
	enum store_computer_state gone = STORE_COMPUTER_REMOVED;
	struct store_computer_filter filter = {
	    .text = "renamed", .office_id = "o"};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	assert_int_equal(found(state, "割符"), 0);
	assert_int_equal(found(state, "2001:"), 0);
	assert_int_equal(found(state, "192.0.2.5"), 1);
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	assert_int_equal(found(state, "sér"), 0);
	assert_int_equal(found(state, "other"), 1);
	assert_int_equal(count_of(state, &filter), 0);
	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	assert_ok(do_write(state, move, computer.id, "o", &err), &err);
	assert_int_equal(count_of(state, &filter), 1);
	assert_ok(do_write(state, set_state, computer.id, &gone, &err), &err);
	assert_int_equal(found(state, "renamed"), 0);
	filter.states = 1U << STORE_COMPUTER_REMOVED;
	assert_int_equal(count_of(state, &filter), 1);
	filter.not_seen_since = 7;
	assert_int_equal(count_of(state, &filter), 1);
	filter.not_seen_since = 6;
	assert_int_equal(count_of(state, &filter), 0);
	filter = (struct store_computer_filter){
	    .text = "renamed", .os_name = "none", .states = filter.states};
	assert_int_equal(count_of(state, &filter), 0);
}

static bool
enrol_crowd(struct store_tx *tx, struct err *err)
{
	for (unsigned i = 0; i < 1100; i++) {
		struct store_computer computer;
		char name[32];

		snprintf(name, sizeof(name), "%s-%04u",
		    i % 50 == 49 ? "zz-mark" : "pc", i);
		computer = make_computer(name);
		if (!store_computer_enrol(tx, &computer, err))
			return false;
	}
	return true;
}

CALL(enrol_all, enrol_crowd(tx, err))

/* More rows than a probe looks at: the first part comes from the probe, or,
 * where what is sought stands behind the rows probed, from all rows. */
static void
a_search_in_a_large_fleet_finds_what_stands_last(void **state)
{
	struct store_computer_filter filter = {.text = "mark"};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, enrol_all, NULL, NULL, &err), &err);
	assert_int_equal(count_of(state, &filter), 22);
	assert_int_equal(walk(state, &filter, 4, by_name), 22);
	filter.is_descending = true;
	assert_int_equal(walk(state, &filter, 4, by_name), 22);
	filter.text = "pc-";
	assert_int_equal(walk(state, &filter, 400, by_name), 1078);
}

enum {
	CROWD = 2600 /* more than what is many of anything */
};

/* One of a crowd; the last ones by name are unlike the others in all. */
static bool
enrol_unlike(struct store_tx *tx, unsigned i, struct err *err)
{
	bool is_last = i >= CROWD / 20;
	struct store_computer computer;
	struct store_check_in contact = {.at = is_last ? 500 : 5000};
	struct store_computer_facts facts = {
	    .inventory_at = 1, .os_version = "1", .software_count = -1};
	char name[32];

	snprintf(name, sizeof(name), "%s-%04u", is_last ? "x-mark" : "pc", i);
	computer = make_computer(name);
	computer.enrolled_at = i;
	contact.computer_id = facts.computer_id = computer.id;
	facts.os_name = is_last ? "Old" : "New";
	return store_computer_enrol(tx, &computer, err) &&
	    store_computer_check_in(tx, &contact, err) &&
	    store_computer_set_facts(tx, &facts, err) &&
	    (i % 3 != 0 ||
		store_computer_set_state(
		    tx, computer.id, STORE_COMPUTER_RETIRED, err)) &&
	    (i % 10 != 4 ||
		store_computer_set_office(tx, computer.id, "o", err)) &&
	    (i % 100 != 7 ||
		(store_computer_set_office(tx, computer.id, "o", err) &&
		    store_computer_set_state(
			tx, computer.id, STORE_COMPUTER_REMOVED, err)));
}

static bool
enrol_all_unlike(struct store_tx *tx, struct err *err)
{
	struct store_office office = {.id = "o", .name = "O", .created_at = 1};

	if (!store_office_create(tx, &office, err))
		return false;
	for (unsigned i = 0; i < CROWD; i++)
		if (!enrol_unlike(tx, i, err))
			return false;
	return true;
}

CALL(enrol_unlikes, enrol_all_unlike(tx, err))

static bool
fits(const struct store_computer_filter *filter,
    const struct store_computer *computer)
{
	bool has_state = filter->states == 0
	    ? computer->state != STORE_COMPUTER_REMOVED
	    : (filter->states & 1U << computer->state) != 0;

	return has_state &&
	    (limited_by == NULL ||
		strcmp(computer->office_id, LIMITED_TO) == 0) &&
	    (filter->office_id == NULL ||
		strcmp(computer->office_id, filter->office_id) == 0) &&
	    (filter->os_name == NULL ||
		strcasecmp(computer->os_name, filter->os_name) == 0) &&
	    (filter->not_seen_since == 0 ||
		computer->last_seen_at < filter->not_seen_since) &&
	    (filter->text == NULL ||
		strstr(computer->name, filter->text) != NULL);
}

/* Everybody of the crowd, read once; what fits is told by looking at each. */
static struct store_computer crowd[CROWD];
static unsigned crowd_count;

static void
read_crowd(void **state)
{
	struct store_computer_filter all = {.states = ~0U};
	struct store_reader *reader = open_reader(state);
	struct store_page page = {.limit = STORE_PAGE_MAX};
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_computer_list list;
	struct err err = ERR_INIT;

	crowd_count = 0;
	do {
		page.cursor = cursor;
		assert_ok(store_computer_list(reader, &all, &page, &list, &err),
		    &err);
		assert_true(crowd_count + list.count <= CROWD);
		for (size_t i = 0; i < list.count; i++)
			crowd[crowd_count++] = list.items[i];
		memcpy(cursor, list.next, sizeof(cursor));
		store_computer_list_done(&list);
	} while (cursor[0] != '\0');
	store_reader_close(reader);
	assert_int_equal(crowd_count, CROWD);
}

/* What the filter has to find, told without it. */
static unsigned
fitting(const struct store_computer_filter *filter)
{
	unsigned count = 0;

	for (unsigned i = 0; i < crowd_count; i++)
		count += fits(filter, &crowd[i]);
	return count;
}

static int
by_state(const struct store_computer *a, const struct store_computer *b)
{
	int order = strcmp(store_computer_state_name(a->state),
	    store_computer_state_name(b->state));

	return order != 0 ? order : strcmp(a->id, b->id);
}

static int
by_enrolled(const struct store_computer *a, const struct store_computer *b)
{
	if (a->enrolled_at != b->enrolled_at)
		return a->enrolled_at < b->enrolled_at ? -1 : 1;
	return strcmp(a->id, b->id);
}

/* The whole list of one filter, in one order: each that fits once. */
static void
assert_lists(
    void **state, struct store_computer_filter filter, unsigned expected)
{
	static int (*const COMPARE[])(
	    const struct store_computer *, const struct store_computer *) = {
	    by_name, by_last_seen, by_enrolled, by_os, by_state};
	struct store_reader *reader = open_limited(state);
	struct store_page page = {.limit = 50};
	struct store_computer_list list;
	struct err err = ERR_INIT;

	assert_int_equal(
	    walk(state, &filter, 900, COMPARE[filter.sort]), expected);
	assert_ok(
	    store_computer_list(reader, &filter, &page, &list, &err), &err);
	assert_int_equal(list.count, expected < 50 ? expected : 50);
	for (size_t i = 0; i < list.count; i++)
		assert_true(fits(&filter, &list.items[i]));
	assert_true(list.total == -1 || list.total == expected);
	store_computer_list_done(&list);
	store_reader_close(reader);
}

/* Filters that fit many, few and none, whose finds all stand last in an order:
 * each way to find them finds the same. */
static void
assert_every_filter(void **state)
{
	static const struct store_computer_filter FILTERS[] = {
	    {.not_seen_since = 1000},
	    {.text = "mark"},
	    {.text = "mark", .not_seen_since = 1000},
	    {.text = "pc-", .not_seen_since = 1000},
	    {.text = "mark-4", .not_seen_since = 1000},
	    {.os_name = "old",
		.not_seen_since = 1000,
		.office_id = "o",
		.states = 1U << STORE_COMPUTER_REMOVED},
	    {.office_id = STORE_OFFICE_LOCAL_ID, .not_seen_since = 1000},
	    {.states = 1U << STORE_COMPUTER_RETIRED, .not_seen_since = 1000},
	    {.states =
		    1U << STORE_COMPUTER_ACTIVE | 1U << STORE_COMPUTER_RETIRED,
		.text = "mark"},
	    {.states = 1U << STORE_COMPUTER_REMOVED},
	    {.os_name = "old"},
	    {.os_name = "new", .text = "mark"},
	    {.text = "nowhere"},
	};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(FILTERS); i++) {
		struct store_computer_filter filter = FILTERS[i];
		unsigned expected = fitting(&filter);
		struct store_reader *reader = open_limited(state);
		int64_t count = -1;

		assert_ok(
		    store_computer_count(reader, &filter, &count, &err), &err);
		store_reader_close(reader);
		assert_int_equal(count, expected);
		for (unsigned sort = 0; sort <= STORE_COMPUTER_BY_STATE;
		     sort++) {
			filter.sort = (enum store_computer_sort)sort;
			filter.is_descending = (i + sort) % 2 == 0;
			assert_lists(state, filter, expected);
		}
	}
}

static bool
set_scope(struct store_tx *tx, const char *owner_id, struct err *err)
{
	struct store_place place = {.kind = STORE_PLACE_OFFICE};

	snprintf(place.id, sizeof(place.id), "%s", LIMITED_TO);
	return store_scope_set(tx, owner_id, &place, 1, err);
}

CALL(set_scopes, set_scope(tx, a, err))

/* Through every way that a page is found or computers are counted; of
 * everybody's, and in a scope, whose places are offices alone or are not known
 * to be. */
static void
every_filter_in_every_order_finds_what_fits(void **state)
{
	struct store_scope scope = {0};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, enrol_unlikes, NULL, NULL, &err), &err);
	assert_ok(do_write(state, set_scopes, "user", NULL, &err), &err);
	assert_ok(do_write(state, set_scopes, "token", NULL, &err), &err);
	read_crowd(state);
	assert_every_filter(state);
	store_scope_add(&scope, "user");
	limited_by = &scope;
	assert_every_filter(state);
	scope.are_offices[0] = true;
	store_scope_add(&scope, "token");
	assert_every_filter(state);
	limited_by = NULL;
}

static void
a_cursor_of_another_order_or_of_nothing_is_refused(void **state)
{
	static const char *const WRONG[] = {
	    "x", "AAAA", "!", "AQA", "AQAAAAAC__8AAAAA", "____"};
	struct store_computer_filter filter = {0};
	struct store_page page = {.limit = 1};
	struct store_computer_list list;
	struct store_reader *reader;
	struct err err = ERR_INIT;
	char cursor[STORE_CURSOR_SIZE];

	fill_fleet(state, 3);
	reader = open_limited(state);
	assert_ok(
	    store_computer_list(reader, &filter, &page, &list, &err), &err);
	memcpy(cursor, list.next, sizeof(cursor));
	store_computer_list_done(&list);
	page.cursor = cursor;
	filter.sort = STORE_COMPUTER_BY_LAST_SEEN;
	assert_refused(store_computer_list(reader, &filter, &page, &list, &err),
	    &err, ERR_MALFORMED, "cursor_invalid");
	for (size_t i = 0; i < array_length(WRONG); i++) {
		page.cursor = WRONG[i];
		assert_refused(
		    store_computer_list(reader, &filter, &page, &list, &err),
		    &err, ERR_MALFORMED, "cursor_invalid");
	}
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(every_order_in_parts_gives_each_computer_once),
	    ON_BOTH(filters_count_what_they_list),
	    ON_BOTH(a_text_is_found_in_name_serial_address_and_id),
	    ON_BOTH(a_search_sees_every_change),
	    ON_BOTH(a_search_in_a_large_fleet_finds_what_stands_last),
	    ON_BOTH(every_filter_in_every_order_finds_what_fits),
	    ON_BOTH(a_cursor_of_another_order_or_of_nothing_is_refused),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
