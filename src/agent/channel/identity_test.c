/* Generations of keys: each crash leaves one that works. */
#include "agent/testing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/channel/identity.h"
#include "base/memory.h"
#include "os/file.h"

static void
open_store(struct identity_store *store, const char *folder)
{
	struct err err = ERR_INIT;

	if (!identity_open(store, folder, false, "", &err))
		fail_msg("%s", err_sentence(&err));
}

/* Close and open again: what a crash or restart would find. */
static void
restart(struct identity_store *store, const char *folder)
{
	identity_close(store);
	open_store(store, folder);
}

static void
begin(struct identity_store *store)
{
	struct err err = ERR_INIT;

	if (!identity_begin(store, &err))
		fail_msg("%s", err_sentence(&err));
}

static void
issue(struct testing_fleet *fleet, struct identity_store *store)
{
	struct err err = ERR_INIT;

	if (!identity_issued(store,
		testing_certificate(fleet, store->next.key, TESTING_AGENT),
		&err))
		fail_msg("%s", err_sentence(&err));
}

static void
promote(struct identity_store *store)
{
	struct err err = ERR_INIT;

	if (!identity_promote(store, &err))
		fail_msg("%s", err_sentence(&err));
}

/* A fleet, and an agent's store in a folder of its own. */
struct place {
	struct testing_fleet fleet;
	char *folder;
	struct identity_store store;
};

static struct place
place_enter(void)
{
	struct place place = {.folder = testing_folder()};

	testing_fleet_init(&place.fleet);
	open_store(&place.store, place.folder);
	return place;
}

/* Also the first key: from none to one that is in use. */
static void
renew(struct place *place)
{
	begin(&place->store);
	issue(&place->fleet, &place->store);
	promote(&place->store);
}

static void
place_leavep(struct place *place)
{
	identity_close(&place->store);
	testing_folder_freep(&place->folder);
	testing_fleet_donep(&place->fleet);
}

