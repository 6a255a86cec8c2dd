/* What survives: crashes at any point, a full disk, a journal that was broken
 * or set back. */
#include "server/signer/signer_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/signer/journal_tool.h"

static bool
enrol_again(struct fixture *fixture)
{
	scoped(buf_donep) struct buf request = BUF_INIT(LIMIT_CERTIFICATE);
	scoped(key_freep) struct key *key = fixture_key();
	struct signer_token_create create = {
	    .kind = SIGNER_TOKEN_COMPUTER,
	    .office_id = FIXTURE_OFFICE,
	    .uses = 1,
	    .expires_ms = signer_now(fixture->signer) + 100000,
	};
	struct signer_token_created token;
	struct signer_issued issued;

	if (!signer_client_token_create(
		&fixture->client, &create, &token, &fixture->err))
		return false;
	fixture_request(fixture, key, true, NULL, view_of(NULL, 0), &request);
	return fixture_enrol_request(
	    fixture, token.token, buf_view(&request), &issued);
}

static enum signer_health
health(struct fixture *fixture, const struct signer_head *seen)
{
	struct signer_status status;

	assert_true(signer_client_status(
	    &fixture->client, seen, &fixture->reply, &status, &fixture->err));
	return status.health;
}

static const struct signer_head NOTHING_SEEN = {0};

static void
flip_a_byte(struct fixture *fixture, off_t offset)
{
	scoped(memory_freep) char *path =
	    fixture_path(fixture, "authority/journal");
	scoped(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
}

/* Run the tool with these words after its name, and with its words for people
 * kept out of the test's report. */
static int
tool(const char *const *words)
{
	char *argv[8] = {memory_string("journal")};
	int report = dup(STDOUT_FILENO);
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int argc = 1;
	int code;

	assert_true(report >= 0 && nowhere >= 0);
	fflush(stdout);
	assert_true(dup2(nowhere, STDOUT_FILENO) >= 0);

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = memory_string(words[argc - 1]);
	code = journal_tool_main(argc, argv);
	fflush(stdout);
	assert_true(dup2(report, STDOUT_FILENO) >= 0);
	close(report);
	close(nowhere);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return code;
}

static int
judge(struct fixture *fixture, const char *head)
{
	scoped(memory_freep) char *folder = fixture_path(fixture, "");
	const char *plain[] = {"verify", folder, NULL};
	const char *with_head[] = {"verify", "--head", head, folder, NULL};

	return tool(head == NULL ? plain : with_head);
}

static void
a_broken_journal_stops_issuing_but_lifts_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct signer_trust_set set;
	struct signer_object object;
	struct signer_token_created token;

	fixture_token(fixture, "", 9, &token);
	fixture_enrol(fixture, true);
	assert_true(fixture_revoke(fixture, fixture->issued.agent_id));
	/* In the genesis entry: all that follows is unproven. */
	flip_a_byte(fixture, 40);
	assert_int_equal(judge(fixture, NULL), 1);
	fixture_restart(fixture);
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_JOURNAL_BROKEN);
	assert_refused(enrol_again(fixture), fixture, "journal_broken");
	assert_true(signer_client_trust_set(&fixture->client, &NOTHING_SEEN,
	    &fixture->reply, &set, &fixture->err));
	assert_int_equal(set.revoked_agents.length, SIGNER_UUID_BYTES);
	assert_int_equal(set.agent_ca_count, 1);
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
}

static bool
is_revoked(struct fixture *fixture, const char *agent_id)
{
	uint32_t row = ledger_agent_find(&fixture->signer->ledger, agent_id);

	return row != LEDGER_NONE &&
	    fixture->signer->ledger.agents[row].state == LEDGER_AGENT_REVOKED;
}

static void
a_broken_journal_still_takes_revocations(void **state)
{
	struct fixture *fixture = *state;
	scoped(memory_freep) char *path =
	    fixture_path(fixture, "authority/journal");
	scoped(buf_donep) struct buf bytes = BUF_INIT(1 << 20);
	char agent_id[ID_SIZE];

	fixture_enrol(fixture, true);
	memcpy(agent_id, fixture->issued.agent_id, sizeof(agent_id));
	flip_a_byte(fixture, 40);
	/* And its last line is unfinished: evidence, not to be cut. */
	assert_true(file_read(path, &bytes, &fixture->err));
	assert_true(file_write_atomic(
	    path, view_of(bytes.data, bytes.length - 9), 0600, &fixture->err));
	fixture_restart(fixture);
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_JOURNAL_BROKEN);
	assert_true(fixture_revoke(fixture, agent_id));
	assert_true(fixture_revoke(fixture, FIXTURE_OFFICE));
	assert_true(is_revoked(fixture, agent_id));
	fixture_restart(fixture);
	assert_true(is_revoked(fixture, agent_id));
	assert_true(is_revoked(fixture, FIXTURE_OFFICE));
	assert_int_equal(judge(fixture, NULL), 1);
}

