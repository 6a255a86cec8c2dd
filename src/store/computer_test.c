/* Computers, offices, certificates and inventory, on both databases. */
#include "store/test_database.h"

#include "base/memory.h"
#include "store/certificate.h"
#include "store/computer.h"
#include "store/fold.h"
#include "store/inventory.h"
#include "store/office.h"

/* Run one store call as a closure. */
struct call {
	bool (*run)(
	    struct store_tx *tx, const void *a, const void *b, struct err *err);
	const void *a;
	const void *b;
};

static bool
run_call(struct store_tx *tx, void *context, struct err *err)
{
	struct call *call = context;

	return call->run(tx, call->a, call->b, err);
}

#define CALL(name, body)                                                       \
	static bool name(struct store_tx *tx, const void *a, const void *b,    \
	    struct err *err)                                                   \
	{                                                                      \
		return body;                                                   \
	}

CALL(office_create, store_office_create(tx, a, err))
CALL(office_rename, store_office_rename(tx, a, b, err))
CALL(office_delete, store_office_delete(tx, a, err))
CALL(enrol, store_computer_enrol(tx, a, err))
CALL(check_in, store_computer_check_in(tx, a, err))
CALL(set_facts, store_computer_set_facts(tx, a, err))
CALL(set_office, store_computer_set_office(tx, a, b, err))
CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))
CALL(insert_certificate,
    store_certificate_insert(tx, a, VIEW_LITERAL("\x30\x03\x00\x01\x02"), err))
CALL(revoke_all, store_certificate_mark_revoked_all(tx, a, 77, b, err))
CALL(revoke, store_certificate_mark_revoked(tx, a, 78, b, err))
CALL(put_inventory, store_inventory_put(tx, a, b, VIEW_LITERAL("x"), err))

static bool
do_write(void **state,
    bool (*run)(struct store_tx *, const void *, const void *, struct err *),
    const void *a, const void *b, struct err *err)
{
	struct test_database *database = *state;
	struct call call = {run, a, b};

	return store_write(database->store, run_call, &call, err);
}

static struct store_reader *
open_reader(void **state)
{
	struct test_database *database = *state;
	struct store_reader *reader = NULL;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	return reader;
}

static struct store_office
make_office(const char *name)
{
	struct store_office office = {.created_at = 5};

	id_make(office.id);
	store_text_copy(office.name, sizeof(office.name), name);
	return office;
}

static struct store_computer
make_computer(const char *name)
{
	struct store_computer computer = {.enrolled_at = 100};

	id_make(computer.id);
	store_text_copy(computer.office_id, sizeof(computer.office_id),
	    STORE_OFFICE_LOCAL_ID);
	store_text_copy(computer.name, sizeof(computer.name), name);
	snprintf(computer.credential_hash, sizeof(computer.credential_hash),
	    "hash of %s", computer.id);
	return computer;
}

static struct store_computer
enrolled(void **state, const char *name)
{
	struct store_computer computer = make_computer(name);
	struct err err = ERR_INIT;

	assert_ok(do_write(state, enrol, &computer, NULL, &err), &err);
	return computer;
}

static struct store_computer
computer_now(void **state, const char *id)
{
	struct store_reader *reader = open_reader(state);
	struct store_computer computer;
	struct err err = ERR_INIT;

	assert_ok(store_computer_get(reader, id, &computer, &err), &err);
	store_reader_close(reader);
	return computer;
}

static void
an_office_name_is_unique_without_regard_to_case(void **state)
{
	struct store_office osaka = make_office("Ōsaka Büro");
	struct store_office again = make_office("ōSAKA BÜRO");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, office_create, &osaka, NULL, &err), &err);
	assert_refused(do_write(state, office_create, &again, NULL, &err), &err,
	    ERR_CONFLICT, "office_exists");
	assert_refused(do_write(state, office_rename, STORE_OFFICE_LOCAL_ID,
			   "ŌSAKA büro", &err),
	    &err, ERR_CONFLICT, "office_exists");
	assert_ok(
	    do_write(state, office_rename, osaka.id, "ŌSAKA büro", &err), &err);
	assert_refused(do_write(state, office_rename, "nobody", "x", &err),
	    &err, ERR_NOT_FOUND, "office_not_found");
}

