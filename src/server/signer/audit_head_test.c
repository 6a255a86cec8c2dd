/* Heads of the audit log: what the signer remembers and signs, and what a
 * compromised core cannot make it say. */
#include "server/signer/signer_fixture.h"

#include "base/clock.h"
#include "base/memory.h"
#include "crypto/jws.h"

static bool
tell(struct fixture *fixture, uint64_t n, uint8_t fill)
{
	struct signer_audit_head head = {.n = n};

	memset(head.hash, fill, sizeof(head.hash));
	return signer_client_audit_head(
	    &fixture->client, &head, &head, &fixture->err);
}

static struct signer_audit_heads
heads_from(struct fixture *fixture, uint64_t from)
{
	struct signer_audit_heads heads;

	assert_true(signer_client_audit_heads(
	    &fixture->client, from, &fixture->reply, &heads, &fixture->err));
	return heads;
}

static bool
checkpoint(struct fixture *fixture, uint64_t up_to,
    struct signer_audit_checkpoint *out)
{
	return signer_client_audit_checkpoint(
	    &fixture->client, up_to, &fixture->reply, out, &fixture->err);
}

static void
a_head_only_ever_grows(void **state)
{
	struct fixture *fixture = *state;

	assert_true(tell(fixture, 10, 1));
	assert_true(tell(fixture, 10, 1));
	assert_refused(tell(fixture, 10, 2), fixture, "audit_set_back");
	assert_refused(tell(fixture, 9, 1), fixture, "audit_set_back");
	assert_refused(tell(fixture, UINT64_MAX, 1), fixture, "audit_set_back");
	assert_true(tell(fixture, 11, 3));
	fixture_restart(fixture);
	assert_refused(tell(fixture, 10, 1), fixture, "audit_set_back");
	assert_int_equal(heads_from(fixture, 0).latest.n, 11);
}

static void
the_heads_are_told_in_parts(void **state)
{
	struct fixture *fixture = *state;
	struct signer_audit_heads heads;
	struct reader reader;

	for (uint64_t n = 1; n <= SIGNER_AUDIT_HEADS_MAX + 3; n++)
		assert_true(tell(fixture, 2 * n, (uint8_t)n));
	fixture_restart(fixture);
	heads = heads_from(fixture, 0);
	assert_int_equal(heads.heads.length,
	    SIGNER_AUDIT_HEADS_MAX * SIGNER_AUDIT_HEAD_BYTES);
	reader_init(&reader, heads.heads);
	assert_int_equal(reader_u64(&reader), 2);
	heads = heads_from(fixture, 2 * SIGNER_AUDIT_HEADS_MAX + 3);
	assert_int_equal(heads.heads.length, 2 * SIGNER_AUDIT_HEAD_BYTES);
	assert_int_equal(heads.checkpoint.n, 0);
	assert_int_equal(heads_from(fixture, 99999).heads.length, 0);
}

static void
nothing_young_is_signed_away(void **state)
{
	struct fixture *fixture = *state;
	struct signer_audit_checkpoint signed_one;

	assert_refused(checkpoint(fixture, UINT64_MAX, &signed_one), fixture,
	    "audit_no_head");
	assert_true(tell(fixture, 10, 1));
	assert_refused(checkpoint(fixture, UINT64_MAX, &signed_one), fixture,
	    "audit_no_head");
	fixture->signer->skew_ms = DAYS_MS(SIGNER_AUDIT_DAYS + 1);
	assert_true(tell(fixture, 20, 2));
	/* The bound is a bound: nothing below it, nothing. */
	assert_refused(
	    checkpoint(fixture, 9, &signed_one), fixture, "audit_no_head");
	assert_true(checkpoint(fixture, 25, &signed_one));
	assert_int_equal(signed_one.head.n, 10);
	assert_int_equal(signed_one.head.hash[0], 1);
}

static void
a_checkpoint_says_what_was_remembered_in_its_own_form(void **state)
{
	struct fixture *fixture = *state;
	struct key *key = fixture->signer->authority.publication_key;
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	struct signer_audit_checkpoint signed_one;
	scoped(json_freep) json_t *object = NULL;
	struct err err = ERR_INIT;
	uint64_t entries;

	assert_true(tell(fixture, 10, 0xab));
	fixture->signer->skew_ms = DAYS_MS(SIGNER_AUDIT_DAYS + 1);
	assert_true(checkpoint(fixture, 10, &signed_one));
	/* No agent takes it for a publication. */
	assert_false(jws_verify(signed_one.statement, key,
	    "warifu-publication+jwt", &payload, &err));
	assert_true(jws_verify(
	    signed_one.statement, key, SIGNER_AUDIT_TYPE, &payload, &err));
	object = json_read(buf_view(&payload), JWS_PAYLOAD_MAX, &err);
	assert_int_equal(
	    json_integer_value(json_object_get(object, "row")), 10);
	assert_true(
	    strncmp(json_string_value(json_object_get(object, "sha256")),
		"abab", 4) == 0);
	assert_string_equal(json_string_value(json_object_get(object, "fleet")),
	    fixture->signer->authority.fleet_id);
	entries = journal_head(fixture->signer->journal)->n;
	assert_true(checkpoint(fixture, 10, &signed_one));
	assert_int_equal(journal_head(fixture->signer->journal)->n, entries);
}

static void
what_lies_before_a_checkpoint_is_forgotten(void **state)
{
	struct fixture *fixture = *state;
	struct signer_audit_checkpoint signed_one;

	for (uint64_t n = 1; n <= 5; n++)
		assert_true(tell(fixture, n, (uint8_t)n));
	fixture->signer->skew_ms = DAYS_MS(SIGNER_AUDIT_DAYS + 1);
	assert_true(checkpoint(fixture, 3, &signed_one));
	fixture_restart(fixture);
	assert_int_equal(heads_from(fixture, 0).checkpoint.n, 3);
	assert_int_equal(
	    heads_from(fixture, 0).heads.length, 3 * SIGNER_AUDIT_HEAD_BYTES);
	assert_int_equal(heads_from(fixture, 0).latest.n, 5);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    FIXTURE_TEST(a_head_only_ever_grows),
	    FIXTURE_TEST(the_heads_are_told_in_parts),
	    FIXTURE_TEST(nothing_young_is_signed_away),
	    FIXTURE_TEST(a_checkpoint_says_what_was_remembered_in_its_own_form),
	    FIXTURE_TEST(what_lies_before_a_checkpoint_is_forgotten),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
