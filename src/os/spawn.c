/* Fork and exec with exactly the descriptors that are given. */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "os/fd.h"

enum {
	HIGH = 100, /* above every number a child gets */
};

static void
reset_signals(void)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &standard, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool
is_given(const struct spawn *spawn, int number)
{
	for (size_t i = 0; i < spawn->descriptor_count; i++)
		if (spawn->descriptors[i].number == number)
			return true;
	return false;
}

/* In the child. Sources go above all targets first, so that no dup2 steps on
 * one that is still wanted; what is not a target closes at the exec. */
static bool
place_descriptors(const struct spawn *spawn)
{
	int copies[SPAWN_DESCRIPTORS_MAX];

	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		return false;
	for (size_t i = 0; i < spawn->descriptor_count; i++) {
		copies[i] =
		    fcntl(spawn->descriptors[i].fd, F_DUPFD_CLOEXEC, HIGH);
		if (copies[i] < 0)
			return false;
	}
	for (int number = 0; number <= 1; number++) {
		int null;

		if (is_given(spawn, number))
			continue;
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return false;
		/* dup2 onto itself would leave it close-on-exec. */
		if (null == number ? fcntl(null, F_SETFD, 0) != 0
				   : dup2(null, number) < 0)
			return false;
	}
	for (size_t i = 0; i < spawn->descriptor_count; i++)
		if (dup2(copies[i], spawn->descriptors[i].number) < 0)
			return false;
	return true;
}

never_returns static void
run_child(const struct spawn *spawn, pid_t parent, int report)
{
	int number;

	report = fcntl(report, F_DUPFD_CLOEXEC, HIGH);
	reset_signals();
	if (spawn->dies_with_parent &&
	    (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(127);
	if (report >= 0 && place_descriptors(spawn))
		(void)execve(spawn->path, spawn->argv, spawn->envp);
	number = errno;
	ignore_result(write(report, &number, sizeof(number)) == sizeof(number));
	_exit(127);
}

/* What the child says before its exec: nothing where that worked. */
static bool
await_exec(pid_t pid, int report, const char *path, struct err *err)
{
	int number = 0;
	ssize_t n;

	do
		n = read(report, &number, sizeof(number));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return true;
	(void)waitpid(pid, NULL, 0);
	errno = number;
	return err_set_errno(err, "cannot start %s", path);
}

bool
spawn_start(
    const struct spawn *spawn, struct spawn_child *out_child, struct err *err)
{
	scoped(fd_closep) int report = -1;
	scoped(fd_closep) int pidfd = -1;
	pid_t parent = getpid(), pid;
	int ends[2];

	check(spawn->descriptor_count <= SPAWN_DESCRIPTORS_MAX);
	for (size_t i = 0; i < spawn->descriptor_count; i++)
		check(spawn->descriptors[i].number < HIGH);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set_errno(err, "cannot make a pipe");
	report = ends[0];
	pid = fork();
	if (pid == 0)
		run_child(spawn, parent, ends[1]);
	fd_close(ends[1]);
	if (pid < 0)
		return err_set_errno(err, "cannot make a process");
	if (!await_exec(pid, report, spawn->path, err))
		return false;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		err_set_errno(err, "cannot watch a process");
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return false;
	}
	out_child->pid = pid;
	out_child->pidfd = fd_take(&pidfd);
	return true;
}

bool
spawn_collect(pid_t pid, int *out_status)
{
	pid_t got;

	do
		got = waitpid(pid, out_status, WNOHANG);
	while (got < 0 && errno == EINTR);
	return got == pid;
}

char *
spawn_status_text(int status)
{
	const char *name;

	if (WIFEXITED(status))
		return memory_format(
		    "exited with code %d", WEXITSTATUS(status));
	name = sigabbrev_np(WTERMSIG(status));
	return memory_format("killed by signal %d (SIG%s)", WTERMSIG(status),
	    name != NULL ? name : "?");
}
