/* Role processes: start, control channel, end. */
#include "server/supervisor/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "server/role_control.h"

enum {
	GIVEN_SIZE = 512,
	ARGUMENTS = 8,
	VARIABLES_MAX = 8,
};

/* What of the environment a role may see. */
static const char *const VARIABLES[] = {
    "JOURNAL_STREAM", "SOFTHSM2_CONF", "UBSAN_OPTIONS"};

struct launch {
	struct spawn_descriptor descriptors[ROLE_DESCRIPTORS_MAX];
	size_t count;
	char given[GIVEN_SIZE];
	char *environment[VARIABLES_MAX];
};

static void
give(struct launch *launch, const char *name, int fd)
{
	size_t used = strlen(launch->given);

	check(launch->count < ROLE_DESCRIPTORS_MAX);
	launch->descriptors[launch->count] = (struct spawn_descriptor){
	    fd, ROLE_FIRST_DESCRIPTOR + (int)launch->count};
	launch->count++;
	snprintf(launch->given + used, sizeof(launch->given) - used, "%s%s",
	    used > 0 ? "," : "--given=", name);
}

static void
make_environment(struct launch *launch)
{
	size_t count = 0;

	for (size_t i = 0; i < array_length(VARIABLES); i++) {
		const char *value = getenv(VARIABLES[i]);

		if (value != NULL)
			launch->environment[count++] =
			    memory_format("%s=%s", VARIABLES[i], value);
	}
	/* The sandbox would kill the leak check of a sanitizer's run-time. */
	launch->environment[count++] =
	    memory_string("ASAN_OPTIONS=detect_leaks=0");
	launch->environment[count] = NULL;
}

static void
launch_done(struct launch *launch)
{
	for (size_t i = 0; launch->environment[i] != NULL; i++)
		free(launch->environment[i]);
}

static bool
spawn_role(const struct process_plan *plan, struct launch *launch,
    struct spawn_child *out_child, struct err *err)
{
	char program[] = "warifu-server";
	char role[32], slot[32], slots[32], instance[32];
	char *argv[ARGUMENTS] = {
	    program, role, slot, slots, instance, launch->given, NULL};
	struct spawn spawn = {.path = "/proc/self/exe",
	    .argv = argv,
	    .envp = launch->environment,
	    .descriptors = launch->descriptors,
	    .descriptor_count = launch->count,
	    .dies_with_parent = true};

	snprintf(role, sizeof(role), "--role=%s", plan->row->name);
	snprintf(slot, sizeof(slot), "--slot=%u", plan->slot);
	snprintf(slots, sizeof(slots), "--slots=%u", plan->slot_count);
	snprintf(instance, sizeof(instance), "--instance=%u", plan->instance);
	return spawn_start(&spawn, out_child, err);
}

static bool
launch_role(const struct process_plan *plan, int control,
    struct spawn_child *out_child, struct err *err)
{
	scoped(fd_closep) int configuration = -1;
	scoped(fd_closep) int passphrase = -1;
	struct launch launch = {0};
	bool is_started;

	if (!fd_memfd_of(
		"configuration", plan->configuration, &configuration, err))
		return false;
	give(&launch, "control", control);
	give(&launch, "configuration", configuration);
	if (plan->passphrase.length > 0) {
		if (!fd_memfd_of(
			"passphrase", plan->passphrase, &passphrase, err))
			return false;
		give(&launch, "passphrase", passphrase);
	}
	if (plan->home >= 0)
		give(&launch, "home", plan->home);
	if (plan->console >= 0)
		give(&launch, "console", plan->console);
	if (plan->installer >= 0)
		give(&launch, "installer", plan->installer);
	for (size_t i = 0; i < plan->fd_count; i++)
		give(&launch, plan->names[i], plan->fds[i]);
	make_environment(&launch);
	is_started = spawn_role(plan, &launch, out_child, err);
	launch_done(&launch);
	return is_started;
}

static void
report_broken(struct process *process, struct view body)
{
	scoped(memory_freep) char *sentence = NULL;
	struct role_peer peer;
	struct err err = ERR_INIT;

	if (role_broken_read(body, &peer, &sentence, &err)) {
		process->events->broken(
		    process->context, process, &peer, sentence);
		return;
	}
	log_failure(LOG_LEVEL_ERROR, process->row->name, &err);
	process_kill(process);
}