static void
a_key_is_kept_for_its_owner_alone(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	scoped(memory_freep) char *path =
	    memory_format("%s/identity/1/key.pem", folder);
	scoped(identity_closep) struct identity_store store = {0};
	struct stat status;

	open_store(&store, folder);
	assert_int_equal(store.current.generation, 0);
	begin(&store);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void
a_crash_before_the_answer_keeps_the_key(void **state)
{
	scoped(testing_folder_freep) char *folder = testing_folder();
	scoped(identity_closep) struct identity_store store = {0};
	scoped(memory_freep) char *pin = NULL;

	open_store(&store, folder);
	begin(&store);
	pin = memory_string(key_spki_sha256(store.next.key));
	restart(&store, folder);
	assert_string_equal(key_spki_sha256(store.next.key), pin);
	begin(&store);
	assert_string_equal(key_spki_sha256(store.next.key), pin);
}

static void
each_crash_of_a_renewal_leaves_the_old_one_in_use(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(memory_freep) char *old = NULL, *new = NULL;

	renew(&place);
	old = memory_string(
	    certificate_fingerprint(place.store.current.certificate));
	begin(&place.store);
	restart(&place.store, place.folder);
	assert_string_equal(
	    certificate_fingerprint(place.store.current.certificate), old);
	assert_non_null(place.store.next.key);
	issue(&place.fleet, &place.store);
	restart(&place.store, place.folder);
	assert_string_equal(
	    certificate_fingerprint(place.store.current.certificate), old);
	assert_non_null(place.store.next.certificate);
	new = memory_string(
	    certificate_fingerprint(place.store.next.certificate));
	promote(&place.store);
	restart(&place.store, place.folder);
	assert_string_equal(
	    certificate_fingerprint(place.store.current.certificate), new);
	assert_int_equal(place.store.next.generation, 0);
}

static void
leftovers_of_a_crash_are_swept(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(memory_freep) char *left =
	    memory_format("%s/identity/9", place.folder);
	scoped(memory_freep) char *half =
	    memory_format("%s/identity/2", place.folder);

	renew(&place);
	assert_int_equal(mkdir(left, 0700), 0);
	assert_int_equal(mkdir(half, 0700), 0); /* died before its key */
	restart(&place.store, place.folder);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(place.store.current.generation, 1);
	assert_null(place.store.next.key);
	begin(&place.store);
	assert_int_equal(place.store.next.generation, 2);
}

static void
a_certificate_for_another_key_is_refused(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet fleet;
	scoped(testing_folder_freep) char *folder = testing_folder();
	scoped(identity_closep) struct identity_store store = {0};
	scoped(certificate_freep) struct certificate *other = NULL;
	struct err err = ERR_INIT;

	testing_fleet_init(&fleet);
	other = testing_certificate(&fleet, fleet.ca_key, TESTING_AGENT);
	open_store(&store, folder);
	begin(&store);
	assert_false(identity_issued(&store, other, &err));
	assert_string_equal(err.code, "certificate_other_key");
	assert_null(store.next.certificate);
	restart(&store, folder);
	assert_null(store.next.certificate);
}

static void
a_key_that_others_may_read_is_not_used(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(memory_freep) char *path =
	    memory_format("%s/identity/1/key.pem", place.folder);
	struct err err = ERR_INIT;

	renew(&place);
	identity_close(&place.store);
	assert_int_equal(chmod(path, 0644), 0);
	assert_false(
	    identity_open(&place.store, place.folder, false, "", &err));
	assert_string_equal(err.code, "identity_broken");
}

static void
the_credential_is_made_once(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(secret_freep) struct secret *one = NULL, *two = NULL;
	struct err err = ERR_INIT;

	begin(&place.store);
	assert_true(identity_make_credential(&place.store, &one, &err));
	restart(&place.store, place.folder);
	begin(&place.store);
	assert_true(identity_make_credential(&place.store, &two, &err));
	assert_int_equal(secret_view(one).length, IDENTITY_CREDENTIAL_BYTES);
	assert_true(secret_equal(secret_view(one), secret_view(two)));
	secret_free(take(two));
	issue(&place.fleet, &place.store);
	promote(&place.store);
	restart(&place.store, place.folder);
	assert_true(identity_credential(&place.store, &two, &err));
	assert_true(secret_equal(secret_view(one), secret_view(two)));
}

static void
another_enrolment_has_another_credential(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(secret_freep) struct secret *one = NULL, *two = NULL;
	struct err err = ERR_INIT;

	begin(&place.store);
	assert_true(identity_make_credential(&place.store, &one, &err));
	issue(&place.fleet, &place.store);
	promote(&place.store);
	begin(&place.store);
	assert_true(identity_make_credential(&place.store, &two, &err));
	assert_false(secret_equal(secret_view(one), secret_view(two)));
}

static void
a_dropped_credential_and_that_of_a_renewal_are_none(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(secret_freep) struct secret *secret = NULL;
	struct err err = ERR_INIT;

	begin(&place.store);
	assert_true(identity_make_credential(&place.store, &secret, &err));
	issue(&place.fleet, &place.store);
	promote(&place.store);
	secret_free(take(secret));
	assert_true(identity_drop_credential(&place.store, &err));
	assert_true(identity_drop_credential(&place.store, &err));
	restart(&place.store, place.folder);
	assert_false(identity_credential(&place.store, &secret, &err));
	assert_string_equal(err.code, "credential_none");
	renew(&place);
	err_reset(&err);
	assert_false(identity_credential(&place.store, &secret, &err));
	assert_int_equal(err.category, ERR_NOT_FOUND);
}

static void
what_is_abandoned_is_gone(void **state)
{
	scoped(place_leavep) struct place place = place_enter();
	scoped(memory_freep) char *path =
	    memory_format("%s/identity/1", place.folder);
	struct err err = ERR_INIT;

	assert_true(identity_abandon(&place.store, &err));
	begin(&place.store);
	issue(&place.fleet, &place.store);
	assert_true(identity_abandon(&place.store, &err));
	assert_int_equal(access(path, F_OK), -1);
	assert_null(place.store.next.key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_is_kept_for_its_owner_alone),
	    cmocka_unit_test(a_crash_before_the_answer_keeps_the_key),
	    cmocka_unit_test(each_crash_of_a_renewal_leaves_the_old_one_in_use),
	    cmocka_unit_test(leftovers_of_a_crash_are_swept),
	    cmocka_unit_test(a_certificate_for_another_key_is_refused),
	    cmocka_unit_test(a_key_that_others_may_read_is_not_used),
	    cmocka_unit_test(the_credential_is_made_once),
	    cmocka_unit_test(another_enrolment_has_another_credential),
	    cmocka_unit_test(
		a_dropped_credential_and_that_of_a_renewal_are_none),
	    cmocka_unit_test(what_is_abandoned_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
