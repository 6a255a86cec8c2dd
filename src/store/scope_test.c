/* What a scope hides, in every list, count and single look, on both databases.
 */
#include "store/test_software.h"

#include "base/memory.h"
#include "store/certificate.h"
#include "store/enrolment_token.h"
#include "store/fleet.h"
#include "store/group.h"
#include "store/inventory.h"
#include "store/office.h"
#include "store/scope.h"
#include "store/trust_event.h"

enum {
	PLACES = 3 /* Local Office, and two more */
};

CALL(make_office, store_office_create(tx, a, err))
CALL(move, store_computer_set_office(tx, a, b, err))
CALL(add_certificate,
    store_certificate_insert(tx, a, VIEW_LITERAL("\x30\x03\x00\x01\x02"), err))
CALL(put_inventory, store_inventory_put(tx, a, b, VIEW_LITERAL("x"), err))
CALL(add_event, store_trust_event_append(tx, a, err))
CALL(add_token, store_enrolment_token_create(tx, a, err))
CALL(scope_one, store_scope_set(tx, a, b, 1, err))
CALL(scope_two, store_scope_set(tx, a, b, 2, err))
CALL(scope_none, store_scope_set(tx, a, b, 0, err))
CALL(make_group, store_group_create(tx, a, err))
CALL(add_members,
    store_group_add_members(tx, (struct store_membership *)(uintptr_t)a, err))

/* One of everything in each place. */
struct world {
	struct store_place places[PLACES];
	struct store_computer computers[PLACES];
	char serials[PLACES][STORE_SERIAL_SIZE];
	struct store_enrolment_token tokens[PLACES];   /* of the office */
	struct store_enrolment_token personal[PLACES]; /* of the computer */
	struct store_place
	    groups[PLACES]; /* each has the computer of a place */
};

static void
make_place(void **state, struct world *world, size_t i)
{
	struct store_office office = {.created_at = 1};
	struct err err = ERR_INIT;

	world->places[i].kind = STORE_PLACE_OFFICE;
	if (i == 0) {
		store_text_copy(
		    world->places[i].id, ID_SIZE, STORE_OFFICE_LOCAL_ID);
		return;
	}
	id_make(office.id);
	snprintf(office.name, sizeof(office.name), "Office %zu", i);
	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	memcpy(world->places[i].id, office.id, ID_SIZE);
}

static const char *const SOFTWARE[PLACES] = {
    "all 1; one 1", "all 2; two 1", "all 2; three 1"};
/* Listed by who sees these places. */
static const char *const TITLES[1 << PLACES] = {"", "all 1/1, one 1/1",
    "all 1/1, two 1/1", "all 2/2, one 1/1, two 1/1", "all 1/1, three 1/1",
    "all 2/2, one 1/1, three 1/1", "all 2/1, three 1/1, two 1/1",
    "all 3/2, one 1/1, three 1/1, two 1/1"};

static struct store_enrolment_token
make_token(const char *office_id, const char *computer_id)
{
	struct store_enrolment_token token = {
	    .uses_allowed = 1, .uses_left = 1, .expires_at = 100};

	token.kind =
	    *computer_id == '\0' ? STORE_TOKEN_OFFICE : STORE_TOKEN_COMPUTER;
	id_make(token.id);
	store_text_copy(token.office_id, ID_SIZE, office_id);
	store_text_copy(token.computer_id, ID_SIZE, computer_id);
	return token;
}

