/*
 * Agents in the handshake, in TLS 1.2 and 1.3: the golden alert table, who is
 * let in without a certificate, and what a session keeps of its peer.
 */
#include "base/cmocka_test.h"

#include <malloc.h>

#include "crypto/tls_testing.h"

enum {
	POINT_BYTES = 65, /* of P-256, uncompressed */
};

enum twist {
	TWIST_NONE,
	TWIST_EXPIRED,
	TWIST_JUST_EXPIRED,
	TWIST_NOT_YET_VALID,
	TWIST_ALMOST_VALID,
	TWIST_FOREIGN,
	TWIST_SELF_SIGNED,
	TWIST_USAGE,
	TWIST_FLEET,
	TWIST_UNIT,
	TWIST_NO_UNIT,
	TWIST_NAME,
	TWIST_LONG_NAME,
	TWIST_AGENT_DENIED,
	TWIST_SERIAL_DENIED,
	TWIST_WRONG_KEY,
	TWIST_IS_CA,
};

static const struct row {
	const char *what;
	enum twist twist;
	int alert; /* -1: accepted */
	const char *code;
} rows[] = {
    {"a good certificate", TWIST_NONE, -1, ""},
    {"expired within the allowance", TWIST_JUST_EXPIRED, -1, ""},
    {"not yet valid within the allowance", TWIST_ALMOST_VALID, -1, ""},
    {"expired", TWIST_EXPIRED, 45, "certificate_expired"},
    {"not yet valid", TWIST_NOT_YET_VALID, 42, "certificate_not_yet_valid"},
    {"unknown issuer", TWIST_FOREIGN, 48, "certificate_unknown_issuer"},
    {"self-signed", TWIST_SELF_SIGNED, 48, "certificate_unknown_issuer"},
    {"wrong usage", TWIST_USAGE, 43, "certificate_wrong_usage"},
    {"a CA itself", TWIST_IS_CA, 43, "certificate_wrong_usage"},
    {"subject of another fleet", TWIST_FLEET, 43, "certificate_wrong_subject"},
    {"subject of no unit of ours", TWIST_UNIT, 43, "certificate_wrong_subject"},
    {"subject without a unit", TWIST_NO_UNIT, 43, "certificate_wrong_subject"},
    {"subject without an agent id", TWIST_NAME, 43,
	"certificate_wrong_subject"},
    {"subject with a long name", TWIST_LONG_NAME, 43,
	"certificate_wrong_subject"},
    {"agent denied", TWIST_AGENT_DENIED, 44, "certificate_revoked"},
    {"serial denied", TWIST_SERIAL_DENIED, 44, "certificate_revoked"},
    {"CertificateVerify by another key", TWIST_WRONG_KEY, 51,
	"certificate_verify_wrong"},
};

static void
twist_template(enum twist twist, struct certificate_template *t)
{
	int64_t now = clock_wall_ms();

	if (twist == TWIST_EXPIRED || twist == TWIST_JUST_EXPIRED) {
		t->not_before_ms = now - DAYS_MS(2);
		t->not_after_ms = now -
		    (twist == TWIST_EXPIRED ? MINUTES_MS(6) : MINUTES_MS(4));
	}
	if (twist == TWIST_NOT_YET_VALID)
		t->not_before_ms = now + MINUTES_MS(6);
	if (twist == TWIST_ALMOST_VALID)
		t->not_before_ms = now + MINUTES_MS(4);
	if (twist == TWIST_USAGE)
		t->profile = CERTIFICATE_OCSP;
	if (twist == TWIST_FLEET)
		/* The CA that signs this one has no constraints. */
		t->organization = "Warifu fleet of others";
	if (twist == TWIST_UNIT)
		t->unit = "administrator";
	if (twist == TWIST_NO_UNIT)
		t->unit = NULL;
	if (twist == TWIST_NAME)
		t->common_name = "pc-1";
	if (twist == TWIST_LONG_NAME)
		t->common_name = TESTING_AGENT "00";
	if (twist == TWIST_SELF_SIGNED || twist == TWIST_IS_CA)
		t->profile = CERTIFICATE_CA;
}

