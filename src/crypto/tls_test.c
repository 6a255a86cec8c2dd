/*
 * Handshakes over socket pairs in TLS 1.2 and 1.3: the golden alert table, and
 * what sessions promise.
 */
#include "base/cmocka_test.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <malloc.h>

#include "crypto/fast_ec.h"
#include "crypto/openssl.h"
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
old_versions_are_refused(void **state)
{
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_2_VERSION, &nobody);
	SSL_set_security_level(pair.client, 0);
	SSL_set_min_proto_version(pair.client, TLS1_1_VERSION);
	SSL_set_max_proto_version(pair.client, TLS1_1_VERSION);
	SSL_set_cipher_list(pair.client, "ALL:@SECLEVEL=0");
	assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
	assert_int_equal(pair.alert, 70); /* protocol_version */
	assert_string_equal(pair.err.code, "tls_handshake");
	pair_close(&pair);
}

static void
alpn_is_http_1_1_or_fails(void **state)
{
	static const unsigned char both[] = "\x02h2\x08http/1.1";
	static const unsigned char other[] = "\x02h2";
	const unsigned char *chosen = NULL;
	unsigned length = 0;
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	SSL_set_alpn_protos(pair.client, both, sizeof(both) - 1);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	SSL_get0_alpn_selected(pair.client, &chosen, &length);
	assert_int_equal(length, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	pair_close(&pair);
	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	SSL_set_alpn_protos(pair.client, other, sizeof(other) - 1);
	assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
	assert_int_equal(pair.alert, 120);
	pair_close(&pair);
}

static void
no_session_can_be_resumed(void **state)
{
	for (size_t v = 0; v < array_length(versions); v++) {
		SSL_SESSION *session;
		struct pair pair;

		pair_open(&pair, TLS_LISTENER_HTTPS, versions[v], &nobody);
		SSL_CTX_clear_options(pair.client_ctx, SSL_OP_NO_TICKET);
		assert_int_equal(pair_shake(&pair), TLS_IO_OK);
		session = SSL_get0_session(pair.client);
		assert_false(SSL_SESSION_has_ticket(session));
		assert_false(SSL_SESSION_is_resumable(session));
		pair_close(&pair);
	}
}

static void
bytes_go_both_ways(void **state)
{
	static uint8_t sent[200000];
	static uint8_t got[200000];
	size_t written = 0;
	size_t received = 0;
	struct err err = ERR_INIT;
	struct pair pair;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7);
	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	while (received < sizeof(got)) {
		size_t n = 0;

		if (written < sizeof(sent) &&
		    tls_session_write(pair.session,
			view_of(sent + written, sizeof(sent) - written), &n,
			&err) == TLS_IO_OK)
			written += n;
		n = 0;
		if (SSL_read_ex(pair.client, got + received,
			sizeof(got) - received, &n) == 1)
			received += n;
	}
	assert_memory_equal(sent, got, sizeof(sent));
	assert_int_equal(SSL_write(pair.client, "hello", 5), 5);
	assert_int_equal(
	    tls_session_read(pair.session, got, 2, &received, &err), TLS_IO_OK);
	assert_int_equal(received, 2);
	assert_true(tls_session_has_pending(pair.session));
	assert_int_equal(
	    tls_session_read(pair.session, got, 5, &received, &err), TLS_IO_OK);
	assert_int_equal(received, 3);
	assert_false(tls_session_has_pending(pair.session));
	pair_close(&pair);
}

/* They may come in one read of the socket, after which no poll tells of the
 * second. */
static void
a_second_record_is_pending(void **state)
{
	uint8_t got[8];
	size_t received;
	struct err err = ERR_INIT;
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	assert_int_equal(SSL_write(pair.client, "first", 5), 5);
	assert_int_equal(SSL_write(pair.client, "second", 6), 6);
	assert_int_equal(
	    tls_session_read(pair.session, got, 8, &received, &err), TLS_IO_OK);
	assert_int_equal(received, 5);
	assert_true(tls_session_has_pending(pair.session));
	assert_int_equal(
	    tls_session_read(pair.session, got, 8, &received, &err), TLS_IO_OK);
	assert_int_equal(received, 6);
	assert_false(tls_session_has_pending(pair.session));
	pair_close(&pair);
}

