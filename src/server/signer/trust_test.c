/* What a compromised core can ask of the signer, and never gets; and what the
 * world is told about whom to trust. */
#include "server/signer/signer_fixture.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/jws.h"

static const struct signer_head NOTHING_SEEN = {0};

static void
trust(struct fixture *fixture, struct signer_trust_set *out)
{
	assert_true(signer_client_trust_set(&fixture->client, &NOTHING_SEEN,
	    &fixture->reply, out, &fixture->err));
}

static bool
is_revoked(struct fixture *fixture, const char *agent_id)
{
	uint8_t id[SIGNER_UUID_BYTES];
	struct signer_trust_set set;

	assert_true(signer_uuid_bytes(agent_id, id));
	trust(fixture, &set);
	for (size_t at = 0; at < set.revoked_agents.length; at += sizeof(id)) {
		if (memcmp(set.revoked_agents.data + at, id, sizeof(id)) == 0)
			return true;
	}
	return false;
}

/* Every message there is, with every body that was ever legal, must leave the
 * agent revoked. */
static void
no_message_lifts_a_revocation(void **state)
{
	struct fixture *fixture = *state;
	struct signer_agent_order order = {.by = view_string("core")};
	scoped(buf_donep) struct buf body = BUF_INIT(4096);
	struct writer writer;

	fixture_enrol(fixture, true);
	assert_true(fixture_revoke(fixture, fixture->issued.agent_id));
	memcpy(order.agent_id, fixture->issued.agent_id, ID_SIZE);
	writer_init(&writer, &body);
	signer_agent_order_write(&writer, &order);
	for (unsigned message = 0; message < SIGNER_MESSAGE_COUNT + 4;
	     message++) {
		for (size_t length = 0; length <= body.length; length++) {
			scoped(buf_donep) struct buf answer =
			    BUF_INIT(SIGNER_ANSWER_MAX);
			int fd = -1;

			ignore_result(signer_answer(fixture->signer,
			    (enum signer_message)message,
			    view_of(body.data, length), &answer, &fd,
			    &fixture->err));
			if (fd >= 0)
				close(fd);
		}
	}
	assert_true(is_revoked(fixture, fixture->issued.agent_id));
	fixture_restart(fixture);
	assert_true(is_revoked(fixture, fixture->issued.agent_id));
	assert_true(fixture_retire(fixture, fixture->issued.agent_id));
	assert_true(is_revoked(fixture, fixture->issued.agent_id));
}

static void
a_broken_form_is_told_from_a_refusal(void **state)
{
	struct fixture *fixture = *state;
	scoped(buf_donep) struct buf answer = BUF_INIT(SIGNER_ANSWER_MAX);
	int fd = -1;

	for (unsigned message = 0; message < SIGNER_MESSAGE_COUNT; message++) {
		/* OCSP takes any bytes, but in their form. */
		assert_false(
		    signer_answer(fixture->signer, (enum signer_message)message,
			VIEW_LITERAL("\x7f"), &answer, &fd, &fixture->err));
		assert_int_equal(fixture->err.category, ERR_MALFORMED);
		assert_int_equal(fd, -1);
	}
}

static bool
sign_uninstall(
    struct fixture *fixture, const char *agent_id, struct signer_object *out)
{
	struct signer_command command = {
	    .action = SIGNER_ACTION_UNINSTALL, .by = view_string("core")};

	snprintf(command.agent_id, sizeof(command.agent_id), "%s", agent_id);
	return signer_client_sign_command(
	    &fixture->client, &command, &fixture->reply, out, &fixture->err);
}

