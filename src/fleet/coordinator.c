/* Leading the processes of a fleet. */
#include "fleet/coordinator.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "fleet/worker.h"
#include "os/fd.h"

enum {
	PROGRESS_TERMINAL_MS = 1000,
	PROGRESS_FILE_MS = 10 * 1000,
};

struct process {
	pid_t pid;
	int control;
	bool is_busy; /* in the step */
};

struct coordinator {
	const struct fleet *fleet;
	struct process *processes;
	struct stats *shared; /* [process][step] */
	size_t shared_bytes;
	int64_t shown_us;
	bool is_terminal;
};

static volatile sig_atomic_t is_stopped;

static void
on_stop(int number)
{
	is_stopped = 1;
}

static struct stats *
stats_of(const struct coordinator *coordinator, unsigned process, size_t step)
{
	return &coordinator->shared[process *
		coordinator->fleet->scenario->step_count +
	    step];
}

static void
sum_up(const struct coordinator *coordinator, size_t step, struct stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned i = 0; i < coordinator->fleet->plan->processes; i++)
		stats_add(sum, stats_of(coordinator, i, step));
}

/* What a process needs is there; nothing of the others may stay with it. */
static int
live(struct coordinator *coordinator, unsigned number, int control)
{
	const struct fleet *fleet = coordinator->fleet;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < number; i++)
		fd_close(coordinator->processes[i].control);
	return worker_run(&(struct worker_plan){
	    .scenario = fleet->scenario,
	    .gate = fleet->gate,
	    .variety = fleet->variety,
	    .directory = fleet->directory,
	    .process = number,
	    .processes = fleet->plan->processes,
	    .stats = stats_of(coordinator, number, 0),
	    .control = control,
	});
}

static bool
start_process(struct coordinator *coordinator, unsigned number, struct err *err)
{
	struct process *process = &coordinator->processes[number];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_set_errno(err, "a process's control socket");
	fflush(NULL);
	process->pid = fork();
	if (process->pid == 0) {
		fd_close(ends[0]);
		_exit(live(coordinator, number, ends[1]));
	}
	fd_close(ends[1]);
	process->control = ends[0];
	return process->pid > 0 || err_set_errno(err, "fork");
}

