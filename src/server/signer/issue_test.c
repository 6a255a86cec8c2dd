/* Enrolment and renewal: who is refused, and what the others get. */
#include "server/signer/signer_fixture.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "server/signer/nonce.h"

static const struct view NO_NONCE = {NULL, 0};

static void
request_of(struct fixture *fixture, const struct key *key, struct buf *out)
{
	fixture_request(fixture, key, true, NULL, NO_NONCE, out);
}

#define REQUEST(name, fixture, key)                                            \
	scoped(buf_donep) struct buf name = BUF_INIT(LIMIT_CERTIFICATE);       \
	request_of(fixture, key, &name)

static void
tokens_that_are_none_get_nothing(void **state)
{
	static const char *const wrong[] = {"", "wft_", "nonsense",
	    "wft_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "wft_AAAA0000AAAA0000AAAA0000AAAA0000",
	    "wft_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_issued issued;
	REQUEST(request, fixture, key);

	for (size_t i = 0; i < array_length(wrong); i++)
		assert_refused(fixture_enrol_request(fixture, wrong[i],
				   buf_view(&request), &issued),
		    fixture, "token_unknown");
	assert_int_equal(fixture->signer->ledger.certificate_count, 0);
}

static void
a_used_token_gets_nothing_for_another_key(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *one = fixture_key();
	scoped(key_freep) struct key *two = fixture_key();
	struct signer_token_created token;
	struct signer_issued issued;
	REQUEST(first, fixture, one);
	REQUEST(second, fixture, two);

	fixture_token(fixture, "", 1, &token);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&first), &issued));
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&second), &issued),
	    fixture, "token_used");
	fixture_restart(fixture);
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&second), &issued),
	    fixture, "token_used");
}

static void
an_expired_token_gets_nothing(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_created token;
	struct signer_issued issued;
	REQUEST(request, fixture, key);

	fixture_token(fixture, "", 1, &token);
	fixture->signer->skew_ms = HOURS_MS(1) + 1;
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&request), &issued),
	    fixture, "token_expired");
}

static void
a_revoked_token_gets_nothing(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_revoke revoke = {.by = view_string("tester")};
	struct signer_token_created token;
	struct signer_issued issued;
	REQUEST(request, fixture, key);

	fixture_token(fixture, "", 9, &token);
	memcpy(revoke.token_id, token.token_id, ID_SIZE);
	assert_true(signer_client_token_revoke(
	    &fixture->client, &revoke, &fixture->err));
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&request), &issued),
	    fixture, "token_revoked");
	fixture_restart(fixture);
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&request), &issued),
	    fixture, "token_revoked");
}

static void
a_token_for_other_addresses_gets_nothing(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_create create = {
	    .kind = SIGNER_TOKEN_OFFICE,
	    .office_id = FIXTURE_OFFICE,
	    .uses = 2,
	    .expires_ms = signer_now(fixture->signer) + HOURS_MS(1),
	    .address_count = 1,
	    .addresses = {view_string("10.0.0.0/8")},
	};
	struct signer_token_created token;
	struct signer_issued issued;
	REQUEST(request, fixture, key);

	assert_true(signer_client_token_create(
	    &fixture->client, &create, &token, &fixture->err));
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&request), &issued),
	    fixture, "token_address");
}

static void
a_request_with_a_wrong_signature_is_never_signed(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_created token;
	struct signer_issued issued;
	REQUEST(request, fixture, key);

	fixture_token(fixture, "", 1, &token);
	/* Each byte changed, and cut at each length: never a certificate. */
	for (size_t i = 0; i < request.length; i += 3) {
		request.data[i] ^= 0x20;
		assert_false(fixture_enrol_request(
		    fixture, token.token, buf_view(&request), &issued));
		request.data[i] ^= 0x20;
	}
	for (size_t i = 0; i < request.length; i += 5)
		assert_false(fixture_enrol_request(
		    fixture, token.token, view_of(request.data, i), &issued));
	request.data[request.length - 1] ^= 1;
	assert_false(fixture_enrol_request(
	    fixture, token.token, buf_view(&request), &issued));
	assert_int_equal(fixture->signer->ledger.certificate_count, 0);
	/* And the token is not used up by any of it. */
	request.data[request.length - 1] ^= 1;
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&request), &issued));
}

static void
the_servers_own_keys_get_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct key *const keys[] = {fixture->signer->authority.agent_ca_key,
	    fixture->signer->authority.publication_key,
	    fixture->signer->authority.command_key,
	    fixture->signer->server_key};
	struct signer_token_created token;
	struct signer_issued issued;

	fixture_token(fixture, "", 9, &token);
	for (size_t i = 0; i < array_length(keys); i++) {
		REQUEST(request, fixture, keys[i]);

		assert_refused(fixture_enrol_request(fixture, token.token,
				   buf_view(&request), &issued),
		    fixture, "key_of_server");
	}
}

