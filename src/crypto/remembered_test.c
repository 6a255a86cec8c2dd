/*
 * Remembered chain checks: what they spare, and all that they must not spare.
 */
#include "base/cmocka_test.h"

#include "crypto/remembered.h"
#include "crypto/tls_judge.h"
#include "crypto/tls_testing.h"
#include "crypto/trust_store.h"

enum {
	MAX = 64
};

/* A snapshot in force on a context, and somebody who comes back. */
struct scene {
	struct tls_context *context;
	struct trust *trust; /* the context's */
	struct certificate *certificate;
	struct pair pair; /* the last handshake, closed */
	int version;
};

static struct trust *
make_remembering(bool has_ca, bool has_foreign)
{
	struct trust *trust = trust_new(TESTING_FLEET, 1, true);
	struct err err = ERR_INIT;

	trust_remember(trust, MAX);
	if (has_ca)
		assert_true(
		    trust_add_ca(trust, certificate_der_view(people.ca), &err));
	if (has_foreign)
		assert_true(trust_add_ca(
		    trust, certificate_der_view(people.foreign_ca), &err));
	return trust;
}

static void
set_trust(struct scene *scene, struct trust *trust)
{
	scene->trust = trust;
	tls_context_set_trust(scene->context, trust);
}

static struct certificate *
make_agent(bool is_foreign)
{
	struct certificate_template t = testing_template(people.agent_key);

	return is_foreign
	    ? testing_issue(&t, people.foreign_ca, people.foreign_key)
	    : testing_issue(&t, people.ca, people.ca_key);
}

/* Takes the certificate. */
static void
scene_open(struct scene *scene, int version, struct certificate *certificate)
{
	memset(scene, 0, sizeof(*scene));
	scene->version = version;
	scene->context = make_context(TLS_LISTENER_AGENT);
	scene->certificate = certificate;
	set_trust(scene, make_remembering(true, false));
}

static void
scene_close(struct scene *scene)
{
	tls_context_free(scene->context);
	certificate_free(scene->certificate);
}

/* A handshake by that certificate; the alert, -1 when it was let in. */
static int
shake_by(struct scene *scene, struct certificate *certificate)
{
	struct tls_client client = {certificate, people.agent_key};
	enum tls_io io;

	pair_open_on(&scene->pair, scene->context, scene->version, &client);
	io = pair_shake(&scene->pair);
	assert_int_equal(io, scene->pair.alert < 0 ? TLS_IO_OK : TLS_IO_FAILED);
	pair_close(&scene->pair);
	return scene->pair.alert;
}

static int
shake(struct scene *scene)
{
	return shake_by(scene, scene->certificate);
}

/* As if a full check had found it sound, which none would. */
static void
plant(struct scene *scene, struct certificate *certificate,
    const struct chain_window *window)
{
	uint8_t hash[SHA256_SIZE];

	digest_sha256(certificate_der_view(certificate), hash);
	remembered_add(trust_remembered(scene->trust), hash, window);
}

static struct chain_window
window_around(int64_t from_after_ms, int64_t until_after_ms)
{
	int64_t now = clock_wall_ms();

	return (struct chain_window){now + from_after_ms, now + until_after_ms};
}

static void
a_sound_chain_is_checked_once(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		struct chain_window window =
		    window_around(-DAYS_MS(1), DAYS_MS(1));
		struct scene scene;

		scene_open(&scene, versions[v], make_agent(false));
		assert_int_equal(trust_remembered_count(scene.trust), 0);
		assert_int_equal(shake(&scene), -1);
		assert_int_equal(trust_remembered_count(scene.trust), 1);
		assert_int_equal(shake(&scene), -1);
		assert_int_equal(trust_remembered_count(scene.trust), 1);
		scene_close(&scene);
		/* Nothing but the memory lets this one in. */
		scene_open(&scene, versions[v], make_agent(true));
		assert_int_equal(shake(&scene), 48);
		plant(&scene, scene.certificate, &window);
		assert_int_equal(shake(&scene), -1);
		scene_close(&scene);
	}
}

