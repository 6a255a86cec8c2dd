/* Lists of a group's computers: whatever way the database is asked, it finds
 * those that a look at each computer finds. On both databases. */
#include "store/test_call.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/group.h"
#include "store/office.h"

enum {
	CROWD = 2600, /* more than what is many of anything */
	FEW = 100,    /* every so many */
	NOW_DAYS = 100,
	PAGE = 900,
};

#define OFFICE_ID "00000000-0000-7000-9000-000000000001"

CALL(make_office, store_office_create(tx, a, err))
CALL(make_group, store_group_create(tx, a, err))
CALL(add,
    store_group_add_members(tx, (struct store_membership *)(uintptr_t)a, err))

/* The last ones by name are unlike the first in all; enrolled_at tells which
 * one it is. */
static bool
is_late(unsigned i)
{
	return i >= CROWD / 20;
}

static bool
enrol_one(struct store_tx *tx, unsigned i, char id[ID_SIZE], struct err *err)
{
	static const char *const VERSIONS[] = {"1.9", "1.10.2", "odd", "2.0"};
	bool late = is_late(i);
	struct store_computer computer;
	struct store_check_in contact = {
	    .at = DAYS_MS(late ? 10 : 95), .agent_version = VERSIONS[i % 4]};
	struct store_computer_facts facts = {.inventory_at = 1,
	    .os_name = late ? "Old" : "New",
	    .os_version = i % 2 == 0 ? "12.4" : "9",
	    .architecture = i % 3 == 0 ? "aarch64" : "x86_64",
	    .hardware_serial = i % 5 == 0 ? "ABC-1" : "XYZ",
	    .software_count = -1};
	char name[32];

	snprintf(name, sizeof(name), "%s-%04u", late ? "x-Mark" : "pc", i);
	computer = make_computer(name);
	memcpy(id, computer.id, ID_SIZE);
	computer.enrolled_at = i;
	contact.computer_id = facts.computer_id = computer.id;
	if (i % 10 == 3)
		store_text_copy(computer.office_id, ID_SIZE, OFFICE_ID);
	return store_computer_enrol(tx, &computer, err) &&
	    (i % 50 == 0 || store_computer_check_in(tx, &contact, err)) &&
	    store_computer_set_facts(tx, &facts, err) &&
	    (i % 7 != 0 ||
		store_computer_set_state(
		    tx, computer.id, STORE_COMPUTER_RETIRED, err));
}

static bool
enrol_crowd(struct store_tx *tx, const void *ids, struct err *err)
{
	char(*out)[ID_SIZE] = (char(*)[ID_SIZE])(uintptr_t)ids;

	for (unsigned i = 0; i < CROWD; i++)
		if (!enrol_one(tx, i, out[i], err))
			return false;
	return true;
}

CALL(enrol_all, enrol_crowd(tx, a, err))

typedef bool fits_fn(const struct store_computer *computer);

#define FITS(name, condition)                                                  \
	static bool name(const struct store_computer *c)                       \
	{                                                                      \
		return condition;                                              \
	}

FITS(everything, c != NULL)
FITS(nothing, c == NULL)
FITS(is_few, c->enrolled_at % FEW == 0)
FITS(is_many, is_late((unsigned)c->enrolled_at))
FITS(is_mark, strstr(c->name, "Mark") != NULL)
FITS(is_pc, strncmp(c->name, "pc-", 3) == 0)
FITS(is_single, strcmp(c->name, "pc-0007") == 0)
FITS(is_new, strcmp(c->os_name, "New") == 0)
FITS(is_there, strcmp(c->office_id, OFFICE_ID) == 0)
FITS(is_elsewhere, strcmp(c->office_id, OFFICE_ID) != 0)
FITS(is_twelve, strncmp(c->os_version, "12", 2) == 0)
FITS(is_arm, strcmp(c->architecture, "aarch64") == 0)
FITS(is_abc, strcmp(c->hardware_serial, "ABC-1") == 0)
FITS(is_retired, c->state == STORE_COMPUTER_RETIRED)
FITS(is_before_two,
    strcmp(c->agent_version, "1.9") == 0 ||
	strcmp(c->agent_version, "1.10.2") == 0)
