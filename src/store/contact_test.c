/* Contacts, alone and in batches, on both databases. */
#include "store/test_call.h"

#include <pthread.h>
#include <semaphore.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/certificate.h"
#include "store/driver.h"
#include "store/setting.h"

CALL(check_in, store_computer_check_in(tx, a, err))
CALL(enrol, store_computer_enrol(tx, a, err))
CALL(set_facts, store_computer_set_facts(tx, a, err))
CALL(set_state,
    store_computer_set_state(tx, a, *(const enum store_computer_state *)b, err))
CALL(request_refresh, store_computer_request_refresh(tx, a, 7, err))
CALL(insert_certificate,
    store_certificate_insert(tx, a, VIEW_LITERAL("\x30\x03\x00\x01\x02"), err))

static void
give_certificate(void **state, const char *computer_id, const char *serial)
{
	struct store_certificate certificate = {
	    .not_before = 10, .not_after = 1000};
	struct err err = ERR_INIT;

	store_text_copy(certificate.serial, sizeof(certificate.serial), serial);
	store_text_copy(certificate.computer_id,
	    sizeof(certificate.computer_id), computer_id);
	assert_ok(do_write(state, insert_certificate, &certificate, NULL, &err),
	    &err);
}

static struct store_check_in
contact_of(const char *computer_id, const char *serial, int64_t at)
{
	return (struct store_check_in){.computer_id = computer_id,
	    .at = at,
	    .is_mutual = true,
	    .certificate_serial = serial,
	    .address = "192.0.2.1",
	    .name = "One",
	    .agent_version = "1.0"};
}

/* A computer whose next contact with this serial is an ordinary one. */
static struct store_computer
settled(void **state, const char *serial)
{
	struct store_computer computer = enrolled(state, "One");
	struct store_check_in first = contact_of(computer.id, serial, 100);
	struct store_computer_facts facts = {
	    .computer_id = computer.id, .inventory_at = 1};
	struct err err = ERR_INIT;

	give_certificate(state, computer.id, serial);
	assert_ok(do_write(state, check_in, &first, NULL, &err), &err);
	assert_ok(do_write(state, set_facts, &facts, NULL, &err), &err);
	return computer;
}

static bool
is_ordinary(void **state, const struct store_check_in *said)
{
	struct test_database *database = *state;
	struct store_ordinary contact = {.said = *said, .is_ordinary = true};
	struct err err = ERR_INIT;

	assert_ok(
	    store_computer_check_in_ordinary(database->store, &contact, &err),
	    &err);
	return contact.is_ordinary;
}

static void
an_ordinary_contact_is_written_like_any_other(void **state)
{
	struct test_database *database = *state;
	struct store_computer computer = settled(state, "0a");
	struct store_ordinary contact = {
	    .said = contact_of(computer.id, "0a", 200)};
	struct err err = ERR_INIT;

	contact.said.acknowledged_publication = 5;
	assert_ok(
	    do_write(state, request_refresh, computer.id, NULL, &err), &err);
	assert_ok(
	    store_computer_check_in_ordinary(database->store, &contact, &err),
	    &err);
	assert_true(contact.is_ordinary);
	assert_int_equal(contact.not_before, 10);
	assert_int_equal(contact.not_after, 1000);
	computer = computer_now(state, computer.id);
	assert_int_equal(computer.last_seen_at, 200);
	assert_int_equal(computer.last_mutual_at, 200);
	assert_int_equal(computer.proved_at, 100);
	assert_int_equal(computer.acknowledged_publication, 5);
	assert_int_equal(computer.refresh_requested_at, 0);
	assert_int_equal(certificate_now(state, "0a").first_used_at, 100);
	assert_int_equal(certificate_now(state, "0a").last_used_at, 200);
	/* What was acknowledged and proved never goes back. */
	contact.said.at = 150;
	contact.said.acknowledged_publication = 3;
	assert_true(is_ordinary(state, &contact.said));
	computer = computer_now(state, computer.id);
	assert_int_equal(computer.acknowledged_publication, 5);
	assert_int_equal(computer.last_mutual_at, 200);
}

