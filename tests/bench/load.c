/*
 * The load of the benchmarks: TLS clients that shake hands, post, download or
 * sit idle. One thread, one epoll loop, WIDTH connections at the same time.
 *
 *   bench_load handshake HOST PORT CERT KEY PATH COUNT WIDTH
 *     COUNT new connections, each a full handshake and one GET of PATH.
 *   bench_load post      HOST PORT CERT KEY PATH COUNT WIDTH
 *     COUNT POSTs of 4 KiB to PATH over WIDTH kept connections.
 *   bench_load get       HOST PORT CERT KEY PATH COUNT WIDTH
 *     COUNT GETs of PATH over WIDTH kept connections.
 *   bench_load idle      HOST PORT CERT KEY PATH COUNT WIDTH
 *     Opens COUNT connections with one GET each, WIDTH at a time, and prints
 *     "held COUNT". Each line of standard input is a higher number to go on
 *     to; its end is the end.
 *
 * The other modes print one JSON object in the end: what was done, how long
 * each took by the clock, and what was negotiated, so that the caller can see
 * that all servers were asked the same. CERT and KEY are PEM files, or "-" for
 * none; or CERT is a folder with 0.pem, 1.pem, … (certificate and key in one),
 * of which each new connection takes the next. With a further argument, a file
 * with JSON, that is what is posted. The server is not verified: its work is
 * what is measured. Ends with 1 and a sentence when anything but a whole answer
 * of status 200 comes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	BODY_BYTES = 4096,
	HEAD_MAX = 8192,
	READ_BYTES = 256 * 1024,
	EVENTS = 64,
	PORTS_AN_ADDRESS = 20000,
	IDENTITIES_MAX = 256,
};

enum mode {
	MODE_HANDSHAKE,
	MODE_POST,
	MODE_GET,
	MODE_IDLE,
	MODES
};

static const char *const MODE_NAMES[MODES] = {
    "handshake", "post", "get", "idle"};

struct client {
	SSL *ssl; /* NULL: free */
	int fd;
	bool is_connected;
	size_t sent;
	size_t head_used; /* in head; 0 again once the head is read */
	bool has_head;
	unsigned long long left; /* of the body */
	unsigned long long started_ns;
	char head[HEAD_MAX];
};

struct load {
	enum mode mode;
	const char *host;
	int port;
	SSL_CTX *contexts[IDENTITIES_MAX];
	size_t identities, next_identity;
	int epoll;
	char request[HEAD_MAX + BODY_BYTES];
	size_t request_length;
	size_t count, width; /* wanted */
	size_t begun, done;
	unsigned next_source;
	unsigned long long *times_ns;
	unsigned long long body_bytes;
	unsigned long tickets;
	char version[32], cipher[64], group[32];
	SSL **held;
	char scratch[READ_BYTES];
};

static struct load load;

static void
give_up(const char *what)
{
	fprintf(stderr, "bench_load: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static unsigned long long
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long)now.tv_sec * 1000000000u +
	    (unsigned long long)now.tv_nsec;
}

static int
count_ticket(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	(void)session;
	load.tickets++;
	return 0;
}

static void
add_identity(const char *certificate, const char *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(
	    context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, count_ticket);
	SSL_CTX_set_mode(context,
	    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* One suite and one group for every server. */
	SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set1_groups_list(context, "X25519");
	if (strcmp(certificate, "-") != 0 &&
	    (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
		SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) !=
		    1))
		give_up("the client's certificate or key cannot be read");
	load.contexts[load.identities++] = context;
}

