/* What an exchange tells about a server that refuses its certificate. */
#include "base/cmocka_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/channel/exchange.h"
#include "base/memory.h"
#include "crypto/testing.h"
#include "crypto/tls_server.h"

enum {
	ROUNDS = 10,
	LARGE_BODY = 32 * 1024 * 1024, /* more than sockets hold */
};

/* Everybody who takes part, made once. */
static struct {
	struct key *server_key;
	struct certificate *server;
	struct trust *trust;
	struct identity agent;
	struct buf anchors_pem;
} people;

static int
make_people(void **state)
{
	struct err err = ERR_INIT;
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *foreign_key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "Agent CA");
	scoped(certificate_freep) struct certificate *foreign_ca =
	    testing_ca(foreign_key, "Another agent CA");
	struct certificate_template template;

	people.server_key = testing_key();
	people.server = testing_server(people.server_key);
	people.agent.key = testing_key();
	template = testing_template(people.agent.key);
	people.agent.certificate =
	    testing_issue(&template, foreign_ca, foreign_key);
	people.trust = trust_new(TESTING_FLEET, 1, false);
	buf_init(&people.anchors_pem, 64 * 1024);
	assert_true(trust_add_ca(people.trust, certificate_der_view(ca), &err));
	assert_true(certificate_pem(people.server, &people.anchors_pem, &err));
	assert_true(exchange_setup(&err));
	return 0;
}

static int
end_people(void **state)
{
	key_free(people.server_key);
	certificate_free(people.server);
	trust_free(people.trust);
	key_free(people.agent.key);
	certificate_free(people.agent.certificate);
	buf_done(&people.anchors_pem);
	return 0;
}

/* A server that judges one handshake and closes at once, unread bytes or not:
 * the client's side is then reset behind the alert. */
static void
serve_and_close(int listener)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	struct tls_context *context = NULL;
	struct tls_session *session;
	struct err err = ERR_INIT;
	int socket = accept(listener, NULL, NULL);

	certificate_list_add(&chain, certificate_share(people.server));
	if (socket < 0 ||
	    !tls_context_new(
		TLS_LISTENER_AGENT, &chain, people.server_key, &context, &err))
		_exit(2);
	tls_context_set_trust(context, people.trust);
	session = tls_session_new(context, socket);
	_exit(tls_session_handshake(session, &err) == TLS_IO_FAILED &&
		    strcmp(err.code, "certificate_unknown_issuer") == 0
		? 0
		: 3);
}

static int
listen_on_loopback(uint16_t *out_port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(listener >= 0);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&address, &length), 0);
	*out_port = ntohs(address.sin_port);
	return listener;
}

static void
post_is_refused_as_unknown(struct view body)
{
	uint16_t port;
	int listener = listen_on_loopback(&port), status = -1;
	pid_t child = fork();
	scoped(memory_freep) char *url =
	    memory_format("https://localhost:%u/agent/v1/refresh", port);
	struct exchange_peer peer = {
	    .anchors_pem = buf_view(&people.anchors_pem),
	    .identity = &people.agent,
	};
	struct exchange exchange = {.peer = &peer,
	    .url = url,
	    .is_post = true,
	    .body = body,
	    .answer_max = 1024};
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	struct err err = ERR_INIT;

	assert_true(child >= 0);
	if (child == 0)
		serve_and_close(listener);
	close(listener);
	assert_false(exchange_run(&exchange, &answer, &err));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	if (strcmp(err.code, "certificate_unknown") != 0)
		fail_msg("%s: %s", err.code, err_sentence(&err));
	assert_int_equal(err.category, ERR_DENIED);
}

static void
a_refusal_is_told_although_the_request_could_not_be_sent(void **state)
{
	scoped(memory_freep) char *body = memory_zeroed(LARGE_BODY);

	for (int i = 0; i < ROUNDS; i++)
		post_is_refused_as_unknown(view_of(body, LARGE_BODY));
}

static void
a_refusal_is_told_when_the_request_was_sent(void **state)
{
	for (int i = 0; i < ROUNDS; i++)
		post_is_refused_as_unknown(view_string("{}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_refusal_is_told_although_the_request_could_not_be_sent),
	    cmocka_unit_test(a_refusal_is_told_when_the_request_was_sent),
	};

	return cmocka_run_group_tests(tests, make_people, end_people);
}