static void
a_missing_or_foreign_journal_stops_issuing_and_nothing_else(void **state)
{
	struct fixture *fixture = *state;
	scoped(memory_freep) char *path =
	    fixture_path(fixture, "authority/journal");
	scoped(buf_donep) struct buf bytes = BUF_INIT(1 << 20);
	struct signer_server_identity identity;
	struct signer_object object;
	void *other_state = NULL;
	struct fixture *other;
	scoped(memory_freep) char *other_path = NULL;

	assert_int_equal(unlink(path), 0);
	fixture_restart(fixture);
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_JOURNAL_BROKEN);
	assert_refused(enrol_again(fixture), fixture, "journal_broken");
	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &fixture->err));
	assert_true(signer_client_crl(
	    &fixture->client, &fixture->reply, &object, &fixture->err));
	assert_true(fixture_revoke(fixture, FIXTURE_OFFICE));
	fixture_restart(fixture);
	assert_true(is_revoked(fixture, FIXTURE_OFFICE));
	assert_int_equal(fixture_set_up(&other_state), 0);
	other = other_state;
	other_path = fixture_path(other, "authority/journal");
	assert_true(file_read(other_path, &bytes, &fixture->err));
	assert_int_equal(fixture_tear_down(&other_state), 0);
	assert_true(
	    file_write_atomic(path, buf_view(&bytes), 0600, &fixture->err));
	fixture_restart(fixture);
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_JOURNAL_BROKEN);
	assert_refused(enrol_again(fixture), fixture, "journal_broken");
}

static void
a_journal_set_back_stops_issuing_and_says_so(void **state)
{
	struct fixture *fixture = *state;
	scoped(memory_freep) char *path =
	    fixture_path(fixture, "authority/journal");
	scoped(buf_donep) struct buf early = BUF_INIT(1 << 20);
	scoped(memory_freep) char *text = NULL;
	struct signer_head seen;

	assert_true(file_read(path, &early, &fixture->err));
	fixture_enrol(fixture, true);
	assert_true(
	    signer_client_journal_head(&fixture->client, &seen, &fixture->err));
	text = memory_format(
	    "%u:%llu:%064d", seen.epoch, (unsigned long long)seen.n, 0);
	assert_int_equal(judge(fixture, NULL), 0);
	assert_int_equal(judge(fixture, text), 1);
	assert_int_equal(health(fixture, &seen), SIGNER_OK);
	signer_free(take(fixture->signer));
	assert_true(
	    file_write_atomic(path, buf_view(&early), 0600, &fixture->err));
	assert_int_equal(judge(fixture, NULL), 0);
	assert_int_equal(judge(fixture, text), 1);
	assert_true(
	    signer_open(&fixture->settings, &fixture->signer, &fixture->err));
	assert_int_equal(health(fixture, &seen), SIGNER_JOURNAL_ROLLED_BACK);
	assert_refused(enrol_again(fixture), fixture, "journal_rolled_back");
	/* Taking away still works. */
	assert_true(fixture_revoke(fixture, FIXTURE_OFFICE));
}

static void
limit_file_size(rlim_t bytes)
{
	struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_full_disk_refuses_and_recovers_by_itself(void **state)
{
	struct fixture *fixture = *state;

	signal(SIGXFSZ, SIG_IGN);
	fixture_enrol(fixture, true);
	limit_file_size(600 * 1024);
	while (enrol_again(fixture))
		assert_true(fixture->signer->ledger.agent_count < 400);
	assert_string_equal(fixture->err.code, "journal_full");
	assert_int_equal(fixture->err.category, ERR_LIMIT);
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_JOURNAL_FULL);
	assert_true(fixture_revoke(fixture, fixture->issued.agent_id));
	limit_file_size(RLIM_INFINITY);
	assert_true(enrol_again(fixture));
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_OK);
	fixture_restart(fixture);
	assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_OK);
	assert_int_equal(judge(fixture, NULL), 0);
}