FITS(is_one_nine, strcmp(c->agent_version, "1.9") == 0)
FITS(is_not_seen, c->last_seen_at < DAYS_MS(NOW_DAYS - 30))
FITS(is_seen, c->last_seen_at >= DAYS_MS(NOW_DAYS - 30))
FITS(is_alike, (c->flags & STORE_COMPUTER_DUPLICATE_HARDWARE) != 0)
FITS(is_twelve_and_arm, is_twelve(c) && is_arm(c))
FITS(is_twelve_or_seen, is_twelve(c) || is_seen(c))
FITS(is_pc_and_not_seen, is_pc(c) && is_not_seen(c))
FITS(is_late_and_old, is_many(c) && is_before_two(c))

struct row {
	const char *criteria; /* conditions, after "match" */
	fits_fn *fits;
};

#define ONE(field, operator, value)                                            \
	"{\"field\":\"" field "\",\"operator\":\""                             \
	operator"\",\"value\":\"" value "\"}"
#define DAYS(field, operator, days)                                            \
	"{\"field\":\"" field "\",\"operator\":\"" operator"\",\"days\":" days \
							   "}"
#define ALL(conditions) "{\"match\":\"all\",\"conditions\":[" conditions "]}"
#define ANY(conditions) "{\"match\":\"any\",\"conditions\":[" conditions "]}"

static const struct row ROWS[] = {
    {ALL(ONE("name", "contains", "MARK")), is_mark},
    {ALL(ONE("name", "begins", "PC-")), is_pc},
    {ALL(ONE("name", "is", "PC-0007")), is_single},
    {ALL(ONE("name", "is", "%")), nothing},
    {ALL(ONE("name", "contains", "'")), nothing},
    {ALL(ONE("office", "is", OFFICE_ID)), is_there},
    {ALL(ONE("office", "is_not", OFFICE_ID)), is_elsewhere},
    {ALL(ONE("os", "is", "new")), is_new},
    {ALL(ONE("os", "is_not", "NEW")), is_many},
    {ALL(ONE("os", "begins", "n")), is_new},
    {ALL(ONE("os_version", "begins", "12")), is_twelve},
    {ALL(ONE("os_version", "is", "12.4")), is_twelve},
    {ALL(ONE("architecture", "is", "aarch64")), is_arm},
    {ALL(ONE("hardware_serial", "begins", "abc")), is_abc},
    {ALL(ONE("state", "is", "retired")), is_retired},
    {ALL(ONE("state", "is_not", "revoked")), everything},
    {ALL(ONE("profile", "is", "stock")), nothing},
    {ALL(ONE("duplicate", "is", "hardware")), is_alike},
    {ALL(ONE("agent_version", "is", "1.9")), is_one_nine},
    {ALL(ONE("agent_version", "older_than", "2")), is_before_two},
    {ALL(ONE("agent_version", "older_than", "1.10")), is_one_nine},
    {ALL(DAYS("last_seen", "longer_ago_than", "30")), is_not_seen},
    {ALL(DAYS("last_seen", "within", "30")), is_seen},
    {ALL(DAYS("enrolled", "longer_ago_than", "1")), everything},
    {ALL(DAYS("enrolled", "within", "1")), nothing},
    {ALL(ONE("os_version", "begins", "12") "," ONE(
	 "architecture", "is", "aarch64")),
	is_twelve_and_arm},
    {ANY(ONE("os_version", "begins", "12") "," DAYS(
	 "last_seen", "within", "30")),
	is_twelve_or_seen},
    {ALL(ONE("name", "begins", "pc") "," DAYS(
	 "last_seen", "longer_ago_than", "30")),
	is_pc_and_not_seen},
    {ALL(ONE("name", "contains", "mark") "," ONE(
	 "agent_version", "older_than", "2.0")),
	is_late_and_old},
};