static void
an_office_in_use_and_the_local_one_are_not_deleted(void **state)
{
	struct store_office office = make_office("Kyoto");
	struct store_computer computer = make_computer("a");
	struct err err = ERR_INIT;

	assert_ok(do_write(state, office_create, &office, NULL, &err), &err);
	memcpy(computer.office_id, office.id, sizeof(office.id));
	assert_ok(do_write(state, enrol, &computer, NULL, &err), &err);
	assert_refused(do_write(state, office_delete, office.id, NULL, &err),
	    &err, ERR_CONFLICT, "office_not_empty");
	assert_refused(
	    do_write(state, office_delete, STORE_OFFICE_LOCAL_ID, NULL, &err),
	    &err, ERR_CONFLICT, "office_is_local");
	assert_ok(do_write(state, set_office, computer.id,
		      STORE_OFFICE_LOCAL_ID, &err),
	    &err);
	assert_ok(do_write(state, office_delete, office.id, NULL, &err), &err);
	assert_refused(
	    do_write(state, set_office, computer.id, office.id, &err), &err,
	    ERR_NOT_FOUND, "office_not_found");
}

static void
offices_are_listed_by_name_in_parts(void **state)
{
	static const char *const NAMES[] = {"zulu", "Alpha", "mike", "Bravo"};
	struct store_page page = {.limit = 2};
	struct store_office_list list;
	struct store_reader *reader;
	struct err err = ERR_INIT;
	char cursor[STORE_CURSOR_SIZE];

	for (size_t i = 0; i < array_length(NAMES); i++) {
		struct store_office office = make_office(NAMES[i]);

		assert_ok(
		    do_write(state, office_create, &office, NULL, &err), &err);
	}
	reader = open_reader(state);
	assert_ok(store_office_list(reader, &page, &list, &err), &err);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].name, "Alpha");
	assert_string_equal(list.items[1].name, "Bravo");
	memcpy(cursor, list.next, sizeof(cursor));
	store_office_list_done(&list);
	page = (struct store_page){.cursor = cursor, .limit = 10};
	assert_ok(store_office_list(reader, &page, &list, &err), &err);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].name, "Local Office");
	assert_string_equal(list.items[2].name, "zulu");
	assert_string_equal(list.next, "");
	store_office_list_done(&list);
	store_reader_close(reader);
}

static void
a_computer_of_no_office_or_a_foreign_credential_is_refused(void **state)
{
	struct store_computer first = enrolled(state, "first");
	struct store_computer computer = make_computer("second");
	struct err err = ERR_INIT;

	store_text_copy(
	    computer.office_id, sizeof(computer.office_id), "nowhere");
	assert_refused(do_write(state, enrol, &computer, NULL, &err), &err,
	    ERR_NOT_FOUND, "office_not_found");
	computer = make_computer("second");
	memcpy(computer.credential_hash, first.credential_hash,
	    sizeof(first.credential_hash));
	assert_refused(do_write(state, enrol, &computer, NULL, &err), &err,
	    ERR_CONFLICT, "credential_exists");
}

static void
a_contact_of_an_unknown_computer_is_refused(void **state)
{
	struct store_check_in contact = {.computer_id = "nobody", .at = 1};
	struct err err = ERR_INIT;

	assert_refused(do_write(state, check_in, &contact, NULL, &err), &err,
	    ERR_NOT_FOUND, "computer_not_found");
}

static void
a_contact_proves_once_and_keeps_what_it_does_not_say(void **state)
{
	struct store_computer computer = enrolled(state, "One");
	struct store_check_in contact = {.computer_id = computer.id,
	    .at = 1000,
	    .address = "192.0.2.1",
	    .agent_version = "1.0",
	    .acknowledged_publication = 7};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	computer = computer_now(state, computer.id);
	assert_int_equal(computer.last_seen_at, 1000);
	assert_int_equal(computer.proved_at, 0);
	contact = (struct store_check_in){.computer_id = computer.id,
	    .at = 2000,
	    .is_mutual = true,
	    .acknowledged_publication = 3};
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	contact.at = 3000;
	contact.name = "Renamed";
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	computer = computer_now(state, computer.id);
	assert_int_equal(computer.proved_at, 2000);
	assert_int_equal(computer.last_mutual_at, 3000);
	assert_int_equal(computer.last_seen_at, 3000);
	assert_int_equal(computer.acknowledged_publication, 7);
	assert_string_equal(computer.last_address, "192.0.2.1");
	assert_string_equal(computer.agent_version, "1.0");
	assert_string_equal(computer.name, "Renamed");
}