static void
refusals_are_counted_in_a_few_entries(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = journal_head(fixture->signer->journal)->n;
	struct signer_issued issued;

	for (unsigned i = 0; i < 1000; i++) {
		assert_false(fixture_enrol_request(
		    fixture, "wrong", VIEW_LITERAL("x"), &issued));
		signer_write_refusals(fixture->signer, false);
	}
	assert_int_equal(journal_head(fixture->signer->journal)->n, before + 1);
	signer_write_refusals(fixture->signer, true);
	assert_int_equal(journal_head(fixture->signer->journal)->n, before + 2);
	assert_true(signer_sync(fixture->signer, &fixture->err));
	fixture_restart(fixture);
}

/* In a child: a first start that is killed at some moment. */
static void
kill_a_first_start(struct fixture *fixture, useconds_t after)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct signer *signer = NULL;
		struct err err = ERR_INIT;

		_exit(signer_open(&fixture->settings, &signer, &err) ? 0 : 1);
	}
	usleep(after);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
a_first_start_leaves_nothing_or_everything(void **state)
{
	struct fixture *fixture = *state;
	char folder[sizeof(fixture->folder)];
	unsigned unfinished = 0;

	memcpy(folder, fixture->folder, sizeof(folder));
	for (unsigned round = 0; round < 30; round++) {
		scoped(memory_freep) char *deeper =
		    memory_format("%s/%u", folder, round);
		scoped(memory_freep) char *made = NULL;

		signer_free(take(fixture->signer));
		assert_true(file_make_directory(
		    deeper, 0700, (uid_t)-1, (gid_t)-1, &fixture->err));
		fixture->settings.directory = deeper;
		kill_a_first_start(fixture, 400 * round);
		made = file_join(deeper, "authority");
		unfinished += file_exists(made) ? 0 : 1;
		fixture_restart(fixture);
		assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_OK);
		assert_true(enrol_again(fixture));
		fixture->settings.directory = fixture->folder;
	}
	assert_true(unfinished > 0);
}

struct told {
	char serial[SIGNER_SERIAL_SIZE];
};

/* In a child: enrol for ever, and tell each serial after its answer. */
static void
enrol_until_killed(struct fixture *fixture, int pipe)
{
	if (!signer_open(&fixture->settings, &fixture->signer, &fixture->err))
		_exit(1);
	for (;;) {
		struct ledger *ledger = &fixture->signer->ledger;
		scoped(memory_freep) char *digits = NULL;
		struct told told;

		if (!enrol_again(fixture))
			_exit(1);
		digits = hex_encode(view_of(
		    ledger->certificates[ledger->certificate_count - 1].serial,
		    SIGNER_SERIAL_BYTES));
		memcpy(told.serial, digits, sizeof(told.serial));
		if (write(pipe, &told, sizeof(told)) != sizeof(told))
			_exit(0);
	}
}

static void
no_told_certificate_is_forgotten_when_the_role_is_killed(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned round = 0; round < 12; round++) {
		struct told told;
		int fds[2];
		pid_t child;

		signer_free(take(fixture->signer));
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			enrol_until_killed(fixture, fds[1]);
		close(fds[1]);
		usleep(8000 + 4100 * round);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		fixture_restart(fixture);
		assert_int_equal(health(fixture, &NOTHING_SEEN), SIGNER_OK);
		while (read(fds[0], &told, sizeof(told)) == sizeof(told))
			assert_true(ledger_serial_find(&fixture->signer->ledger,
					told.serial) != LEDGER_NONE);
		close(fds[0]);
		assert_int_equal(judge(fixture, NULL), 0);
	}
}

static void
the_tool_refuses_wrong_command_lines(void **state)
{
	assert_int_equal(tool((const char *[]){NULL}), 2);
	assert_int_equal(tool((const char *[]){"mend", "x", NULL}), 2);
	assert_int_equal(
	    tool((const char *[]){"verify", "--head", "x", "y", NULL}), 2);
	assert_int_equal(
	    tool((const char *[]){"verify", "/nonexistent", NULL}), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FIXTURE_TEST(a_broken_journal_stops_issuing_but_lifts_nothing),
	    FIXTURE_TEST(a_broken_journal_still_takes_revocations),
	    FIXTURE_TEST(
		a_missing_or_foreign_journal_stops_issuing_and_nothing_else),
	    FIXTURE_TEST(a_journal_set_back_stops_issuing_and_says_so),
	    FIXTURE_TEST(a_full_disk_refuses_and_recovers_by_itself),
	    FIXTURE_TEST(refusals_are_counted_in_a_few_entries),
	    FIXTURE_TEST(a_first_start_leaves_nothing_or_everything),
	    FIXTURE_TEST(
		no_told_certificate_is_forgotten_when_the_role_is_killed),
	    FIXTURE_TEST(the_tool_refuses_wrong_command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