static void
an_end_is_told_from_a_cut(void **state)
{
	char byte;
	size_t n;
	struct err err = ERR_INIT;
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	assert_int_equal(tls_session_read(pair.session, &byte, 1, &n, &err),
	    TLS_IO_WANT_READ);
	SSL_shutdown(pair.client);
	assert_int_equal(
	    tls_session_read(pair.session, &byte, 1, &n, &err), TLS_IO_EOF);
	tls_session_shutdown(pair.session);
	pair_close(&pair);
	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	close(pair.sockets[1]);
	pair.sockets[1] = -1;
	assert_int_equal(
	    tls_session_read(pair.session, &byte, 1, &n, &err), TLS_IO_FAILED);
	assert_string_equal(err.code, "tls_cut");
	tls_session_shutdown(pair.session);
	pair_close(&pair);
}

static void
garbage_ends_a_handshake(void **state)
{
	struct err err = ERR_INIT;
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	assert_int_equal(
	    write(pair.sockets[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
	assert_int_equal(
	    tls_session_handshake(pair.session, &err), TLS_IO_FAILED);
	assert_string_equal(err.code, "tls_handshake");
	pair_close(&pair);
}

static void
a_pin_accepts_one_certificate_alone(void **state)
{
	uint8_t pin[SHA256_SIZE];
	struct tls_client client = {.pinned_sha256 = pin};
	struct pair pair;

	digest_sha256(certificate_der_view(people.server), pin);
	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &client);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	pair_close(&pair);
	pin[0] ^= 1;
	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &client);
	assert_int_equal(pair_shake(&pair), TLS_IO_FAILED);
	assert_false(pair.has_client_finished);
	pair_close(&pair);
}

static void
an_identity_that_does_not_fit_is_refused(void **state)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	struct tls_context *context = NULL;
	struct err err = ERR_INIT;

	certificate_list_add(&chain, certificate_share(people.server));
	assert_false(tls_context_new(
	    TLS_LISTENER_HTTPS, &chain, people.agent_key, &context, &err));
	assert_string_equal(err.code, "tls_identity");
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
a_client_cannot_renegotiate(void **state)
{
	char byte;
	size_t n;
	struct err err = ERR_INIT;
	struct pair pair;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_2_VERSION, &nobody);
	assert_int_equal(pair_shake(&pair), TLS_IO_OK);
	SSL_clear_options(pair.client, SSL_OP_NO_RENEGOTIATION);
	(void)SSL_renegotiate(pair.client);
	(void)SSL_do_handshake(pair.client);
	(void)!tls_session_read(pair.session, &byte, 1, &n, &err);
	(void)SSL_do_handshake(pair.client);
	assert_int_equal(pair.alert, 100); /* no_renegotiation */
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

/* What the client sends first, as bytes. */
static size_t
take_hello(uint8_t *out, size_t size)
{
	struct pair pair;
	ssize_t n;

	pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
	(void)SSL_do_handshake(pair.client);
	n = read(pair.sockets[0], out, size);
	assert_true(n > 0);
	pair_close(&pair);
	return (size_t)n;
}

static void
a_hello_that_is_cut_or_changed_ends_or_waits(void **state)
{
	uint8_t hello[1024];
	size_t length = take_hello(hello, sizeof(hello));

	for (size_t i = 0; i < length * 2; i++) {
		size_t at = i / 2;
		bool is_cut = i % 2 == 0;
		struct err err = ERR_INIT;
		enum tls_io io;
		struct pair pair;

		pair_open(&pair, TLS_LISTENER_HTTPS, TLS1_3_VERSION, &nobody);
		hello[at] ^= is_cut ? 0 : 0x41;
		assert_true(write(pair.sockets[1], hello,
				is_cut ? at + 1 : length) > 0);
		hello[at] ^= is_cut ? 0 : 0x41;
		shutdown(pair.sockets[1], SHUT_WR);
		for (int n = 0; n < 5; n++) {
			io = tls_session_handshake(pair.session, &err);
			if (io == TLS_IO_FAILED)
				break;
		}
		assert_int_equal(io, TLS_IO_FAILED);
		pair_close(&pair);
	}
}

static void
a_snapshot_takes_only_so_many_and_only_cas(void **state)
{
	scoped(trust_freep) struct trust *trust =
	    trust_new(TESTING_FLEET, 7, false);
	struct err err = ERR_INIT;

	assert_int_equal(trust_number(trust), 7);
	assert_string_equal(trust_fleet_id(trust), TESTING_FLEET);
	assert_false(
	    trust_add_ca(trust, certificate_der_view(people.server), &err));
	assert_string_equal(err.code, "not_a_ca");
	assert_false(trust_add_ca(trust, VIEW_LITERAL("x"), &err));
	assert_int_equal(trust_ca_list(trust)->count, 0);
	for (int i = 0; i < TRUST_CA_MAX; i++)
		assert_true(
		    trust_add_ca(trust, certificate_der_view(people.ca), &err));
	assert_false(
	    trust_add_ca(trust, certificate_der_view(people.ca), &err));
	assert_int_equal(err.category, ERR_LIMIT);
}

static void
a_deny_list_of_many_finds_each(void **state)
{
	scoped(trust_freep) struct trust *trust =
	    trust_new(TESTING_FLEET, 1, false);
	char name[ID_SIZE];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "agent-%d", i);
		trust_deny_agent(trust, name);
		snprintf(name, sizeof(name), "%032x", i);
		trust_deny_serial(trust, name);
	}
	trust_deny_agent(trust, "agent-5"); /* twice is once */
	assert_true(trust_denies(trust, "agent-19999", "none"));
	assert_true(
	    trust_denies(trust, "none", "00000000000000000000000000004e1f"));
	assert_false(trust_denies(trust, "agent-20000", "agent-1"));
}