static void
a_contact_that_tells_something_new_is_not_ordinary(void **state)
{
	struct store_computer computer = settled(state, "0a");
	const struct store_check_in same = contact_of(computer.id, "0a", 200);
	struct store_check_in said;

	give_certificate(state, computer.id, "0b");
#define REFUSED(member, value)                                                 \
	said = same;                                                           \
	said.member = value;                                                   \
	assert_false(is_ordinary(state, &said))
	REFUSED(name, "Other");
	REFUSED(name, NULL);
	REFUSED(address, "192.0.2.2");
	REFUSED(agent_version, "1.1");
	REFUSED(certificate_serial, "0b");
	REFUSED(certificate_serial, "0c");
	REFUSED(certificate_serial, NULL);
	REFUSED(proxy_report, STORE_PROXY_SET);
	REFUSED(computer_id, "nobody");
#undef REFUSED
	assert_int_equal(computer_now(state, computer.id).last_seen_at, 100);
	assert_true(is_ordinary(state, &same));
}

static void
only_active_proved_and_known_computers_are_ordinary(void **state)
{
	struct store_computer computer = settled(state, "0a");
	struct store_computer fresh = enrolled(state, "One");
	struct store_check_in said = contact_of(computer.id, "0a", 200);
	enum store_computer_state states[] = {STORE_COMPUTER_RETIRED,
	    STORE_COMPUTER_REVOKED, STORE_COMPUTER_REMOVED};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(states); i++) {
		assert_ok(
		    do_write(state, set_state, computer.id, &states[i], &err),
		    &err);
		assert_false(is_ordinary(state, &said));
	}
	/* Enrolled again with another credential: unproved. */
	store_text_copy(computer.credential_hash,
	    sizeof(computer.credential_hash), "another");
	assert_ok(do_write(state, enrol, &computer, NULL, &err), &err);
	assert_false(is_ordinary(state, &said));
	/* Nothing is known of what it has installed. */
	give_certificate(state, fresh.id, "0f");
	said = contact_of(fresh.id, "0f", 200);
	assert_ok(do_write(state, check_in, &said, NULL, &err), &err);
	assert_false(is_ordinary(state, &said));
}

static void
each_certificate_keeps_when_it_was_used_last(void **state)
{
	struct store_computer computer = settled(state, "0a");
	struct store_check_in said = contact_of(computer.id, "0a", 200);
	struct err err = ERR_INIT;

	assert_true(is_ordinary(state, &said));
	give_certificate(state, computer.id, "0b");
	said = contact_of(computer.id, "0b", 300);
	assert_ok(do_write(state, check_in, &said, NULL, &err), &err);
	said.at = 400;
	assert_true(is_ordinary(state, &said));
	assert_int_equal(certificate_now(state, "0a").first_used_at, 100);
	assert_int_equal(certificate_now(state, "0a").last_used_at, 200);
	assert_int_equal(certificate_now(state, "0b").first_used_at, 300);
	assert_int_equal(certificate_now(state, "0b").last_used_at, 400);
	said = contact_of(computer.id, "0c", 500);
	assert_refused(do_write(state, check_in, &said, NULL, &err), &err,
	    ERR_NOT_FOUND, "certificate_not_found");
	assert_int_equal(computer_now(state, computer.id).last_seen_at, 400);
}

enum {
	CROWD = 40,
	EACH = 10,
};

struct member {
	pthread_t thread;
	void **state;
	struct store_computer computer;
	char serial[STORE_SERIAL_SIZE];
	unsigned ordinary;
};

static void *
come_often(void *argument)
{
	struct member *member = argument;

	for (int i = 1; i <= EACH; i++) {
		struct store_check_in said =
		    contact_of(member->computer.id, member->serial, 1000 + i);

		member->ordinary += is_ordinary(member->state, &said);
	}
	return NULL;
}

/* In batches of every size: also two contacts of one computer at once. */
static void
many_contacts_at_once_are_each_written(void **state)
{
	static struct member crowd[CROWD];

	for (unsigned i = 0; i < CROWD; i++) {
		crowd[i] = (struct member){.state = state};
		snprintf(crowd[i].serial, sizeof(crowd[i].serial), "%04x",
		    i / 2 * 2);
		if (i % 2 == 0)
			crowd[i].computer = settled(state, crowd[i].serial);
		else
			crowd[i].computer = crowd[i - 1].computer;
	}
	for (unsigned i = 0; i < CROWD; i++)
		pthread_create(&crowd[i].thread, NULL, come_often, &crowd[i]);
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(crowd[i].thread, NULL);
	for (unsigned i = 0; i < CROWD; i++) {
		assert_int_equal(crowd[i].ordinary, EACH);
		assert_int_equal(
		    computer_now(state, crowd[i].computer.id).last_mutual_at,
		    1000 + EACH);
	}
}

