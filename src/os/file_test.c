/* Files and descriptors: what is refused, and what survives. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"

static char folder[] = "/tmp/warifu-file-XXXXXX";

static int
enter_folder(void **state)
{
	return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int
leave_folder(void **state)
{
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static mode_t
mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static void
assert_contents(const char *path, const char *text)
{
	scoped(buf_donep) struct buf read = BUF_INIT(1000);
	struct err err = ERR_INIT;

	assert_true(file_read(path, &read, &err));
	assert_true(view_equal_string(buf_view(&read), text));
}

static void
a_file_is_replaced_whole_with_its_mode(void **state)
{
	struct err err = ERR_INIT;
	mode_t old = umask(0777);

	assert_true(file_write_atomic("a", VIEW_LITERAL("one"), 0600, &err));
	assert_true(file_write_atomic("a", VIEW_LITERAL("two"), 0644, &err));
	(void)umask(old);
	assert_int_equal(mode_of("a"), 0644);
	assert_contents("a", "two");
	assert_true(file_remove("a", &err));
	assert_true(file_remove("a", &err));
	assert_false(file_exists("a"));
}

static void
a_file_that_cannot_be_written_leaves_the_old_one(void **state)
{
	struct err err = ERR_INIT;

	assert_false(
	    file_write_atomic("missing/a", VIEW_LITERAL("x"), 0600, &err));
	assert_int_equal(err.category, ERR_SYSTEM);
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_false(file_write_atomic("dir", VIEW_LITERAL("x"), 0600, &err));
	assert_int_equal(rmdir("dir"), 0);
}

static void
an_exclusive_file_is_never_replaced(void **state)
{
	struct err err = ERR_INIT;

	assert_true(
	    file_create_exclusive("a", VIEW_LITERAL("one"), 0600, &err));
	assert_false(
	    file_create_exclusive("a", VIEW_LITERAL("two"), 0600, &err));
	assert_int_equal(err.category, ERR_CONFLICT);
	assert_contents("a", "one");
	assert_true(file_remove("a", &err));
}

static void
reading_is_bounded_and_says_what_is_missing(void **state)
{
	scoped(buf_donep) struct buf small = BUF_INIT(2);
	struct err err = ERR_INIT;

	assert_false(file_read("none", &small, &err));
	assert_int_equal(err.category, ERR_NOT_FOUND);
	assert_true(file_write_atomic("a", VIEW_LITERAL("three"), 0600, &err));
	assert_false(file_read("a", &small, &err));
	assert_int_equal(err.category, ERR_LIMIT);
	assert_true(file_remove("a", &err));
}

static void
a_secret_that_others_may_read_is_refused(void **state)
{
	scoped(buf_donep) struct buf read = BUF_INIT(100);
	struct err err = ERR_INIT;

	assert_true(file_write_atomic("a", VIEW_LITERAL("secret"), 0640, &err));
	assert_false(file_read_private("a", &read, &err));
	assert_int_equal(err.category, ERR_DENIED);
	assert_non_null(strstr(err.sentence, "mode 0640"));
	assert_int_equal(chmod("a", 0600), 0);
	assert_true(file_read_private("a", &read, &err));
	assert_false(file_read_private(".", &read, &err));
	assert_int_equal(err.category, ERR_DENIED);
	assert_true(file_remove("a", &err));
}

static void
what_is_appended_comes_after_what_was_there(void **state)
{
	struct err err = ERR_INIT;
	int fd;

	for (int i = 0; i < 2; i++) {
		assert_true(file_open_append("log", 0600, &fd, &err));
		assert_true(file_append_sync(fd, VIEW_LITERAL("line\n"), &err));
		fd_close(fd);
	}
	assert_contents("log", "line\nline\n");
	assert_int_equal(mode_of("log"), 0600);
	assert_true(file_remove("log", &err));
	assert_int_equal(symlink("elsewhere", "log"), 0);
	assert_false(file_open_append("log", 0600, &fd, &err));
	assert_true(file_remove("log", &err));
}

static void
a_directory_of_wrong_mode_or_kind_is_refused(void **state)
{
	struct err err = ERR_INIT;
	uid_t same = (uid_t)-1;

	assert_true(file_make_directory("d", 0700, same, same, &err));
	assert_true(file_make_directory("d", 0700, same, same, &err));
	assert_int_equal(chmod("d", 0755), 0);
	assert_false(file_make_directory("d", 0700, same, same, &err));
	assert_string_equal(err.code, "state_directory");
	assert_non_null(strstr(err.sentence, "mode 0755; it must have"));
	assert_int_equal(rmdir("d"), 0);
	assert_int_equal(symlink("/tmp", "d"), 0);
	assert_false(file_make_directory("d", 0700, same, same, &err));
	assert_non_null(strstr(err.sentence, "is not a directory"));
	assert_true(file_remove("d", &err));
}

static void
a_sealed_memfd_holds_still(void **state)
{
	scoped(buf_donep) struct buf read = BUF_INIT(100);
	struct err err = ERR_INIT;
	int fd;

	assert_true(fd_memfd_of("test", VIEW_LITERAL("payload"), &fd, &err));
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_true(fd_memfd_read(fd, &read, &err));
	assert_true(view_equal_string(buf_view(&read), "payload"));
	/* And reads like a file from its beginning. */
	buf_clear(&read);
	assert_true(fd_read_all(fd, &read, &err));
	assert_true(view_equal_string(buf_view(&read), "payload"));
	fd_close(fd);
}

static void
a_memfd_that_may_change_is_refused(void **state)
{
	scoped(buf_donep) struct buf read = BUF_INIT(3);
	struct err err = ERR_INIT;
	int fd, plain = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_false(fd_memfd_read(plain, &read, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
	fd_close(plain);
	assert_true(fd_memfd_new("test", &fd, &err));
	assert_true(fd_write_all(fd, VIEW_LITERAL("long"), &err));
	assert_false(fd_memfd_read(fd, &read, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
	assert_true(fd_memfd_seal(fd, &err));
	assert_false(fd_memfd_read(fd, &read, &err));
	assert_int_equal(err.category, ERR_LIMIT);
	fd_close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_is_replaced_whole_with_its_mode),
	    cmocka_unit_test(a_file_that_cannot_be_written_leaves_the_old_one),
	    cmocka_unit_test(an_exclusive_file_is_never_replaced),
	    cmocka_unit_test(reading_is_bounded_and_says_what_is_missing),
	    cmocka_unit_test(a_secret_that_others_may_read_is_refused),
	    cmocka_unit_test(what_is_appended_comes_after_what_was_there),
	    cmocka_unit_test(a_directory_of_wrong_mode_or_kind_is_refused),
	    cmocka_unit_test(a_sealed_memfd_holds_still),
	    cmocka_unit_test(a_memfd_that_may_change_is_refused),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