static struct certificate *
make_twisted(enum twist twist)
{
	struct certificate_template t = testing_template(people.agent_key);

	twist_template(twist, &t);
	if (twist == TWIST_SELF_SIGNED)
		return testing_issue(&t, NULL, people.agent_key);
	if (twist == TWIST_FOREIGN)
		return testing_issue(&t, people.foreign_ca, people.foreign_key);
	return testing_issue(&t, people.ca, people.ca_key);
}

/* The public half of one key with the private half of another. In both forms
 * (RFC 5915, RFC 5480) the point stands at the end. */
static struct key *
make_mismatched(void)
{
	scoped(key_freep) struct key *other = testing_key();
	struct view spki = key_spki_view(people.agent_key);
	uint8_t der[256], *end = der;
	const uint8_t *at = der;
	int length = i2d_PrivateKey(other->pkey, NULL);
	struct key *key = NULL;
	struct err err = ERR_INIT;

	assert_true(length > POINT_BYTES && length <= (int)sizeof(der));
	assert_int_equal(i2d_PrivateKey(other->pkey, &end), length);
	memcpy(end - POINT_BYTES, spki.data + spki.length - POINT_BYTES,
	    POINT_BYTES);
	assert_true(key_wrap(
	    d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, length), true, &key, &err));
	return key;
}

static void
drive_row(const struct row *row, int version)
{
	scoped(certificate_freep) struct certificate *certificate =
	    make_twisted(row->twist);
	scoped(key_freep) struct key *mismatched = make_mismatched();
	struct trust *trust = make_trust(true);
	struct tls_client client = {
	    .certificate = certificate,
	    .key =
		row->twist == TWIST_WRONG_KEY ? mismatched : people.agent_key,
	};
	struct pair pair;

	if (row->twist == TWIST_AGENT_DENIED)
		trust_deny_agent(trust, TESTING_AGENT);
	if (row->twist == TWIST_SERIAL_DENIED)
		trust_deny_serial(trust, certificate_serial(certificate));
	pair_open(&pair, TLS_LISTENER_AGENT, version, &client);
	tls_context_set_trust(pair.context, trust);
	print_message("# %s, %s\n", row->what,
	    version == TLS1_3_VERSION ? "TLS 1.3" : "TLS 1.2");
	assert_int_equal(
	    pair_shake(&pair), row->alert < 0 ? TLS_IO_OK : TLS_IO_FAILED);
	assert_int_equal(pair.alert, row->alert);
	assert_string_equal(pair.err.code, row->code);
	if (row->alert < 0)
		assert_string_equal(
		    tls_session_peer(pair.session)->agent_id, TESTING_AGENT);
	else
		assert_null(tls_session_peer(pair.session));
	assert_true(view_equal(tls_session_peer_der(pair.session),
	    certificate_der_view(certificate)));
	pair_close(&pair);
}

static void
every_row_of_the_golden_alert_table_holds(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++)
		for (size_t i = 0; i < array_length(rows); i++)
			drive_row(&rows[i], versions[v]);
}

static void
a_missing_certificate_fails_where_one_is_required(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		struct pair pair;

		pair_open(&pair, TLS_LISTENER_AGENT, versions[v], &nobody);
		tls_context_set_trust(pair.context, make_trust(true));
		assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
		assert_int_equal(
		    pair.alert, versions[v] == TLS1_3_VERSION ? 116 : 40);
		assert_string_equal(pair.err.code, "certificate_required");
		pair_close(&pair);
	}
}

static void
a_missing_certificate_gives_no_peer_where_it_is_tolerated(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		struct pair pair;

		pair_open(&pair, TLS_LISTENER_AGENT, versions[v], &nobody);
		tls_context_set_trust(pair.context, make_trust(false));
		assert_int_equal(pair_shake(&pair), TLS_IO_OK);
		assert_null(tls_session_peer(pair.session));
		assert_int_equal(tls_session_peer_der(pair.session).length, 0);
		pair_close(&pair);
	}
}