static void
every_change_of_trust_forgets_all(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		struct chain_window window =
		    window_around(-DAYS_MS(1), DAYS_MS(1));
		struct trust *denying = make_remembering(true, false);
		struct err err = ERR_INIT;
		struct scene scene;

		trust_deny_agent(denying, "somebody else");
		scene_open(&scene, versions[v], make_agent(true));
		plant(&scene, scene.certificate, &window);
		assert_int_equal(shake(&scene), -1);
		set_trust(&scene, denying);
		assert_int_equal(trust_remembered_count(scene.trust), 0);
		assert_int_equal(shake(&scene), 48);
		plant(&scene, scene.certificate, &window);
		assert_int_equal(shake(&scene), -1);
		set_trust(&scene, make_remembering(true, false));
		assert_int_equal(trust_remembered_count(scene.trust), 0);
		assert_int_equal(shake(&scene), 48);
		plant(&scene, scene.certificate, &window);
		assert_true(trust_add_ca(
		    scene.trust, certificate_der_view(people.ca), &err));
		assert_int_equal(trust_remembered_count(scene.trust), 0);
		assert_int_equal(shake(&scene), 48);
		scene_close(&scene);
	}
}

static void
a_remembered_certificate_can_be_revoked(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		struct trust *denying = make_remembering(true, false);
		struct scene scene;

		trust_deny_agent(denying, TESTING_AGENT);
		scene_open(&scene, versions[v], make_agent(false));
		assert_int_equal(shake(&scene), -1);
		set_trust(&scene, denying);
		assert_int_equal(shake(&scene), 44);
		/* Also where it is remembered while it is on the list. */
		assert_int_equal(trust_remembered_count(scene.trust), 1);
		assert_int_equal(shake(&scene), 44);
		set_trust(&scene, make_remembering(true, false));
		assert_int_equal(shake(&scene), -1);
		trust_deny_serial(
		    scene.trust, certificate_serial(scene.certificate));
		assert_int_equal(shake(&scene), 44);
		scene_close(&scene);
	}
}

static void
a_remembered_certificate_expires(void **state)
{
	struct chain_window over =
	    window_around(-DAYS_MS(2), -TLS_CLOCK_ALLOWANCE_MS - MINUTES_MS(1));
	struct chain_window early =
	    window_around(TLS_CLOCK_ALLOWANCE_MS + MINUTES_MS(1), DAYS_MS(2));

	for (size_t v = 0; v < array_length(versions); v++) {
		struct scene scene;

		scene_open(&scene, versions[v], make_agent(false));
		plant(&scene, scene.certificate, &over);
		assert_int_equal(shake(&scene), 45);
		set_trust(&scene, make_remembering(true, false));
		plant(&scene, scene.certificate, &early);
		assert_int_equal(shake(&scene), 42);
		scene_close(&scene);
	}
}

static enum chain_fault
judge_at(struct scene *scene, int64_t now_ms)
{
	struct tls_peer peer;

	return tls_judge_agent(
	    scene->trust, certificate_x509(scene->certificate), now_ms, &peer);
}

/* The same by the clock alone: the certificate's own end, then its CA's, which
 * comes before that of this second one. */
