/* The signer as a process: frames in, frames out, and its end. */
#include "server/signer/signer_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/role_control.h"
#include "server/role_private.h"

enum {
	/* Keys under a pass phrase take sanitized programs long. */
	ANSWER_MS = 120000,
	REVOKED_MANY = 3000,
};

/* A supervisor and a core around one signer process. */
struct house {
	struct fixture *fixture; /* for its folder and its client */
	char *state_dir;
	const char *passphrase; /* or NULL */
	pid_t pid;
	int control;
	int core;
	uint32_t last_request;
	uint8_t storage[LIMIT_FRAME];
};

static void
run_signer(struct house *house, int control)
{
	struct server_config config = {
	    .state_dir = house->state_dir,
	    .names = house->fixture->names,
	    .http_port = 8020,
	    .https_port = 8383,
	    .agents_port = 8443,
	    .certificate_lifetime_ms = DAYS_MS(90),
	};
	struct role role = {
	    .name = "signer", .id = IPC_SIGNER, .config = &config};
	scoped(memory_freep) char *folder =
	    file_join(house->state_dir, "signer");

	/* As role_start does before it hands over. */
	check(chdir(folder) == 0);
	if (house->passphrase != NULL) {
		struct err err = ERR_INIT;

		check(fd_memfd_of("passphrase", view_string(house->passphrase),
		    &role.descriptors[0].fd, &err));
		snprintf(role.descriptors[0].name,
		    sizeof(role.descriptors[0].name), "passphrase");
		role.descriptor_count = 1;
	}
	role.loop = loop_new();
	role_open_control(&role, control);
	_exit(signer_main(&role));
}

static void
expect_control(struct house *house, uint16_t type)
{
	struct ipc_frame frame;
	struct err err = ERR_INIT;

	do {
		assert_int_equal(ipc_receive(house->control, house->storage,
				     &frame, ANSWER_MS, &err),
		    IO_OK);
	} while (frame.type == IPC_MESSAGE_STATUS);
	assert_int_equal(frame.type, type);
}

/* A new channel to the signer, as the supervisor makes it. */
static void
attach(struct house *house)
{
	scoped(buf_donep) struct buf body = BUF_INIT(64);
	struct role_peer peer = {.role = IPC_CORE, .instance = 7};
	struct ipc_frame frame = {.type = IPC_MESSAGE_ATTACH};
	struct err err = ERR_INIT;
	struct writer writer;
	int fds[2];

	assert_true(fd_packet_pair(fds, &err));
	writer_init(&writer, &body);
	role_attach_write(&writer, &peer);
	frame.body = buf_view(&body);
	frame.fd = fds[1];
	assert_true(ipc_send(house->control, &frame, ANSWER_MS, &err));
	fd_close(fds[1]);
	fd_close(house->core);
	house->core = fds[0];
}

static void
start(struct house *house)
{
	struct err err = ERR_INIT;
	int fds[2];

	assert_true(fd_packet_pair(fds, &err));
	house->pid = fork();
	assert_true(house->pid >= 0);
	if (house->pid == 0) {
		fd_close(fds[0]);
		fd_close(house->core);
		run_signer(house, fds[1]);
	}
	fd_close(fds[1]);
	house->control = fds[0];
	expect_control(house, IPC_MESSAGE_READY);
	attach(house);
}

static int
wait_for_end(struct house *house)
{
	int status = 0;

	assert_int_equal(waitpid(house->pid, &status, 0), house->pid);
	house->pid = 0;
	fd_close(house->control);
	house->control = -1;
	return status;
}

static void
send_request(
    struct house *house, uint16_t type, struct view body, uint32_t request)
{
	struct ipc_frame frame = {
	    .type = type, .request = request, .body = body, .fd = -1};
	struct err err = ERR_INIT;

	assert_true(ipc_send(house->core, &frame, ANSWER_MS, &err));
}

/* The fixture's transport, over frames. */
static bool
call(void *ctx, enum signer_message message, struct view body,
    struct signer_reply *out, struct err *err)
{
	struct house *house = ctx;
	uint16_t type = (uint16_t)(SIGNER_TYPE_FIRST + message);
	uint32_t request = ++house->last_request;
	struct ipc_frame frame;

