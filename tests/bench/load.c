/*
 * The load of the benchmarks: TLS clients that shake hands, post, or sit idle.
 *
 *   load handshake HOST PORT CERT KEY PATH COUNT
 *     COUNT new connections, each a full handshake and one GET of PATH.
 *   load post      HOST PORT CERT KEY PATH COUNT
 *     COUNT POSTs of 4 KiB to PATH over 8 kept connections.
 *   load idle      HOST PORT CERT KEY PATH COUNT
 *     COUNT connections, each after one GET; prints "held", waits for the end
 *     of standard input.
 *
 * CERT and KEY are PEM files, or "-" for none. The server is not verified:
 * its work is what is measured. Ends with 1 and a sentence when an answer is
 * not a whole HTTP answer.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BODY_BYTES = 4096,
	KEPT = 8,
	ANSWER_MAX = 65536
};

struct target {
	const char *host, *path;
	int port;
	SSL_CTX *context;
	unsigned next_source;
};

static void
give_up(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static SSL_CTX *
make_context(const char *certificate, const char *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	if (strcmp(certificate, "-") != 0 &&
	    (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
		SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) !=
		    1))
		give_up("the client's certificate or key cannot be read");
	return context;
}

/* Another loopback address every 20,000 connections: a pair of addresses has
 * only so many ports. */
static int
connect_plain(struct target *target)
{
	struct sockaddr_in to = {.sin_family = AF_INET}, from = to;
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((uint16_t)target->port);
	inet_pton(AF_INET, target->host, &to.sin_addr);
	from.sin_addr.s_addr =
	    htonl(0x7f000002u + target->next_source++ / 20000 % 200);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		give_up("no connection");
	return fd;
}

static SSL *
connect_tls(struct target *target)
{
	SSL *ssl = SSL_new(target->context);

	SSL_set_fd(ssl, connect_plain(target));
	if (SSL_connect(ssl) != 1)
		give_up("the handshake failed");
	return ssl;
}

static void
disconnect(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);
	struct linger at_once = {1, 0};

	SSL_shutdown(ssl);
	/* No TIME_WAIT: ports would run out in a long run. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	SSL_free(ssl);
	close(fd);
}

/* Reads one answer whose length is told by Content-Length. */
static void
read_answer(SSL *ssl)
{
	static char answer[ANSWER_MAX];
	size_t used = 0, wanted = 0;
	const char *end, *length;

	for (;;) {
		int got = SSL_read(
		    ssl, answer + used, (int)(sizeof(answer) - used - 1));

		if (got <= 0)
			give_up("the connection ended inside an answer");
		used += (size_t)got;
		answer[used] = '\0';
		end = strstr(answer, "\r\n\r\n");
		if (end == NULL)
			continue;
		if (wanted == 0) {
			length = strcasestr(answer, "content-length:");
			if (length == NULL)
				give_up("an answer has no length");
			wanted = (size_t)(end + 4 - answer) +
			    strtoul(length + 15, NULL, 10);
		}
		if (used >= wanted)
			return;
	}
}

static void
ask(SSL *ssl, const char *method, const char *path, size_t body)
{
	static char request[ANSWER_MAX];
	int head = snprintf(request, sizeof(request),
	    "%s %s HTTP/1.1\r\nHost: bench\r\nContent-Length: %zu\r\n"
	    "Content-Type: application/octet-stream\r\n\r\n",
	    method, path, body);

	memset(request + head, 'x', body);
	if (SSL_write(ssl, request, head + (int)body) <= 0)
		give_up("a request could not be sent");
	read_answer(ssl);
}

static void
run_handshakes(struct target *target, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		SSL *ssl = connect_tls(target);

		ask(ssl, "GET", target->path, 0);
		disconnect(ssl);
	}
}

static void
run_posts(struct target *target, size_t count)
{
	SSL *kept[KEPT];

	for (size_t i = 0; i < KEPT; i++)
		kept[i] = connect_tls(target);
	for (size_t i = 0; i < count; i++)
		ask(kept[i % KEPT], "POST", target->path, BODY_BYTES);
	for (size_t i = 0; i < KEPT; i++)
		disconnect(kept[i]);
}

static void
run_idle(struct target *target, size_t count)
{
	SSL **held = calloc(count, sizeof(*held));
	char byte;

	for (size_t i = 0; held != NULL && i < count; i++) {
		held[i] = connect_tls(target);
		ask(held[i], "GET", target->path, 0);
	}
	printf("held\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	free(held);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct target *, size_t);
	} modes[] = {{"handshake", run_handshakes}, {"post", run_posts},
	    {"idle", run_idle}};
	struct target target;

	if (argc != 8) {
		fprintf(stderr,
		    "usage: load MODE HOST PORT CERT KEY PATH "
		    "COUNT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	target = (struct target){.host = argv[2],
	    .port = (int)strtol(argv[3], NULL, 10),
	    .path = argv[6],
	    .context = make_context(argv[4], argv[5])};
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0) {
			modes[i].run(&target, strtoul(argv[7], NULL, 10));
			return 0;
		}
	fprintf(stderr, "load: there is no mode %s\n", argv[1]);
	return 2;
}