static void
time_goes_on_for_what_is_remembered(void **state)
{
	struct certificate_template t = testing_template(people.agent_key);
	int64_t until;
	struct scene scene;

	t.not_after_ms = certificate_not_after_ms(people.ca) - DAYS_MS(30);
	scene_open(&scene, TLS1_3_VERSION,
	    testing_issue(&t, people.ca, people.ca_key));
	until = certificate_not_after_ms(scene.certificate) +
	    TLS_CLOCK_ALLOWANCE_MS;
	assert_int_equal(judge_at(&scene, clock_wall_ms()), CHAIN_FAULT_NONE);
	assert_int_equal(trust_remembered_count(scene.trust), 1);
	assert_int_equal(judge_at(&scene, until), CHAIN_FAULT_NONE);
	assert_int_equal(judge_at(&scene, until + 1), CHAIN_FAULT_EXPIRED);
	scene_close(&scene);
	t.not_after_ms = certificate_not_after_ms(people.ca) + DAYS_MS(30);
	scene_open(&scene, TLS1_3_VERSION,
	    testing_issue(&t, people.ca, people.ca_key));
	until = certificate_not_after_ms(people.ca) + TLS_CLOCK_ALLOWANCE_MS;
	assert_int_equal(judge_at(&scene, clock_wall_ms()), CHAIN_FAULT_NONE);
	assert_int_equal(trust_remembered_count(scene.trust), 1);
	assert_int_equal(judge_at(&scene, until), CHAIN_FAULT_NONE);
	assert_int_equal(judge_at(&scene, until + 1), CHAIN_FAULT_EXPIRED);
	scene_close(&scene);
}

static void
a_remembered_certificate_falls_with_its_ca(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		struct scene scene;

		scene_open(&scene, versions[v], make_agent(false));
		set_trust(&scene, make_remembering(true, true));
		assert_int_equal(shake(&scene), -1);
		assert_int_equal(trust_remembered_count(scene.trust), 1);
		set_trust(&scene, make_remembering(false, true));
		assert_int_equal(shake(&scene), 48);
		assert_int_equal(trust_remembered_count(scene.trust), 0);
		scene_close(&scene);
	}
}

/* The last byte of a certificate is the last of its signature. */
static struct certificate *
make_forged(const struct certificate *certificate)
{
	struct view der = certificate_der_view(certificate);
	uint8_t bytes[4096];
	struct certificate *forged = NULL;
	struct err err = ERR_INIT;

	assert_true(der.length <= sizeof(bytes));
	memcpy(bytes, der.data, der.length);
	bytes[der.length - 1] ^= 1;
	assert_true(
	    certificate_parse_der(view_of(bytes, der.length), &forged, &err));
	return forged;
}

static void
the_same_serial_with_other_bytes_is_not_taken(void **state)
{
	struct certificate_template t = testing_template(people.agent_key);

	for (size_t v = 0; v < array_length(versions); v++) {
		scoped(certificate_freep) struct certificate *other =
		    testing_issue(&t, people.foreign_ca, people.foreign_key);
		scoped(certificate_freep) struct certificate *forged = NULL;
		struct scene scene;

		scene_open(&scene, versions[v],
		    testing_issue(&t, people.ca, people.ca_key));
		assert_string_equal(certificate_serial(other),
		    certificate_serial(scene.certificate));
		forged = make_forged(scene.certificate);
		assert_int_equal(shake(&scene), -1);
		assert_int_equal(shake_by(&scene, other), 48);
		assert_int_equal(shake_by(&scene, forged), 42);
		assert_int_equal(trust_remembered_count(scene.trust), 1);
		assert_int_equal(shake(&scene), -1);
		scene_close(&scene);
	}
}

static void
usage_and_subject_are_judged_all_the_same(void **state)
{
	struct chain_window window = window_around(-DAYS_MS(1), DAYS_MS(1));
	struct certificate_template t = testing_template(people.agent_key);

	for (size_t v = 0; v < array_length(versions); v++) {
		struct scene scene;

		t.profile = CERTIFICATE_OCSP;
		t.unit = "agent";
		scene_open(&scene, versions[v],
		    testing_issue(&t, people.ca, people.ca_key));
		plant(&scene, scene.certificate, &window);
		assert_int_equal(shake(&scene), 43);
		assert_string_equal(
		    scene.pair.err.code, "certificate_wrong_usage");
		scene_close(&scene);
		t.profile = CERTIFICATE_CLIENT;
		t.unit = "administrator";
		scene_open(&scene, versions[v],
		    testing_issue(&t, people.ca, people.ca_key));
		plant(&scene, scene.certificate, &window);
		assert_int_equal(shake(&scene), 43);
		assert_string_equal(
		    scene.pair.err.code, "certificate_wrong_subject");
		scene_close(&scene);
	}
}

