/*
 * The floor of the benchmarks: the least that a TLS server in one thread can
 * do. A bare OpenSSL and epoll loop that does not look at what it is asked
 * beyond the first letters and the length, keeps no deadline and checks
 * nothing but the client's certificate.
 *
 *   bench_floor PORT CERT KEY CLIENT_CA FILE
 *
 * It listens on 127.0.0.1 and answers GET /file…: the first 1 GiB of FILE;
 * any other GET: nothing, 200; POST: 4 KiB. The same settings as the server's:
 * TLS 1.2 and 1.3, no tickets, a certificate of CLIENT_CA or no handshake.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
#include <unistd.h>

enum {
	EVENTS = 64,
	BACKLOG = 4096,
	READ_BYTES = 64 * 1024,
	FILE_BYTES = 256 * 1024,
	ANSWER_BYTES = 4096,
};

struct client {
	SSL *ssl;
	int fd;
	bool is_connected;
	unsigned long long body_left; /* of the request */
	const char *out;              /* the answer's head and small body */
	size_t out_left;
	unsigned long long file_at, file_left;
};

static SSL_CTX *context;
static int epoll_fd, file_fd;
static unsigned long long file_bytes;
static char empty[256], filled[ANSWER_BYTES + 256], file_head[256];
static size_t empty_length, filled_length, file_head_length;
static char scratch[FILE_BYTES];

static void
give_up(const char *what)
{
	fprintf(stderr, "bench_floor: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static void
make_context(const char *certificate, const char *key, const char *client_ca)
{
	context = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_file(context, client_ca) != 1)
		give_up("a certificate or key cannot be read");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set1_groups_list(context, "X25519:P-256");
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context,
	    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN |
		SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(
	    context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static size_t
make_head(char *out, size_t size, unsigned long long length)
{
	int n = snprintf(out, size,
	    "HTTP/1.1 200 OK\r\n"
	    "Content-Type: application/octet-stream\r\n"
	    "Content-Length: %llu\r\n\r\n",
	    length);

	return (size_t)n;
}

static void
make_answers(const char *path)
{
	struct stat facts;

	file_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file_fd < 0 || fstat(file_fd, &facts) != 0)
		give_up("the file cannot be read");
	file_bytes = (unsigned long long)facts.st_size;
	empty_length = make_head(empty, sizeof(empty), 0);
	file_head_length = make_head(file_head, sizeof(file_head), file_bytes);
	filled_length = make_head(filled, sizeof(filled), ANSWER_BYTES);
	memset(filled + filled_length, 'x', ANSWER_BYTES);
	filled_length += ANSWER_BYTES;
}

static int
listen_on(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, BACKLOG) != 0)
		give_up("the port cannot be had");
	return fd;
}

static void
client_free(struct client *client)
{
	if (client->is_connected)
		SSL_shutdown(client->ssl);
	ERR_clear_error();
	SSL_free(client->ssl);
	close(client->fd);
	free(client);
}

static void
client_new(int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	struct epoll_event event = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};

	if (client == NULL)
		give_up("no memory");
	client->fd = fd;
	client->ssl = SSL_new(context);
	SSL_set_fd(client->ssl, fd);
	SSL_set_accept_state(client->ssl);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void
accept_all(int listener)
{
	int fd;

	while ((fd = accept4(
		    listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		client_new(fd);
}

enum next {
	GO_ON,
	WAIT,
	END,
};

static enum next
next_of(struct client *client, int result)
{
	if (result > 0)
		return GO_ON;
	switch (SSL_get_error(client->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return WAIT;
	default:
		client->is_connected = false;
		return END;
	}
}

static enum next
write_some(
    struct client *client, const char *bytes, size_t length, size_t *went)
{
	*went = 0;
	return next_of(
	    client, SSL_write_ex(client->ssl, bytes, length, went) == 1);
}

static enum next
send_file_part(struct client *client)
{
	size_t part = FILE_BYTES, went, sent = 0;
	enum next next = GO_ON;
	ssize_t n;

	if (part > client->file_left)
		part = (size_t)client->file_left;
	n = pread(file_fd, scratch, part, (off_t)client->file_at);
	if (n <= 0)
		return END;
	while (next == GO_ON && sent < (size_t)n) {
		next =
		    write_some(client, scratch + sent, (size_t)n - sent, &went);
		sent += went;
	}
	client->file_at += sent;
	client->file_left -= sent;
	return next;
}

static enum next
send_answer(struct client *client)
{
	enum next next = GO_ON;
	size_t went;

	while (next == GO_ON && client->out_left > 0) {
		next = write_some(client, client->out, client->out_left, &went);
		client->out += went;
		client->out_left -= went;
	}
	while (next == GO_ON && client->file_left > 0)
		next = send_file_part(client);
	return next;
}

static void
begin_answer(struct client *client, const char *request)
{
	if (strncmp(request, "POST", 4) == 0) {
		client->out = filled;
		client->out_left = filled_length;
	} else if (strncmp(request, "GET /file", 9) == 0) {
		client->out = file_head;
		client->out_left = file_head_length;
		client->file_at = 0;
		client->file_left = file_bytes;
	} else {
		client->out = empty;
		client->out_left = empty_length;
	}
}

/* The load sends a request in one piece of at most READ_BYTES. */
static enum next
take_request(struct client *client)
{
	const char *end, *length;
	enum next next;
	size_t got = 0;

	next = next_of(client,
	    SSL_read_ex(client->ssl, scratch, READ_BYTES - 1, &got) == 1);
	if (next != GO_ON)
		return next;
	if (client->body_left > 0) {
		client->body_left -=
		    got < client->body_left ? got : client->body_left;
		return GO_ON;
	}
	scratch[got] = '\0';
	end = strstr(scratch, "\r\n\r\n");
	if (end == NULL)
		return END;
	length = strcasestr(scratch, "content-length:");
	if (length != NULL && length < end)
		client->body_left = strtoull(length + 15, NULL, 10) -
		    (got - (size_t)(end + 4 - scratch));
	begin_answer(client, scratch);
	return GO_ON;
}

static enum next
client_step(struct client *client)
{
	enum next next;

	if (!client->is_connected) {
		next = next_of(client, SSL_do_handshake(client->ssl));
		if (next != GO_ON)
			return next;
		client->is_connected = true;
	}
	if (client->body_left == 0 &&
	    (client->out_left > 0 || client->file_left > 0))
		return send_answer(client);
	return take_request(client);
}

static void
client_run(struct client *client)
{
	enum next next = GO_ON;

	ERR_clear_error();
	while (next == GO_ON)
		next = client_step(client);
	if (next == END)
		client_free(client);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS], event = {.events = EPOLLIN};
	int listener;

	if (argc != 6) {
		fprintf(stderr,
		    "usage: bench_floor PORT CERT KEY CLIENT_CA FILE\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	make_context(argv[2], argv[3], argv[4]);
	make_answers(argv[5]);
	listener = listen_on((int)strtol(argv[1], NULL, 10));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (events[i].data.ptr == NULL)
				accept_all(listener);
			else
				client_run(events[i].data.ptr);
	}
}