static void
a_key_gets_one_certificate_only(void **state)
{
	struct fixture *fixture = *state;
	struct signer_token_created token;
	struct signer_issued issued;

	fixture_enrol(fixture, true);
	fixture_token(fixture, "", 1, &token);
	{
		REQUEST(request, fixture, fixture->key);

		assert_refused(fixture_enrol_request(fixture, token.token,
				   buf_view(&request), &issued),
		    fixture, "key_reused");
	}
	assert_refused(fixture_renew(fixture, fixture->key, &issued), fixture,
	    "key_reused");
}

/* A renewal request of the caller's making. */
static bool
renew_with(struct fixture *fixture, const struct key *new_key,
    const struct key *old_key, struct view nonce)
{
	scoped(buf_donep) struct buf request = BUF_INIT(LIMIT_CERTIFICATE);
	struct signer_reenrol reenrol = {0};
	struct signer_issued issued;

	fixture_request(fixture, new_key, true, old_key, nonce, &request);
	memcpy(reenrol.agent_id, fixture->issued.agent_id, ID_SIZE);
	memcpy(reenrol.serial, fixture->issued.serial, SIGNER_SERIAL_SIZE);
	reenrol.request = buf_view(&request);
	return signer_client_reenrol(&fixture->client, &reenrol,
	    &fixture->reply, &issued, &fixture->err);
}

static void
an_agent_does_not_renew_without_its_old_keys_proof(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *fresh = fixture_key();
	scoped(key_freep) struct key *thief = fixture_key();
	const struct secret *nonce_key;
	uint8_t bytes[NONCE_BYTES];
	struct view nonce = view_of(bytes, sizeof(bytes));
	int64_t now_ms;

	fixture_enrol(fixture, true);
	nonce_key = fixture->signer->authority.nonce_key;
	now_ms = signer_now(fixture->signer);
	assert_refused(renew_with(fixture, fresh, NULL, NO_NONCE), fixture,
	    "proof_missing");
	nonce_make(nonce_key, fixture->issued.agent_id, now_ms, bytes);
	assert_refused(
	    renew_with(fixture, fresh, thief, nonce), fixture, "proof_wrong");
	nonce_make(nonce_key, FIXTURE_OFFICE, now_ms, bytes);
	assert_refused(renew_with(fixture, fresh, fixture->key, nonce), fixture,
	    "proof_nonce");
	nonce_make(nonce_key, fixture->issued.agent_id,
	    now_ms - HOURS_MS(1) - 1, bytes);
	assert_refused(renew_with(fixture, fresh, fixture->key, nonce), fixture,
	    "proof_nonce");
	nonce_make(
	    nonce_key, fixture->issued.agent_id, now_ms + HOURS_MS(1), bytes);
	assert_refused(renew_with(fixture, fresh, fixture->key, nonce), fixture,
	    "proof_nonce");
	bytes[10] ^= 1;
	assert_refused(renew_with(fixture, fresh, fixture->key, nonce), fixture,
	    "proof_nonce");
	assert_int_equal(fixture->signer->ledger.certificate_count, 1);
}

static void
nobody_renews_with_anothers_or_an_expired_certificate(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *fresh = fixture_key();
	struct signer_issued first;
	struct signer_issued issued;

	fixture_enrol(fixture, true);
	first = fixture->issued;
	fixture_enrol(fixture, true);
	memcpy(fixture->issued.serial, first.serial, SIGNER_SERIAL_SIZE);
	assert_refused(fixture_renew(fixture, fresh, &issued), fixture,
	    "certificate_unknown");
	memset(fixture->issued.serial, '4', SIGNER_SERIAL_SIZE - 1);
	assert_refused(fixture_renew(fixture, fresh, &issued), fixture,
	    "certificate_unknown");
	fixture_enrol(fixture, true);
	fixture->signer->skew_ms = DAYS_MS(91);
	assert_refused(fixture_renew(fixture, fresh, &issued), fixture,
	    "certificate_expired");
}

