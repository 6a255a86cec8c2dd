/* The sandbox refuses what its table does not allow, and says what. */
#include "base/cmocka_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/credentials.h"
#include "os/fd.h"
#include "os/sandbox.h"

/* Run function in a child inside the sandbox; its wait status. What it wrote
 * to standard error is in out. */
static int
run_in(const struct sandbox *sandbox, int (*function)(void), char *out,
    size_t size)
{
	int ends[2], status;
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_report report;
		struct err err = ERR_INIT;

		(void)dup2(ends[1], STDERR_FILENO);
		if (!sandbox_enter(sandbox, &report, &err))
			_exit(99);
		_exit(function());
	}
	fd_close(ends[1]);
	while (used < size - 1 &&
	    (n = read(ends[0], out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	fd_close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
call_unknown(void)
{
	ignore_result(acct(NULL) == 0);
	return 0;
}

static int
open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EACCES ? 0 : 1;
}

static int
read_passwd(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1;
}

static int
write_beside(void)
{
	int fd = open("/tmp/warifu-sandbox-test", O_WRONLY | O_CREAT, 0600);

	if (fd >= 0)
		return 1;
	return errno == EACCES ? 0 : 2;
}

#ifndef __SANITIZE_ADDRESS__
static int
allow_execution(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

static void *
add_one(void *number)
{
	(*(int *)number)++;
	return NULL;
}

static int
use_thread(void)
{
	pthread_t thread;
	int number = 0;

	if (pthread_create(&thread, NULL, add_one, &number) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	return number - 1;
}

static int
start_process(void)
{
	return fork() < 0 ? 1 : 0;
}

#endif

static int
connect_out(void)
{
	struct sockaddr_in where = {.sin_family = AF_INET,
	    .sin_port = htons(9),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return 1;
	if (connect(fd, (struct sockaddr *)&where, sizeof(where)) == 0)
		return 2;
	return errno == ECONNREFUSED ? 0 : 3;
}

static void
a_call_outside_the_table_kills_and_is_named(void **state)
{
	struct sandbox sandbox = {.name = "test", .calls = SANDBOX_BASE};
	char text[200];
	int status = run_in(&sandbox, call_unknown, text, sizeof(text));

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	assert_string_equal(text, "sandbox of test: call not allowed: acct\n");
}

static void
files_and_sockets_are_refused_quietly(void **state)
{
	struct sandbox sandbox = {.name = "test", .calls = SANDBOX_BASE};
	char text[200];

	assert_int_equal(run_in(&sandbox, open_socket, text, sizeof(text)), 0);
	assert_int_equal(run_in(&sandbox, read_passwd, text, sizeof(text)), 0);
}

static void
landlock_closes_what_is_not_listed(void **state)
{
	const struct sandbox_path usr = {"/usr", SANDBOX_READ};
	struct sandbox sandbox = {.name = "test",
	    .calls = SANDBOX_BASE | SANDBOX_FILES | SANDBOX_WRITE,
	    .paths = &usr,
	    .path_count = 1};
	char text[200];

	/* landlock_create_ruleset asked for its version: a kernel without it
	 * leaves the rights of the user, which the test has. */
	if (syscall(444, NULL, 0, 1) < 0)
		return;
	assert_int_equal(run_in(&sandbox, write_beside, text, sizeof(text)), 0);
	assert_int_equal(run_in(&sandbox, read_passwd, text, sizeof(text)), 0);
}

#ifndef __SANITIZE_ADDRESS__
static void
memory_never_becomes_executable(void **state)
{
	struct sandbox sandbox = {.name = "test", .calls = SANDBOX_BASE};
	char text[200];
	int status = run_in(&sandbox, allow_execution, text, sizeof(text));

	assert_true(WIFSIGNALED(status));
	assert_string_equal(
	    text, "sandbox of test: call not allowed: mprotect\n");
}

static void
threads_are_allowed_but_no_process(void **state)
{
	struct sandbox sandbox = {
	    .name = "test", .calls = SANDBOX_BASE | SANDBOX_THREADS};
	char text[200];

	assert_int_equal(run_in(&sandbox, use_thread, text, sizeof(text)), 0);
	assert_true(
	    WIFSIGNALED(run_in(&sandbox, start_process, text, sizeof(text))));
}

#endif

static void
a_client_may_connect(void **state)
{
	struct sandbox sandbox = {.name = "test",
	    .calls = SANDBOX_BASE | SANDBOX_CONNECT,
	    .may_connect = true};
	char text[200];

	assert_int_equal(run_in(&sandbox, connect_out, text, sizeof(text)), 0);
}

static int
drop(void)
{
	struct credentials nobody = {65534, 65534};
	struct err err = ERR_INIT;

	if (!credentials_drop(&nobody, &err))
		return 1;
	return geteuid() == 65534 && setuid(0) != 0 ? 0 : 2;
}

static void
a_dropped_user_has_no_way_back(void **state)
{
	pid_t pid;
	int status;

	pid = fork();
	if (pid == 0)
		_exit(drop());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Without root there is no such drop: it fails and says so. */
	assert_int_equal(status, credentials_is_root() ? 0 : 1 << 8);
}

static void
root_is_no_user_to_drop_to(void **state)
{
	struct credentials root = {0, 0};
	struct err err = ERR_INIT;

	assert_false(credentials_drop(&root, &err));
	assert_int_equal(err.category, ERR_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_outside_the_table_kills_and_is_named),
	    cmocka_unit_test(files_and_sockets_are_refused_quietly),
	    cmocka_unit_test(landlock_closes_what_is_not_listed),
#ifndef __SANITIZE_ADDRESS__ /* its run-time needs both */
	    cmocka_unit_test(memory_never_becomes_executable),
	    cmocka_unit_test(threads_are_allowed_but_no_process),
#endif
	    cmocka_unit_test(a_client_may_connect),
	    cmocka_unit_test(a_dropped_user_has_no_way_back),
	    cmocka_unit_test(root_is_no_user_to_drop_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