static void
fill_place(void **state, struct world *world, size_t i)
{
	struct store_trust_event event = {.at = 1, .kind = "computer_enrolled"};
	struct store_certificate certificate = {
	    .not_after = 1000, .issued_at = 11};
	struct store_inventory inventory = {.section = "memory"};
	const char *office = world->places[i].id;
	struct err err = ERR_INIT;

	world->computers[i] = enrolled(state, "pc");
	assert_ok(
	    do_write(state, move, world->computers[i].id, office, &err), &err);
	snprintf(world->serials[i], STORE_SERIAL_SIZE, "0%zu", i);
	memcpy(certificate.serial, world->serials[i], STORE_SERIAL_SIZE);
	memcpy(certificate.computer_id, world->computers[i].id, ID_SIZE);
	assert_ok(
	    do_write(state, add_certificate, &certificate, NULL, &err), &err);
	assert_ok(do_write(state, put_inventory, world->computers[i].id,
		      &inventory, &err),
	    &err);
	put_software(state, world->computers[i].id, NULL, SOFTWARE[i]);
	memcpy(event.subject, world->computers[i].id, ID_SIZE);
	assert_ok(do_write(state, add_event, &event, NULL, &err), &err);
	world->tokens[i] = make_token(office, "");
	/* Made where the computer was then: it goes where the computer goes. */
	world->personal[i] =
	    make_token(STORE_OFFICE_LOCAL_ID, world->computers[i].id);
	assert_ok(
	    do_write(state, add_token, &world->tokens[i], NULL, &err), &err);
	assert_ok(
	    do_write(state, add_token, &world->personal[i], NULL, &err), &err);
}

static void
make_group_of(void **state, struct world *world, size_t i)
{
	const char *id = world->computers[i].id;
	struct store_group group = {.created_at = 1};
	bool is_missing;
	struct store_membership members = {.group_id = group.id,
	    .computer_ids = &id,
	    .count = 1,
	    .is_missing = &is_missing};
	struct err err = ERR_INIT;

	id_make(group.id);
	snprintf(group.name, sizeof(group.name), "Group %zu", i);
	assert_ok(do_write(state, make_group, &group, NULL, &err), &err);
	assert_ok(do_write(state, add_members, &members, NULL, &err), &err);
	world->groups[i].kind = STORE_PLACE_GROUP;
	memcpy(world->groups[i].id, group.id, ID_SIZE);
}

static void
make_world(void **state, struct world *world)
{
	struct store_trust_event event = {.at = 1, .kind = "server_started"};
	struct err err = ERR_INIT;

	memset(world, 0, sizeof(*world));
	for (size_t i = 0; i < PLACES; i++)
		make_place(state, world, i);
	for (size_t i = 0; i < PLACES; i++)
		fill_place(state, world, i);
	for (size_t i = 0; i < PLACES; i++)
		make_group_of(state, world, i);
	assert_ok(do_write(state, add_event, &event, NULL, &err), &err);
}

struct row {
	const char *owners[STORE_SCOPE_OWNERS_MAX];
	/* Bits of places: whose computers, which offices and which groups are
	 * seen. */
	unsigned seen, offices, groups;
	bool is_limited;
};

static const struct row ROWS[] = {
    {{NULL}, 7, 7, 7, false},
    {{"local"}, 1, 1, 0, true},
    {{"one"}, 2, 2, 0, true},
    {{"two"}, 4, 4, 0, true},
    {{"both"}, 6, 6, 0, true},
    {{"both", "one"}, 2, 2, 0, true},
    {{"one", "both"}, 2, 2, 0, true},
    {{"one", "two"}, 0, 0, 0, true}, /* nothing is in both */
    {{"empty"}, 0, 0, 0, true},
    {{"both", "empty"}, 0, 0, 0, true},
    {{"unheard of"}, 0, 0, 0, true},
    {{"group one"}, 2, 0, 2, true},
    {{"groups"}, 6, 0, 6, true},
    {{"mixed"}, 5, 1, 4, true},
    {{"twice"}, 4, 4, 4, true}, /* its office and its group */
    {{"groups", "group one"}, 2, 0, 2, true},
    {{"groups", "mixed"}, 4, 0, 4, true},
    {{"mixed", "groups"}, 4, 0, 4, true},
    {{"mixed", "two"}, 4, 0, 0, true}, /* by the group, and by the office */
    {{"group one", "two"}, 0, 0, 0, true},
    {{"groups", "empty"}, 0, 0, 0, true},
};

static void
make_scopes(void **state, const struct world *world)
{
	struct err err = ERR_INIT;

	assert_ok(
	    do_write(state, scope_one, "local", &world->places[0], &err), &err);
	assert_ok(
	    do_write(state, scope_one, "one", &world->places[1], &err), &err);
	assert_ok(
	    do_write(state, scope_one, "two", &world->places[2], &err), &err);
	assert_ok(
	    do_write(state, scope_two, "both", &world->places[1], &err), &err);
	assert_ok(do_write(state, scope_none, "empty", &world->places[0], &err),
	    &err);
	assert_ok(
	    do_write(state, scope_one, "group one", &world->groups[1], &err),
	    &err);
	assert_ok(do_write(state, scope_two, "groups", &world->groups[1], &err),
	    &err);
	assert_ok(
	    do_write(state, scope_two, "mixed",
		(struct store_place[]){world->places[0], world->groups[2]},
		&err),
	    &err);
	assert_ok(
	    do_write(state, scope_two, "twice",
		(struct store_place[]){world->groups[2], world->places[2]},
		&err),
	    &err);
}

