/* Client streams over socket pairs: who is refused, then bytes both ways. */
#include "base/cmocka_test.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/testing.h"
#include "crypto/tls_server.h"
#include "crypto/tls_stream.h"

/* Everybody who takes part, made once. */
static struct {
	struct key *ca_key, *server_key, *agent_key, *other_key;
	struct certificate *ca, *server, *agent, *other_server;
} people;

struct pair {
	int sockets[2]; /* server's, client's */
	struct tls_context *context;
	struct tls_session *session;
	struct tls_stream *stream;
	struct err err; /* the client's */
};

static int
set_up(void **state)
{
	struct certificate_template template;

	signal(SIGPIPE, SIG_IGN);
	people.ca_key = testing_key();
	people.server_key = testing_key();
	people.agent_key = testing_key();
	people.other_key = testing_key();
	people.ca = testing_ca(people.ca_key, "agents");
	people.server = testing_server(people.server_key);
	people.other_server = testing_server(people.other_key);
	template = testing_template(people.agent_key);
	people.agent = testing_issue(&template, people.ca, people.ca_key);
	return 0;
}

static int
tear_down(void **state)
{
	certificate_free(people.ca);
	certificate_free(people.server);
	certificate_free(people.other_server);
	certificate_free(people.agent);
	key_free(people.ca_key);
	key_free(people.server_key);
	key_free(people.agent_key);
	key_free(people.other_key);
	return 0;
}

static void
open_server(struct pair *pair, bool requires_certificate)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	struct trust *trust = trust_new(TESTING_FLEET, 1, requires_certificate);
	struct err err = ERR_INIT;

	*pair = (struct pair){.err = ERR_INIT};
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		pair->sockets),
	    0);
	certificate_list_add(&chain, certificate_share(people.server));
	assert_true(tls_context_new(TLS_LISTENER_AGENT, &chain,
	    people.server_key, &pair->context, &err));
	assert_true(trust_add_ca(trust, certificate_der_view(people.ca), &err));
	tls_context_set_trust(pair->context, trust);
	pair->session = tls_session_new(pair->context, pair->sockets[0]);
}

/* anchor NULL: the server is not verified. */
static void
open_client(struct pair *pair, const struct certificate *anchor,
    const char *name, bool has_identity)
{
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	scoped(tls_trust_freep) struct tls_trust *trust = NULL;
	struct err err = ERR_INIT;

	if (anchor != NULL)
		certificate_list_add(&anchors, certificate_share(anchor));
	assert_true(tls_trust_new(
	    anchor == NULL ? NULL : &anchors, name, &trust, &err));
	assert_true(tls_stream_new(trust, pair->sockets[1],
	    has_identity ? people.agent : NULL,
	    has_identity ? people.agent_key : NULL, &pair->stream, &err));
}

static void
pair_close(struct pair *pair)
{
	tls_stream_free(pair->stream);
	tls_session_free(pair->session);
	tls_context_free(pair->context);
	close(pair->sockets[0]);
	close(pair->sockets[1]);
}

/* Both sides take turns until the client is done or has failed. */
static enum tls_io
shake(struct pair *pair)
{
	enum tls_io client = TLS_IO_WANT_READ, server = TLS_IO_WANT_READ;
	struct err ignored = ERR_INIT;

	for (int turn = 0; turn < 20; turn++) {
		if (client != TLS_IO_OK && client != TLS_IO_FAILED)
			client = tls_stream_handshake(pair->stream, &pair->err);
		if (server != TLS_IO_OK && server != TLS_IO_FAILED)
			server = tls_session_handshake(pair->session, &ignored);
	}
	return client;
}

static void
another_server_is_not_trusted(void **state)
{
	static const struct {
		bool is_other_anchor;
		const char *name;
	} cases[] = {
	    {true, "localhost"},
	    {false, "other.test"},
	    {false, "127.0.0.2"},
	};

	for (size_t i = 0; i < array_length(cases); i++) {
		struct pair pair;

		open_server(&pair, false);
		open_client(&pair,
		    cases[i].is_other_anchor ? people.other_server
					     : people.server,
		    cases[i].name, false);
		assert_int_equal(shake(&pair), TLS_IO_FAILED);
		assert_string_equal(pair.err.code, "server_untrusted");
		pair_close(&pair);
	}
}

