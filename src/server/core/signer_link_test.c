/* Calls to a signer that answers, dies, comes back, or says nonsense. */
#include "base/cmocka_test.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ipc/messages.h"
#include "ipc/signer_client.h"
#include "os/fd.h"
#include "server/core/signer_link.h"

struct fixture {
	struct signer_link *link;
	int ours; /* the link's end */
	int theirs;
	pthread_t caller;
	bool is_answered;
	uint64_t revision;
	long waits; /* how often the caller went to sleep */
	struct err err;
};

static void
connect_signer(struct fixture *f)
{
	int pair[2];
	struct err err = ERR_INIT;

	assert_true(fd_packet_pair(pair, &err));
	f->ours = pair[0];
	f->theirs = pair[1];
	assert_true(signer_link_attach(f->link, f->ours, &err));
}

static void
disconnect_signer(struct fixture *f)
{
	fd_close(f->theirs);
	fd_close(f->ours);
	signer_link_detach(f->link);
}

static void *
call_revoke(void *context)
{
	struct fixture *f = context;
	struct signer_agent_order order = {
	    .agent_id = "01890a5d-ac96-774b-bcce-b302099a8057"};

	f->is_answered = signer_client_revoke(
	    signer_link_client(f->link), &order, &f->revision, &f->err);
	return NULL;
}

static void *
call_command(void *context)
{
	struct fixture *f = context;
	struct signer_command command = {
	    .agent_id = "01890a5d-ac96-774b-bcce-b302099a8057",
	    .action = SIGNER_ACTION_UNINSTALL};
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_object jws;

	f->is_answered = signer_client_sign_command(
	    signer_link_client(f->link), &command, &reply, &jws, &f->err);
	return NULL;
}

static uint32_t
receive_request(struct fixture *f, uint16_t type)
{
	uint8_t storage[LIMIT_FRAME];
	struct ipc_frame frame;
	struct err err = ERR_INIT;

	assert_int_equal(
	    ipc_receive(f->theirs, storage, &frame, 5000, &err), IO_OK);
	assert_int_equal(frame.type, type);
	assert_int_not_equal(frame.request, 0);
	return frame.request;
}

static void
answer(struct fixture *f, uint16_t type, uint32_t request, uint64_t revision)
{
	struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct signer_revision value = {.revision = revision};
	struct ipc_frame frame = {.type = type, .request = request, .fd = -1};
	struct writer writer;

	writer_init(&writer, &body);
	signer_answer_ok(&writer);
	signer_revision_write(&writer, &value);
	frame.body = buf_view(&body);
	signer_link_answer(f->link, &frame);
	buf_done(&body);
}

static void
begin(struct fixture *f, void *(*call)(void *))
{
	f->err = (struct err)ERR_INIT;
	assert_int_equal(pthread_create(&f->caller, NULL, call, f), 0);
}

static void
an_answer_reaches_the_call_with_its_id(void **state)
{
	struct fixture f = {.link = signer_link_new()};
	uint32_t request;

	connect_signer(&f);
	begin(&f, call_revoke);
	request = receive_request(&f, IPC_MESSAGE_SIGNER_REVOKE);
	answer(&f, IPC_MESSAGE_SIGNER_REVOKE, request + 1, 666);
	answer(&f, IPC_MESSAGE_SIGNER_RETIRE, request, 666);
	answer(&f, IPC_MESSAGE_SIGNER_REVOKE, request, 7);
	pthread_join(f.caller, NULL);
	assert_true(f.is_answered);
	assert_int_equal(f.revision, 7);
	disconnect_signer(&f);
	signer_link_free(f.link);
}

static void *
call_and_count(void *context)
{
	struct fixture *f = context;
	struct rusage usage;

	ignore_result(call_revoke(f) == NULL);
	assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
	f->waits = usage.ru_nvcsw;
	return NULL;
}

/* In a storm of enrolments every worker waits here: were each woken by each
 * answer, the waking would cost core more than the work. */
static void
an_answer_wakes_the_call_with_its_id_alone(void **state)
{
	struct fixture patient = {.link = signer_link_new()};
	struct fixture other = {.link = patient.link};
	enum {
		ANSWERS = 64
	};
	uint32_t waiting;

	connect_signer(&patient);
	other.theirs = patient.theirs;
	begin(&patient, call_and_count);
	waiting = receive_request(&patient, IPC_MESSAGE_SIGNER_REVOKE);
	for (uint64_t i = 0; i < ANSWERS; i++) {
		uint32_t request;

		begin(&other, call_revoke);
		request = receive_request(&other, IPC_MESSAGE_SIGNER_REVOKE);
		answer(&other, IPC_MESSAGE_SIGNER_REVOKE, request, i);
		pthread_join(other.caller, NULL);
		assert_true(other.is_answered);
		assert_int_equal(other.revision, i);
	}
	answer(&patient, IPC_MESSAGE_SIGNER_REVOKE, waiting, 4711);
	pthread_join(patient.caller, NULL);
	assert_true(patient.is_answered);
	assert_int_equal(patient.revision, 4711);
	assert_in_range(patient.waits, 0, ANSWERS / 2);
	disconnect_signer(&patient);
	signer_link_free(patient.link);
}