static void
add_identities(const char *certificate, const char *key)
{
	struct stat facts;
	char path[4096];

	if (stat(certificate, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
		add_identity(certificate, key);
		return;
	}
	while (load.identities < IDENTITIES_MAX) {
		snprintf(path, sizeof(path), "%s/%zu.pem", certificate,
		    load.identities);
		if (stat(path, &facts) != 0)
			break;
		add_identity(path, path);
	}
	if (load.identities == 0)
		give_up("the folder of identities has no 0.pem");
}

static size_t
read_body(const char *path, char out[BODY_BYTES])
{
	FILE *file = fopen(path, "r");
	size_t length = file == NULL ? 0 : fread(out, 1, BODY_BYTES, file);

	if (length == 0 || fgetc(file) != EOF)
		give_up("the body's file is empty, or over 4 KiB");
	fclose(file);
	return length;
}

static void
make_request(const char *path, const char *body_path)
{
	static char body[BODY_BYTES];
	size_t length = load.mode == MODE_POST ? BODY_BYTES : 0;
	char headers[128] = "";
	int head;

	memset(body, 'x', sizeof(body));
	if (body_path != NULL)
		length = read_body(body_path, body);
	if (length > 0)
		snprintf(headers, sizeof(headers),
		    "Content-Length: %zu\r\nContent-Type: application/%s\r\n",
		    length, body_path == NULL ? "octet-stream" : "json");
	head = snprintf(load.request, HEAD_MAX,
	    "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
	    length > 0 ? "POST" : "GET", path, headers);
	memcpy(load.request + head, body, length);
	load.request_length = (size_t)head + length;
}

/* Another loopback address every 20,000 connections: a pair of addresses has
 * only so many ports. */
static int
connect_plain(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET}, from = to;
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	to.sin_port = htons((uint16_t)load.port);
	inet_pton(AF_INET, load.host, &to.sin_addr);
	from.sin_addr.s_addr =
	    htonl(0x7f000002u + load.next_source++ / PORTS_AN_ADDRESS % 200);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
	    (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
		errno != EINPROGRESS))
		give_up("no connection");
	return fd;
}

static void
client_open(struct client *client)
{
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};

	memset(client, 0, offsetof(struct client, head));
	client->started_ns = now_ns();
	client->fd = connect_plain();
	client->ssl =
	    SSL_new(load.contexts[load.next_identity++ % load.identities]);
	SSL_set_fd(client->ssl, client->fd);
	SSL_set_connect_state(client->ssl);
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
		give_up("epoll");
}