static void
a_bad_certificate_fails_also_where_none_is_tolerated(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		scoped(certificate_freep) struct certificate *certificate =
		    make_twisted(TWIST_EXPIRED);
		struct tls_client client = {certificate, people.agent_key};
		struct pair pair;

		pair_open(&pair, TLS_LISTENER_AGENT, versions[v], &client);
		tls_context_set_trust(pair.context, make_trust(false));
		assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
		assert_int_equal(pair.alert, 45);
		pair_close(&pair);
	}
}

static void
without_a_snapshot_no_agent_is_accepted(void **state)
{
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_AGENT, TLS1_3_VERSION, &nobody);
	assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
	pair_close(&pair);
}

static void
a_snapshot_that_comes_during_the_handshake_counts(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		scoped(certificate_freep) struct certificate *certificate =
		    make_twisted(TWIST_NONE);
		struct tls_client client = {certificate, people.agent_key};
		struct trust *denying = make_trust(true);
		struct pair pair;

		trust_deny_agent(denying, TESTING_AGENT);
		pair_open(&pair, TLS_LISTENER_AGENT, versions[v], &client);
		tls_context_set_trust(pair.context, make_trust(true));
		for (int i = 0; i < 2; i++) {
			(void)SSL_do_handshake(pair.client);
			if (i == 0)
				(void)!tls_session_handshake(
				    pair.session, &pair.err);
		}
		tls_context_set_trust(pair.context, denying);
		assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
		assert_string_equal(pair.err.code, "certificate_revoked");
		pair_close(&pair);
	}
}

static void
the_peer_is_described(void **state)
{
	scoped(certificate_freep) struct certificate *certificate =
	    make_twisted(TWIST_NONE);
	struct tls_client client = {certificate, people.agent_key};
	const struct tls_peer *peer;
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_AGENT, TLS1_3_VERSION, &client);
	tls_context_set_trust(pair.context, make_trust(true));
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	peer = tls_session_peer(pair.session);
	assert_string_equal(peer->agent_id, TESTING_AGENT);
	assert_string_equal(peer->unit, "agent");
	assert_string_equal(peer->serial, certificate_serial(certificate));
	assert_string_equal(
	    peer->fingerprint, certificate_fingerprint(certificate));
	assert_int_equal(
	    peer->not_after_ms, certificate_not_after_ms(certificate));
	assert_true(view_equal(tls_session_peer_der(pair.session),
	    certificate_der_view(certificate)));
	assert_string_equal(tls_session_version(pair.session), "TLSv1.3");
	pair_close(&pair);
}

static void
the_https_listener_asks_for_no_certificate(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		scoped(certificate_freep) struct certificate *certificate =
		    make_twisted(TWIST_EXPIRED);
		struct tls_client client = {certificate, people.agent_key};
		struct pair pair;

		pair_open(&pair, TLS_LISTENER_HTTPS, versions[v], &client);
		assert_int_equal(pair_shake(&pair), TLS_IO_OK);
		assert_null(tls_session_peer(pair.session));
		pair_close(&pair);
	}
}

static void
agents_may_have_every_accepted_kind_of_key(void **state)
{
	static const struct {
		enum key_type type;
		unsigned bits;
	} kinds[] = {{KEY_EC_P256, 0}, {KEY_EC_P384, 0}, {KEY_RSA, 2048}};

	for (size_t i = 0; i < array_length(kinds) * 2; i++) {
		scoped(key_freep) struct key *key = NULL;
		scoped(certificate_freep) struct certificate *made = NULL;
		struct certificate_template t;
		struct tls_client client = {0};
		struct err err = ERR_INIT;
		struct pair pair;

		assert_true(key_generate(
		    kinds[i / 2].type, kinds[i / 2].bits, &key, &err));
		t = testing_template(key);
		t.unit = "stock";
		made = testing_issue(&t, people.ca, people.ca_key);
		client.certificate = made;
		client.key = key;
		pair_open(&pair, TLS_LISTENER_AGENT, versions[i % 2], &client);
		tls_context_set_trust(pair.context, make_trust(true));
		if (pair_shake(&pair) != TLS_IO_OK)
			fail_msg("%s, %zu: %s", key_type_name(key), i % 2,
			    err_sentence(&pair.err));
		assert_string_equal(
		    tls_session_peer(pair.session)->unit, "stock");
		pair_close(&pair);
	}
}