static void
no_command_for_whom_it_is_not_for_and_not_without_end(void **state)
{
	struct fixture *fixture = *state;
	struct signer_object object;
	unsigned signed_count = 0;

	assert_refused(sign_uninstall(fixture, FIXTURE_OFFICE, &object),
	    fixture, "agent_unknown");
	fixture_enrol(fixture, true);
	assert_refused(
	    sign_uninstall(fixture, fixture->issued.agent_id, &object), fixture,
	    "agent_not_retired");
	assert_true(fixture_retire(fixture, fixture->issued.agent_id));
	while (sign_uninstall(fixture, fixture->issued.agent_id, &object))
		assert_true(++signed_count < 10);
	assert_string_equal(fixture->err.code, "command_limit");
	assert_true(signed_count > 0);
	assert_true(fixture_revoke(fixture, fixture->issued.agent_id));
	assert_refused(
	    sign_uninstall(fixture, fixture->issued.agent_id, &object), fixture,
	    "agent_not_retired");
}

static void
a_command_names_target_action_expiry_and_a_growing_counter(void **state)
{
	struct fixture *fixture = *state;
	struct signer_object object;
	int64_t before = 0;

	fixture_enrol(fixture, true);
	assert_true(fixture_retire(fixture, fixture->issued.agent_id));
	for (unsigned i = 0; i < 2; i++) {
		scoped(buf_donep) struct buf payload = BUF_INIT(4096);
		scoped(json_freep) json_t *json = NULL;
		const char *text = NULL;
		int64_t counter = 0;

		assert_true(
		    sign_uninstall(fixture, fixture->issued.agent_id, &object));
		assert_true(jws_verify(object.bytes,
		    fixture->signer->authority.command_key,
		    "warifu-command+jwt", &payload, &fixture->err));
		json = json_read(buf_view(&payload), 4096, &fixture->err);
		assert_non_null(json);
		assert_true(json_get_string(
		    json, "target", JSON_REQUIRED, 64, &text, &fixture->err));
		assert_string_equal(text, fixture->issued.agent_id);
		assert_true(json_get_string(
		    json, "action", JSON_REQUIRED, 64, &text, &fixture->err));
		assert_string_equal(text, "uninstall");
		assert_true(json_get_integer(json, "counter", JSON_REQUIRED,
		    before + 1, before + 1, &counter, &fixture->err));
		before = counter;
		fixture_restart(fixture);
	}
}

static void
revoking_one_names_it_alone_and_retiring_is_gentler(void **state)
{
	struct fixture *fixture = *state;
	struct signer_trust_set set;
	char first[ID_SIZE];
	uint64_t revision;

	fixture_enrol(fixture, true);
	memcpy(first, fixture->issued.agent_id, ID_SIZE);
	fixture_enrol(fixture, true);
	trust(fixture, &set);
	assert_int_equal(set.revoked_agents.length, 0);
	revision = set.revision;
	assert_true(fixture_retire(fixture, first));
	trust(fixture, &set);
	assert_true(set.revision > revision);
	assert_int_equal(set.revoked_agents.length, 0);
	assert_int_equal(set.retired_agents.length, SIGNER_UUID_BYTES);
	revision = set.revision;
	assert_true(fixture_revoke(fixture, first));
	trust(fixture, &set);
	assert_true(set.revision > revision);
	assert_true(is_revoked(fixture, first));
	assert_false(is_revoked(fixture, fixture->issued.agent_id));
	trust(fixture, &set);
	revision = set.revision;
	/* Again is no change. */
	assert_true(fixture_revoke(fixture, first));
	trust(fixture, &set);
	assert_int_equal(set.revision, revision);
}

static void
an_unknown_agent_is_revoked_before_it_ever_shows(void **state)
{
	struct fixture *fixture = *state;

	assert_true(fixture_revoke(fixture, FIXTURE_OFFICE));
	assert_true(is_revoked(fixture, FIXTURE_OFFICE));
}

/* The publication's payload, verified. */
static json_t *
publication(struct fixture *fixture, uint64_t *out_number)
{
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	struct signer_publication value;
	json_t *json;

	assert_true(signer_client_publication(
	    &fixture->client, &fixture->reply, &value, &fixture->err));
	assert_true(
	    jws_verify(value.jws, fixture->signer->authority.publication_key,
		"warifu-publication+jwt", &payload, &fixture->err));
	json = json_read(buf_view(&payload), JWS_PAYLOAD_MAX, &fixture->err);
	assert_non_null(json);
	*out_number = value.number;
	return json;
}