static void
the_policy_is_the_golden_one(void **state)
{
	scoped(buf_donep) struct buf text = BUF_INIT(16384);
	struct err err = ERR_INIT;

	assert_true(tls_policy_text(&text, &err));
	testing_golden("tls-policy.txt", buf_view(&text));
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
	    cmocka_unit_test(old_versions_are_refused),
	    cmocka_unit_test(alpn_is_http_1_1_or_fails),
	    cmocka_unit_test(no_session_can_be_resumed),
	    cmocka_unit_test(bytes_go_both_ways),
	    cmocka_unit_test(a_second_record_is_pending),
	    cmocka_unit_test(an_end_is_told_from_a_cut),
	    cmocka_unit_test(garbage_ends_a_handshake),
	    cmocka_unit_test(a_pin_accepts_one_certificate_alone),
	    cmocka_unit_test(an_identity_that_does_not_fit_is_refused),
	    cmocka_unit_test(agents_may_have_every_accepted_kind_of_key),
	    cmocka_unit_test(a_held_session_keeps_little_of_its_peer),
	    cmocka_unit_test(a_session_outlives_its_context),
	    cmocka_unit_test(a_client_cannot_renegotiate),
	    cmocka_unit_test(a_huge_chain_of_a_client_is_refused),
	    cmocka_unit_test(a_hello_that_is_cut_or_changed_ends_or_waits),
	    cmocka_unit_test(a_snapshot_takes_only_so_many_and_only_cas),
	    cmocka_unit_test(a_deny_list_of_many_finds_each),
	    cmocka_unit_test(the_policy_is_the_golden_one),
	};

#ifdef TLS_TEST_FAST_EC
	struct err err = ERR_INIT;

	if (fast_ec_suits(OPENSSL_version_major(), OPENSSL_version_minor()))
		assert_true(fast_ec_start(&err));
#endif
	return cmocka_run_group_tests(tests, make_people, free_people);
}
