/* The journal: nothing acknowledged gets lost, nothing changed goes unseen. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/signer/journal.h"
#include "server/signer/journal_line.h"

struct fixture {
	char folder[64];
	char *path;
	uint32_t proven;
	uint32_t unproven;
};

static int
set_up(void **state)
{
	struct fixture *fixture = memory_zeroed(sizeof(*fixture));

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

	if (journal_entry_find(entry, "poison") != NULL && is_proven)
		return err_set(err, ERR_MALFORMED, "poison");
	if (is_proven)
		fixture->proven++;
	else
		fixture->unproven++;
	return true;
}

static struct journal *
open_it(struct fixture *fixture)
{
	struct journal *journal = NULL;
	struct err err = ERR_INIT;

	fixture->proven = 0;
	fixture->unproven = 0;
	assert_true(
	    journal_open(fixture->path, count, fixture, &journal, &err));
	return journal;
}

static bool
add_word(struct journal *journal, const char *word, struct err *err)
{
	scoped(json_freep) json_t *entry = json_object();

	json_set_string(entry, "type", word);
	return journal_append(journal, entry, JOURNAL_ORDINARY, 1000, err);
}

static void
add(struct journal *journal, unsigned entries)
{
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < entries; i++)
		assert_true(add_word(journal, "word", &err));
	assert_true(journal_sync(journal, &err));
}

static void
make(struct fixture *fixture, unsigned entries)
{
	scoped(journal_freep) struct journal *journal = open_it(fixture);

	add(journal, entries);
}

static void
load(struct fixture *fixture, struct buf *out)
{
	struct err err = ERR_INIT;

	assert_true(file_read(fixture->path, out, &err));
}

static void
store(struct fixture *fixture, struct view bytes)
{
	struct err err = ERR_INIT;

	assert_true(file_write_atomic(fixture->path, bytes, 0600, &err));
}

static void
a_second_process_does_not_get_it(void **state)
{
	scoped(journal_freep) struct journal *journal = open_it(*state);
	struct fixture *fixture = *state;
	struct journal *second = NULL;
	struct err err = ERR_INIT;

	assert_non_null(journal);
	assert_false(
	    journal_open(fixture->path, count, fixture, &second, &err));
	assert_string_equal(err.code, "journal_locked");
}

/* Change every byte of the file, one at a time: each change is found. */
static void
every_changed_byte_breaks_it(void **state)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(1 << 20);

	make(*state, 4);
	load(*state, &bytes);
	for (size_t i = 0; i < bytes.length; i++) {
		struct journal *journal;

		bytes.data[i] ^= 1;
		store(*state, buf_view(&bytes));
		journal = open_it(*state);
		/* The very last newline: then the line is torn, and cut. */
		if (i + 1 == bytes.length)
			assert_true(journal_cut_bytes(journal) > 0);
		else
			assert_non_null(journal_trouble(journal));
		journal_free(journal);
		bytes.data[i] ^= 1;
	}
}

static void
line_at(struct view bytes, unsigned number, size_t *out_from, size_t *out_to)
{
	struct journal_scan scan = {.rest = bytes};
	struct view line;
	uint64_t offset = 0;

	for (unsigned i = 0; i <= number; i++)
		assert_true(journal_scan_next(&scan, &line, &offset));
	*out_from = (size_t)offset;
	*out_to = (size_t)scan.offset;
}

static void
a_removed_line_breaks_it_and_the_rest_is_salvaged(void **state)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(1 << 20);
	struct fixture *fixture = *state;
	struct journal *journal;
	struct err err = ERR_INIT;
	size_t from;
	size_t to;

	make(fixture, 6);
	load(fixture, &bytes);
	line_at(buf_view(&bytes), 2, &from, &to);
	memmove(bytes.data + from, bytes.data + to, bytes.length - to);
	bytes.length -= to - from;
	store(fixture, buf_view(&bytes));
	journal = open_it(fixture);
	assert_non_null(journal_trouble(journal));
	assert_int_equal(fixture->proven, 2);
	assert_int_equal(fixture->unproven, 3);
	assert_false(add_word(journal, "word", &err));
	assert_string_equal(err.code, "journal_broken");
	journal_free(journal);
}