static void
a_publication_keeps_its_number_until_its_content_changes(void **state)
{
	struct fixture *fixture = *state;
	scoped(json_freep) json_t *first = NULL;
	scoped(json_freep) json_t *same = NULL;
	scoped(json_freep) json_t *changed = NULL;
	uint64_t number = 0;

	first = publication(fixture, &number);
	assert_int_equal(number, 1);
	fixture_restart(fixture);
	same = publication(fixture, &number);
	assert_int_equal(number, 1);
	assert_true(json_equal(first, same));
	fixture->settings.agents_port = 9443;
	changed = publication(fixture, &number);
	assert_int_equal(number, 2);
	assert_false(json_equal(first, changed));
}

static void
the_servers_certificate_stays_until_it_is_due(void **state)
{
	struct fixture *fixture = *state;
	struct signer_server_identity identity;
	uint8_t sha256[SIGNER_HASH_BYTES];

	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &fixture->err));
	memcpy(sha256, identity.sha256, sizeof(sha256));
	fixture_restart(fixture);
	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &fixture->err));
	assert_memory_equal(sha256, identity.sha256, sizeof(sha256));
	/* Another name: made anew at the next start. */
	free(fixture->names[0]);
	fixture->names[0] = memory_string("other.example");
	fixture_restart(fixture);
	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &fixture->err));
	assert_memory_not_equal(sha256, identity.sha256, sizeof(sha256));
	memcpy(sha256, identity.sha256, sizeof(sha256));
	fixture->signer->skew_ms = DAYS_MS(336);
	assert_true(
	    signer_server_identity_open(fixture->signer, &fixture->err));
	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &fixture->err));
	assert_memory_not_equal(sha256, identity.sha256, sizeof(sha256));
}

/* The server's certificate as it is given to core. */
static void
identity_of(struct fixture *fixture, uint8_t out_sha256[SIGNER_HASH_BYTES])
{
	struct signer_server_identity identity;

	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &fixture->err));
	memcpy(out_sha256, identity.sha256, SIGNER_HASH_BYTES);
}

static bool
is_renewed(struct fixture *fixture, int64_t monotonic_ms)
{
	uint8_t before[SIGNER_HASH_BYTES], after[SIGNER_HASH_BYTES];

	identity_of(fixture, before);
	assert_true(signer_server_identity_look(
	    fixture->signer, monotonic_ms, &fixture->err));
	identity_of(fixture, after);
	return memcmp(before, after, sizeof(before)) != 0;
}

static void
the_running_service_renews_the_servers_certificate(void **state)
{
	struct fixture *fixture = *state;
	struct signer_publication publication;
	uint64_t number;

	assert_true(signer_client_publication(
	    &fixture->client, &fixture->reply, &publication, &fixture->err));
	number = publication.number;
	assert_false(is_renewed(fixture, 0));
	assert_false(is_renewed(fixture, HOURS_MS(5)));
	/* Less than 30 days are left: believed after an hour of it. */
	fixture->signer->skew_ms = DAYS_MS(336);
	assert_false(is_renewed(fixture, HOURS_MS(6)));
	assert_false(is_renewed(fixture, HOURS_MS(7) - 1));
	assert_true(is_renewed(fixture, HOURS_MS(7)));
	assert_false(is_renewed(fixture, HOURS_MS(8)));
	assert_false(is_renewed(fixture, HOURS_MS(9)));
	/* Agents are told. */
	assert_true(signer_client_publication(
	    &fixture->client, &fixture->reply, &publication, &fixture->err));
	assert_int_equal(publication.number, number + 1);
}

