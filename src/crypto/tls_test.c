/*
 * Sessions over socket pairs in TLS 1.2 and 1.3: what is refused before anybody
 * has a name, how bytes go and how an end is told. Agents: tls_judge_test.c.
 */
#include "base/cmocka_test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "crypto/tls_testing.h"

/* Anybody and the server, the handshake done. */
static void
meet(struct pair *pair, int version)
{
	pair_open(pair, TLS_LISTENER_HTTPS, version, &nobody);
	assert_int_equal(pair_shake(pair), TLS_IO_OK);
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
	meet(&pair, TLS1_3_VERSION);
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

	meet(&pair, TLS1_3_VERSION);
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

	meet(&pair, TLS1_3_VERSION);
	assert_int_equal(tls_session_read(pair.session, &byte, 1, &n, &err),
	    TLS_IO_WANT_READ);
	SSL_shutdown(pair.client);
	assert_int_equal(
	    tls_session_read(pair.session, &byte, 1, &n, &err), TLS_IO_EOF);
	tls_session_shutdown(pair.session);
	pair_close(&pair);
	meet(&pair, TLS1_3_VERSION);
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
a_client_cannot_renegotiate(void **state)
{
	char byte;
	size_t n;
	struct err err = ERR_INIT;
	struct pair pair;

	meet(&pair, TLS1_2_VERSION);
	SSL_clear_options(pair.client, SSL_OP_NO_RENEGOTIATION);
	(void)SSL_renegotiate(pair.client);
	(void)SSL_do_handshake(pair.client);
	(void)!tls_session_read(pair.session, &byte, 1, &n, &err);
	(void)SSL_do_handshake(pair.client);
	assert_int_equal(pair.alert, 100); /* no_renegotiation */
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
	    cmocka_unit_test(old_versions_are_refused),
	    cmocka_unit_test(alpn_is_http_1_1_or_fails),
	    cmocka_unit_test(no_session_can_be_resumed),
	    cmocka_unit_test(bytes_go_both_ways),
	    cmocka_unit_test(a_second_record_is_pending),
	    cmocka_unit_test(an_end_is_told_from_a_cut),
	    cmocka_unit_test(garbage_ends_a_handshake),
	    cmocka_unit_test(a_pin_accepts_one_certificate_alone),
	    cmocka_unit_test(an_identity_that_does_not_fit_is_refused),
	    cmocka_unit_test(a_client_cannot_renegotiate),
	    cmocka_unit_test(a_hello_that_is_cut_or_changed_ends_or_waits),
	    cmocka_unit_test(the_policy_is_the_golden_one),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