/* One of a crowd whose contacts wait for the writer together. */
struct comer {
	pthread_t thread;
	struct store *store;
	struct store_ordinary contact;
	char serial[STORE_SERIAL_SIZE];
	char id[ID_SIZE];
	sem_t *has_come;
	bool is_ok;
	struct err err;
};

static void *
come_once(void *argument)
{
	struct comer *comer = argument;

	check(sem_post(comer->has_come) == 0);
	comer->is_ok = store_computer_check_in_ordinary(
	    comer->store, &comer->contact, &comer->err);
	return NULL;
}

/* Keeps the writer until the crowd is on its way. */
static bool
wait_for_crowd(struct store_tx *tx, void *context, struct err *err)
{
	for (unsigned i = 0; i < CROWD; i++)
		check(sem_wait(context) == 0);
	return true;
}

/* Every fourth computer comes twice; of the others some have another name, and
 * some say what no database takes. */
static void
make_comer(void **state, struct comer *crowd, unsigned i, sem_t *has_come)
{
	struct test_database *database = *state;
	struct comer *comer = &crowd[i];

	*comer = (struct comer){.store = database->store, .has_come = has_come};
	snprintf(comer->serial, sizeof(comer->serial), "%04x",
	    i % 4 == 1 ? i - 1 : i);
	if (i % 4 == 1)
		store_text_copy(comer->id, ID_SIZE, crowd[i - 1].id);
	else
		store_text_copy(
		    comer->id, ID_SIZE, settled(state, comer->serial).id);
	comer->contact.said =
	    contact_of(comer->id, comer->serial, 200 + (int64_t)i);
	if (i % 4 == 2)
		comer->contact.said.name = "Other";
	if (i == 7 || i == 31)
		comer->contact.said.name = "\xff";
}

static void
assert_comer(void **state, const struct comer *comer, unsigned i)
{
	int64_t seen_at = computer_now(state, comer->id).last_seen_at;

	assert_int_equal(comer->is_ok, i != 7 && i != 31);
	if (!comer->is_ok)
		assert_string_equal(comer->err.code, "text_invalid");
	else
		assert_int_equal(comer->contact.is_ordinary, i % 4 != 2);
	if (!comer->is_ok || i % 4 == 2)
		assert_int_equal(seen_at, 100);
	else if (i % 4 < 2)
		assert_in_range(seen_at, 200 + i / 2 * 2, 201 + i / 2 * 2);
	else
		assert_int_equal(seen_at, 200 + i);
}

static void
of_contacts_at_once_each_is_judged_by_itself(void **state)
{
	struct test_database *database = *state;
	static struct comer crowd[CROWD];
	struct err err = ERR_INIT;
	sem_t has_come;

	assert_int_equal(sem_init(&has_come, 0, 0), 0);
	for (unsigned i = 0; i < CROWD; i++)
		make_comer(state, crowd, i, &has_come);
	for (unsigned i = 0; i < CROWD; i++)
		pthread_create(&crowd[i].thread, NULL, come_once, &crowd[i]);
	assert_ok(store_write(database->store, wait_for_crowd, &has_come, &err),
	    &err);
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(crowd[i].thread, NULL);
	for (unsigned i = 0; i < CROWD; i++)
		assert_comer(state, &crowd[i], i);
	sem_destroy(&has_come);
}

static bool
put_settings(struct store_tx *tx, void *const contexts[], unsigned count,
    struct err *err)
{
	for (unsigned i = 0; i < count; i++) {
		struct store_setting setting = {
		    .version = STORE_SETTING_ANY_VERSION};

		store_text_copy(setting.key, sizeof(setting.key), contexts[i]);
		if (!store_setting_put(tx, &setting, err))
			return false;
		if (strncmp(contexts[i], "bad", 3) == 0)
			return err_set_code(err, ERR_DENIED, "test_refusal",
			    "refused %s", (const char *)contexts[i]);
	}
	return true;
}

struct putter {
	pthread_t thread;
	struct store *store;
	char key[16];
	bool is_ok;
	struct err err;
};

