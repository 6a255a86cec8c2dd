/* Publications: only the pinned key, the same fleet and a higher number. */
#include "agent/testing.h"

#include "agent/publication.h"
#include "base/memory.h"

static const char TYPE[] = "warifu-publication+jwt";

static void
refuses(const char *jws, const char *pin, const char *code)
{
	struct publication *publication = NULL;
	struct err err = ERR_INIT;

	if (publication_read(view_string(jws), pin, &publication, &err))
		fail_msg("accepted: %s", jws);
	assert_null(publication);
	assert_string_equal(err.code, code);
}

static void
another_key_than_the_pinned_one_is_refused(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet fleet, other;
	scoped(memory_freep) char *jws = NULL, *forged = NULL;

	testing_fleet_init(&fleet);
	testing_fleet_init(&other);
	jws = testing_publication(&other, 1, 1);
	refuses(jws, key_spki_sha256(fleet.publication_key), "publication_key");
	/* It names the pinned key, but another one has signed. */
	forged = testing_sign(
	    other.publication_key, TYPE, testing_payload(&fleet, 1, 1));
	refuses(forged, key_spki_sha256(fleet.publication_key), "jws_key");
}

static void
what_was_changed_or_cut_is_refused(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet fleet;
	scoped(memory_freep) char *jws = NULL, *command = NULL;
	const char *pin;
	char *last;

	testing_fleet_init(&fleet);
	pin = key_spki_sha256(fleet.publication_key);
	jws = testing_publication(&fleet, 1, 1);
	command = testing_sign(fleet.publication_key, "warifu-command+jwt",
	    testing_payload(&fleet, 1, 1));
	refuses(command, pin, "jws_type");
	for (size_t length = 0; length < strlen(jws); length += 7) {
		scoped(memory_freep) char *part = memory_string_n(jws, length);
		struct publication *publication = NULL;
		struct err err = ERR_INIT;

		assert_false(publication_read(
		    view_string(part), pin, &publication, &err));
	}
	last = &jws[strlen(jws) - 10];
	*last = *last == 'A' ? 'B' : 'A'; /* still base64url */
	refuses(jws, pin, "signature_wrong");
}

static void
bend(struct testing_fleet *fleet, const char *member, json_t *value)
{
	json_t *payload = testing_payload(fleet, 1, 1);
	scoped(memory_freep) char *jws = NULL;

	if (value == NULL)
		json_object_del(payload, member);
	else
		json_set_value(payload, member, value);
	jws = testing_sign(fleet->publication_key, TYPE, payload);
	refuses(jws, key_spki_sha256(fleet->publication_key),
	    "publication_malformed");
}

static void
what_lacks_a_member_is_refused(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet fleet;

	testing_fleet_init(&fleet);
	bend(&fleet, "fleet", NULL);
	bend(&fleet, "fleet", json_string("no uuid"));
	bend(&fleet, "epoch", json_integer(-1));
	bend(&fleet, "number", json_string("1"));
	bend(&fleet, "number", json_integer(0));
	bend(&fleet, "server_anchors", json_array());
	bend(&fleet, "agent_cas", json_pack("[s]", "AAAA"));
	bend(&fleet, "agent_cas", json_pack("[i]", 1));
	bend(&fleet, "command_key", json_string("AAAA"));
	bend(&fleet, "command_key", NULL);
}

static struct publication *
numbered(struct testing_fleet *fleet, int64_t epoch, int64_t number)
{
	scoped(memory_freep) char *jws =
	    testing_publication(fleet, epoch, number);
	struct publication *publication = NULL;
	struct err err = ERR_INIT;

	if (!publication_read(view_string(jws),
		key_spki_sha256(fleet->publication_key), &publication, &err))
		fail_msg("%s", err_sentence(&err));
	return publication;
}

static void
follows(struct testing_fleet *fleet, int64_t epoch, int64_t number,
    const char *code)
{
	scoped(publication_freep) struct publication *current = NULL;
	scoped(publication_freep) struct publication *next = NULL;
	struct err err = ERR_INIT;
	const char *own = fleet->fleet;

	next = numbered(fleet, epoch, number);
	fleet->fleet = TESTING_FLEET;
	current = numbered(fleet, 2, 5);
	fleet->fleet = own;
	assert_int_equal(
	    publication_may_follow(current, next, &err), code == NULL);
	if (code != NULL)
		assert_string_equal(err.code, code);
	assert_true(publication_may_follow(NULL, next, &err));
}

static void
only_a_higher_number_of_the_same_fleet_follows(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet fleet;

	testing_fleet_init(&fleet);
	follows(&fleet, 2, 6, NULL);
	follows(&fleet, 3, 1, NULL);
	follows(&fleet, 2, 5, "publication_number");
	follows(&fleet, 2, 4, "publication_number");
	follows(&fleet, 1, 900, "publication_number");
	fleet.fleet = "018f0000-0000-7000-8000-0000000000ff";
	follows(&fleet, 9, 9, "publication_fleet");
}

static void
anchors_of_both_are_written(void **state)
{
	scoped(testing_fleet_donep) struct testing_fleet one, two;
	scoped(publication_freep) struct publication *a = NULL, *b = NULL;
	scoped(buf_donep) struct buf pem = BUF_INIT(64 * 1024);
	scoped(certificate_list_donep) struct certificate_list list = {0};
	struct err err = ERR_INIT;

	testing_fleet_init(&one);
	testing_fleet_init(&two);
	a = numbered(&one, 1, 1);
	b = numbered(&two, 1, 2);
	assert_false(publication_is_same(a, b));
	assert_true(publication_is_same(a, a));
	assert_false(publication_is_same(a, NULL));
	assert_true(publication_anchors_pem(a, b, &pem, &err));
	assert_true(certificate_list_parse_pem(&list, buf_view(&pem), 4, &err));
	assert_int_equal(list.count, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_key_than_the_pinned_one_is_refused),
	    cmocka_unit_test(what_was_changed_or_cut_is_refused),
	    cmocka_unit_test(what_lacks_a_member_is_refused),
	    cmocka_unit_test(only_a_higher_number_of_the_same_fleet_follows),
	    cmocka_unit_test(anchors_of_both_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