/* In TLS 1.3 the client is done before it is judged: its read says so. */
static void
a_missing_certificate_is_told_by_the_first_read(void **state)
{
	struct pair pair;
	char byte;
	size_t length;

	open_server(&pair, true);
	open_client(&pair, people.server, "localhost", false);
	assert_int_equal(shake(&pair), TLS_IO_OK);
	assert_int_equal(
	    tls_stream_read(pair.stream, &byte, 1, &length, &pair.err),
	    TLS_IO_FAILED);
	assert_string_equal(pair.err.code, "certificate_required");
	pair_close(&pair);
}

/* So does a write that comes too late. */
static void
a_refusal_is_told_also_where_the_server_is_gone(void **state)
{
	struct pair pair;
	size_t length;

	open_server(&pair, true);
	open_client(&pair, people.server, "localhost", false);
	assert_int_equal(shake(&pair), TLS_IO_OK);
	close(pair.sockets[0]);
	pair.sockets[0] = -1;
	assert_int_equal(tls_stream_write(pair.stream, VIEW_LITERAL("GET"),
			     &length, &pair.err),
	    TLS_IO_FAILED);
	assert_string_equal(pair.err.code, "certificate_required");
	pair_close(&pair);
}

static void
an_identity_that_does_not_fit_is_refused(void **state)
{
	scoped(tls_trust_freep) struct tls_trust *trust = NULL;
	struct tls_stream *stream = NULL;
	struct err err = ERR_INIT;

	assert_true(tls_trust_new(NULL, "localhost", &trust, &err));
	assert_false(tls_stream_new(
	    trust, 0, people.agent, people.other_key, &stream, &err));
	assert_string_equal(err.code, "tls_identity");
	assert_null(stream);
}

static void
an_end_in_the_handshake_is_a_failure(void **state)
{
	struct pair pair;

	open_server(&pair, false);
	open_client(&pair, people.server, "localhost", true);
	assert_int_equal(
	    tls_stream_handshake(pair.stream, &pair.err), TLS_IO_WANT_READ);
	shutdown(pair.sockets[0], SHUT_RDWR);
	assert_int_equal(
	    tls_stream_handshake(pair.stream, &pair.err), TLS_IO_FAILED);
	assert_int_equal(pair.err.category, ERR_SYSTEM);
	pair_close(&pair);
}

static void
bytes_go_both_ways_and_the_end_is_told(void **state)
{
	static const char *const names[] = {
	    "localhost", "server.test", "127.0.0.1", "::1"};

	for (size_t i = 0; i < array_length(names); i++) {
		struct pair pair;
		char text[16];
		size_t length = 0;

		open_server(&pair, true);
		open_client(&pair, people.server, names[i], true);
		assert_int_equal(shake(&pair), TLS_IO_OK);
		assert_string_equal(
		    tls_session_peer(pair.session)->agent_id, TESTING_AGENT);
		assert_int_equal(
		    tls_stream_read(pair.stream, text, 1, &length, &pair.err),
		    TLS_IO_WANT_READ);
		assert_int_equal(tls_stream_write(pair.stream,
				     VIEW_LITERAL("ping"), &length, &pair.err),
		    TLS_IO_OK);
		assert_int_equal(tls_session_read(pair.session, text,
				     sizeof(text), &length, &pair.err),
		    TLS_IO_OK);
		assert_int_equal(tls_session_write(pair.session,
				     view_of(text, length), &length, &pair.err),
		    TLS_IO_OK);
		assert_int_equal(tls_stream_read(pair.stream, text,
				     sizeof(text), &length, &pair.err),
		    TLS_IO_OK);
		assert_memory_equal(text, "ping", 4);
		tls_session_shutdown(pair.session);
		assert_int_equal(tls_stream_read(pair.stream, text,
				     sizeof(text), &length, &pair.err),
		    TLS_IO_EOF);
		tls_stream_shutdown(pair.stream);
		pair_close(&pair);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_server_is_not_trusted),
	    cmocka_unit_test(a_missing_certificate_is_told_by_the_first_read),
	    cmocka_unit_test(a_refusal_is_told_also_where_the_server_is_gone),
	    cmocka_unit_test(an_identity_that_does_not_fit_is_refused),
	    cmocka_unit_test(an_end_in_the_handshake_is_a_failure),
	    cmocka_unit_test(bytes_go_both_ways_and_the_end_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