static void
a_revoked_or_retired_agent_gets_nothing_any_more(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *fresh = fixture_key();
	struct signer_token_created token;
	struct signer_issued issued;
	struct signer_token_create create = {
	    .kind = SIGNER_TOKEN_COMPUTER,
	    .office_id = FIXTURE_OFFICE,
	    .uses = 1,
	};
	uint8_t bytes[NONCE_BYTES];
	REQUEST(request, fixture, fresh);

	fixture_enrol(fixture, true);
	nonce_make(fixture->signer->authority.nonce_key,
	    fixture->issued.agent_id, signer_now(fixture->signer), bytes);
	fixture_token(fixture, fixture->issued.agent_id, 1, &token);
	assert_true(fixture_retire(fixture, fixture->issued.agent_id));
	assert_refused(renew_with(fixture, fresh, fixture->key,
			   view_of(bytes, sizeof(bytes))),
	    fixture, "agent_retired");
	assert_true(fixture_revoke(fixture, fixture->issued.agent_id));
	assert_refused(
	    fixture_renew(fixture, fresh, &issued), fixture, "agent_revoked");
	assert_refused(renew_with(fixture, fresh, fixture->key,
			   view_of(bytes, sizeof(bytes))),
	    fixture, "agent_revoked");
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&request), &issued),
	    fixture, "agent_revoked");
	memcpy(create.computer_id, fixture->issued.agent_id, ID_SIZE);
	create.expires_ms = signer_now(fixture->signer) + HOURS_MS(1);
	assert_refused(signer_client_token_create(
			   &fixture->client, &create, &token, &fixture->err),
	    fixture, "agent_revoked");
}

static void
a_token_never_names_a_computer_that_never_was(void **state)
{
	struct fixture *fixture = *state;
	struct signer_token_create create = {
	    .kind = SIGNER_TOKEN_COMPUTER,
	    .office_id = FIXTURE_OFFICE,
	    .computer_id = FIXTURE_OFFICE,
	    .uses = 1,
	    .expires_ms = signer_now(fixture->signer) + HOURS_MS(1),
	};
	struct signer_token_created token;

	assert_refused(signer_client_token_create(
			   &fixture->client, &create, &token, &fixture->err),
	    fixture, "computer_unknown");
	create.kind = SIGNER_TOKEN_OFFICE;
	assert_refused(signer_client_token_create(
			   &fixture->client, &create, &token, &fixture->err),
	    fixture, "token_invalid");
}

static void
an_agents_certificate_says_what_we_write_and_nothing_wished(void **state)
{
	struct fixture *fixture = *state;
	scoped(certificate_freep) struct certificate *certificate = NULL;
	struct certificate *ca = fixture->signer->authority.agent_ca;
	struct certificate_list anchors = {.items = &ca, .count = 1};
	int64_t now_ms = signer_now(fixture->signer);
	struct err err = ERR_INIT;

	fixture_enrol(fixture, true);
	assert_true(certificate_parse_der(
	    fixture->issued.certificate, &certificate, &err));
	assert_string_equal(certificate_organization(certificate),
	    fixture->signer->authority.organization);
	assert_string_equal(certificate_unit(certificate), "agent");
	assert_string_equal(
	    certificate_common_name(certificate), fixture->issued.agent_id);
	assert_int_equal(certificate_san_count(certificate), 0);
	assert_false(certificate_is_ca(certificate));
	assert_true(
	    key_same_public(certificate_key(certificate), fixture->key));
	assert_true(certificate_verify(
	    certificate, &anchors, CERTIFICATE_CLIENT, now_ms, &err));
	assert_false(certificate_verify(
	    certificate, &anchors, CERTIFICATE_SERVER, now_ms, &err));
	assert_int_equal(fixture->issued.profile, SIGNER_PROFILE_AGENT);
	assert_int_equal(fixture->issued.credential_hash.length, 32);
	assert_true(fixture->issued.is_new_computer);
	assert_string_equal(fixture->issued.office_id, FIXTURE_OFFICE);
	assert_true(certificate_not_after_ms(certificate) <=
	    now_ms + DAYS_MS(90) + SECONDS_MS(10));
}

static void
a_lost_answer_is_given_again_and_uses_nothing(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_created token;
	struct signer_issued issued;
	char serial[SIGNER_SERIAL_SIZE];
	REQUEST(first, fixture, key);
	REQUEST(again, fixture, key);

	fixture_token(fixture, "", 1, &token);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&first), &issued));
	assert_false(issued.is_repeat);
	memcpy(serial, issued.serial, sizeof(serial));
	fixture_restart(fixture);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&again), &issued));
	assert_true(issued.is_repeat);
	assert_string_equal(issued.serial, serial);
	assert_int_equal(fixture->signer->ledger.certificate_count, 1);
	assert_int_equal(fixture->signer->ledger.tokens[0].used, 1);
	fixture->signer->skew_ms = MINUTES_MS(59);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&again), &issued));
}

static void
a_lost_answer_is_not_given_to_who_was_revoked_since(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_created token;
	struct signer_issued issued;
	REQUEST(request, fixture, key);

	fixture_token(fixture, "", 9, &token);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&request), &issued));
	assert_true(fixture_revoke(fixture, issued.agent_id));
	assert_refused(fixture_enrol_request(
			   fixture, token.token, buf_view(&request), &issued),
	    fixture, "agent_revoked");
}