enum {
	HELD = 100,
	HELD_BYTES_MAX = 19 * 1024, /* 17.4 KiB with OpenSSL 3.0 */
};

/* OpenSSL would hold the decoded certificate, and all others that the client
 * cared to send. */
static void
a_held_session_keeps_little_of_its_peer(void **state)
{
	scoped(certificate_freep) struct certificate *certificate =
	    make_twisted(TWIST_NONE);
	struct tls_client client = {certificate, people.agent_key};
	struct tls_context *context = make_context(TLS_LISTENER_AGENT);
	struct tls_session *held[HELD];
	size_t before = 0, after;

	tls_context_set_trust(context, make_trust(true));
	for (int i = 0; i < HELD; i++) {
		struct pair pair;

		pair_open_on(&pair, context, versions[i % 2], &client);
		for (int n = 0; n < 8; n++)
			SSL_add1_chain_cert(
			    pair.client, certificate_x509(people.foreign_ca));
		assert_int_equal(pair_shake(&pair), TLS_IO_OK);
		held[i] = pair.session;
		pair.session = NULL;
		pair_close(&pair);
		if (i == 0)
			before = mallinfo2().uordblks;
		assert_true(view_equal(tls_session_peer_der(held[i]),
		    certificate_der_view(certificate)));
	}
	after = mallinfo2().uordblks;
	print_message("# %zu bytes\n", (after - before) / (HELD - 1));
	/* Under a sanitizer both are 0. */
	assert_true(after - before < (size_t)(HELD - 1) * HELD_BYTES_MAX);
	for (int i = 0; i < HELD; i++)
		tls_session_free(held[i]);
	tls_context_free(context);
}

static void
a_session_outlives_its_context(void **state)
{
	scoped(certificate_freep) struct certificate *certificate =
	    make_twisted(TWIST_NONE);
	struct tls_client client = {certificate, people.agent_key};
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_AGENT, TLS1_3_VERSION, &client);
	tls_context_set_trust(pair.context, make_trust(true));
	tls_context_free(pair.context);
	pair.context = NULL;
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	assert_string_equal(
	    tls_session_peer(pair.session)->agent_id, TESTING_AGENT);
	pair_close(&pair);
}

static void
a_huge_chain_of_a_client_is_refused(void **state)
{
	scoped(certificate_freep) struct certificate *certificate =
	    make_twisted(TWIST_NONE);
	struct tls_client client = {certificate, people.agent_key};
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_AGENT, TLS1_3_VERSION, &client);
	tls_context_set_trust(pair.context, make_trust(true));
	for (int i = 0; i < 64; i++)
		SSL_add1_chain_cert(
		    pair.client, certificate_x509(people.foreign_ca));
	assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
	assert_string_equal(pair.err.code, "tls_handshake");
	pair_close(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_of_the_golden_alert_table_holds),
	    cmocka_unit_test(a_missing_certificate_fails_where_one_is_required),
	    cmocka_unit_test(
		a_missing_certificate_gives_no_peer_where_it_is_tolerated),
	    cmocka_unit_test(
		a_bad_certificate_fails_also_where_none_is_tolerated),
	    cmocka_unit_test(without_a_snapshot_no_agent_is_accepted),
	    cmocka_unit_test(a_snapshot_that_comes_during_the_handshake_counts),
	    cmocka_unit_test(the_peer_is_described),
	    cmocka_unit_test(the_https_listener_asks_for_no_certificate),
	    cmocka_unit_test(agents_may_have_every_accepted_kind_of_key),
	    cmocka_unit_test(a_held_session_keeps_little_of_its_peer),
	    cmocka_unit_test(a_session_outlives_its_context),
	    cmocka_unit_test(a_huge_chain_of_a_client_is_refused),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