static bool
start_all(struct coordinator *coordinator, struct err *err)
{
	const struct fleet *fleet = coordinator->fleet;

	coordinator->shared_bytes = sizeof(struct stats) *
	    fleet->plan->processes * fleet->scenario->step_count;
	coordinator->shared = mmap(NULL, coordinator->shared_bytes,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (coordinator->shared == MAP_FAILED)
		return err_set_errno(err, "shared memory");
	coordinator->processes = memory_array(
	    fleet->plan->processes, sizeof(*coordinator->processes));
	for (unsigned i = 0; i < fleet->plan->processes; i++)
		coordinator->processes[i].control = -1;
	for (unsigned i = 0; i < fleet->plan->processes; i++)
		if (!start_process(coordinator, i, err))
			return false;
	return true;
}

static bool
collect(struct process *process, struct err *err)
{
	int status = 0;

	fd_close(fd_take(&process->control));
	if (process->pid <= 0)
		return true;
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	process->pid = 0;
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
	    err_set_code(err, ERR_SYSTEM, "process_died",
		"a process of the fleet died (status %d)", status);
}

/* True when none died badly; the first one's error stays. */
static bool
end_all(struct coordinator *coordinator, struct err *err)
{
	bool are_sound = true;

	for (unsigned i = 0; coordinator->processes != NULL &&
	     i < coordinator->fleet->plan->processes;
	     i++) {
		struct err one = ERR_INIT;

		if (!collect(&coordinator->processes[i], &one) && are_sound) {
			are_sound = false;
			*err = one;
		}
	}
	return are_sound;
}

static void
show(struct coordinator *coordinator, size_t step)
{
	scoped(memory_freep) struct stats *sum = memory_zeroed(sizeof(*sum));
	const struct scenario *scenario = coordinator->fleet->scenario;
	enum step_kind kind = scenario->steps[step].kind;
	int64_t now_us = pacer_now_us();
	int64_t every_ms =
	    coordinator->is_terminal ? PROGRESS_TERMINAL_MS : PROGRESS_FILE_MS;

	if (coordinator->fleet->is_quiet ||
	    now_us - coordinator->shown_us < every_ms * 1000)
		return;
	coordinator->shown_us = now_us;
	sum_up(coordinator, step, sum);
	if (sum->begun == 0 && sum->prepared > 0) {
		fprintf(stderr, "%zu %s: making keys, %llu\n", step + 1,
		    step_kind_name(kind), (unsigned long long)sum->prepared);
		return;
	}
	fprintf(stderr,
	    "%zu %s: %llu of %llu, %llu failed, %llu channels open, "
	    "p50 %.1f ms, p99 %.1f ms\n",
	    step + 1, step_kind_name(kind),
	    (unsigned long long)(sum->succeeded + sum->skipped),
	    (unsigned long long)sum->planned, (unsigned long long)sum->failed,
	    (unsigned long long)sum->open,
	    (double)stats_percentile(sum, 500) / 1000,
	    (double)stats_percentile(sum, 990) / 1000);
}

/* Hear who is done; false when one is gone. */
static bool
hear(struct coordinator *coordinator, struct pollfd *polled, unsigned count,
    struct err *err)
{
	if (poll(polled, count, 200) < 0 && errno != EINTR)
		return err_set_errno(err, "poll");
	for (unsigned i = 0; i < count; i++) {
		struct process *process = &coordinator->processes[i];
		char byte;

		if ((polled[i].revents & (POLLIN | POLLHUP)) == 0)
			continue;
		polled[i].revents = 0;
		if (read(process->control, &byte, 1) != 1)
			return err_set_code(err, ERR_SYSTEM, "process_died",
			    "a process of the fleet ended before its time");
		process->is_busy = false;
	}
	return true;
}

static bool
has_busy(const struct coordinator *coordinator)
{
	for (unsigned i = 0; i < coordinator->fleet->plan->processes; i++)
		if (coordinator->processes[i].is_busy)
			return true;
	return false;
}

static bool
run_step(struct coordinator *coordinator, size_t step, struct err *err)
{
	unsigned count = coordinator->fleet->plan->processes;
	scoped(memory_freep) struct pollfd *polled =
	    memory_array(count, sizeof(*polled));

	for (unsigned i = 0; i < count; i++) {
		struct process *process = &coordinator->processes[i];

		polled[i] =
		    (struct pollfd){.fd = process->control, .events = POLLIN};
		process->is_busy = true;
		if (send(process->control, "s", 1, MSG_NOSIGNAL) != 1)
			return err_set_code(err, ERR_SYSTEM, "process_died",
			    "a process of the fleet ended before its time");
	}
	while (has_busy(coordinator)) {
		if (is_stopped)
			return err_set_code(
			    err, ERR_CONFLICT, "stopped", "stopped");
		if (!hear(coordinator, polled, count, err))
			return false;
		show(coordinator, step);
	}
	return true;
}

static void
catch_stops(void)
{
	struct sigaction action = {.sa_handler = on_stop};

	is_stopped = 0;
	check(sigaction(SIGINT, &action, NULL) == 0);
	check(sigaction(SIGTERM, &action, NULL) == 0);
}

bool
coordinator_run(const struct fleet *fleet, struct stats *sums, struct err *err)
{
	struct coordinator coordinator = {.fleet = fleet,
	    .shown_us = pacer_now_us(),
	    .is_terminal = isatty(STDERR_FILENO) == 1};
	struct err death = ERR_INIT;
	bool is_done;

	catch_stops();
	is_done = start_all(&coordinator, err);
	for (size_t i = 0; is_done && i < fleet->scenario->step_count; i++)
		is_done = run_step(&coordinator, i, err);
	if (!end_all(&coordinator, &death) && is_done) {
		*err = death;
		is_done = false;
	}
	for (size_t i = 0; i < fleet->scenario->step_count &&
	     coordinator.shared != NULL && coordinator.shared != MAP_FAILED;
	     i++)
		sum_up(&coordinator, i, &sums[i]);
	if (coordinator.shared != NULL && coordinator.shared != MAP_FAILED)
		munmap(coordinator.shared, coordinator.shared_bytes);
	free(coordinator.processes);
	return is_done;
}
