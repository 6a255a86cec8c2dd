/* Certificates and inventory, on both databases. */
#include "store/test_call.h"

#include "base/memory.h"
#include "store/certificate.h"
#include "store/inventory.h"

CALL(check_in, store_computer_check_in(tx, a, err))
CALL(insert_certificate,
    store_certificate_insert(tx, a, VIEW_LITERAL("\x30\x03\x00\x01\x02"), err))
CALL(revoke_all, store_certificate_mark_revoked_all(tx, a, 77, b, err))
CALL(revoke, store_certificate_mark_revoked(tx, a, 78, b, err))
CALL(put_inventory, store_inventory_put(tx, a, b, VIEW_LITERAL("x"), err))

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

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(a_newer_certificate_supersedes_and_revocation_stays),
	    ON_BOTH(certificates_are_marked_used_and_listed),
	    ON_BOTH(inventory_comes_back_as_it_was_put),
	    ON_BOTH(inventory_of_nobody_and_damaged_inventory_are_refused),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