static struct store_reader *
reader_of(void **state, const struct row *row, bool is_known)
{
	struct store_reader *reader = open_reader(state);
	struct store_scope scope = {0};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < STORE_SCOPE_OWNERS_MAX; i++) {
		if (row->owners[i] == NULL)
			continue;
		if (!is_known)
			store_scope_add(&scope, row->owners[i]);
		else
			assert_ok(store_scope_add_known(
				      reader, &scope, row->owners[i], &err),
			    &err);
	}
	assert_int_equal(scope.count > 0, row->is_limited);
	store_reader_limit(reader, &scope);
	return reader;
}

#define assert_seen(call, is_seen, code)                                       \
	do {                                                                   \
		if (is_seen)                                                   \
			assert_ok(call, &err);                                 \
		else                                                           \
			assert_refused(call, &err, ERR_NOT_FOUND, code);       \
	} while (0)

static void
check_single(struct store_reader *reader, const struct world *world,
    const struct row *row)
{
	scoped(buf_donep) struct buf der = BUF_INIT(64);
	struct store_enrolment_token token;
	struct store_certificate certificate;
	struct store_computer computer;
	struct store_office office;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < PLACES; i++) {
		bool is_seen = (row->seen >> i & 1) != 0;
		bool is_office_seen = (row->offices >> i & 1) != 0;

		assert_seen(store_computer_get(reader, world->computers[i].id,
				&computer, &err),
		    is_seen, "computer_not_found");
		assert_seen(store_certificate_get(
				reader, world->serials[i], &certificate, &err),
		    is_seen, "certificate_not_found");
		assert_seen(store_certificate_get_der(
				reader, world->serials[i], &der, &err),
		    is_seen, "certificate_not_found");
		assert_seen(store_enrolment_token_get(
				reader, world->tokens[i].id, &token, &err),
		    is_office_seen, "enrolment_token_not_found");
		assert_seen(store_enrolment_token_get(
				reader, world->personal[i].id, &token, &err),
		    is_office_seen, "enrolment_token_not_found");
		assert_seen(store_office_get(
				reader, world->places[i].id, &office, &err),
		    is_office_seen, "office_not_found");
	}
}

/* Each way to ask for computers: with filters, and page by page. */
static int64_t
count_listed(
    struct store_reader *reader, const struct store_computer_filter *filter)
{
	struct store_page page = {.limit = 1};
	struct store_computer_list list;
	char cursor[STORE_CURSOR_SIZE] = "";
	struct err err = ERR_INIT;
	int64_t count = 0;

	page.cursor = cursor;
	for (bool is_over = false; !is_over;) {
		assert_ok(
		    store_computer_list(reader, filter, &page, &list, &err),
		    &err);
		count += (int64_t)list.count;
		memcpy(cursor, list.next, sizeof(cursor));
		is_over = cursor[0] == '\0';
		store_computer_list_done(&list);
	}
	return count;
}

static void
check_filter(struct store_reader *reader,
    const struct store_computer_filter *filter, int64_t expected)
{
	struct err err = ERR_INIT;
	int64_t count = -1;

	assert_ok(store_computer_count(reader, filter, &count, &err), &err);
	assert_int_equal(count, expected);
	for (unsigned sort = 0; sort <= STORE_COMPUTER_BY_STATE; sort++)
		for (unsigned turn = 0; turn < 2; turn++) {
			struct store_computer_filter one = *filter;

			one.sort = (enum store_computer_sort)sort;
			one.is_descending = turn == 1;
			assert_int_equal(count_listed(reader, &one), expected);
		}
}