	send_request(house, type, body, request);
	if (ipc_receive(house->core, house->storage, &frame, ANSWER_MS, err) !=
	    IO_OK)
		return err_set(err, ERR_SYSTEM, "no answer");
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.request, request);
	if (frame.body.length > 0) {
		out->descriptor = frame.fd;
		return buf_append_view(&out->body, frame.body, err);
	}
	assert_true(frame.fd >= 0);
	assert_true(fd_memfd_read(frame.fd, &out->body, err));
	fd_close(frame.fd);
	return true;
}

static int
set_up(void **state)
{
	struct house *house = memory_zeroed(sizeof(*house));
	void *fixture = NULL;

	if (fixture_set_up(&fixture) != 0)
		return -1;
	house->fixture = fixture;
	house->control = -1;
	house->core = -1;
	house->state_dir = fixture_path(fixture, "state");
	house->fixture->client =
	    (struct signer_client){.call = call, .ctx = house};
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;
	void *fixture = house->fixture;

	if (house->pid > 0) {
		kill(house->pid, SIGKILL);
		waitpid(house->pid, NULL, 0);
	}
	fd_close(house->control);
	fd_close(house->core);
	free(house->state_dir);
	free(house);
	return fixture_tear_down(&fixture);
}

/* STATE/signer, as the supervisor makes it. */
static void
make_state(struct house *house)
{
	scoped(memory_freep) char *folder =
	    file_join(house->state_dir, "signer");
	struct err err = ERR_INIT;

	assert_true(file_make_directory(
	    house->state_dir, 0711, (uid_t)-1, (gid_t)-1, &err));
	assert_true(
	    file_make_directory(folder, 0700, (uid_t)-1, (gid_t)-1, &err));
}

static void
it_answers_over_frames_and_ends_when_told(void **state)
{
	struct house *house = *state;
	struct ipc_frame stop = {.type = IPC_MESSAGE_STOP, .fd = -1};
	struct signer_server_identity identity;
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(buf_wipep) struct buf pem = BUF_INIT(KEY_PEM_MAX);
	scoped(key_freep) struct key *key = NULL;
	struct fixture *fixture = house->fixture;
	struct err err = ERR_INIT;

	make_state(house);
	start(house);
	fixture_enrol(fixture, true);
	assert_true(signer_client_server_identity(
	    &fixture->client, &fixture->reply, &identity, &err));
	assert_true(fd_memfd_read(fixture->reply.descriptor, &pem, &err));
	assert_true(key_load_pem(buf_view(&pem), view_of(NULL, 0), &key, &err));
	assert_true(
	    certificate_parse_der(identity.chain[0], &certificate, &err));
	assert_true(key_same_public(certificate_key(certificate), key));
	assert_true(ipc_send(house->control, &stop, ANSWER_MS, &err));
	assert_int_equal(wait_for_end(house), 0);
}

static void
a_long_answer_travels_as_a_sealed_memfd(void **state)
{
	struct house *house = *state;
	struct fixture *fixture = house->fixture;
	struct signer_head none = {0};
	struct signer_trust_set set;

	make_state(house);
	start(house);
	for (unsigned i = 0; i < REVOKED_MANY; i++) {
		char agent_id[ID_SIZE];

		id_make(agent_id);
		assert_true(fixture_revoke(fixture, agent_id));
	}
	assert_true(signer_client_trust_set(
	    &fixture->client, &none, &fixture->reply, &set, &fixture->err));
	assert_int_equal(
	    set.revoked_agents.length, REVOKED_MANY * SIGNER_UUID_BYTES);
}

static void
many_requests_at_once_are_all_answered_in_order(void **state)
{
	struct house *house = *state;
	struct err err = ERR_INIT;
	struct ipc_frame frame;

	make_state(house);
	start(house);
	for (uint32_t i = 1; i <= 100; i++)
		send_request(house, IPC_MESSAGE_SIGNER_JOURNAL_HEAD,
		    view_of(NULL, 0), i);
	for (uint32_t i = 1; i <= 100; i++) {
		assert_int_equal(ipc_receive(house->core, house->storage,
				     &frame, ANSWER_MS, &err),
		    IO_OK);
		assert_int_equal(frame.request, i);
	}
}

