/*
 * Lets other implementations judge src/crypto: makes one of everything into a
 * folder, reads what others made, and serves TLS as a gateway would.
 *
 *   crypto_tool make DIR
 *   crypto_tool ocsp DIR REQUEST ANSWER
 *   crypto_tool request FILE | certificate FILE | cms FILE
 *   crypto_tool jws FILE SPKI TYP
 *   crypto_tool serve DIR require|tolerate [DENIED_SERIAL]
 *
 * Readers print what they found, or "refused CODE" and exit 1.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "crypto/certificate_request.h"
#include "crypto/cms.h"
#include "crypto/crl.h"
#include "crypto/jws.h"
#include "crypto/ocsp.h"
#include "crypto/tls_server.h"

#define FLEET "0193b4a2-7c00-7000-8000-00000000f1ee"
#define AGENT "0193b4a2-7c00-7000-8000-0000000000a1"

enum {
	FILE_MAX = 1 << 20
};

static const char *folder;
static struct err err = ERR_INIT;

static void
must(bool is_good)
{
	if (is_good)
		return;
	printf("refused %s\n", err.code);
	fprintf(stderr, "%s\n", err_sentence(&err));
	exit(1);
}

static char *
path_of(const char *name)
{
	return memory_format("%s/%s", folder, name);
}

static void
write_file(const char *name, struct view bytes)
{
	scoped(memory_freep) char *path = path_of(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(fd >= 0);
	check(write(fd, bytes.data, bytes.length) == (ssize_t)bytes.length);
	close(fd);
}

static void
read_path(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	char part[4096];
	size_t n;

	check(file != NULL);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		check(buf_append(out, part, n, &err));
	fclose(file);
}

static void
write_certificate(const char *name, const struct certificate *certificate)
{
	scoped(buf_donep) struct buf pem = BUF_INIT(FILE_MAX);

	must(certificate_pem(certificate, &pem, &err));
	write_file(name, buf_view(&pem));
}

static struct key *
make_key(const char *name, const char *passphrase)
{
	scoped(secret_freep) struct secret *pem = NULL;
	struct key *key = NULL;

	must(key_generate(KEY_EC_P256, 0, &key, &err));
	must(key_save_pem(key, view_string(passphrase), &pem, &err));
	write_file(name, secret_view(pem));
	return key;
}

static struct certificate_template
template_of(enum certificate_profile profile, const struct key *key,
    const char *unit, const char *name)
{
	struct certificate_template t = {.profile = profile,
	    .subject_key = key,
	    .not_before_ms = clock_wall_ms() - MINUTES_MS(5),
	    .not_after_ms = clock_wall_ms() + DAYS_MS(90),
	    .organization = "Warifu fleet " FLEET,
	    .unit = unit,
	    .common_name = name,
	    .crl_url = profile == CERTIFICATE_CLIENT
		? "http://server.test:8020/pki/agent-ca.crl"
		: NULL,
	    .ocsp_url = profile == CERTIFICATE_CLIENT
		? "http://server.test:8020/pki/ocsp"
		: NULL};

	digest_random_serial(t.serial);
	return t;
}

static struct certificate *
issue(const char *file, const struct certificate_template *t,
    const struct certificate *issuer, const struct key *issuer_key)
{
	struct certificate *made = NULL;

	must(certificate_issue(t, issuer, issuer_key, &made, &err));
	write_certificate(file, made);
	return made;
}

static void
make_server(void)
{
	static const char *const names[] = {"localhost", "server.test"};
	static const char *const addresses[] = {"127.0.0.1", "::1"};
	scoped(key_freep) struct key *key = make_key("server.key", NULL);
	struct certificate_template t =
	    template_of(CERTIFICATE_SERVER, key, NULL, "localhost");

	t.dns_names = names;
	t.dns_name_count = array_length(names);
	t.addresses = addresses;
	t.address_count = array_length(addresses);
	certificate_free(issue("server.pem", &t, NULL, key));
}

static void
make_twisted(const struct certificate *ca, const struct key *ca_key,
    const struct key *key)
{
	static const char *const names[] = {"www.example.org"};
	struct certificate_template t =
	    template_of(CERTIFICATE_CLIENT, key, "agent", AGENT);

	t.not_before_ms = clock_wall_ms() - DAYS_MS(20);
	t.not_after_ms = clock_wall_ms() - DAYS_MS(10);
	certificate_free(issue("expired.pem", &t, ca, ca_key));
	t = template_of(CERTIFICATE_CLIENT, key, "agent", AGENT);
	t.not_before_ms = clock_wall_ms() + DAYS_MS(10);
	certificate_free(issue("future.pem", &t, ca, ca_key));
	t = template_of(CERTIFICATE_OCSP, key, "agent", AGENT);
	certificate_free(issue("usage.pem", &t, ca, ca_key));
	t = template_of(CERTIFICATE_SERVER, key, NULL, AGENT);
	t.dns_names = names;
	t.dns_name_count = 1;
	certificate_free(issue("unconstrained.pem", &t, ca, ca_key));
}

static void
make_crl(const struct certificate *ca, const struct key *ca_key,
    const struct certificate *revoked)
{
	const struct crl_entry entry = {certificate_serial(revoked),
	    clock_wall_ms() - HOURS_MS(1), REVOCATION_CESSATION};
	const struct crl_template t = {.issuer = ca,
	    .issuer_key = ca_key,
	    .number = 7,
	    .this_update_ms = clock_wall_ms() - MINUTES_MS(1),
	    .next_update_ms = clock_wall_ms() + DAYS_MS(1),
	    .entries = &entry,
	    .entry_count = 1};
	scoped(buf_donep) struct buf der = BUF_INIT(FILE_MAX);

	must(crl_make(&t, &der, &err));
	write_file("crl.der", buf_view(&der));
}

static void
make_statements(const struct certificate *ca, const struct certificate *agent,
    const struct key *old_key)
{
	scoped(key_freep) struct key *key = make_key("new.key", "interop");
	scoped(certificate_list_donep) struct certificate_list list = {0};
	scoped(buf_donep) struct buf der = BUF_INIT(FILE_MAX);
	scoped(memory_freep) char *jws = NULL;
	uint8_t hash[SHA256_SIZE];
	const struct certificate_request_template t = {.key = key,
	    .common_name = AGENT,
	    .credential_hash = hash,
	    .old_key = old_key,
	    .renewal_nonce = VIEW_LITERAL("a nonce")};

	digest_sha256(VIEW_LITERAL("credential"), hash);
	must(certificate_request_make(&t, &der, &err));
	write_file("request.der", buf_view(&der));
	buf_clear(&der);
	certificate_list_add(&list, certificate_share(agent));
	certificate_list_add(&list, certificate_share(ca));
	must(cms_certs_only_make(&list, &der, &err));
	write_file("certs.p7", buf_view(&der));
	must(jws_make(old_key, "warifu-command+jwt",
	    VIEW_LITERAL("{\"action\":\"uninstall\"}"), &jws, &err));
	write_file("command.jws", view_string(jws));
	write_file("agent.spki", key_spki_view(old_key));
}

static void
make(void)
{
	scoped(key_freep) struct key *ca_key = make_key("ca.key", NULL);
	scoped(key_freep) struct key *agent_key = make_key("agent.key", NULL);
	scoped(key_freep) struct key *ocsp_key = make_key("ocsp.key", NULL);
	scoped(certificate_freep) struct certificate *ca = NULL;
	scoped(certificate_freep) struct certificate *agent = NULL;
	scoped(certificate_freep) struct certificate *revoked = NULL;
	struct certificate_template t =
	    template_of(CERTIFICATE_CA, ca_key, NULL, "Agent CA");

	t.constrained_organization = t.organization;
	t.not_before_ms -= DAYS_MS(30);
	t.not_after_ms += DAYS_MS(3650);
	ca = issue("ca.pem", &t, NULL, ca_key);
	t = template_of(CERTIFICATE_CLIENT, agent_key, "agent", AGENT);
	agent = issue("agent.pem", &t, ca, ca_key);
	t = template_of(CERTIFICATE_CLIENT, agent_key, "stock", AGENT);
	revoked = issue("revoked.pem", &t, ca, ca_key);
	t = template_of(CERTIFICATE_OCSP, ocsp_key, NULL, "OCSP responder");
	certificate_free(issue("ocsp.pem", &t, ca, ca_key));
	make_server();
	make_twisted(ca, ca_key, agent_key);
	make_crl(ca, ca_key, revoked);
	make_statements(ca, agent, agent_key);
}

static struct certificate *
load_certificate(const char *name)
{
	scoped(memory_freep) char *path = path_of(name);
	scoped(buf_donep) struct buf pem = BUF_INIT(FILE_MAX);
	struct certificate *certificate = NULL;

	read_path(path, &pem);
	must(certificate_parse_pem(buf_view(&pem), &certificate, &err));
	return certificate;
}

static struct key *
load_key(const char *name)
{
	scoped(memory_freep) char *path = path_of(name);
	const struct key_source source = {.location = path};
	struct key *key = NULL;

	must(key_open(&source, &key, &err));
	return key;
}

static bool
judge(void *context, const char *serial, struct ocsp_verdict *out,
    struct err *unused)
{
	const struct certificate *const *known = context;

	if (strcmp(serial, certificate_serial(known[0])) == 0)
		out->status = OCSP_GOOD;
	if (strcmp(serial, certificate_serial(known[1])) == 0) {
		out->status = OCSP_REVOKED;
		out->revoked_ms = clock_wall_ms() - HOURS_MS(1);
		out->reason = REVOCATION_CESSATION;
	}
	return true;
}

static void
answer_ocsp(const char *request_path, const char *name)
{
	scoped(certificate_freep) struct certificate *ca =
	    load_certificate("ca.pem");
	scoped(certificate_freep) struct certificate *agent =
	    load_certificate("agent.pem");
	scoped(certificate_freep) struct certificate *revoked =
	    load_certificate("revoked.pem");
	scoped(certificate_freep) struct certificate *responder =
	    load_certificate("ocsp.pem");
	scoped(key_freep) struct key *key = load_key("ocsp.key");
	scoped(ocsp_request_freep) struct ocsp_request *request = NULL;
	scoped(buf_donep) struct buf der = BUF_INIT(FILE_MAX);
	scoped(buf_donep) struct buf out = BUF_INIT(FILE_MAX);
	const struct certificate *known[] = {agent, revoked};
	const struct ocsp_responder how = {.issuer = ca,
	    .responder = responder,
	    .responder_key = key,
	    .this_update_ms = clock_wall_ms(),
	    .next_update_ms = clock_wall_ms() + HOURS_MS(1),
	    .judge = judge,
	    .context = known};

	read_path(request_path, &der);
	must(ocsp_request_parse(buf_view(&der), &request, &err));
	must(ocsp_respond(&how, request, &out, &err));
	write_file(name, buf_view(&out));
}

static void
read_request(const char *path)
{
	scoped(buf_donep) struct buf der = BUF_INIT(FILE_MAX);
	scoped(certificate_request_freep) struct certificate_request *request =
	    NULL;

	read_path(path, &der);
	must(certificate_request_parse(buf_view(&der), &request, &err));
	printf("%s %u \"%s\" %s\n",
	    key_type_name(certificate_request_key(request)),
	    key_bits(certificate_request_key(request)),
	    certificate_request_common_name(request),
	    certificate_request_credential_hash(request) == NULL ? "stock"
								 : "agent");
}

static void
print_certificate(const struct certificate *c)
{
	printf("%s %s %lld %s\n", certificate_fingerprint(c),
	    certificate_serial(c), (long long)certificate_not_after_ms(c),
	    certificate_subject(c));
}

static void
read_certificate(const char *path)
{
	scoped(buf_donep) struct buf der = BUF_INIT(FILE_MAX);
	scoped(certificate_freep) struct certificate *certificate = NULL;

	read_path(path, &der);
	must(certificate_parse_der(buf_view(&der), &certificate, &err));
	print_certificate(certificate);
}

static void
read_cms(const char *path)
{
	scoped(buf_donep) struct buf der = BUF_INIT(FILE_MAX);
	scoped(certificate_list_donep) struct certificate_list list = {0};

	read_path(path, &der);
	must(cms_certs_only_parse(buf_view(&der), &list, &err));
	for (size_t i = 0; i < list.count; i++)
		print_certificate(list.items[i]);
}

static void
read_jws(const char *path, const char *spki_path, const char *typ)
{
	scoped(buf_donep) struct buf text = BUF_INIT(FILE_MAX);
	scoped(buf_donep) struct buf spki = BUF_INIT(FILE_MAX);
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	scoped(key_freep) struct key *key = NULL;

	read_path(path, &text);
	read_path(spki_path, &spki);
	must(key_load_spki(buf_view(&spki), &key, &err));
	must(jws_verify(buf_view(&text), key, typ, &payload, &err));
	printf("%.*s\n", (int)payload.length, (char *)payload.data);
}

static int
listen_anywhere(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(fd >= 0);
	check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	check(listen(fd, 8) == 0);
	check(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	printf("port %u\n", ntohs(address.sin_port));
	return fd;
}

/* One connection, waiting for the socket as a loop would. */
static void
serve_one(struct tls_context *context, int fd)
{
	scoped(tls_session_freep) struct tls_session *session =
	    tls_session_new(context, fd);
	struct pollfd ready = {.fd = fd};
	const struct tls_peer *peer;
	size_t n = 0;
	enum tls_io io;
	char rest[256];

	while ((io = tls_session_handshake(session, &err)) != TLS_IO_OK) {
		if (io == TLS_IO_FAILED) {
			printf("refused %s\n", err.code);
			/* So that the alert is not thrown away. */
			shutdown(fd, SHUT_WR);
			fcntl(fd, F_SETFL, 0);
			while (read(fd, rest, sizeof(rest)) > 0)
				;
			return;
		}
		ready.events = io == TLS_IO_WANT_READ ? POLLIN : POLLOUT;
		check(poll(&ready, 1, 10000) == 1);
	}
	peer = tls_session_peer(session);
	printf("peer %s %s\n", peer == NULL ? "none" : peer->agent_id,
	    tls_session_version(session));
	check(tls_session_write(session, VIEW_LITERAL("hello\n"), &n, &err) ==
	    TLS_IO_OK);
	tls_session_shutdown(session);
}