static void *
put_one(void *argument)
{
	struct putter *putter = argument;

	putter->is_ok = store_write_batch(
	    putter->store, put_settings, putter->key, &putter->err);
	return NULL;
}

static void
of_a_batch_only_the_faulty_one_fails(void **state)
{
	struct test_database *database = *state;
	static struct putter putters[CROWD];
	struct store_reader *reader;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < CROWD; i++) {
		putters[i] = (struct putter){.store = database->store};
		snprintf(putters[i].key, sizeof(putters[i].key), "%s%u",
		    i % 7 == 3 ? "bad" : "good", i);
		pthread_create(&putters[i].thread, NULL, put_one, &putters[i]);
	}
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(putters[i].thread, NULL);
	reader = open_reader(state);
	for (unsigned i = 0; i < CROWD; i++) {
		struct store_setting setting;
		bool is_bad = i % 7 == 3;
		char sentence[32];

		snprintf(
		    sentence, sizeof(sentence), "refused %s", putters[i].key);
		assert_int_equal(putters[i].is_ok, !is_bad);
		if (is_bad)
			assert_string_equal(
			    err_sentence(&putters[i].err), sentence);
		assert_ok(
		    store_setting_get(reader, putters[i].key, &setting, &err),
		    &err);
		assert_int_equal(setting.version, is_bad ? 0 : 1);
	}
	store_reader_close(reader);
}

/* The writer looks out for those it released, and not for ever. */
static void
a_lone_contact_after_a_crowd_is_written(void **state)
{
	struct store_computer computer = settled(state, "0a");
	struct store_check_in said = contact_of(computer.id, "0a", 300);

	of_a_batch_only_the_faulty_one_fails(state);
	assert_true(is_ordinary(state, &said));
	said.at = 400;
	assert_true(is_ordinary(state, &said));
	assert_int_equal(computer_now(state, computer.id).last_seen_at, 400);
}

static const char OLD_ROW[] =
    "INSERT INTO computer VALUES ('c-1', "
    "(SELECT id FROM office),"
    " 'Ｎame', 'ｎame', 'active', 'agent', 5, 6, '192.0.2.9', '0.9', 'Debian',"
    " 'debian', '12', 'x86_64', 'SN-7', 'sn-7', 8, 9, 'hash', '0a', 0, 10, 11,"
    " 12, 13, 14, 'set')";

static void
contacts_of_an_older_schema_are_kept_and_searched(void **state)
{
	struct test_database *database = *state;
	struct store_computer_filter filter = {.text = "ＮAME"};
	struct store_page page = {.limit = 5};
	struct store_computer_list list;
	struct store_reader *reader;
	struct err err = ERR_INIT;

	make_old_database(database, 2, OLD_ROW);
	database->store = database_open(database);
	reader = open_reader(state);
	assert_ok(
	    store_computer_list(reader, &filter, &page, &list, &err), &err);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].enrolled_at, 5);
	assert_int_equal(list.items[0].last_seen_at, 6);
	assert_string_equal(list.items[0].last_address, "192.0.2.9");
	assert_string_equal(list.items[0].agent_version, "0.9");
	assert_int_equal(list.items[0].proved_at, 8);
	assert_int_equal(list.items[0].last_mutual_at, 9);
	assert_int_equal(list.items[0].acknowledged_publication, 10);
	assert_int_equal(list.items[0].software_count, 11);
	assert_int_equal(list.items[0].inventory_at, 12);
	assert_int_equal(list.items[0].refresh_requested_at, 13);
	assert_int_equal(list.items[0].last_credential_at, 14);
	assert_int_equal(list.items[0].proxy_report, STORE_PROXY_SET);
	store_computer_list_done(&list);
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(an_ordinary_contact_is_written_like_any_other),
	    ON_BOTH(a_contact_that_tells_something_new_is_not_ordinary),
	    ON_BOTH(only_active_proved_and_known_computers_are_ordinary),
	    ON_BOTH(each_certificate_keeps_when_it_was_used_last),
	    ON_BOTH(many_contacts_at_once_are_each_written),
	    ON_BOTH(of_contacts_at_once_each_is_judged_by_itself),
	    ON_BOTH(of_a_batch_only_the_faulty_one_fails),
	    ON_BOTH(a_lone_contact_after_a_crowd_is_written),
	    ON_BOTH_EMPTY(contacts_of_an_older_schema_are_kept_and_searched),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
