/*
 * What a mutual handshake costs the server: CPU time of its side alone and
 * memory of a session that is held, over socket pairs in one process.
 *
 *   bench_tls [HANDSHAKES [plain|fast]]
 *
 * plain: without the fast EC path alone; fast: with it alone. Prints the median
 * and the least of batches, so that a busy machine shows.
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/check.h"
#include "crypto/fast_ec.h"
#include "crypto/openssl.h"
#include "crypto/testing.h"
#include "crypto/tls_client.h"
#include "crypto/tls_policy.h"
#include "crypto/tls_server.h"

enum {
	BATCH = 50,
	BATCHES_MAX = 1000,
	HELD = 500,
	STORM = 14000, /* sessions of one gateway among 100,000 agents */
};

static struct {
	struct key *ca_key;
	struct certificate *ca;
	struct tls_context *context;
	SSL_CTX *client;
} stage;

static int64_t
cpu_ns(void)
{
	struct timespec now;

	check(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
set_trust(void)
{
	struct trust *trust = trust_new(TESTING_FLEET, 1, true);
	struct err err = ERR_INIT;

	check(trust_add_ca(trust, certificate_der_view(stage.ca), &err));
	trust_remember(trust, 1024);
	tls_context_set_trust(stage.context, trust);
}

static void
set_stage(void)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	scoped(key_freep) struct key *server_key = testing_key();
	static struct tls_client client;
	struct certificate_template agent;
	struct key *agent_key = testing_key();
	struct err err = ERR_INIT;

	stage.ca_key = testing_key();
	stage.ca = testing_ca(stage.ca_key, "CA");
	certificate_list_add(&chain, testing_server(server_key));
	check(tls_context_new(
	    TLS_LISTENER_AGENT, &chain, server_key, &stage.context, &err));
	agent = testing_template(agent_key);
	agent.crl_url = "http://server.test:8020/pki/agent-ca.crl";
	agent.ocsp_url = "http://server.test:8020/pki/ocsp";
	client.key = agent_key;
	client.certificate = testing_issue(&agent, stage.ca, stage.ca_key);
	stage.client = SSL_CTX_new(TLS_client_method());
	check(tls_client_apply(stage.client, &client, &err));
}

/* The server's session of one handshake; its CPU time is added. */
static struct tls_session *
shake(int sockets[2], int64_t *spent_ns)
{
	SSL *client = SSL_new(stage.client);
	struct tls_session *session;
	enum tls_io io = TLS_IO_WANT_READ;
	struct err err = ERR_INIT;
	int64_t from;

	check(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
	SSL_set_fd(client, sockets[1]);
	SSL_set_connect_state(client);
	from = cpu_ns();
	session = tls_session_new(stage.context, sockets[0]);
	*spent_ns += cpu_ns() - from;
	while (io != TLS_IO_OK) {
		(void)SSL_do_handshake(client);
		from = cpu_ns();
		io = tls_session_handshake(session, &err);
		*spent_ns += cpu_ns() - from;
		check(io != TLS_IO_FAILED);
	}
	SSL_free(client);
	return session;
}

static void
shake_once(int64_t *spent_ns)
{
	int sockets[2];
	struct tls_session *session = shake(sockets, spent_ns);
	int64_t from = cpu_ns();

	tls_session_free(session);
	*spent_ns += cpu_ns() - from;
	close(sockets[0]);
	close(sockets[1]);
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* is_new: nothing is remembered from the handshake before. */
static void
measure(const char *what, bool is_new, size_t batches)
{
	static double each_us[BATCHES_MAX];

	for (size_t b = 0; b < batches; b++) {
		int64_t spent_ns = 0;

		for (int i = 0; i < BATCH; i++) {
			if (i == 0 || is_new)
				set_trust();
			shake_once(&spent_ns);
		}
		each_us[b] = (double)spent_ns / BATCH / 1000;
	}
	qsort(each_us, batches, sizeof(*each_us), compare);
	printf("%-34s median %7.1f µs  least %7.1f µs\n", what,
	    each_us[batches / 2], each_us[0]);
}

static void
measure_memory(void)
{
	static struct tls_session *held[HELD];
	int64_t ignored = 0;
	size_t before;
	int sockets[2];

	shake_once(&ignored);
	before = mallinfo2().uordblks;
	for (size_t i = 0; i < HELD; i++) {
		held[i] = shake(sockets, &ignored);
		close(sockets[0]);
		close(sockets[1]);
	}
	printf("%-34s %zu bytes\n", "  a session that is held",
	    (mallinfo2().uordblks - before) / HELD);
	for (size_t i = 0; i < HELD; i++)
		tls_session_free(held[i]);
}

static double
hold_all(struct tls_session **held)
{
	int64_t spent_ns = 0;
	int sockets[2];

	for (size_t i = 0; i < STORM; i++) {
		held[i] = shake(sockets, &spent_ns);
		close(sockets[0]);
		close(sockets[1]);
	}
	return (double)spent_ns / STORM / 1000;
}

/* All sessions end at once and come back, into the heap that they left. */
static void
measure_storm(void)
{
	static struct tls_session *held[STORM];
	double first_us = hold_all(held), back_us;

	for (size_t i = 0; i < STORM; i++)
		tls_session_free(held[i]);
	back_us = hold_all(held);
	printf("%-34s %7.1f µs, %zu sessions for the first time %.1f µs\n",
	    "  coming back after a storm", back_us, (size_t)STORM, first_us);
	for (size_t i = 0; i < STORM; i++)
		tls_session_free(held[i]);
}

static void
run(const char *title, size_t batches)
{
	printf("%s\n", title);
	set_stage();
	measure("  a certificate seen first", true, batches);
	measure("  a certificate seen before", false, batches);
	measure_memory();
	measure_storm();
}

int
main(int argc, char **argv)
{
	size_t batches = argc > 1 ? strtoul(argv[1], NULL, 10) / BATCH : 40;
	struct err err = ERR_INIT;

	signal(SIGPIPE, SIG_IGN);
	if (batches < 1 || batches > BATCHES_MAX)
		batches = 1;
	if (argc < 3 || strcmp(argv[2], "plain") == 0)
		run("as OpenSSL has it", batches);
	if (argc >= 3 && strcmp(argv[2], "fast") != 0)
		return 0;
	if (fast_ec_start(&err))
		run("fast EC", batches);
	else
		printf("no fast EC: %s\n", err_sentence(&err));
	return 0;
}