static void
a_renewal_gives_the_same_agent_a_new_certificate(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *fresh = fixture_key();
	struct signer_issued issued;
	char serial[SIGNER_SERIAL_SIZE];

	fixture_enrol(fixture, true);
	fixture_restart(fixture);
	assert_true(fixture_renew(fixture, fresh, &issued));
	assert_string_equal(issued.agent_id, fixture->issued.agent_id);
	assert_string_not_equal(issued.serial, fixture->issued.serial);
	assert_false(issued.is_new_computer);
	memcpy(serial, issued.serial, sizeof(serial));
	/* The answer got lost: the same again. */
	assert_true(fixture_renew(fixture, fresh, &issued));
	assert_true(issued.is_repeat);
	assert_string_equal(issued.serial, serial);
}

static void
a_stock_client_renews_plainly_and_stays_stock(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *fresh = fixture_key();
	scoped(buf_donep) struct buf request = BUF_INIT(LIMIT_CERTIFICATE);
	struct signer_reenrol reenrol = {0};
	struct signer_issued issued;

	fixture_enrol(fixture, false);
	assert_int_equal(fixture->issued.profile, SIGNER_PROFILE_STOCK);
	assert_int_equal(fixture->issued.credential_hash.length, 0);
	/* Asking with an agent's attribute makes no agent of it. */
	fixture_request(fixture, fresh, true, NULL, NO_NONCE, &request);
	memcpy(reenrol.agent_id, fixture->issued.agent_id, ID_SIZE);
	memcpy(reenrol.serial, fixture->issued.serial, SIGNER_SERIAL_SIZE);
	reenrol.request = buf_view(&request);
	assert_true(signer_client_reenrol(&fixture->client, &reenrol,
	    &fixture->reply, &issued, &fixture->err));
	assert_int_equal(issued.profile, SIGNER_PROFILE_STOCK);
}

static void
a_computers_token_brings_it_back_and_ends_its_old_keys(void **state)
{
	struct fixture *fixture = *state;
	scoped(key_freep) struct key *fresh = fixture_key();
	scoped(key_freep) struct key *later = fixture_key();
	struct signer_token_created token;
	struct signer_trust_set set;
	struct signer_head none = {0};
	struct signer_issued issued;
	REQUEST(request, fixture, fresh);

	fixture_enrol(fixture, true);
	fixture_token(fixture, fixture->issued.agent_id, 1, &token);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&request), &issued));
	assert_string_equal(issued.agent_id, fixture->issued.agent_id);
	assert_false(issued.is_new_computer);
	assert_refused(fixture_renew(fixture, later, &issued), fixture,
	    "certificate_replaced");
	assert_true(signer_client_trust_set(
	    &fixture->client, &none, &fixture->reply, &set, &fixture->err));
	assert_int_equal(set.revoked_serials.length, SIGNER_SERIAL_BYTES);
	assert_int_equal(set.revoked_agents.length, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(tokens_that_are_none_get_nothing),
	    FIXTURE_TEST(a_used_token_gets_nothing_for_another_key),
	    FIXTURE_TEST(an_expired_token_gets_nothing),
	    FIXTURE_TEST(a_revoked_token_gets_nothing),
	    FIXTURE_TEST(a_token_for_other_addresses_gets_nothing),
	    FIXTURE_TEST(a_request_with_a_wrong_signature_is_never_signed),
	    FIXTURE_TEST(the_servers_own_keys_get_nothing),
	    FIXTURE_TEST(a_key_gets_one_certificate_only),
	    FIXTURE_TEST(an_agent_does_not_renew_without_its_old_keys_proof),
	    FIXTURE_TEST(nobody_renews_with_anothers_or_an_expired_certificate),
	    FIXTURE_TEST(a_revoked_or_retired_agent_gets_nothing_any_more),
	    FIXTURE_TEST(a_token_never_names_a_computer_that_never_was),
	    FIXTURE_TEST(
		an_agents_certificate_says_what_we_write_and_nothing_wished),
	    FIXTURE_TEST(a_lost_answer_is_given_again_and_uses_nothing),
	    FIXTURE_TEST(a_lost_answer_is_not_given_to_who_was_revoked_since),
	    FIXTURE_TEST(a_renewal_gives_the_same_agent_a_new_certificate),
	    FIXTURE_TEST(a_stock_client_renews_plainly_and_stays_stock),
	    FIXTURE_TEST(
		a_computers_token_brings_it_back_and_ends_its_old_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
