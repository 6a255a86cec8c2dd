/* Offices and computers, on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/computer.h"
#include "store/fold.h"
#include "store/office.h"

CALL(office_create, store_office_create(tx, a, err))
CALL(office_rename, store_office_rename(tx, a, b, err))
CALL(office_delete, store_office_delete(tx, a, err))
CALL(enrol, store_computer_enrol(tx, a, err))
CALL(check_in, store_computer_check_in(tx, a, err))
CALL(set_facts, store_computer_set_facts(tx, a, err))
CALL(set_office, store_computer_set_office(tx, a, b, err))
CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))

static struct store_office
make_office(const char *name)
{
	struct store_office office = {.created_at = 5};

	id_make(office.id);
	store_text_copy(office.name, sizeof(office.name), name);
	return office;
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
	assert_int_equal(computer.last_credential_at, 1000);
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
	assert_int_equal(computer.last_credential_at, 1000);
	assert_int_equal(computer.last_seen_at, 3000);
	assert_int_equal(computer.acknowledged_publication, 7);
	assert_string_equal(computer.last_address, "192.0.2.1");
	assert_string_equal(computer.agent_version, "1.0");
	assert_string_equal(computer.name, "Renamed");
}

static void
a_proxy_stays_reported_until_the_agent_says_otherwise(void **state)
{
	static const enum store_proxy_report said[][2] = {
	    /* what is said, what is known then */
	    {STORE_PROXY_UNKNOWN, STORE_PROXY_UNKNOWN},
	    {STORE_PROXY_SET, STORE_PROXY_SET},
	    {STORE_PROXY_UNKNOWN, STORE_PROXY_SET},
	    {STORE_PROXY_NONE, STORE_PROXY_NONE},
	};
	struct store_computer computer = enrolled(state, "One");
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(said); i++) {
		struct store_check_in contact = {.computer_id = computer.id,
		    .at = 1000,
		    .proxy_report = said[i][0]};

		assert_ok(
		    do_write(state, check_in, &contact, NULL, &err), &err);
		computer = computer_now(state, computer.id);
		assert_int_equal(computer.proxy_report, said[i][1]);
	}
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
	    ON_BOTH(a_proxy_stays_reported_until_the_agent_says_otherwise),
	    ON_BOTH(enrolling_again_keeps_the_office_and_begins_unproved),
	    ON_BOTH(look_alikes_are_flagged_as_long_as_there_are_two),
	    ON_BOTH(facts_change_only_what_they_say),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
