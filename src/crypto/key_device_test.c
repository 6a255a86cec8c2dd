/*
 * Keys in a PKCS#11 token (SoftHSM2) and in a TPM (swtpm). The test starts both
 * itself, in a folder of its own; where the programs are missing it skips.
 */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "crypto/certificate_request.h"
#include "crypto/openssl.h"
#include "crypto/signature.h"
#include "crypto/testing.h"
#include "crypto/tls_client.h"
#include "crypto/tls_server.h"

static const char MODULE[] = "/usr/lib/softhsm/libsofthsm2.so";
static char folder[] = "/tmp/warifu-device-XXXXXX";
static pid_t tpm_pid = -1;

static pid_t
start(const char *const *arguments)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	return pid;
}

static int
run(const char *const *arguments)
{
	int status = -1;

	if (waitpid(start(arguments), &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static char *
in_folder(const char *name)
{
	return memory_format("%s/%s", folder, name);
}

static void
write_text(const char *name, const char *text, size_t length)
{
	scoped(memory_freep) char *path = in_folder(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

static bool
make_token(void)
{
	const char *const token[] = {"softhsm2-util", "--init-token", "--free",
	    "--label", "warifu", "--so-pin", "12345678", "--pin", "4321", NULL};
	const char *const pair[] = {"pkcs11-tool", "--module", MODULE,
	    "--login", "--pin", "4321", "--keypairgen", "--key-type",
	    "EC:prime256v1", "--id", "01", "--label", "agent-ca", NULL};
	scoped(memory_freep) char *tokens = in_folder("tokens");
	scoped(memory_freep) char *path = in_folder("softhsm2.conf");
	scoped(memory_freep) char *text =
	    memory_format("directories.tokendir = %s\n", tokens);
	const char *const make[] = {"mkdir", tokens, NULL};

	write_text("softhsm2.conf", text, strlen(text));
	setenv("SOFTHSM2_CONF", path, 1);
	return run(make) == 0 && run(token) == 0 && run(pair) == 0;
}

static void
assert_token_refused(const char *location, const char *pin)
{
	struct key_source source = {.location = location,
	    .passphrase = view_string(pin),
	    .pkcs11_module = MODULE};
	struct key *key = NULL;
	struct err err = ERR_INIT;

	assert_false(key_open(&source, &key, &err));
	assert_null(key);
	assert_string_equal(err.code, "key_token");
}

/* What a signer does with its CA key. */
static void
use_as_ca(const struct key *key)
{
	scoped(key_freep) struct key *agent_key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(key, "agent CA");
	struct certificate_template template = testing_template(agent_key);
	scoped(certificate_freep) struct certificate *agent =
	    testing_issue(&template, ca, key);
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	struct err err = ERR_INIT;

	certificate_list_add(&anchors, certificate_share(ca));
	assert_true(certificate_verify(
	    agent, &anchors, CERTIFICATE_CLIENT, clock_wall_ms(), &err));
}

static void
use_for_signatures(const struct key *key)
{
	scoped(buf_donep) struct buf signature = BUF_INIT(SIGNATURE_MAX);
	scoped(buf_donep) struct buf der = BUF_INIT(CERTIFICATE_REQUEST_MAX);
	scoped(certificate_request_freep) struct certificate_request *request =
	    NULL;
	struct certificate_request_template template = {
	    .key = key, .common_name = "pc-1"};
	struct view message = VIEW_LITERAL("tally");
	uint8_t raw[SIGNATURE_RAW_SIZE];
	struct err err = ERR_INIT;

	assert_true(key_is_private(key));
	assert_int_equal(key_type(key), KEY_EC_P256);
	if (!signature_make(key, message, &signature, &err)) {
		fail_msg("%s", err_sentence(&err));
	}
	assert_true(signature_verify(key, message, buf_view(&signature), &err));
	assert_true(signature_make_raw(key, message, raw, &err));
	assert_true(signature_verify_raw(
	    key, message, view_of(raw, sizeof(raw)), &err));
	assert_true(certificate_request_make(&template, &der, &err));
	if (!certificate_request_parse(buf_view(&der), &request, &err))
		fail_msg("%s", err_sentence(&err));
}

static void
assert_stays_inside(const struct key *key)
{
	struct secret *pem = NULL;
	struct err err = ERR_INIT;

	assert_false(key_save_pem(key, view_string(NULL), &pem, &err));
	assert_string_equal(err.code, "key_not_exportable");
}

static void
a_key_in_a_token_signs_and_stays_there(void **state)
{
	struct key_source source = {
	    .location = "pkcs11:token=warifu;object=agent-ca;type=private",
	    .passphrase = VIEW_LITERAL("4321"),
	    .pkcs11_module = MODULE};
	scoped(key_freep) struct key *key = NULL;
	struct err err = ERR_INIT;

	if (access(MODULE, R_OK) != 0 || !make_token())
		skip();
	assert_token_refused(source.location, "9999");
	assert_token_refused(source.location, "");
	assert_token_refused(
	    "pkcs11:token=warifu;object=another;type=private", "4321");
	if (!key_open(&source, &key, &err))
		fail_msg("%s", err_sentence(&err));
	use_for_signatures(key);
	use_as_ca(key);
	assert_stays_inside(key);
}

static char *
start_tpm(void)
{
	scoped(memory_freep) char *state_dir = memory_format("dir=%s", folder);
	scoped(memory_freep) char *control =
	    memory_format("type=unixio,path=%s/tpm.ctrl", folder);
	scoped(memory_freep) char *server =
	    memory_format("type=unixio,path=%s/tpm", folder);
	scoped(memory_freep) char *path = in_folder("tpm.ctrl");
	const char *const arguments[] = {"swtpm", "socket", "--tpm2",
	    "--tpmstate", state_dir, "--ctrl", control, "--server", server,
	    "--flags", "not-need-init,startup-clear", NULL};
	struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	tpm_pid = start(arguments);
	for (int i = 0; i < 250 && access(path, F_OK) != 0; i++)
		nanosleep(&pause, NULL);
	if (access(path, F_OK) != 0)
		return NULL;
	return memory_format("swtpm:path=%s/tpm", folder);
}

/* A handshake in which both sides show certificates; the agent's key is in the
 * device, and the client verifies the server by chain. */
static void
shake_with(const struct key *key)
{
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *server_key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agent CA");
	scoped(certificate_freep) struct certificate *server =
	    testing_server(server_key);
	struct certificate_template template = testing_template(key);
	scoped(certificate_freep) struct certificate *agent =
	    testing_issue(&template, ca, ca_key);
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	struct trust *trust = trust_new(TESTING_FLEET, 1, true);
	struct tls_client how = {.certificate = agent, .key = key};
	scoped(tls_context_freep) struct tls_context *context = NULL;
	scoped(tls_session_freep) struct tls_session *session = NULL;
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());
	enum tls_io io = TLS_IO_WANT_READ;
	int sockets[2];
	struct err err = ERR_INIT;
	SSL *client;

	certificate_list_add(&chain, certificate_share(server));
	assert_true(tls_context_new(
	    TLS_LISTENER_AGENT, &chain, server_key, &context, &err));
	assert_true(trust_add_ca(trust, certificate_der_view(ca), &err));
	tls_context_set_trust(context, trust);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
	session = tls_session_new(context, sockets[0]);
	assert_true(tls_client_apply(client_ctx, &how, &err));
	SSL_CTX_set_verify(client_ctx, SSL_VERIFY_PEER, NULL);
	X509_STORE_add_cert(
	    SSL_CTX_get_cert_store(client_ctx), certificate_x509(server));
	client = SSL_new(client_ctx);
	SSL_set_fd(client, sockets[1]);
	SSL_set_connect_state(client);
	for (int i = 0; i < 50 && io != TLS_IO_OK && io != TLS_IO_FAILED; i++) {
		if (SSL_do_handshake(client) != 1 &&
		    SSL_get_error(client, -1) == SSL_ERROR_SSL)
			fail_msg("%s",
			    ERR_reason_error_string(ERR_peek_last_error()));
		ERR_clear_error();
		io = tls_session_handshake(session, &err);
	}
	if (io != TLS_IO_OK)
		fail_msg("%s", err_sentence(&err));
	assert_string_equal(tls_session_peer(session)->agent_id, TESTING_AGENT);
	SSL_free(client);
	SSL_CTX_free(client_ctx);
	close(sockets[0]);
	close(sockets[1]);
}

static void
a_key_in_a_tpm_is_made_opened_and_used(void **state)
{
	scoped(memory_freep) char *tcti = start_tpm();
	scoped(memory_freep) char *path = in_folder("tpm.pem");
	scoped(secret_freep) struct secret *pem = NULL;
	struct key_source source = {.location = path, .tpm_tcti = tcti};
	struct key *made = NULL;
	scoped(key_freep) struct key *key = NULL;
	char made_sha256[SHA256_HEX_SIZE];
	struct err err = ERR_INIT;

	if (tcti == NULL)
		skip();
	if (!key_generate_tpm(tcti, &made, &pem, &err))
		fail_msg("%s", err_sentence(&err));
	memcpy(made_sha256, key_spki_sha256(made), sizeof(made_sha256));
	key_free(made);
	write_text("tpm.pem", (const char *)secret_view(pem).data,
	    secret_view(pem).length);
	if (!key_open(&source, &key, &err))
		fail_msg("%s", err_sentence(&err));
	assert_string_equal(key_spki_sha256(key), made_sha256);
	use_for_signatures(key);
	assert_stays_inside(key);
	shake_with(key);
}

static void
a_tpm_file_of_another_tpm_is_refused(void **state)
{
	static const char broken[] =
	    "-----BEGIN TSS2 PRIVATE KEY-----\n"
	    "MIHwBgZngQUKAQOgAwEBAQIEQAAAAQRYAFYAIwAL\n"
	    "-----END TSS2 PRIVATE KEY-----\n";
	scoped(memory_freep) char *path = in_folder("broken.pem");
	struct key_source source = {.location = path};
	struct key *key = NULL;
	struct err err = ERR_INIT;

	if (tpm_pid < 0)
		skip();
	write_text("broken.pem", broken, sizeof(broken) - 1);
	assert_false(key_open(&source, &key, &err));
	assert_string_equal(err.code, "key_tpm");
}

static int
make_folder(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	const char *const arguments[] = {"rm", "-rf", folder, NULL};

	if (tpm_pid > 0) {
		kill(tpm_pid, SIGTERM);
		waitpid(tpm_pid, NULL, 0);
	}
	return run(arguments);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_in_a_token_signs_and_stays_there),
	    cmocka_unit_test(a_key_in_a_tpm_is_made_opened_and_used),
	    cmocka_unit_test(a_tpm_file_of_another_tpm_is_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
