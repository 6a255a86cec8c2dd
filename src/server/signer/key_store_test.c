/* The authority's keys elsewhere than in plain files: with a pass phrase, and
 * in a PKCS#11 token (SoftHSM2; where that is missing the test is skipped). */
#include "server/signer/signer_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/file.h"

static const char MODULE[] = "/usr/lib/softhsm/libsofthsm2.so";
static const char PIN[] = "4321";

static void
begin_anew(struct fixture *fixture, const char *name, char **out_folder)
{
	*out_folder = fixture_path(fixture, name);
	assert_true(file_make_directory(
	    *out_folder, 0700, (uid_t)-1, (gid_t)-1, &fixture->err));
	signer_free(take(fixture->signer));
	fixture->settings.directory = *out_folder;
}

/* Issue, sign a command, and again after a restart. */
static void
use(struct fixture *fixture)
{
	struct signer_command command = {.action = SIGNER_ACTION_UNINSTALL};
	struct signer_object object;

	for (unsigned i = 0; i < 2; i++) {
		fixture_restart(fixture);
		fixture_enrol(fixture, true);
		assert_true(fixture_retire(fixture, fixture->issued.agent_id));
		memcpy(command.agent_id, fixture->issued.agent_id, ID_SIZE);
		assert_true(signer_client_sign_command(&fixture->client,
		    &command, &fixture->reply, &object, &fixture->err));
	}
}

static void
a_pass_phrase_is_needed_and_enough(void **state)
{
	struct fixture *fixture = *state;
	struct secret *right = secret_new(VIEW_LITERAL("open sesame"));
	struct secret *wrong = secret_new(VIEW_LITERAL("open barley"));
	scoped(memory_freep) char *folder = NULL;
	scoped(memory_freep) char *file = NULL;
	scoped(buf_donep) struct buf pem = BUF_INIT(KEY_PEM_MAX);

	begin_anew(fixture, "phrase", &folder);
	fixture->settings.passphrase = right;
	use(fixture);
	file = file_join(folder, "authority/agent-ca.key");
	assert_true(file_read(file, &pem, &fixture->err));
	assert_non_null(
	    memmem(pem.data, pem.length, "ENCRYPTED PRIVATE KEY", 21));
	signer_free(take(fixture->signer));
	fixture->settings.passphrase = wrong;
	assert_refused(
	    signer_open(&fixture->settings, &fixture->signer, &fixture->err),
	    fixture, "key_passphrase");
	fixture->settings.passphrase = NULL;
	assert_refused(
	    signer_open(&fixture->settings, &fixture->signer, &fixture->err),
	    fixture, "key_passphrase");
	secret_free(right);
	secret_free(wrong);
}

static void
a_key_that_others_may_read_is_refused(void **state)
{
	struct fixture *fixture = *state;
	scoped(memory_freep) char *file =
	    fixture_path(fixture, "authority/command.key");

	signer_free(take(fixture->signer));
	assert_int_equal(chmod(file, 0640), 0);
	assert_refused(
	    signer_open(&fixture->settings, &fixture->signer, &fixture->err),
	    fixture, "key_file");
}

static bool
run(const char *const *arguments)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		int nowhere = open("/dev/null", O_RDWR);

		dup2(nowhere, 0);
		dup2(nowhere, 1);
		dup2(nowhere, 2);
		execvp(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0;
}

static bool
make_token(struct fixture *fixture)
{
	static const char *const names[] = {
	    "warifu-agent-ca", "warifu-publication", "warifu-command"};
	const char *const token[] = {"softhsm2-util", "--init-token", "--free",
	    "--label", "warifu", "--so-pin", "12345678", "--pin", PIN, NULL};
	scoped(memory_freep) char *tokens = fixture_path(fixture, "tokens");
	scoped(memory_freep) char *config = fixture_path(fixture, "hsm.conf");
	scoped(memory_freep) char *text = memory_format(
	    "directories.tokendir = %s\nlog.level = ERROR\n", tokens);

	if (access(MODULE, R_OK) != 0 || mkdir(tokens, 0700) != 0 ||
	    !file_write_atomic(
		config, view_string(text), 0600, &fixture->err) ||
	    setenv("SOFTHSM2_CONF", config, 1) != 0 || !run(token))
		return false;
	for (size_t i = 0; i < array_length(names); i++) {
		char id[] = {'0', (char)('1' + i), '\0'};
		const char *const pair[] = {"pkcs11-tool", "--module", MODULE,
		    "--login", "--pin", PIN, "--keypairgen", "--key-type",
		    "EC:prime256v1", "--id", id, "--label", names[i], NULL};

		if (!run(pair))
			return false;
	}
	return true;
}

static void
keys_in_a_token_sign_and_never_leave_it(void **state)
{
	struct fixture *fixture = *state;
	struct secret *pin = secret_new(view_string(PIN));
	scoped(memory_freep) char *folder = NULL;
	scoped(memory_freep) char *file = NULL;

	if (!make_token(fixture)) {
		secret_free(pin);
		skip();
		return;
	}
	begin_anew(fixture, "token", &folder);
	fixture->settings.pkcs11_uri = "pkcs11:token=warifu";
	fixture->settings.pkcs11_module = MODULE;
	fixture->settings.passphrase = pin;
	use(fixture);
	file = file_join(folder, "authority/agent-ca.key");
	assert_false(file_exists(file));
	assert_false(key_save_pem(fixture->signer->authority.agent_ca_key,
	    view_of(NULL, 0), &pin, &fixture->err));
	signer_free(take(fixture->signer));
	fixture->settings.pkcs11_uri = "pkcs11:token=another";
	assert_refused(
	    signer_open(&fixture->settings, &fixture->signer, &fixture->err),
	    fixture, "key_token");
	secret_free(pin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(a_pass_phrase_is_needed_and_enough),
	    FIXTURE_TEST(a_key_that_others_may_read_is_refused),
	    FIXTURE_TEST(keys_in_a_token_sign_and_never_leave_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