static void
enrolling_again_keeps_the_office_and_begins_unproved(void **state)
{
	struct store_office office = make_office("Nagoya");
	struct store_computer computer = enrolled(state, "One");
	struct store_check_in contact = {
	    .computer_id = computer.id, .at = 5, .is_mutual = true};
	enum store_computer_state retired = STORE_COMPUTER_RETIRED;
	struct store_computer now;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	assert_ok(do_write(state, office_create, &office, NULL, &err), &err);
	assert_ok(
	    do_write(state, set_office, computer.id, office.id, &err), &err);
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	assert_ok(
	    do_write(state, set_state, computer.id, &retired, &err), &err);
	assert_int_equal(
	    computer_now(state, computer.id).state, STORE_COMPUTER_RETIRED);
	store_text_copy(computer.credential_hash,
	    sizeof(computer.credential_hash), "another");
	assert_ok(do_write(state, enrol, &computer, NULL, &err), &err);
	now = computer_now(state, computer.id);
	assert_int_equal(now.state, STORE_COMPUTER_ACTIVE);
	assert_int_equal(now.proved_at, 0);
	assert_string_equal(now.office_id, office.id);
	reader = open_reader(state);
	assert_ok(
	    store_computer_get_by_credential(reader, "another", &now, &err),
	    &err);
	assert_string_equal(now.id, computer.id);
	store_reader_close(reader);
}

static void
look_alikes_are_flagged_as_long_as_there_are_two(void **state)
{
	struct store_computer first = enrolled(state, "twin");
	struct store_computer second = enrolled(state, "TWIN");
	struct store_check_in contact = {
	    .computer_id = second.id, .at = 5, .name = "other"};
	struct store_computer_facts facts = {
	    .inventory_at = 1, .hardware_serial = "SN-1", .software_count = -1};
	enum store_computer_state removed = STORE_COMPUTER_REMOVED;
	struct err err = ERR_INIT;

	assert_int_equal(
	    computer_now(state, first.id).flags, STORE_COMPUTER_DUPLICATE_NAME);
	assert_int_equal(computer_now(state, second.id).flags,
	    STORE_COMPUTER_DUPLICATE_NAME);
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	assert_int_equal(computer_now(state, first.id).flags, 0);
	assert_int_equal(computer_now(state, second.id).flags, 0);
	facts.computer_id = first.id;
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	facts.computer_id = second.id;
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	assert_int_equal(computer_now(state, first.id).flags,
	    STORE_COMPUTER_DUPLICATE_HARDWARE);
	assert_ok(do_write(state, set_state, second.id, &removed, &err), &err);
	assert_int_equal(computer_now(state, first.id).flags, 0);
}

static void
facts_change_only_what_they_say(void **state)
{
	struct store_computer computer = enrolled(state, "One");
	struct store_computer_facts facts = {.computer_id = computer.id,
	    .inventory_at = 9,
	    .os_name = "Debian GNU/Linux",
	    .os_version = "12",
	    .architecture = "x86_64",
	    .software_count = 321};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	facts = (struct store_computer_facts){.computer_id = computer.id,
	    .inventory_at = 10,
	    .os_version = "13",
	    .software_count = -1};
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	computer = computer_now(state, computer.id);
	assert_string_equal(computer.os_name, "Debian GNU/Linux");
	assert_string_equal(computer.os_version, "13");
	assert_string_equal(computer.architecture, "x86_64");
	assert_int_equal(computer.software_count, 321);
	assert_int_equal(computer.inventory_at, 10);
}

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

/* Walk a whole list in parts; returns the count and checks the order by
 * comparing neighbours. */
