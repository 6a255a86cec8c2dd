/* Who gets a certificate, and above all who does not. */
#include "base/cmocka_test.h"

#include <string.h>

#include "policy/issuance.h"

static const struct issuance_facts ENROLMENT = {
    .way = ISSUANCE_ENROL,
    .token = ISSUANCE_TOKEN_GOOD,
    .agent = ISSUANCE_AGENT_NONE,
    .key = ISSUANCE_KEY_NEW,
    .key_type = ISSUANCE_EC_P256,
    .key_bits = 256,
};
static const struct issuance_facts RENEWAL = {
    .way = ISSUANCE_RENEW,
    .certificate = ISSUANCE_CERTIFICATE_GOOD,
    .profile = ISSUANCE_PROFILE_AGENT,
    .proof = ISSUANCE_PROOF_GOOD,
    .agent = ISSUANCE_AGENT_ACTIVE,
    .key = ISSUANCE_KEY_NEW,
    .key_type = ISSUANCE_EC_P256,
    .key_bits = 256,
};

static void
refused(const struct issuance_facts *facts, const char *code)
{
	struct err err = ERR_INIT;

	assert_int_equal(issuance_decide(facts, &err), ISSUANCE_REFUSE);
	assert_string_equal(err.code, code);
	assert_int_equal(err.category, ERR_DENIED);
	assert_true(strlen(err.sentence) > 10);
}

#define REFUSED(base, member, value, code)                                     \
	do {                                                                   \
		struct issuance_facts changed = base;                          \
                                                                               \
		changed.member = value;                                        \
		refused(&changed, code);                                       \
	} while (false)

static void
a_token_that_is_not_good_gets_nothing(void **state)
{
	REFUSED(ENROLMENT, token, ISSUANCE_TOKEN_UNKNOWN, "token_unknown");
	REFUSED(ENROLMENT, token, ISSUANCE_TOKEN_REVOKED, "token_revoked");
	REFUSED(ENROLMENT, token, ISSUANCE_TOKEN_EXPIRED, "token_expired");
	REFUSED(ENROLMENT, token, ISSUANCE_TOKEN_ADDRESS, "token_address");
	REFUSED(ENROLMENT, token, ISSUANCE_TOKEN_USED, "token_used");
}

static void
a_certificate_that_is_not_good_renews_nothing(void **state)
{
	REFUSED(RENEWAL, certificate, ISSUANCE_CERTIFICATE_UNKNOWN,
	    "certificate_unknown");
	REFUSED(RENEWAL, agent, ISSUANCE_AGENT_NONE, "certificate_unknown");
	REFUSED(RENEWAL, certificate, ISSUANCE_CERTIFICATE_EXPIRED,
	    "certificate_expired");
	REFUSED(RENEWAL, certificate, ISSUANCE_CERTIFICATE_REPLACED,
	    "certificate_replaced");
}

static void
a_revoked_or_retired_agent_gets_nothing_either_way(void **state)
{
	REFUSED(ENROLMENT, agent, ISSUANCE_AGENT_REVOKED, "agent_revoked");
	REFUSED(ENROLMENT, agent, ISSUANCE_AGENT_RETIRED, "agent_retired");
	REFUSED(RENEWAL, agent, ISSUANCE_AGENT_REVOKED, "agent_revoked");
	REFUSED(RENEWAL, agent, ISSUANCE_AGENT_RETIRED, "agent_retired");
}

static void
weak_and_unusual_keys_get_nothing(void **state)
{
	struct issuance_facts facts = ENROLMENT;

	REFUSED(ENROLMENT, key_type, ISSUANCE_OTHER, "key_type");
	facts.key_type = ISSUANCE_RSA;
	REFUSED(facts, key_bits, 2047, "key_weak");
	REFUSED(facts, key_bits, 1024, "key_weak");
	REFUSED(facts, key_bits, 4097, "key_weak");
}

static void
a_key_that_was_certified_or_is_the_servers_gets_nothing(void **state)
{
	REFUSED(ENROLMENT, key, ISSUANCE_KEY_OURS, "key_of_server");
	REFUSED(ENROLMENT, key, ISSUANCE_KEY_KNOWN, "key_reused");
	REFUSED(RENEWAL, key, ISSUANCE_KEY_OURS, "key_of_server");
	REFUSED(RENEWAL, key, ISSUANCE_KEY_KNOWN, "key_reused");
}

static void
without_a_proof_an_agent_does_not_renew(void **state)
{
	REFUSED(RENEWAL, proof, ISSUANCE_PROOF_ABSENT, "proof_missing");
	REFUSED(RENEWAL, proof, ISSUANCE_PROOF_NONCE, "proof_nonce");
	REFUSED(RENEWAL, proof, ISSUANCE_PROOF_WRONG, "proof_wrong");
}

static void
a_lost_answer_is_repeated_but_never_without_its_proof(void **state)
{
	struct issuance_facts facts = RENEWAL;

	facts.key = ISSUANCE_KEY_REPEAT;
	REFUSED(facts, proof, ISSUANCE_PROOF_WRONG, "proof_wrong");
	REFUSED(facts, agent, ISSUANCE_AGENT_REVOKED, "agent_revoked");
}

static enum issuance_decision
decide(struct issuance_facts facts)
{
	struct err err = ERR_INIT;

	return issuance_decide(&facts, &err);
}

static void
good_requests_are_granted(void **state)
{
	struct issuance_facts stock = RENEWAL;
	struct issuance_facts rsa = ENROLMENT;

	assert_int_equal(decide(ENROLMENT), ISSUANCE_GRANT);
	assert_int_equal(decide(RENEWAL), ISSUANCE_GRANT);
	stock.profile = ISSUANCE_PROFILE_STOCK;
	stock.proof = ISSUANCE_PROOF_ABSENT;
	assert_int_equal(decide(stock), ISSUANCE_GRANT);
	rsa.key_type = ISSUANCE_RSA;
	rsa.key_bits = 2048;
	assert_int_equal(decide(rsa), ISSUANCE_GRANT);
	rsa.key_bits = 4096;
	assert_int_equal(decide(rsa), ISSUANCE_GRANT);
}

static void
the_same_request_gets_the_same_answer_though_its_token_is_used(void **state)
{
	struct issuance_facts facts = ENROLMENT;

	facts.key = ISSUANCE_KEY_REPEAT;
	facts.agent = ISSUANCE_AGENT_ACTIVE;
	facts.token = ISSUANCE_TOKEN_USED;
	assert_int_equal(decide(facts), ISSUANCE_REPEAT);
	facts.token = ISSUANCE_TOKEN_EXPIRED;
	assert_int_equal(decide(facts), ISSUANCE_REPEAT);
	REFUSED(facts, token, ISSUANCE_TOKEN_REVOKED, "token_revoked");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_that_is_not_good_gets_nothing),
	    cmocka_unit_test(a_certificate_that_is_not_good_renews_nothing),
	    cmocka_unit_test(
		a_revoked_or_retired_agent_gets_nothing_either_way),
	    cmocka_unit_test(weak_and_unusual_keys_get_nothing),
	    cmocka_unit_test(
		a_key_that_was_certified_or_is_the_servers_gets_nothing),
	    cmocka_unit_test(without_a_proof_an_agent_does_not_renew),
	    cmocka_unit_test(
		a_lost_answer_is_repeated_but_never_without_its_proof),
	    cmocka_unit_test(good_requests_are_granted),
	    cmocka_unit_test(
		the_same_request_gets_the_same_answer_though_its_token_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