static void
check_computers(
    struct store_reader *reader, const struct world *world, unsigned seen)
{
	struct store_computer_filter filters[] = {{0}, {.text = "pc"},
	    {.states = 1U << STORE_COMPUTER_ACTIVE}, {.not_seen_since = 1000},
	    {.os_name = ""}, {.text = "pc", .not_seen_since = 1000},
	    {.text = "pc", .os_name = ""}};
	int64_t all = __builtin_popcount(seen);

	for (size_t i = 0; i < array_length(filters); i++)
		check_filter(reader, &filters[i], all);
	for (size_t i = 0; i < PLACES; i++) {
		struct store_computer_filter of_office = {
		    .office_id = world->places[i].id};
		struct store_computer_filter by_id = {
		    .text = world->computers[i].id};

		check_filter(reader, &of_office, seen >> i & 1);
		check_filter(reader, &by_id, seen >> i & 1);
	}
}

static void
check_certificates(
    struct store_reader *reader, const struct world *world, unsigned seen)
{
	struct store_certificate_filter filters[PLACES + 2] = {
	    {.computer_id = world->computers[0].id},
	    {.computer_id = world->computers[1].id},
	    {.computer_id = world->computers[2].id}, {.is_current_only = true},
	    {.not_after_from = 1, .not_after_before = 5000}};
	struct store_certificate_list list;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(filters); i++) {
		unsigned expected =
		    i < PLACES ? seen >> i & 1 : __builtin_popcount(seen);
		int64_t count = -1;

		assert_ok(store_certificate_list(
			      reader, &filters[i], NULL, &list, &err),
		    &err);
		assert_int_equal(list.count, expected);
		store_certificate_list_done(&list);
		assert_ok(
		    store_certificate_count(reader, &filters[i], &count, &err),
		    &err);
		assert_int_equal(count, expected);
	}
}

static size_t
count_sections(struct store_reader *reader, const char *computer_id)
{
	struct store_inventory_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(store_inventory_list(reader, computer_id, &list, &err), &err);
	count = list.count;
	store_inventory_list_done(&list);
	return count;
}

static size_t
count_events(struct store_reader *reader, const char *subject, const char *kind)
{
	struct store_trust_event_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(
	    store_trust_event_list(reader, subject, kind, NULL, &list, &err),
	    &err);
	count = list.count;
	store_trust_event_list_done(&list);
	return count;
}

static size_t
count_tokens(
    struct store_reader *reader, struct store_enrolment_token_filter filter)
{
	struct store_enrolment_token_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(
	    store_enrolment_token_list(reader, &filter, NULL, &list, &err),
	    &err);
	count = list.count;
	store_enrolment_token_list_done(&list);
	return count;
}

static void
check_others(struct store_reader *reader, const struct world *world,
    const struct row *row)
{
	unsigned all = (unsigned)__builtin_popcount(row->seen);
	unsigned offices_seen = (unsigned)__builtin_popcount(row->offices);
	struct store_office_list offices;
	struct err err = ERR_INIT;

	/* What is about no computer is not for who has a scope. */
	assert_int_equal(
	    count_events(reader, NULL, NULL), all + (row->is_limited ? 0 : 1));
	assert_int_equal(count_events(reader, NULL, "server_started"),
	    row->is_limited ? 0 : 1);
	assert_int_equal(
	    count_tokens(reader, (struct store_enrolment_token_filter){0}),
	    2 * offices_seen);
	for (size_t i = 0; i < PLACES; i++) {
		struct store_enrolment_token_filter personal = {
		    .computer_id = world->computers[i].id, .usable_at = 50};

		assert_int_equal(
		    count_events(reader, world->computers[i].id, NULL),
		    row->seen >> i & 1);
		assert_int_equal(
		    count_tokens(reader, personal), row->offices >> i & 1);
		assert_int_equal(count_sections(reader, world->computers[i].id),
		    row->seen >> i & 1);
	}
	assert_titles(
	    reader, &(struct store_software_filter){0}, 2, TITLES[row->seen]);
	assert_ok(store_office_list(reader, NULL, &offices, &err), &err);
	assert_int_equal(offices.count, offices_seen);
	store_office_list_done(&offices);
}

static size_t
count_groups_of(struct store_reader *reader, const char *computer_id)
{
	struct store_group_list list;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(
	    store_group_list_of_computer(reader, computer_id, &list, &err),
	    &err);
	count = list.count;
	store_group_list_done(&list);
	return count;
}

