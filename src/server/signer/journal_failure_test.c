/* The journal when the system's calls fail, each of them once: what was not
 * durable is never taken for it. The test's own fdatasync, pwrite, ftruncate
 * and fallocate stand before the library's. */
#include "base/cmocka_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/file.h"
#include "server/signer/journal.h"

enum failing {
	NOTHING,
	SYNC,
	WRITE,       /* nothing is written */
	SHORT_WRITE, /* a part is, the next one fails */
	TRUNCATE,
	RESERVE,
};

static enum failing failing;
static int error_given;

int
fdatasync(int fd)
{
	if (failing == SYNC) {
		errno = error_given;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

ssize_t
pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	if (failing == WRITE || failing == TRUNCATE) {
		errno = error_given;
		return -1;
	}
	if (failing == SHORT_WRITE) {
		failing = WRITE;
		length /= 2;
	}
	return syscall(SYS_pwrite64, fd, bytes, length, offset);
}

int
ftruncate(int fd, off_t length)
{
	if (failing == TRUNCATE) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, length);
}

int
fallocate(int fd, int mode, off_t offset, off_t length)
{
	if (failing == RESERVE) {
		errno = error_given;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}

struct fixture {
	char folder[64];
	char *path;
	uint32_t entries;
};

static int
set_up(void **state)
{
	struct fixture *fixture = memory_zeroed(sizeof(*fixture));

	failing = NOTHING;
	snprintf(fixture->folder, sizeof(fixture->folder),
	    "/tmp/warifu-journal-XXXXXX");
	if (mkdtemp(fixture->folder) == NULL)
		return -1;
	fixture->path = file_join(fixture->folder, "journal");
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	failing = NOTHING;
	unlink(fixture->path);
	rmdir(fixture->folder);
	free(fixture->path);
	free(fixture);
	return 0;
}

static bool
count(void *context, const struct journal_entry *entry, uint32_t n,
    bool is_proven, struct err *err)
{
	struct fixture *fixture = context;

	assert_true(is_proven);
	fixture->entries++;
	return true;
}

static struct journal *
open_it(struct fixture *fixture)
{
	struct journal *journal = NULL;
	struct err err = ERR_INIT;

	fixture->entries = 0;
	assert_true(
	    journal_open(fixture->path, count, fixture, &journal, &err));
	assert_null(journal_trouble(journal));
	return journal;
}

static bool
add(struct journal *journal, struct err *err)
{
	scoped(json_freep) json_t *entry = json_object();

	json_set_string(entry, "type", "word");
	return journal_append(journal, entry, JOURNAL_ORDINARY, 1000, err);
}

static void
after_a_failed_sync_nothing_goes_on(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	struct err err = ERR_INIT;

	assert_true(add(journal, &err));
	failing = SYNC;
	error_given = EIO;
	assert_false(journal_sync(journal, &err));
	assert_int_equal(err.category, ERR_UNCERTAIN);
	/* A second sync could succeed although the pages are lost. */
	failing = NOTHING;
	assert_false(journal_sync(journal, &err));
	assert_int_equal(err.category, ERR_UNCERTAIN);
	assert_false(add(journal, &err));
	assert_int_equal(err.category, ERR_UNCERTAIN);
	journal_free(journal);
	journal = open_it(fixture);
	assert_true(add(journal, &err) && journal_sync(journal, &err));
	journal_free(journal);
}

static void
a_write_that_fails_leaves_no_trace(void **state)
{
	static const enum failing ways[] = {WRITE, SHORT_WRITE};
	static const int errors[] = {ENOSPC, EDQUOT, EFBIG, EIO};
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	struct err err = ERR_INIT;
	uint32_t added = 0;

	for (size_t i = 0; i < array_length(ways) * array_length(errors); i++) {
		struct signer_head head = *journal_head(journal);

		failing = ways[i % array_length(ways)];
		error_given = errors[i / array_length(ways)];
		assert_false(add(journal, &err));
		assert_int_equal(
		    err.category, error_given == EIO ? ERR_SYSTEM : ERR_LIMIT);
		assert_memory_equal(&head, journal_head(journal), sizeof(head));
		failing = NOTHING;
		assert_true(add(journal, &err));
		assert_true(journal_sync(journal, &err));
		added++;
	}
	journal_free(journal);
	journal_free(open_it(fixture));
	assert_int_equal(fixture->entries, added);
}

static void
a_write_that_cannot_be_undone_ends_it(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	struct err err = ERR_INIT;

	assert_true(add(journal, &err) && journal_sync(journal, &err));
	failing = TRUNCATE;
	error_given = ENOSPC;
	assert_false(add(journal, &err));
	assert_int_equal(err.category, ERR_UNCERTAIN);
	failing = NOTHING;
	assert_false(add(journal, &err));
	assert_false(journal_sync(journal, &err));
	assert_int_equal(err.category, ERR_UNCERTAIN);
	journal_free(journal);
	journal_free(open_it(fixture));
	assert_int_equal(fixture->entries, 1);
}

static void
a_file_system_without_reservation_is_no_full_disk(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	struct err err = ERR_INIT;

	failing = RESERVE;
	error_given = EOPNOTSUPP;
	assert_true(add(journal, &err) && journal_sync(journal, &err));
	error_given = ENOSPC;
	assert_false(add(journal, &err));
	assert_string_equal(err.code, "journal_full");
	failing = NOTHING;
	assert_true(add(journal, &err) && journal_sync(journal, &err));
	journal_free(journal);
	journal_free(open_it(fixture));
	assert_int_equal(fixture->entries, 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(after_a_failed_sync_nothing_goes_on),
	    TEST(a_write_that_fails_leaves_no_trace),
	    TEST(a_write_that_cannot_be_undone_ends_it),
	    TEST(a_file_system_without_reservation_is_no_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