static void
on_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct process *process = context;

	switch (frame->type) {
	case IPC_MESSAGE_READY:
		if (process->state != PROCESS_STARTING)
			return;
		process->state = PROCESS_READY;
		process->events->ready(process->context, process);
		return;
	case IPC_MESSAGE_STATUS: {
		scoped(memory_freep) char *text =
		    view_to_string(view_slice(frame->body, 0, ROLE_STATUS_MAX));

		process->events->status(process->context, process, text);
		return;
	}
	case IPC_MESSAGE_PEER_BROKEN:
		report_broken(process, frame->body);
		return;
	}
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	struct process *process = context;

	if (err != NULL) {
		log_failure(
		    LOG_LEVEL_ERROR, "a role broke protocol and is ended", err);
		process_kill(process);
	}
	ipc_channel_free(process->control);
	process->control = NULL;
}

static void
on_end(void *context, unsigned events)
{
	struct process *process = context;
	int status;

	if (!spawn_collect(process->pid, &status))
		return;
	loop_watch_free(process->watch);
	process->watch = NULL;
	process->is_hopeless =
	    WIFEXITED(status) && WEXITSTATUS(status) == ROLE_EXIT_HOPELESS;
	process->events->ended(process->context, process, status);
}

static void
on_deadline(void *context)
{
	struct process *process = context;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)process->pid);
	log_warning("a role did not end in time and is killed", "role",
	    process->row->name, "pid", pid);
	process_kill(process);
}

bool
process_start(struct loop *loop, const struct process_plan *plan,
    const struct process_events *events, void *context,
    struct process **out_process, struct err *err)
{
	static const struct ipc_channel_events channel_events = {
	    .frame = on_frame, .closed = on_closed};
	struct process *process;
	struct spawn_child child;
	bool is_started;
	int ends[2];

	if (!fd_packet_pair(ends, err))
		return false;
	is_started = launch_role(plan, ends[1], &child, err);
	fd_close(ends[1]);
	if (!is_started) {
		fd_close(ends[0]);
		return false;
	}
	process = memory_zeroed(sizeof(*process));
	process->row = plan->row;
	process->self =
	    (struct role_peer){plan->row->id, plan->slot, plan->instance};
	process->started_ms = clock_monotonic_ms();
	process->pid = child.pid;
	process->pidfd = child.pidfd;
	process->events = events;
	process->context = context;
	process->control = ipc_channel_new(loop, ends[0], IPC_SUPERVISOR,
	    plan->row->id, &channel_events, process);
	process->watch =
	    loop_watch_new(loop, child.pidfd, LOOP_READ, on_end, process);
	process->deadline = loop_timer_new(loop, on_deadline, process);
	*out_process = process;
	return true;
}

static void
tell(struct process *process, uint16_t type, struct view body, int fd)
{
	struct ipc_frame frame = {.type = type, .body = body, .fd = fd};
	struct err err = ERR_INIT;

	if (process->control == NULL) {
		fd_close(fd);
		return;
	}
	/* A process that is gone is seen by its pidfd. */
	if (!ipc_channel_send(process->control, &frame, &err))
		log_failure(LOG_LEVEL_DEBUG, process->row->name, &err);
}

void
process_attach(
    struct process *process, const struct role_peer *peer, int socket)
{
	scoped(buf_donep) struct buf body = BUF_INIT(64);
	struct err err = ERR_INIT;
	struct writer writer;

	writer_init(&writer, &body);
	role_attach_write(&writer, peer);
	check(writer_done(&writer, &err));
	tell(process, IPC_MESSAGE_ATTACH, buf_view(&body), socket);
}

void
process_drain(struct process *process, int64_t timeout_ms)
{
	if (process->state >= PROCESS_DRAINING)
		return;
	process->state = PROCESS_DRAINING;
	tell(process, IPC_MESSAGE_DRAIN, view_of(NULL, 0), -1);
	loop_timer_start(process->deadline, timeout_ms);
}

void
process_stop(struct process *process, int64_t timeout_ms)
{
	if (process->state == PROCESS_STOPPING)
		return;
	process->state = PROCESS_STOPPING;
	tell(process, IPC_MESSAGE_STOP, view_of(NULL, 0), -1);
	loop_timer_start(process->deadline, timeout_ms);
}

void
process_kill(struct process *process)
{
	process->state = PROCESS_STOPPING;
	/* By the pidfd: never another process that got the same number. */
	(void)syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
}

void
process_free(struct process *process)
{
	if (process == NULL)
		return;
	loop_watch_free(process->watch);
	loop_timer_free(process->deadline);
	ipc_channel_free(process->control);
	fd_close(process->pidfd);
	free(process);
}