static void
client_close(struct client *client)
{
	struct linger at_once = {1, 0};

	SSL_shutdown(client->ssl);
	/* No TIME_WAIT: ports would run out in a long run. */
	setsockopt(
	    client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	SSL_free(client->ssl);
	close(client->fd);
	client->ssl = NULL;
}

/* One that stays: only its TLS session and its descriptor. */
static void
client_hold(struct client *client)
{
	epoll_ctl(load.epoll, EPOLL_CTL_DEL, client->fd, NULL);
	load.held[load.done - 1] = client->ssl;
	client->ssl = NULL;
}

static void
note_negotiated(SSL *ssl)
{
	int group = (int)(SSL_get_negotiated_group(ssl) & 0xffff);

	if (load.version[0] != '\0')
		return;
	snprintf(
	    load.version, sizeof(load.version), "%s", SSL_get_version(ssl));
	snprintf(
	    load.cipher, sizeof(load.cipher), "%s", SSL_get_cipher_name(ssl));
	snprintf(load.group, sizeof(load.group), "%s", OBJ_nid2sn(group));
}

/* True: done; false: the socket has to come back. */
static bool
may_go_on(struct client *client, int result)
{
	if (result > 0)
		return true;
	switch (SSL_get_error(client->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return false;
	default:
		give_up("a connection failed");
	}
	return false;
}

static void
read_head(struct client *client)
{
	char *end = strstr(client->head, "\r\n\r\n"), *length;
	size_t inside;

	if (end == NULL) {
		if (client->head_used >= HEAD_MAX - 1)
			give_up("an answer's head is too long");
		return;
	}
	length = strcasestr(client->head, "content-length:");
	if (strncmp(client->head, "HTTP/1.1 200", 12) != 0 || length == NULL) {
		fprintf(stderr, "%.200s\n", client->head);
		give_up("an answer is not 200, or has no length");
	}
	client->left = strtoull(length + 15, NULL, 10);
	load.body_bytes += client->left;
	inside = client->head_used - (size_t)(end + 4 - client->head);
	if (inside > client->left)
		give_up("an answer has more bytes than it said");
	client->left -= inside;
	client->has_head = true;
}

/* True when a whole answer is there. */
static bool
take_answer(struct client *client)
{
	while (!client->has_head || client->left > 0) {
		char *at = client->has_head ? load.scratch
					    : client->head + client->head_used;
		size_t room = client->has_head
		    ? sizeof(load.scratch)
		    : HEAD_MAX - 1 - client->head_used;
		size_t got = 0;

		if (!may_go_on(client,
			SSL_read_ex(client->ssl, at, room, &got) == 1 ? 1 : 0))
			return false;
		if (client->has_head) {
			if (got > client->left)
				give_up("an answer has more than it said");
			client->left -= got;
			continue;
		}
		client->head_used += got;
		client->head[client->head_used] = '\0';
		read_head(client);
	}
	return true;
}

static bool
send_request(struct client *client)
{
	while (client->sent < load.request_length) {
		size_t went = 0;

		if (!may_go_on(client,
			SSL_write_ex(client->ssl, load.request + client->sent,
			    load.request_length - client->sent, &went) == 1
			    ? 1
			    : 0))
			return false;
		client->sent += went;
	}
	return true;
}

static void
begin_next(struct client *client)
{
	if (load.begun >= load.count)
		return;
	load.begun++;
	if (client->ssl == NULL) {
		client_open(client);
		return;
	}
	client->started_ns = now_ns();
	client->sent = client->head_used = 0;
	client->has_head = false;
}

static void
client_run(struct client *client)
{
	while (client->ssl != NULL) {
		size_t begun = load.begun;

		if (!client->is_connected) {
			if (!may_go_on(client, SSL_do_handshake(client->ssl)))
				return;
			client->is_connected = true;
			note_negotiated(client->ssl);
		}
		if (!send_request(client) || !take_answer(client))
			return;
		load.times_ns[load.done++] = now_ns() - client->started_ns;
		if (load.mode == MODE_HANDSHAKE)
			client_close(client);
		else if (load.mode == MODE_IDLE)
			client_hold(client);
		begin_next(client);
		if (load.begun == begun)
			return;
	}
}

static void
run_until_done(struct client *clients)
{
	struct epoll_event events[EVENTS];

	for (size_t i = 0; i < load.width && load.begun < load.count; i++)
		begin_next(&clients[i]);
	while (load.done < load.count) {
		int n = epoll_wait(load.epoll, events, EVENTS, 60000);

		if (n == 0)
			give_up("nothing came for a minute");
		for (int i = 0; i < n; i++)
			client_run(events[i].data.ptr);
	}
}

static int
compare(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

static double
percentile_us(double part)
{
	return (double)
		   load.times_ns[(size_t)((double)(load.count - 1) * part)] /
	    1e3;
}

static void
report(unsigned long long began_ns)
{
	double seconds = (double)(now_ns() - began_ns) / 1e9;

	qsort(load.times_ns, load.count, sizeof(*load.times_ns), compare);
	printf("{\"count\": %zu, \"width\": %zu, \"seconds\": %.6f, "
	       "\"bytes\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"version\": \"%s\", \"cipher\": \"%s\", \"group\": \"%s\", "
	       "\"tickets\": %lu}\n",
	    load.count, load.width, seconds, load.body_bytes,
	    percentile_us(0.5), percentile_us(0.99), load.version, load.cipher,
	    load.group, load.tickets);
}

static void
room_for(size_t count)
{
	load.times_ns =
	    reallocarray(load.times_ns, count, sizeof(*load.times_ns));
	load.held = reallocarray(load.held, count, sizeof(*load.held));
	if (load.times_ns == NULL || load.held == NULL)
		give_up("no memory");
}

static void
run_idle(struct client *clients)
{
	char line[32];

	for (;;) {
		run_until_done(clients);
		printf("held %zu\n", load.count);
		fflush(stdout);
		if (fgets(line, sizeof(line), stdin) == NULL)
			return;
		load.count = strtoul(line, NULL, 10);
		if (load.count <= load.done)
			give_up("the next number must be higher");
		room_for(load.count);
	}
}

static enum mode
find_mode(const char *name)
{
	for (int i = 0; i < MODES; i++)
		if (strcmp(name, MODE_NAMES[i]) == 0)
			return (enum mode)i;
	fprintf(stderr, "bench_load: there is no mode %s\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	struct client *clients;
	unsigned long long began_ns;

	if (argc != 9 && argc != 10) {
		fprintf(stderr,
		    "usage: bench_load MODE HOST PORT CERT KEY "
		    "PATH COUNT WIDTH [JSON]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	load.mode = find_mode(argv[1]);
	load.host = argv[2];
	load.port = (int)strtol(argv[3], NULL, 10);
	load.count = strtoul(argv[7], NULL, 10);
	load.width = strtoul(argv[8], NULL, 10);
	if (load.count == 0 || load.width == 0)
		give_up("COUNT and WIDTH begin at 1");
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	add_identities(argv[4], argv[5]);
	make_request(argv[6], argc == 10 ? argv[9] : NULL);
	room_for(load.count);
	clients = calloc(load.width, sizeof(*clients));
	if (clients == NULL || load.epoll < 0)
		give_up("no memory");
	began_ns = now_ns();
	if (load.mode == MODE_IDLE) {
		run_idle(clients);
		return 0;
	}
	run_until_done(clients);
	report(began_ns);
	return 0;
}