static unsigned
walk(void **state, const struct store_computer_filter *filter, unsigned limit,
    int (*compare)(
	const struct store_computer *, const struct store_computer *))
{
	struct store_reader *reader = open_reader(state);
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
	struct store_reader *reader = open_reader(state);
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
	reader = open_reader(state);
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

static struct store_certificate
make_certificate(const char *computer_id, const char *serial)
{
	struct store_certificate certificate = {.not_before = 10,
	    .not_after = 1000,
	    .issued_at = 11,
	    .profile = STORE_PROFILE_STOCK};

	store_text_copy(certificate.serial, sizeof(certificate.serial), serial);
	store_text_copy(certificate.computer_id,
	    sizeof(certificate.computer_id), computer_id);
	snprintf(certificate.fingerprint, sizeof(certificate.fingerprint),
	    "print of %s", serial);
	return certificate;
}

static struct store_certificate
certificate_now(void **state, const char *serial)
{
	struct store_reader *reader = open_reader(state);
	struct store_certificate certificate;
	struct err err = ERR_INIT;

	assert_ok(
	    store_certificate_get(reader, serial, &certificate, &err), &err);
	store_reader_close(reader);
	return certificate;
}

static void
a_newer_certificate_supersedes_and_revocation_stays(void **state)
{
	struct store_computer computer = enrolled(state, "One");
	struct store_certificate first = make_certificate(computer.id, "01");
	struct store_certificate second = make_certificate(computer.id, "02");
	struct store_certificate none = make_certificate("nobody", "03");
	struct err err = ERR_INIT;

	assert_refused(do_write(state, insert_certificate, &none, NULL, &err),
	    &err, ERR_NOT_FOUND, "computer_not_found");
	assert_ok(
	    do_write(state, insert_certificate, &first, NULL, &err), &err);
	assert_ok(
	    do_write(state, insert_certificate, &second, NULL, &err), &err);
	assert_ok(
	    do_write(state, insert_certificate, &second, NULL, &err), &err);
	assert_true(certificate_now(state, "01").is_superseded);
	assert_false(certificate_now(state, "02").is_superseded);
	store_text_copy(
	    second.fingerprint, sizeof(second.fingerprint), "another");
	assert_refused(do_write(state, insert_certificate, &second, NULL, &err),
	    &err, ERR_CONFLICT, "certificate_exists");
	assert_ok(do_write(state, revoke_all, computer.id, "lost", &err), &err);
	assert_ok(do_write(state, revoke, "01", "again", &err), &err);
	assert_int_equal(certificate_now(state, "01").revoked_at, 77);
	assert_string_equal(certificate_now(state, "02").reason, "lost");
}

static void
certificates_are_marked_used_and_listed(void **state)
{
	struct store_computer computer = enrolled(state, "One");
	struct store_certificate certificate =
	    make_certificate(computer.id, "0a");
	struct store_check_in contact = {.computer_id = computer.id,
	    .at = 50,
	    .is_mutual = true,
	    .certificate_serial = "0a"};
	struct store_certificate_filter filter = {
	    .computer_id = computer.id, .is_current_only = true};
	scoped(buf_donep) struct buf der = BUF_INIT(64);
	struct store_certificate_list list;
	struct store_reader *reader;
	struct err err = ERR_INIT;
	int64_t count = 0;

	assert_ok(do_write(state, insert_certificate, &certificate, NULL, &err),
	    &err);
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	contact.at = 60;
	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
	reader = open_reader(state);
	assert_ok(
	    store_certificate_list(reader, &filter, NULL, &list, &err), &err);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].first_used_at, 50);
	assert_int_equal(list.items[0].last_used_at, 60);
	assert_int_equal(list.items[0].profile, STORE_PROFILE_STOCK);
	store_certificate_list_done(&list);
	filter.not_after_before = 1000;
	assert_ok(store_certificate_count(reader, &filter, &count, &err), &err);
	assert_int_equal(count, 0);
	filter.not_after_before = 1001;
	filter.not_after_from = 1000;
	assert_ok(store_certificate_count(reader, &filter, &count, &err), &err);
	assert_int_equal(count, 1);
	assert_ok(store_certificate_get_der(reader, "0a", &der, &err), &err);
	assert_memory_equal(der.data, "\x30\x03\x00\x01\x02", 5);
	assert_int_equal(der.length, 5);
	store_reader_close(reader);
}

struct section {
	const char *computer_id;
	struct store_inventory inventory;
	struct view packed;
};