static void
swapped_lines_break_it(void **state)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(1 << 20);
	scoped(buf_donep) struct buf swapped = BUF_INIT(1 << 20);
	struct journal *journal;
	struct err err = ERR_INIT;
	size_t from[2];
	size_t to[2];

	make(*state, 4);
	load(*state, &bytes);
	for (unsigned i = 0; i < 2; i++)
		line_at(buf_view(&bytes), i + 1, &from[i], &to[i]);
	assert_true(buf_append(&swapped, bytes.data, from[0], &err));
	assert_true(
	    buf_append(&swapped, bytes.data + from[1], to[1] - from[1], &err));
	assert_true(
	    buf_append(&swapped, bytes.data + from[0], to[0] - from[0], &err));
	assert_true(buf_append(
	    &swapped, bytes.data + to[1], bytes.length - to[1], &err));
	store(*state, buf_view(&swapped));
	journal = open_it(*state);
	assert_non_null(journal_trouble(journal));
	journal_free(journal);
}

static void
an_entry_that_its_reader_refuses_breaks_it(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	json_t *entry = json_object();
	struct err err = ERR_INIT;

	json_set_string(entry, "poison", "poison");
	assert_true(
	    journal_append(journal, entry, JOURNAL_ORDINARY, 1000, &err));
	json_decref(entry);
	add(journal, 1);
	journal_free(journal);
	journal = open_it(fixture);
	assert_non_null(strstr(journal_trouble(journal), "poison"));
	assert_int_equal(fixture->proven, 0);
	assert_int_equal(fixture->unproven, 2);
	journal_free(journal);
}

/* Cut the last line at every length: it is forgotten, the others stay. */
static void
a_torn_last_line_is_cut_and_writing_goes_on(void **state)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(1 << 20);
	struct fixture *fixture = *state;
	size_t from;
	size_t to;

	make(fixture, 3);
	load(fixture, &bytes);
	line_at(buf_view(&bytes), 2, &from, &to);
	for (size_t cut = from + 1; cut < to; cut++) {
		struct journal *journal;

		store(fixture, view_of(bytes.data, cut));
		journal = open_it(fixture);
		assert_null(journal_trouble(journal));
		assert_int_equal(journal_cut_bytes(journal), cut - from);
		assert_int_equal(fixture->proven, 2);
		add(journal, 1);
		journal_free(journal);
		journal = open_it(fixture);
		assert_null(journal_trouble(journal));
		assert_int_equal(fixture->proven, 3);
		journal_free(journal);
	}
}

static void
a_head_seen_elsewhere_must_be_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	struct signer_head early;
	struct signer_head late;
	struct err err = ERR_INIT;

	add(journal, 2);
	early = *journal_head(journal);
	add(journal, 3);
	late = *journal_head(journal);
	assert_true(journal_contains(journal, &early, &err));
	assert_true(journal_contains(journal, &late, &err));
	assert_true(journal_contains(journal, &(struct signer_head){0}, &err));
	early.hash[0] ^= 1;
	assert_false(journal_contains(journal, &early, &err));
	assert_string_equal(err.code, "journal_rolled_back");
	journal_free(journal);
	unlink(fixture->path);
	make(fixture, 4);
	journal = open_it(fixture);
	assert_false(journal_contains(journal, &late, &err));
	assert_string_equal(err.code, "journal_rolled_back");
	journal_free(journal);
}