static void
serve(bool requires_certificate, const char *denied_serial)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	scoped(key_freep) struct key *key = load_key("server.key");
	scoped(certificate_freep) struct certificate *ca =
	    load_certificate("ca.pem");
	struct trust *trust = trust_new(FLEET, 1, requires_certificate);
	struct tls_context *context = NULL;
	int listener;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	certificate_list_add(&chain, load_certificate("server.pem"));
	must(tls_context_new(TLS_LISTENER_AGENT, &chain, key, &context, &err));
	must(trust_add_ca(trust, certificate_der_view(ca), &err));
	if (denied_serial != NULL)
		trust_deny_serial(trust, denied_serial);
	tls_context_set_trust(context, trust);
	listener = listen_anywhere();
	for (;;) {
		int fd =
		    accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		check(fd >= 0);
		serve_one(context, fd);
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";

	folder = argc > 2 ? argv[2] : "";
	if (strcmp(verb, "make") == 0)
		make();
	else if (strcmp(verb, "ocsp") == 0 && argc == 5)
		answer_ocsp(argv[3], argv[4]);
	else if (strcmp(verb, "request") == 0)
		read_request(argv[2]);
	else if (strcmp(verb, "certificate") == 0)
		read_certificate(argv[2]);
	else if (strcmp(verb, "cms") == 0)
		read_cms(argv[2]);
	else if (strcmp(verb, "jws") == 0 && argc == 5)
		read_jws(argv[2], argv[3], argv[4]);
	else if (strcmp(verb, "serve") == 0 && argc >= 4)
		serve(
		    strcmp(argv[3], "require") == 0, argc > 4 ? argv[4] : NULL);
	else
		return 2;
	return 0;
}