static void
check_groups(struct store_reader *reader, const struct world *world,
    const struct row *row)
{
	struct store_group_list list;
	struct store_group group;
	struct err err = ERR_INIT;

	assert_ok(store_group_list(reader, NULL, &list, &err), &err);
	assert_int_equal(list.count, __builtin_popcount(row->groups));
	store_group_list_done(&list);
	for (size_t i = 0; i < PLACES; i++) {
		struct store_computer_filter members = {
		    .group_id = world->groups[i].id};

		assert_seen(
		    store_group_get(reader, world->groups[i].id, &group, &err),
		    (row->groups >> i & 1) != 0, "group_not_found");
		check_filter(reader, &members, row->seen >> i & 1);
		if ((row->seen >> i & 1) != 0)
			assert_int_equal(
			    count_groups_of(reader, world->computers[i].id),
			    row->groups >> i & 1);
		else
			assert_refused(store_group_list_of_computer(reader,
					   world->computers[i].id, &list, &err),
			    &err, ERR_NOT_FOUND, "computer_not_found");
	}
}

static void
check_fleet(struct store_reader *reader, const struct row *row)
{
	int64_t counts[STORE_COMPUTER_STATE_COUNT];
	struct store_tally tally;
	struct err err = ERR_INIT;
	size_t count;

	assert_ok(store_fleet_count_states(reader, counts, &err), &err);
	assert_int_equal(
	    counts[STORE_COMPUTER_ACTIVE], __builtin_popcount(row->seen));
	for (unsigned by = 0; by <= STORE_TALLY_BY_AGENT; by++) {
		assert_ok(store_fleet_tally(reader, (enum store_tally_by)by,
			      &tally, 1, &count, &err),
		    &err);
		assert_int_equal(count, row->seen == 0 ? 0 : 1);
		if (count > 0)
			assert_int_equal(
			    tally.count, __builtin_popcount(row->seen));
	}
}

static void
each_scope_hides_what_is_outside_of_it(void **state)
{
	struct world world;

	make_world(state, &world);
	make_scopes(state, &world);
	for (size_t i = 0; i < array_length(ROWS); i++) {
		const struct row *row = &ROWS[i];
		struct store_reader *reader = reader_of(state, row, i % 2 == 1);

		check_single(reader, &world, row);
		check_computers(reader, &world, row->seen);
		check_certificates(reader, &world, row->seen);
		check_others(reader, &world, row);
		check_groups(reader, &world, row);
		check_fleet(reader, row);
		store_reader_close(reader);
	}
}

static bool
limited_scope(
    struct store_tx *tx, const void *a, const void *b, struct err *err)
{
	struct store_scope scope = {0};
	bool is_fine;

	store_scope_add(&scope, "giver");
	store_reader_limit(store_tx_reader(tx), &scope);
	is_fine = store_scope_set(tx, a, b, 1, err);
	store_reader_limit(store_tx_reader(tx), NULL);
	return is_fine;
}

static void
nobody_gives_a_place_that_is_hidden_from_them(void **state)
{
	struct world world;
	struct err err = ERR_INIT;

	make_world(state, &world);
	assert_ok(
	    do_write(state, scope_one, "giver", &world.places[1], &err), &err);
	assert_ok(
	    do_write(state, limited_scope, "taker", &world.places[1], &err),
	    &err);
	assert_refused(
	    do_write(state, limited_scope, "taker", &world.places[2], &err),
	    &err, ERR_NOT_FOUND, "office_not_found");
	assert_refused(
	    do_write(state, limited_scope, "taker", &world.groups[1], &err),
	    &err, ERR_NOT_FOUND, "group_not_found");
	assert_ok(
	    do_write(state, scope_one, "giver", &world.groups[1], &err), &err);
	assert_ok(
	    do_write(state, limited_scope, "taker", &world.groups[1], &err),
	    &err);
	assert_refused(
	    do_write(state, limited_scope, "taker", &world.places[1], &err),
	    &err, ERR_NOT_FOUND, "office_not_found");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(each_scope_hides_what_is_outside_of_it),
	    ON_BOTH(nobody_gives_a_place_that_is_hidden_from_them),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