enum {
	CALLS_AT_ONCE = 8
};

static void
all_calls_under_way_end_with_their_channel(void **state)
{
	struct fixture calls[CALLS_AT_ONCE] = {{.link = signer_link_new()}};

	connect_signer(&calls[0]);
	for (size_t i = 0; i < CALLS_AT_ONCE; i++) {
		calls[i].link = calls[0].link;
		calls[i].theirs = calls[0].theirs;
		begin(&calls[i], call_command);
		ignore_result(receive_request(&calls[i],
				  IPC_MESSAGE_SIGNER_SIGN_COMMAND) != 0);
	}
	disconnect_signer(&calls[0]);
	for (size_t i = 0; i < CALLS_AT_ONCE; i++) {
		pthread_join(calls[i].caller, NULL);
		assert_false(calls[i].is_answered);
		assert_string_equal(calls[i].err.code, "signer_away");
	}
	signer_link_free(calls[0].link);
}

static void
a_call_survives_the_death_of_the_signer(void **state)
{
	struct fixture f = {.link = signer_link_new()};
	uint32_t request;

	connect_signer(&f);
	begin(&f, call_revoke);
	ignore_result(receive_request(&f, IPC_MESSAGE_SIGNER_REVOKE) != 0);
	disconnect_signer(&f);
	usleep(20000);
	connect_signer(&f);
	request = receive_request(&f, IPC_MESSAGE_SIGNER_REVOKE);
	answer(&f, IPC_MESSAGE_SIGNER_REVOKE, request, 8);
	pthread_join(f.caller, NULL);
	assert_true(f.is_answered);
	assert_int_equal(f.revision, 8);
	disconnect_signer(&f);
	signer_link_free(f.link);
}

static void
a_command_is_never_asked_for_twice(void **state)
{
	struct fixture f = {.link = signer_link_new()};

	connect_signer(&f);
	begin(&f, call_command);
	ignore_result(
	    receive_request(&f, IPC_MESSAGE_SIGNER_SIGN_COMMAND) != 0);
	disconnect_signer(&f);
	pthread_join(f.caller, NULL);
	assert_false(f.is_answered);
	assert_string_equal(f.err.code, "signer_away");
	signer_link_free(f.link);
}

/* Ten seconds for an absent signer were longer than core has to end. */
static void
no_call_waits_for_an_absent_signer_when_core_ends(void **state)
{
	struct fixture f = {.link = signer_link_new()};
	int64_t began_ms = clock_monotonic_ms();

	begin(&f, call_revoke);
	usleep(20000);
	signer_link_end(f.link);
	pthread_join(f.caller, NULL);
	assert_false(f.is_answered);
	assert_string_equal(f.err.code, "signer_away");
	assert_true(clock_monotonic_ms() - began_ms < SIGNER_CALL_MS / 2);
	signer_link_free(f.link);
}

static void
a_call_under_way_is_still_answered_when_core_ends(void **state)
{
	struct fixture f = {.link = signer_link_new()};
	uint32_t request;

	connect_signer(&f);
	begin(&f, call_revoke);
	request = receive_request(&f, IPC_MESSAGE_SIGNER_REVOKE);
	signer_link_end(f.link);
	answer(&f, IPC_MESSAGE_SIGNER_REVOKE, request, 9);
	pthread_join(f.caller, NULL);
	assert_true(f.is_answered);
	assert_int_equal(f.revision, 9);
	/* And one that stays silent is given up with its channel. */
	begin(&f, call_revoke);
	ignore_result(receive_request(&f, IPC_MESSAGE_SIGNER_REVOKE) != 0);
	disconnect_signer(&f);
	pthread_join(f.caller, NULL);
	assert_string_equal(f.err.code, "signer_away");
	signer_link_free(f.link);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_reaches_the_call_with_its_id),
	    cmocka_unit_test(an_answer_wakes_the_call_with_its_id_alone),
	    cmocka_unit_test(all_calls_under_way_end_with_their_channel),
	    cmocka_unit_test(a_call_survives_the_death_of_the_signer),
	    cmocka_unit_test(a_command_is_never_asked_for_twice),
	    cmocka_unit_test(no_call_waits_for_an_absent_signer_when_core_ends),
	    cmocka_unit_test(a_call_under_way_is_still_answered_when_core_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