static void
entries_are_read_back_by_number(void **state)
{
	scoped(journal_freep) struct journal *journal = open_it(*state);
	scoped(buf_donep) struct buf line = BUF_INIT(JOURNAL_LINE_MAX);
	struct journal_entry entry;
	struct err err = ERR_INIT;
	uint64_t n = 0;

	add(journal, 5);
	for (uint32_t i = 1; i <= 5; i++) {
		assert_true(journal_read(journal, i, &line, &entry, &err));
		assert_true(journal_entry_integer(&entry, "n", 5, &n, &err));
		assert_int_equal(n, i);
	}
	assert_false(journal_read(journal, 6, &line, &entry, &err));
	assert_false(journal_read(journal, 0, &line, &entry, &err));
}

static void
limit_file_size(rlim_t bytes)
{
	struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on the file's size stands for a full disk. */
static void
without_room_nothing_is_half_done_and_it_recovers(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = open_it(fixture);
	scoped(json_freep) json_t *entry = json_object();
	struct signer_head before;
	struct err err = ERR_INIT;

	signal(SIGXFSZ, SIG_IGN);
	add(journal, 2);
	before = *journal_head(journal);
	limit_file_size(2000);
	while (add_word(journal, "word", &err)) {
		before = *journal_head(journal);
		assert_true(before.n < 20000);
	}
	assert_string_equal(err.code, "journal_full");
	assert_int_equal(err.category, ERR_LIMIT);
	assert_memory_equal(&before, journal_head(journal), sizeof(before));
	/* What takes away still finds room in the reserve. */
	json_set_string(entry, "type", "revoked");
	limit_file_size(512 * 1024);
	assert_true(journal_append(journal, entry, JOURNAL_URGENT, 1000, &err));
	limit_file_size(RLIM_INFINITY);
	add(journal, 3);
	before = *journal_head(journal);
	journal_free(journal);
	journal = open_it(fixture);
	assert_null(journal_trouble(journal));
	assert_memory_equal(&before, journal_head(journal), sizeof(before));
	journal_free(journal);
}

/* A process appends for ever and tells each durable number through a pipe. */
static void
append_until_killed(const char *path, int pipe)
{
	struct fixture fixture = {.proven = 0};
	struct journal *journal = NULL;
	struct err err = ERR_INIT;

	if (!journal_open(path, count, &fixture, &journal, &err))
		_exit(1);
	for (;;) {
		uint64_t n;

		if (!add_word(journal, "word", &err) ||
		    !add_word(journal, "word", &err) ||
		    !journal_sync(journal, &err))
			_exit(1);
		n = journal_head(journal)->n;
		if (write(pipe, &n, sizeof(n)) != sizeof(n))
			_exit(0);
	}
}

static uint64_t
last_told(int pipe)
{
	uint64_t last = 0;
	uint64_t n;

	while (read(pipe, &n, sizeof(n)) == sizeof(n))
		last = n;
	return last;
}

static void
nothing_told_is_lost_when_the_process_is_killed(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned round = 0; round < 25; round++) {
		struct journal *journal;
		uint64_t told;
		int fds[2];
		pid_t child;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			append_until_killed(fixture->path, fds[1]);
		close(fds[1]);
		usleep(2000 + 1700 * round);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		told = last_told(fds[0]);
		close(fds[0]);
		journal = open_it(fixture);
		assert_null(journal_trouble(journal));
		assert_true(journal_head(journal)->n >= told);
		journal_free(journal);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_second_process_does_not_get_it),
	    TEST(every_changed_byte_breaks_it),
	    TEST(a_removed_line_breaks_it_and_the_rest_is_salvaged),
	    TEST(swapped_lines_break_it),
	    TEST(an_entry_that_its_reader_refuses_breaks_it),
	    TEST(a_torn_last_line_is_cut_and_writing_goes_on),
	    TEST(a_head_seen_elsewhere_must_be_in_it),
	    TEST(entries_are_read_back_by_number),
	    TEST(without_room_nothing_is_half_done_and_it_recovers),
	    TEST(nothing_told_is_lost_when_the_process_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
