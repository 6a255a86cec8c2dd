/* Settings that are for good: nothing that core says, and nothing that happens
 * to the journal or the database, lifts one. */
#include "server/signer/signer_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"

static bool
enforce(struct fixture *fixture)
{
	struct signer_enforce request = {
	    .setting = SIGNER_SETTING_TWO_FACTOR, .by = view_string("admin")};

	return signer_client_enforce(&fixture->client, &request, &fixture->err);
}

static bool
is_enforced(struct fixture *fixture)
{
	struct signer_enforced enforced;

	assert_true(
	    signer_client_enforced(&fixture->client, &enforced, &fixture->err));
	return signer_is_enforced(&enforced, SIGNER_SETTING_TWO_FACTOR);
}

static void
nothing_is_enforced_at_first(void **state)
{
	struct fixture *fixture = *state;

	assert_false(is_enforced(fixture));
	fixture_restart(fixture);
	assert_false(is_enforced(fixture));
}

static void
what_is_enforced_stays_so_and_is_journalled_once(void **state)
{
	struct fixture *fixture = *state;
	uint64_t entries = journal_head(fixture->signer->journal)->n;

	assert_true(enforce(fixture));
	assert_true(is_enforced(fixture));
	assert_int_equal(
	    journal_head(fixture->signer->journal)->n, entries + 1);
	assert_true(enforce(fixture));
	assert_int_equal(
	    journal_head(fixture->signer->journal)->n, entries + 1);
	fixture_restart(fixture);
	assert_null(journal_trouble(fixture->signer->journal));
	assert_true(is_enforced(fixture));
}

/* The answer is not sent before signer_sync() (signer.h), and what is not
 * answered may be on the disk: a crash between the two takes nothing back. */
static void
it_is_on_the_disk_before_the_answer(void **state)
{
	struct fixture *fixture = *state;

	assert_true(enforce(fixture));
	assert_true(journal_is_synced(fixture->signer->journal));
}

static void
no_body_unsays_it(void **state)
{
	struct fixture *fixture = *state;

	assert_true(enforce(fixture));
	/* Every message with bodies that are not its form, and with those of
	 * this one with the number of no setting. */
	for (unsigned message = 0; message < SIGNER_MESSAGE_COUNT; message++)
		for (size_t length = 0; length < 12; length++) {
			scoped(buf_donep) struct buf answer =
			    BUF_INIT(SIGNER_ANSWER_MAX);
			uint8_t body[12] = {0};
			struct err err = ERR_INIT;
			int descriptor = -1;

			ignore_result(signer_answer(fixture->signer,
			    (enum signer_message)message, view_of(body, length),
			    &answer, &descriptor, &err));
			fd_close(descriptor);
		}
	assert_true(is_enforced(fixture));
	fixture_restart(fixture);
	assert_true(is_enforced(fixture));
}

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

static void
a_broken_journal_lifts_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_true(enforce(fixture));
	/* In the first entry: all that follows is unproven. */
	flip_a_byte(fixture, 40);
	fixture_restart(fixture);
	assert_non_null(journal_trouble(fixture->signer->journal));
	assert_true(is_enforced(fixture));
}

static void
a_broken_journal_keeps_nobody_from_being_stricter(void **state)
{
	struct fixture *fixture = *state;

	flip_a_byte(fixture, 40);
	fixture_restart(fixture);
	assert_false(is_enforced(fixture));
	assert_true(enforce(fixture));
	assert_true(is_enforced(fixture));
	fixture_restart(fixture);
	assert_true(is_enforced(fixture));
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    FIXTURE_TEST(nothing_is_enforced_at_first),
	    FIXTURE_TEST(what_is_enforced_stays_so_and_is_journalled_once),
	    FIXTURE_TEST(it_is_on_the_disk_before_the_answer),
	    FIXTURE_TEST(no_body_unsays_it),
	    FIXTURE_TEST(a_broken_journal_lifts_nothing),
	    FIXTURE_TEST(a_broken_journal_keeps_nobody_from_being_stricter),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