/* All that there are, as one list tells them. */
struct crowd {
	char (*ids)[ID_SIZE];
	struct store_computer *computers;
};

static void
read_crowd(void **state, struct crowd *crowd)
{
	struct store_computer_filter all = {0};
	struct store_reader *reader = open_reader(state);
	struct store_page page = {.limit = STORE_PAGE_MAX};
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_computer_list list;
	struct err err = ERR_INIT;
	size_t count = 0;

	do {
		page.cursor = cursor;
		assert_ok(store_computer_list(reader, &all, &page, &list, &err),
		    &err);
		assert_true(count + list.count <= CROWD);
		memcpy(&crowd->computers[count], list.items,
		    list.count * sizeof(*list.items));
		count += list.count;
		memcpy(cursor, list.next, sizeof(cursor));
		store_computer_list_done(&list);
	} while (cursor[0] != '\0');
	assert_int_equal(count, CROWD);
	store_reader_close(reader);
}

static int64_t
count_fitting(const struct crowd *crowd, fits_fn *fits, fits_fn *too)
{
	int64_t count = 0;

	for (size_t i = 0; i < CROWD; i++)
		count +=
		    fits(&crowd->computers[i]) && too(&crowd->computers[i]);
	return count;
}

/* Page by page: each that fits, once. Of long lists not all do it to the end.
 */
static void
assert_list(struct store_reader *reader,
    const struct store_computer_filter *filter, fits_fn *fits, int64_t expected,
    unsigned most_pages)
{
	scoped(memory_freep) bool *is_seen =
	    memory_array(CROWD, sizeof(*is_seen));
	struct store_page page = {.limit = PAGE};
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_computer_list list;
	struct err err = ERR_INIT;
	int64_t count = 0;
	unsigned pages = 0;

	do {
		page.cursor = cursor;
		assert_ok(
		    store_computer_list(reader, filter, &page, &list, &err),
		    &err);
		for (size_t i = 0; i < list.count; i++) {
			assert_true(fits(&list.items[i]));
			assert_false(is_seen[list.items[i].enrolled_at]);
			is_seen[list.items[i].enrolled_at] = true;
		}
		count += (int64_t)list.count;
		assert_true(list.total == -1 || list.total == expected);
		memcpy(cursor, list.next, sizeof(cursor));
		store_computer_list_done(&list);
	} while (cursor[0] != '\0' && ++pages < most_pages);
	if (cursor[0] == '\0')
		assert_int_equal(count, expected);
	else
		assert_true(count < expected);
}

/* What stands beside the group in a filter, by turns. */
struct beside {
	const char *text;
	const char *os_name;
	int64_t not_seen_since;
	fits_fn *fits;
};

static const struct beside BESIDE[] = {
    {NULL, NULL, 0, everything},
    {"mark", NULL, 0, is_mark},
    {NULL, NULL, DAYS_MS(NOW_DAYS - 30), is_not_seen},
    {NULL, "new", 0, is_new},
};

/* Counted, alone and with one filter more, and listed in two of the orders:
 * all of them come in turn. */