static bool
put_section(struct store_tx *tx, void *context, struct err *err)
{
	struct section *section = context;

	return store_inventory_put(tx, section->computer_id,
	    &section->inventory, section->packed, err);
}

static void
inventory_comes_back_as_it_was_put(void **state)
{
	struct test_database *database = *state;
	struct store_computer computer = enrolled(state, "One");
	struct section section = {.computer_id = computer.id,
	    .inventory = {.section = "packages", .item_count = 2}};
	scoped(buf_donep) struct buf packed = BUF_INIT(1 << 20);
	scoped(buf_donep) struct buf json = BUF_INIT(1 << 20);
	struct store_inventory_list list;
	struct store_inventory got;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	assert_ok(store_inventory_pack(
		      VIEW_LITERAL("{\"a\":1,\"b\":2}"), &packed, &err),
	    &err);
	section.packed = buf_view(&packed);
	for (int i = 0; i < 2; i++)
		assert_ok(
		    store_write(database->store, put_section, &section, &err),
		    &err);
	reader = open_reader(state);
	assert_ok(store_inventory_get(
		      reader, computer.id, "packages", &got, &json, &err),
	    &err);
	assert_int_equal(got.item_count, 2);
	assert_true(view_equal_string(buf_view(&json), "{\"a\":1,\"b\":2}"));
	assert_ok(store_inventory_list(reader, computer.id, &list, &err), &err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].section, "packages");
	store_inventory_list_done(&list);
	assert_refused(store_inventory_get(
			   reader, computer.id, "users", &got, &json, &err),
	    &err, ERR_NOT_FOUND, "section_not_found");
	store_reader_close(reader);
}

static void
inventory_of_nobody_and_damaged_inventory_are_refused(void **state)
{
	struct store_inventory inventory = {.section = "disks"};
	struct store_computer computer = enrolled(state, "One");
	scoped(buf_donep) struct buf json = BUF_INIT(1 << 20);
	struct store_inventory got;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	assert_refused(
	    do_write(state, put_inventory, "nobody", &inventory, &err), &err,
	    ERR_NOT_FOUND, "computer_not_found");
	assert_ok(do_write(state, put_inventory, computer.id, &inventory, &err),
	    &err);
	reader = open_reader(state);
	assert_refused(store_inventory_get(
			   reader, computer.id, "disks", &got, &json, &err),
	    &err, ERR_MALFORMED, "inventory_damaged");
	store_reader_close(reader);
}

static void
texts_are_cut_between_characters_and_folded(void **state)
{
	char out[8];

	store_text_copy(out, sizeof(out), "割符割符");
	assert_string_equal(out, "割符");
	store_text_copy(out, sizeof(out), NULL);
	assert_string_equal(out, "");
	fold_text("ÀŸΩЯＡ", out, sizeof(out));
	assert_string_equal(out, "àŸω");
	fold_text("\xc3", out, sizeof(out));
	assert_string_equal(out, "\xc3");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(texts_are_cut_between_characters_and_folded),
	    ON_BOTH(an_office_name_is_unique_without_regard_to_case),
	    ON_BOTH(an_office_in_use_and_the_local_one_are_not_deleted),
	    ON_BOTH(offices_are_listed_by_name_in_parts),
	    ON_BOTH(a_computer_of_no_office_or_a_foreign_credential_is_refused),
	    ON_BOTH(a_contact_of_an_unknown_computer_is_refused),
	    ON_BOTH(a_contact_proves_once_and_keeps_what_it_does_not_say),
	    ON_BOTH(enrolling_again_keeps_the_office_and_begins_unproved),
	    ON_BOTH(look_alikes_are_flagged_as_long_as_there_are_two),
	    ON_BOTH(facts_change_only_what_they_say),
	    ON_BOTH(every_order_in_parts_gives_each_computer_once),
	    ON_BOTH(filters_count_what_they_list),
	    ON_BOTH(a_cursor_of_another_order_or_of_nothing_is_refused),
	    ON_BOTH(a_newer_certificate_supersedes_and_revocation_stays),
	    ON_BOTH(certificates_are_marked_used_and_listed),
	    ON_BOTH(inventory_comes_back_as_it_was_put),
	    ON_BOTH(inventory_of_nobody_and_damaged_inventory_are_refused),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
