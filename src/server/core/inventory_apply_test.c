/* Inventory against a database: applied, repeated, overtaken, refused. */
#include "base/cmocka_test.h"

#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypto/digest.h"
#include "server/core/inventory_apply.h"
#include "store/office.h"

#define ID "01890a5d-ac96-774b-bcce-b302099a8057"

struct fixture {
	char *folder;
	char *path;
	struct store *store;
};

static bool
make_computer(struct store_tx *tx, void *context, struct err *err)
{
	struct store_computer computer = {
	    .id = ID, .office_id = STORE_OFFICE_LOCAL_ID, .enrolled_at = 1};

	return store_computer_enrol(tx, &computer, err);
}

static int
set_up(void **state)
{
	struct fixture *f = memory_zeroed(sizeof(*f));
	scoped(memory_freep) char *location = NULL;
	struct store_options options = {0};
	struct err err = ERR_INIT;

	f->folder = memory_string("/tmp/warifu-core-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	f->path = memory_format("%s/db", f->folder);
	location = memory_format("sqlite:%s", f->path);
	options.location = location;
	assert_true(store_open(&options, &f->store, &err));
	assert_true(store_write(f->store, make_computer, NULL, &err));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ENDS[] = {"", "-wal", "-shm"};
	struct fixture *f = *state;

	store_close(f->store);
	for (size_t i = 0; i < array_length(ENDS); i++) {
		char *file = memory_format("%s%s", f->path, ENDS[i]);

		ignore_result(unlink(file) == 0);
		free(file);
	}
	ignore_result(rmdir(f->folder) == 0);
	free(f->folder);
	free(f->path);
	free(f);
	return 0;
}

static void
digest_of(const json_t *section, char out[INVENTORY_DIGEST_SIZE])
{
	char *text = json_write(section);

	digest_sha256_hex(view_string(text), out);
	free(text);
}

/* What an agent sends to get from base (NULL: nothing) to state. */
static void
say(struct proto_refresh_request *request, enum inventory_section section,
    const char *base, const char *state)
{
	struct err err = ERR_INIT;
	json_t *from =
	    base != NULL ? json_read(view_string(base), 65536, &err) : NULL;
	json_t *to = json_read(view_string(state), 65536, &err);
	struct inventory_change *change = &request->sections[section];

	proto_refresh_request_init(request);
	inventory_diff(from, to, change);
	if (from != NULL)
		digest_of(from, change->base);
	digest_of(to, change->digest);
	request->has_section[section] = true;
	json_decref(from);
	json_decref(to);
}

static bool
prepare(struct fixture *f, struct inventory_work *work,
    const struct proto_refresh_request *request, struct err *err)
{
	struct store_computer computer = {.id = ID, .inventory_at = 1};

	inventory_work_init(work);
	return inventory_work_prepare(
	    work, f->store, &computer, request, 7, err);
}

static bool
write_work(struct store_tx *tx, void *context, struct err *err)
{
	return inventory_work_write(context, tx, ID, 7, err);
}

static enum section_outcome
go(struct fixture *f, const char *base, const char *state)
{
	struct proto_refresh_request request;
	struct inventory_work work;
	enum section_outcome outcome;
	struct err err = ERR_INIT;

	say(&request, INVENTORY_DISKS, base, state);
	assert_true(prepare(f, &work, &request, &err));
	assert_true(store_write(f->store, write_work, &work, &err));
	outcome = work.sections[INVENTORY_DISKS].outcome;
	inventory_work_done(&work);
	proto_refresh_request_done(&request);
	return outcome;
}

static void
a_digest_that_lies_is_refused(void **state)
{
	struct fixture *f = *state;
	struct proto_refresh_request request;
	struct inventory_work work;
	struct err err = ERR_INIT;

	say(&request, INVENTORY_DISKS, NULL, "{\"sda\":{}}");
	memset(request.sections[INVENTORY_DISKS].digest, '0', 64);
	assert_false(prepare(f, &work, &request, &err));
	assert_string_equal(err.code, "inventory_malformed");
	inventory_work_done(&work);
	proto_refresh_request_done(&request);
}

static void
differences_follow_each_other(void **state)
{
	struct fixture *f = *state;
	const char *one = "{\"sda\":{\"size\":1}}";
	const char *two = "{\"sdb\":{\"size\":2}}";

	assert_int_equal(go(f, NULL, one), SECTION_APPLY);
	assert_int_equal(go(f, one, two), SECTION_APPLY);
	assert_int_equal(go(f, one, two), SECTION_SAME);
	assert_int_equal(go(f, one, "{}"), SECTION_RESEND);
	assert_int_equal(go(f, NULL, one), SECTION_APPLY);
}

static void
who_was_overtaken_is_asked_anew(void **state)
{
	struct fixture *f = *state;
	const char *one = "{\"sda\":{\"size\":1}}";
	struct proto_refresh_request late_request;
	struct inventory_work late;
	struct err err = ERR_INIT;

	assert_int_equal(go(f, NULL, one), SECTION_APPLY);
	say(&late_request, INVENTORY_DISKS, one, "{\"sdc\":{}}");
	assert_true(prepare(f, &late, &late_request, &err));
	assert_int_equal(late.sections[INVENTORY_DISKS].outcome, SECTION_APPLY);
	assert_int_equal(go(f, one, "{\"sdb\":{}}"), SECTION_APPLY);
	assert_true(store_write(f->store, write_work, &late, &err));
	assert_int_equal(
	    late.sections[INVENTORY_DISKS].outcome, SECTION_RESEND);
	inventory_work_done(&late);
	proto_refresh_request_done(&late_request);
}

static void
what_lists_show_comes_out_of_the_sections(void **state)
{
	struct fixture *f = *state;
	struct proto_refresh_request request;
	struct inventory_work work;
	struct err err = ERR_INIT;

	say(&request, INVENTORY_OPERATING_SYSTEM, NULL,
	    "{\"this\":{\"name\":\"Debian\",\"version_id\":\"12\","
	    "\"architecture\":7}}");
	assert_true(prepare(f, &work, &request, &err));
	assert_string_equal(work.os_name, "Debian");
	assert_string_equal(work.os_version, "12");
	assert_string_equal(work.architecture, "");
	assert_int_equal(work.software_count, -1);
	inventory_work_done(&work);
	proto_refresh_request_done(&request);
}

static void
a_computer_without_any_inventory_is_asked_for_all(void **state)
{
	struct fixture *f = *state;
	struct store_computer computer = {.id = ID};
	struct proto_refresh_request request;
	struct inventory_work work;
	struct err err = ERR_INIT;

	proto_refresh_request_init(&request);
	inventory_work_init(&work);
	assert_true(inventory_work_prepare(
	    &work, f->store, &computer, &request, 7, &err));
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		assert_int_equal(work.sections[i].outcome, SECTION_RESEND);
	inventory_work_done(&work);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_digest_that_lies_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		differences_follow_each_other, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		who_was_overtaken_is_asked_anew, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_lists_show_comes_out_of_the_sections, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_computer_without_any_inventory_is_asked_for_all, set_up,
		tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