static void
assert_finds(void **state, const struct crowd *crowd,
    const struct store_computer_filter *group, fits_fn *fits, size_t number)
{
	struct store_reader *reader = open_reader(state);
	int64_t alone = count_fitting(crowd, fits, everything);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 2; i++) {
		const struct beside *beside =
		    &BESIDE[i == 0 ? 0 : 1 + number % 3];
		struct store_computer_filter filter = *group;
		int64_t expected =
		    i == 0 ? alone : count_fitting(crowd, fits, beside->fits);
		int64_t count = -1;

		filter.text = beside->text;
		filter.os_name = beside->os_name;
		filter.not_seen_since = beside->not_seen_since;
		filter.sort = (enum store_computer_sort)(
		    (number + 3 * i) % (STORE_COMPUTER_BY_STATE + 1));
		filter.is_descending = (number + i) % 2 == 1;
		assert_ok(
		    store_computer_count(reader, &filter, &count, &err), &err);
		assert_int_equal(count, expected);
		assert_list(reader, &filter, fits, expected,
		    number % 5 == 0 ? CROWD : 2);
	}
	store_reader_close(reader);
}

static void
make_crowd(void **state, struct crowd *crowd)
{
	struct store_office office = {
	    .id = OFFICE_ID, .name = "O", .created_at = 1};
	struct err err = ERR_INIT;

	crowd->ids = memory_array(CROWD, sizeof(*crowd->ids));
	crowd->computers = memory_array(CROWD, sizeof(*crowd->computers));
	assert_ok(do_write(state, make_office, &office, NULL, &err), &err);
	assert_ok(do_write(state, enrol_all, crowd->ids, NULL, &err), &err);
	read_crowd(state, crowd);
}

static void
check_criteria(void **state, const struct crowd *crowd)
{
	struct criteria criteria;
	struct store_computer_filter filter = {
	    .criteria = &criteria, .criteria_now = DAYS_MS(NOW_DAYS)};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(ROWS); i++) {
		assert_ok(criteria_parse(
			      view_string(ROWS[i].criteria), &criteria, &err),
		    &err);
		assert_finds(state, crowd, &filter, ROWS[i].fits, i);
	}
}

/* Those of the crowd for which it holds, as many at once as may be. */
static void
add_members(void **state, const struct crowd *crowd, const char *group_id,
    bool (*is_in)(unsigned i))
{
	const char *ids[STORE_GROUP_BATCH_MAX];
	bool is_missing[STORE_GROUP_BATCH_MAX];
	struct store_membership members = {.group_id = group_id,
	    .computer_ids = ids,
	    .is_missing = is_missing};
	struct err err = ERR_INIT;

	for (unsigned i = 0; i <= CROWD; i++) {
		if (members.count == STORE_GROUP_BATCH_MAX ||
		    (i == CROWD && members.count > 0)) {
			assert_ok(
			    do_write(state, add, &members, NULL, &err), &err);
			members.count = 0;
		}
		if (i < CROWD && is_in(i))
			ids[members.count++] = crowd->ids[i];
	}
}

static bool
in_few(unsigned i)
{
	return i % FEW == 0;
}

static bool
in_none(unsigned i)
{
	return i == CROWD;
}

static bool
in_all(unsigned i)
{
	return i < CROWD;
}

static void
check_static(void **state, const struct crowd *crowd)
{
	static const struct {
		bool (*is_in)(unsigned i);
		fits_fn *fits;
	} GROUPS[] = {{in_none, nothing}, {in_few, is_few}, {is_late, is_many},
	    {in_all, everything}};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(GROUPS); i++) {
		struct store_group group = {.created_at = 1};
		struct store_computer_filter filter = {.group_id = group.id};

		id_make(group.id);
		snprintf(group.name, sizeof(group.name), "%zu", i);
		assert_ok(
		    do_write(state, make_group, &group, NULL, &err), &err);
		add_members(state, crowd, group.id, GROUPS[i].is_in);
		for (size_t turn = 0; turn < 6; turn++)
			assert_finds(
			    state, crowd, &filter, GROUPS[i].fits, turn);
	}
}

static void
groups_have_whom_a_look_at_each_computer_finds(void **state)
{
	struct crowd crowd;

	make_crowd(state, &crowd);
	check_criteria(state, &crowd);
	check_static(state, &crowd);
	free(crowd.computers);
	free(crowd.ids);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(groups_have_whom_a_look_at_each_computer_finds),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