static void
a_clock_that_was_wrong_for_a_moment_renews_nothing(void **state)
{
	struct fixture *fixture = *state;

	fixture->signer->skew_ms = DAYS_MS(3650);
	assert_false(is_renewed(fixture, HOURS_MS(1)));
	fixture->signer->skew_ms = 0;
	assert_false(is_renewed(fixture, HOURS_MS(1) + MINUTES_MS(50)));
	fixture->signer->skew_ms = DAYS_MS(3650);
	assert_false(is_renewed(fixture, HOURS_MS(2)));
	/* Behind the day on which all began, now is wrong. */
	fixture->signer->skew_ms = -DAYS_MS(365);
	assert_false(is_renewed(fixture, HOURS_MS(3)));
	assert_false(is_renewed(fixture, HOURS_MS(5)));
	assert_true(
	    signer_server_identity_open(fixture->signer, &fixture->err));
	assert_false(is_renewed(fixture, HOURS_MS(7)));
}

static void
a_certificate_made_by_a_clock_ahead_is_made_anew(void **state)
{
	struct fixture *fixture = *state;
	uint8_t before[SIGNER_HASH_BYTES], after[SIGNER_HASH_BYTES];

	fixture->signer->skew_ms = DAYS_MS(3650);
	assert_true(
	    signer_server_identity_open(fixture->signer, &fixture->err));
	identity_of(fixture, before);
	fixture->signer->skew_ms = 0;
	assert_true(
	    signer_server_identity_open(fixture->signer, &fixture->err));
	identity_of(fixture, after);
	assert_memory_not_equal(before, after, sizeof(before));
}

static void
a_revocation_list_is_kept_until_something_changes(void **state)
{
	struct fixture *fixture = *state;
	scoped(buf_donep) struct buf first = BUF_INIT(65536);
	struct signer_object object;

	fixture_enrol(fixture, true);
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
	assert_true(buf_append_view(&first, object.bytes, &fixture->err));
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
	assert_true(view_equal(object.bytes, buf_view(&first)));
	assert_true(fixture_revoke(fixture, fixture->issued.agent_id));
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
	assert_false(view_equal(object.bytes, buf_view(&first)));
	assert_int_equal(fixture->signer->ledger.crl_number, 2);
	fixture->signer->skew_ms = HOURS_MS(13);
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
	assert_int_equal(fixture->signer->ledger.crl_number, 3);
	fixture_restart(fixture);
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
	assert_int_equal(fixture->signer->ledger.crl_number, 4);
}

static void
the_responder_answers_any_bytes(void **state)
{
	struct fixture *fixture = *state;
	uint8_t bytes[300];

	for (size_t length = 0; length <= sizeof(bytes); length += 7) {
		struct signer_object object;

		for (size_t i = 0; i < length; i++)
			bytes[i] = (uint8_t)(i * 31 + length);
		assert_true(
		    signer_client_ocsp(&fixture->client, view_of(bytes, length),
			&fixture->reply, &object, &fixture->err));
		/* OCSPResponse { malformedRequest } */
		assert_memory_equal(
		    object.bytes.data, "\x30\x03\x0a\x01\x01", 5);
		assert_int_equal(object.bytes.length, 5);
	}
}

enum {
	OCSP_BYTES = 75,
};

/* An OCSP request for some certificate of some issuer, by hand. */
static void
ocsp_request(unsigned number, uint8_t out[OCSP_BYTES])
{
	static const uint8_t head[] = {0x30, 0x49, 0x30, 0x47, 0x30, 0x45, 0x30,
	    0x43, 0x30, 0x41, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02,
	    0x1a, 0x05, 0x00, 0x04, 0x14};

	memset(out, 0, OCSP_BYTES);
	memcpy(out, head, sizeof(head));
	out[43] = 0x04;
	out[44] = 0x14;
	out[65] = 0x02;
	out[66] = 0x08;
	out[67] = 0x40;
	out[73] = (uint8_t)(number >> 8);
	out[74] = (uint8_t)number;
}

static bool
is_error(struct view response)
{
	return response.length == 5;
}