static void
who_breaks_the_protocol_is_reported_and_cut_off(void **state)
{
	struct house *house = *state;
	struct fixture *fixture = house->fixture;
	struct signer_head head;
	struct err err = ERR_INIT;
	struct ipc_frame frame;
	static const struct {
		uint16_t type;
		uint32_t request;
	} broken[] = {
	    {IPC_MESSAGE_SIGNER_ENROL, 1},      /* a form that is none */
	    {IPC_MESSAGE_SIGNER_STATUS, 0},     /* no request id */
	    {IPC_MESSAGE_SIGNER_STATUS + 1, 1}, /* no such message */
	    {IPC_MESSAGE_REQUEST, 1},           /* not for the signer */
	};

	make_state(house);
	start(house);
	for (size_t i = 0; i < array_length(broken); i++) {
		send_request(house, broken[i].type, VIEW_LITERAL("\x09"),
		    broken[i].request);
		expect_control(house, IPC_MESSAGE_PEER_BROKEN);
		assert_int_equal(ipc_receive(house->core, house->storage,
				     &frame, ANSWER_MS, &err),
		    IO_EOF);
		attach(house);
	}
	assert_true(signer_client_journal_head(&fixture->client, &head, &err));
}

static void
a_core_that_goes_away_takes_nobody_with_it(void **state)
{
	struct house *house = *state;
	struct fixture *fixture = house->fixture;
	struct signer_head head;
	struct err err = ERR_INIT;

	make_state(house);
	start(house);
	for (unsigned i = 0; i < 20; i++) {
		for (uint32_t n = 1; n <= 10; n++)
			send_request(house, IPC_MESSAGE_SIGNER_JOURNAL_HEAD,
			    view_of(NULL, 0), n);
		fd_close(house->core);
		house->core = -1;
		attach(house);
	}
	assert_true(signer_client_journal_head(&fixture->client, &head, &err));
}

static void
it_ends_when_the_supervisor_is_gone(void **state)
{
	struct house *house = *state;
	int status;

	make_state(house);
	start(house);
	fd_close(house->control);
	house->control = -1;
	status = wait_for_end(house);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void
what_was_answered_is_there_after_a_kill(void **state)
{
	struct house *house = *state;
	struct fixture *fixture = house->fixture;
	scoped(key_freep) struct key *fresh = NULL;

	make_state(house);
	for (unsigned round = 0; round < 8; round++) {
		struct signer_issued issued;

		start(house);
		fixture_enrol(fixture, true);
		kill(house->pid, SIGKILL);
		ignore_result(wait_for_end(house) != 0);
		start(house);
		key_free(fresh);
		fresh = fixture_key();
		assert_true(fixture_renew(fixture, fresh, &issued));
		assert_string_equal(issued.agent_id, fixture->issued.agent_id);
		kill(house->pid, SIGKILL);
		ignore_result(wait_for_end(house) != 0);
	}
}

static void
the_pass_phrase_that_it_is_given_guards_its_keys(void **state)
{
	struct house *house = *state;
	scoped(memory_freep) char *file =
	    file_join(house->state_dir, "signer/authority/agent-ca.key");
	scoped(buf_wipep) struct buf pem = BUF_INIT(KEY_PEM_MAX);
	struct err err = ERR_INIT;

	make_state(house);
	house->passphrase = "open sesame";
	start(house);
	fixture_enrol(house->fixture, true);
	assert_true(file_read(file, &pem, &err));
	assert_non_null(
	    memmem(pem.data, pem.length, "ENCRYPTED PRIVATE KEY", 21));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(it_answers_over_frames_and_ends_when_told),
	    TEST(a_long_answer_travels_as_a_sealed_memfd),
	    TEST(many_requests_at_once_are_all_answered_in_order),
	    TEST(who_breaks_the_protocol_is_reported_and_cut_off),
	    TEST(a_core_that_goes_away_takes_nobody_with_it),
	    TEST(it_ends_when_the_supervisor_is_gone),
	    TEST(what_was_answered_is_there_after_a_kill),
	    TEST(the_pass_phrase_that_it_is_given_guards_its_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