static void
what_was_refused_is_not_remembered(void **state)
{
	struct certificate_template t = testing_template(people.agent_key);
	struct scene scene;

	t.not_before_ms = clock_wall_ms() - DAYS_MS(2);
	t.not_after_ms = clock_wall_ms() - DAYS_MS(1);
	scene_open(&scene, TLS1_3_VERSION,
	    testing_issue(&t, people.ca, people.ca_key));
	assert_int_equal(shake(&scene), 45);
	assert_int_equal(trust_remembered_count(scene.trust), 0);
	scene_close(&scene);
	scene_open(&scene, TLS1_3_VERSION, make_agent(true));
	assert_int_equal(shake(&scene), 48);
	assert_int_equal(trust_remembered_count(scene.trust), 0);
	scene_close(&scene);
}

static void
hash_of(unsigned number, uint8_t out[SHA256_SIZE])
{
	digest_sha256(view_of((uint8_t *)&number, sizeof(number)), out);
}

static size_t
fill(struct remembered *remembered, unsigned count)
{
	struct chain_window window = {1, 2};
	uint8_t hash[SHA256_SIZE];
	size_t found = 0;

	for (unsigned i = 0; i < count; i++) {
		hash_of(i, hash);
		window.until_ms = 2 + i;
		remembered_add(remembered, hash, &window);
		assert_true(remembered_find(remembered, hash, &window));
		assert_int_equal(window.until_ms, 2 + i);
	}
	for (unsigned i = 0; i < count; i++) {
		hash_of(i, hash);
		found += remembered_find(remembered, hash, &window) ? 1 : 0;
	}
	assert_int_equal(found, remembered_count(remembered));
	return found;
}

static void
no_more_are_remembered_than_allowed(void **state)
{
	static const struct {
		size_t max, bound;
	} rows[] = {{8, 8}, {15, 8}, {64, 64}, {1000, 512}, {1024, 1024}};

	for (size_t i = 0; i < array_length(rows); i++) {
		struct remembered *remembered = remembered_new(rows[i].max);

		assert_int_equal(fill(remembered, 20000), rows[i].bound);
		remembered_clear(remembered);
		assert_int_equal(remembered_count(remembered), 0);
		assert_int_equal(fill(remembered, 20000), rows[i].bound);
		remembered_free(remembered);
	}
}

static void
with_room_nearly_all_are_remembered(void **state)
{
	struct remembered *remembered = remembered_new(1 << 17);

	assert_true(fill(remembered, 20000) > 19000);
	remembered_free(remembered);
}

static void
a_bound_of_none_remembers_none(void **state)
{
	struct chain_window window = {1, 2};
	uint8_t hash[SHA256_SIZE] = {0};

	for (size_t max = 0; max < 8; max++) {
		struct remembered *remembered = remembered_new(max);

		remembered_add(remembered, hash, &window);
		assert_false(remembered_find(remembered, hash, &window));
		assert_int_equal(remembered_count(remembered), 0);
		remembered_free(remembered);
	}
	remembered_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sound_chain_is_checked_once),
	    cmocka_unit_test(every_change_of_trust_forgets_all),
	    cmocka_unit_test(a_remembered_certificate_can_be_revoked),
	    cmocka_unit_test(a_remembered_certificate_expires),
	    cmocka_unit_test(time_goes_on_for_what_is_remembered),
	    cmocka_unit_test(a_remembered_certificate_falls_with_its_ca),
	    cmocka_unit_test(the_same_serial_with_other_bytes_is_not_taken),
	    cmocka_unit_test(usage_and_subject_are_judged_all_the_same),
	    cmocka_unit_test(what_was_refused_is_not_remembered),
	    cmocka_unit_test(no_more_are_remembered_than_allowed),
	    cmocka_unit_test(with_room_nearly_all_are_remembered),
	    cmocka_unit_test(a_bound_of_none_remembers_none),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