static void
an_answer_is_kept_until_something_is_revoked(void **state)
{
	struct fixture *fixture = *state;
	scoped(buf_donep) struct buf first = BUF_INIT(65536);
	struct signer_object object;
	uint8_t bytes[OCSP_BYTES] = {0};
	struct view request = view_of(bytes, sizeof(bytes));

	ocsp_request(1, bytes);
	assert_true(signer_client_ocsp(&fixture->client, request,
	    &fixture->reply, &object, &fixture->err));
	assert_false(is_error(object.bytes));
	assert_true(buf_append_view(&first, object.bytes, &fixture->err));
	assert_true(signer_client_ocsp(&fixture->client, request,
	    &fixture->reply, &object, &fixture->err));
	assert_true(view_equal(object.bytes, buf_view(&first)));
	assert_true(fixture_revoke(fixture, FIXTURE_OFFICE));
	assert_true(signer_client_ocsp(&fixture->client, request,
	    &fixture->reply, &object, &fixture->err));
	assert_false(view_equal(object.bytes, buf_view(&first)));
}

static void
answers_of_a_clock_set_back_are_signed_by_a_valid_responder(void **state)
{
	struct fixture *fixture = *state;
	struct signer *signer = fixture->signer;
	static const int64_t skews_ms[] = {DAYS_MS(365), 0, -DAYS_MS(30)};

	for (unsigned i = 0; i < array_length(skews_ms); i++) {
		uint8_t bytes[OCSP_BYTES] = {0};
		struct signer_object object;

		signer->skew_ms = skews_ms[i];
		ocsp_request(i, bytes);
		assert_true(signer_client_ocsp(&fixture->client,
		    view_of(bytes, sizeof(bytes)), &fixture->reply, &object,
		    &fixture->err));
		assert_false(is_error(object.bytes));
		assert_true(
		    certificate_not_before_ms(signer->ocsp_certificate) <=
		    signer_now(signer));
		assert_true(certificate_not_after_ms(signer->ocsp_certificate) >
		    object.expires_ms);
	}
}

static void
a_flood_of_questions_costs_a_bounded_number_of_signatures(void **state)
{
	struct fixture *fixture = *state;
	unsigned signed_count = 0;
	int64_t began_ms = clock_monotonic_ms();

	for (unsigned i = 0; i < 4 * RESPONDER_PER_SECOND; i++) {
		struct signer_object object;
		uint8_t bytes[OCSP_BYTES] = {0};

		ocsp_request(i, bytes);
		assert_true(signer_client_ocsp(&fixture->client,
		    view_of(bytes, sizeof(bytes)), &fixture->reply, &object,
		    &fixture->err));
		signed_count += is_error(object.bytes) ? 0 : 1;
	}
	assert_true(signed_count <= RESPONDER_PER_SECOND *
		(2 + (clock_monotonic_ms() - began_ms) / 1000));
	assert_true(signed_count > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(no_message_lifts_a_revocation),
	    FIXTURE_TEST(a_broken_form_is_told_from_a_refusal),
	    FIXTURE_TEST(no_command_for_whom_it_is_not_for_and_not_without_end),
	    FIXTURE_TEST(
		a_command_names_target_action_expiry_and_a_growing_counter),
	    FIXTURE_TEST(revoking_one_names_it_alone_and_retiring_is_gentler),
	    FIXTURE_TEST(an_unknown_agent_is_revoked_before_it_ever_shows),
	    FIXTURE_TEST(
		a_publication_keeps_its_number_until_its_content_changes),
	    FIXTURE_TEST(the_servers_certificate_stays_until_it_is_due),
	    FIXTURE_TEST(the_running_service_renews_the_servers_certificate),
	    FIXTURE_TEST(a_clock_that_was_wrong_for_a_moment_renews_nothing),
	    FIXTURE_TEST(a_certificate_made_by_a_clock_ahead_is_made_anew),
	    FIXTURE_TEST(a_revocation_list_is_kept_until_something_changes),
	    FIXTURE_TEST(the_responder_answers_any_bytes),
	    FIXTURE_TEST(an_answer_is_kept_until_something_is_revoked),
	    FIXTURE_TEST(
		answers_of_a_clock_set_back_are_signed_by_a_valid_responder),
	    FIXTURE_TEST(
		a_flood_of_questions_costs_a_bounded_number_of_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
