/*
 * For unit tests only: a server's session and a client on a socket pair, and
 * who meets there. Everything asserts. Each test file has people of its own.
 * With TLS_TEST_FAST_EC defined its EC keys take the fast path.
 */
#ifndef CRYPTO_TLS_TESTING_H
#define CRYPTO_TLS_TESTING_H

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "crypto/fast_ec.h"
#include "crypto/openssl.h"
#include "crypto/testing.h"
#include "crypto/tls_client.h"
#include "crypto/tls_policy.h"
#include "crypto/tls_server.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
static const struct tls_client nobody;

/* Everybody who takes part, made once. */
static struct {
	struct key *ca_key;
	struct certificate *ca;
	struct key *foreign_key;
	struct certificate *foreign_ca;
	struct key *server_key;
	struct certificate *server;
	struct key *agent_key;
} people;

/* One connection. */
struct pair {
	int sockets[2];              /* server's, client's */
	struct tls_context *context; /* NULL: the caller's */
	struct tls_session *session;
	SSL_CTX *client_ctx;
	SSL *client;
	int alert; /* that the client received; -1 none */
	bool has_client_finished;
	struct err err;
};

static inline void
note_alert(const SSL *ssl, int where, int value)
{
	struct pair *pair = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
	    (value & 0xff) != SSL_AD_CLOSE_NOTIFY)
		pair->alert = value & 0xff;
}

static inline struct trust *
make_trust(bool requires_certificate)
{
	struct trust *trust = trust_new(TESTING_FLEET, 1, requires_certificate);
	struct err err = ERR_INIT;

	assert_true(trust_add_ca(trust, certificate_der_view(people.ca), &err));
	return trust;
}

static inline struct tls_context *
make_context(enum tls_listener listener)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	struct tls_context *context = NULL;
	struct err err = ERR_INIT;

	certificate_list_add(&chain, certificate_share(people.server));
	assert_true(tls_context_new(
	    listener, &chain, people.server_key, &context, &err));
	return context;
}

/* On a context that stays the caller's. */
static inline void
pair_open_on(struct pair *pair, struct tls_context *context, int version,
    const struct tls_client *client)
{
	struct err err = ERR_INIT;

	memset(pair, 0, sizeof(*pair));
	pair->alert = -1;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		pair->sockets),
	    0);
	pair->session = tls_session_new(context, pair->sockets[0]);
	pair->client_ctx = SSL_CTX_new(TLS_client_method());
	if (!tls_client_apply(pair->client_ctx, client, &err))
		fail_msg("%s", err_sentence(&err));
	SSL_CTX_set_min_proto_version(pair->client_ctx, version);
	SSL_CTX_set_max_proto_version(pair->client_ctx, version);
	SSL_CTX_set_info_callback(pair->client_ctx, note_alert);
	pair->client = SSL_new(pair->client_ctx);
	SSL_set_app_data(pair->client, pair);
	SSL_set_fd(pair->client, pair->sockets[1]);
	SSL_set_connect_state(pair->client);
}

static inline void
pair_open(struct pair *pair, enum tls_listener listener, int version,
    const struct tls_client *client)
{
	struct tls_context *context = make_context(listener);

	pair_open_on(pair, context, version, client);
	pair->context = context;
}

static inline void
pair_close(struct pair *pair)
{
	tls_session_free(pair->session);
	tls_context_free(pair->context);
	SSL_free(pair->client);
	SSL_CTX_free(pair->client_ctx);
	close(pair->sockets[0]);
	if (pair->sockets[1] >= 0)
		close(pair->sockets[1]);
	ERR_clear_error();
}

/* Drive both sides until the server is done; then let the client read, which
 * is when a TLS 1.3 client learns of a refusal. */
static inline enum tls_io
pair_shake(struct pair *pair)
{
	enum tls_io io = TLS_IO_WANT_READ;
	char byte;

	for (int i = 0; i < 50; i++) {
		if (!pair->has_client_finished)
			pair->has_client_finished =
			    SSL_do_handshake(pair->client) == 1;
		ERR_clear_error();
		if (io != TLS_IO_OK && io != TLS_IO_FAILED)
			io = tls_session_handshake(pair->session, &pair->err);
		if (io == TLS_IO_FAILED ||
		    (io == TLS_IO_OK && pair->has_client_finished))
			break;
	}
	(void)SSL_read(pair->client, &byte, 1);
	ERR_clear_error();
	return io;
}

static inline int
make_people(void **state)
{
	struct certificate_template ca;

#ifdef TLS_TEST_FAST_EC
	struct err err = ERR_INIT;

	if (fast_ec_suits(OPENSSL_version_major(), OPENSSL_version_minor()))
		assert_true(fast_ec_start(&err));
#endif
	signal(SIGPIPE, SIG_IGN); /* as every process that uses sessions */
	people.ca_key = testing_key();
	people.foreign_key = testing_key();
	people.server_key = testing_key();
	people.agent_key = testing_key();
	/* No constraints, so that a subject of another fleet gets as far as
	 * the subject's own check. */
	ca = testing_template(people.ca_key);
	ca.profile = CERTIFICATE_CA;
	ca.not_before_ms = clock_wall_ms() - DAYS_MS(3);
	people.ca = testing_issue(&ca, NULL, people.ca_key);
	people.foreign_ca = testing_ca(people.foreign_key, TESTING_AGENT);
	people.server = testing_server(people.server_key);
	return 0;
}

static inline int
free_people(void **state)
{
	key_free(people.ca_key);
	key_free(people.foreign_key);
	key_free(people.server_key);
	key_free(people.agent_key);
	certificate_free(people.ca);
	certificate_free(people.foreign_ca);
	certificate_free(people.server);
	return 0;
}

#endif
