/* Runs a program of the host and reads its output within bounds. */
#include "agent/inventory/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/spawn.h"

static char *
find_program(const char *name)
{
	static const char *const folders[] = {
	    "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"};

	for (size_t i = 0; i < array_length(folders); i++) {
		char *path = memory_format("%s/%s", folders[i], name);

		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* Until the end of the output, the limit or the deadline. */
static bool
read_output(int fd, int64_t deadline_ms, struct buf *out, struct err *err)
{
	for (;;) {
		struct pollfd waiting = {.fd = fd, .events = POLLIN};
		int64_t left = deadline_ms - clock_monotonic_ms();
		uint8_t part[16384];
		ssize_t got;

		if (left <= 0)
			return err_set(
			    err, ERR_SYSTEM, "it did not end in time");
		if (poll(&waiting, 1, (int)left) < 0 && errno != EINTR)
			return err_set_errno(err, "poll");
		if ((waiting.revents & (POLLIN | POLLHUP)) == 0)
			continue;
		got = read(fd, part, sizeof(part));
		if (got < 0)
			return err_set_errno(err, "read");
		if (got == 0)
			return true;
		if (!buf_append(out, part, (size_t)got, err))
			return false;
	}
}

/* Wait for the end; kill it when the deadline has passed or it must not go on.
 */
static int
collect_status(const struct spawn_child *child, int64_t deadline_ms)
{
	struct pollfd waiting = {.fd = child->pidfd, .events = POLLIN};
	int64_t left = deadline_ms - clock_monotonic_ms();
	int status = 0;

	if (left <= 0 || poll(&waiting, 1, (int)left) != 1)
		kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

bool
program_run(const char *const *argv, struct buf *out, struct err *err)
{
	static const char *const environment[] = {
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/", NULL};
	scoped(memory_freep) char *path = find_program(argv[0]);
	int64_t deadline_ms = clock_monotonic_ms() + PROGRAM_TIME_MS;
	scoped(fd_closep) int read_fd = -1;
	scoped(fd_closep) int write_fd = -1;
	struct spawn_child child = {.pid = -1, .pidfd = -1};
	bool is_read;
	int fds[2], status;

	if (path == NULL)
		return err_set(err, ERR_NOT_FOUND,
		    "there is no program %s on this computer", argv[0]);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_set_errno(err, "pipe");
	read_fd = fds[0];
	write_fd = fds[1];
	if (!spawn_start(
		&(struct spawn){.path = path,
		    .argv = (char *const *)argv,
		    .envp = (char *const *)environment,
		    .descriptors = (struct spawn_descriptor[]){{write_fd, 1}},
		    .descriptor_count = 1,
		    .dies_with_parent = true},
		&child, err))
		return err_prefix(err, "%s", argv[0]);
	fd_close(fd_take(&write_fd));
	is_read = read_output(read_fd, deadline_ms, out, err);
	status = collect_status(&child, is_read ? deadline_ms : 0);
	fd_close(child.pidfd);
	if (!is_read)
		return err_prefix(err, "%s", argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		scoped(memory_freep) char *text = spawn_status_text(status);

		return err_set(err, ERR_SYSTEM, "%s %s", argv[0], text);
	}
	return true;
}
