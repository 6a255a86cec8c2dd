/* A database opens by a plain name beneath a folder that is closed to its
 * user, as core's does when the server's folder belongs to root alone. */
#include "base/cmocka_test.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/store.h"

enum {
	NOBODY = 65534
};

static int
open_inside(const char *inner, const char *outer)
{
	struct store_options options = {.location = "sqlite:plain.db"};
	struct store *store = NULL;
	struct err err = ERR_INIT;

	if (chdir(inner) != 0 || chmod(outer, 0) != 0)
		return 2;
	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return 3;
	if (access(inner, F_OK) == 0)
		return 4; /* the test would prove nothing */
	if (!store_open(&options, &store, &err)) {
		fprintf(stderr, "# %s\n", err_sentence(&err));
		return 5;
	}
	store_close(store);
	return access("plain.db", R_OK) == 0 ? 0 : 6;
}

static void
a_plain_name_opens_beneath_a_closed_folder(void **state)
{
	char outer[] = "/tmp/warifu-names-XXXXXX", inner[64], file[80];
	static const char *const files[] = {
	    "plain.db", "plain.db-wal", "plain.db-shm"};
	int status = -1;
	pid_t child;

	assert_non_null(mkdtemp(outer));
	snprintf(inner, sizeof(inner), "%s/core", outer);
	assert_int_equal(mkdir(inner, 0700), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(inner, NOBODY, NOBODY), 0);
	child = fork();
	if (child == 0)
		_exit(open_inside(inner, outer));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(chmod(outer, 0700), 0);
	for (size_t i = 0; i < array_length(files); i++) {
		snprintf(file, sizeof(file), "%s/%s", inner, files[i]);
		(void)unlink(file);
	}
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(outer), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_name_opens_beneath_a_closed_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
