/* Starts and watches the agent's processes. */
#include "agent/supervisor.h"

#include <libgen.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/executor/executor.h"
#include "agent/executor/uninstall.h"
#include "agent/schedule.h"
#include "agent/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/secret.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/spawn.h"

enum {
	STEADY_MS = 60 * 1000 /* running so long forgives earlier deaths */
};

static const int SIGNALS[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

/* One child and its place. */
struct child {
	struct supervisor *supervisor;
	const char *role;
	struct spawn_child process; /* pid -1: not running */
	struct loop_watch *watch;
	struct loop_timer *restart;
	int64_t started_ms;
	unsigned deaths; /* in a row */
};

struct supervisor {
	const struct agent_config *config;
	const char *config_path;
	char *channel_program;
	struct loop *loop;
	int lock;
	int control;       /* our end of the channel's control socket */
	int executor_near; /* the channel's end of the errands */
	int executor_far;  /* the executor's end */
	struct child channel;
	struct child executor;
	struct loop_watch *errands;
	struct loop_watch *control_watch;
	struct loop_timer *kill_timer;
	struct loop_signal *signals[array_length(SIGNALS)];
	bool is_stopping;
};

/* A proxy of the environment is reported to the server and not used; that there
 * is one is all the channel needs to know. */
static char *
proxy_mark(void)
{
	static const char *const names[] = {
	    "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	for (size_t i = 0; i < array_length(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return (char *)"https_proxy=reported";
	}
	return (char *)"WARIFU_PROXY=none";
}

static bool
start(struct child *child, const char *program,
    const struct spawn_descriptor *descriptors, size_t count, struct err *err)
{
	struct supervisor *supervisor = child->supervisor;
	scoped(memory_freep) char *role =
	    memory_format("--role=%s", child->role);
	char *const argv[] = {(char *)program, role, (char *)"--config",
	    (char *)supervisor->config_path, (char *)"--state-dir",
	    supervisor->config->state_dir, NULL};
	char *const journal = getenv("JOURNAL_STREAM") != NULL
	    ? (char *)"JOURNAL_STREAM=1"
	    : NULL;
	char *const envp[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    (char *)"LC_ALL=C.UTF-8",
	    (char *)"TSS2_LOG=all+none", /* our own error says it */
	    /* The sandbox would stop the leak check of a sanitizer. */
	    (char *)"ASAN_OPTIONS=detect_leaks=0", proxy_mark(), journal, NULL};

	child->started_ms = clock_boottime_ms();
	return spawn_start(&(struct spawn){.path = program,
			       .argv = argv,
			       .envp = envp,
			       .descriptors = descriptors,
			       .descriptor_count = count,
			       .dies_with_parent = true},
	    &child->process, err);
}

static void on_child_end(void *context, unsigned events);

static void
watch_child(struct child *child)
{
	child->watch = loop_watch_new(child->supervisor->loop,
	    child->process.pidfd, LOOP_READ, on_child_end, child);
}

static void
on_control(void *context, unsigned events)
{
	struct supervisor *supervisor = context;
	uint8_t storage[LIMIT_FRAME];
	struct ipc_frame frame = {.fd = -1};
	struct err err = ERR_INIT;
	enum io got =
	    ipc_receive(supervisor->control, storage, &frame, 0, &err);

	if (got == IO_AGAIN)
		return;
	if (got == IO_OK &&
	    ipc_message_check(frame.type, frame.request, frame.fd >= 0,
		IPC_CHANNEL, IPC_SUPERVISOR, &err)) {
		log_info("the channel is ready");
	} else {
		if (got != IO_EOF)
			log_failure(
			    LOG_LEVEL_ERROR, "the channel is broken", &err);
		/* Its end is told by its process. */
		loop_watch_set(supervisor->control_watch, 0);
	}
	fd_close(frame.fd);
}

static bool
start_channel(struct supervisor *supervisor, struct err *err)
{
	scoped(fd_closep) int bootstrap = -1;
	int pair[2];
	bool is_started;

	if (!state_find_bootstrap(supervisor->config, &bootstrap, err) ||
	    !fd_packet_pair(pair, err))
		return false;
	is_started = start(&supervisor->channel, supervisor->channel_program,
	    (struct spawn_descriptor[]){{pair[1], CHANNEL_CONTROL},
		{supervisor->executor_near, CHANNEL_EXECUTOR},
		{bootstrap, CHANNEL_BOOTSTRAP}},
	    bootstrap < 0 ? 2 : 3, err);
	fd_close(pair[1]);
	if (!is_started) {
		fd_close(pair[0]);
		return err_prefix(err, "the channel cannot be started");
	}
	supervisor->control = pair[0];
	supervisor->control_watch = loop_watch_new(
	    supervisor->loop, pair[0], LOOP_READ, on_control, supervisor);
	watch_child(&supervisor->channel);
	return true;
}

static void
close_control(struct supervisor *supervisor)
{
	loop_watch_free(take(supervisor->control_watch));
	fd_close(fd_take(&supervisor->control));
}

static void
restart_later(struct child *child)
{
	int64_t wait_ms;
	uint64_t random;

	if (clock_boottime_ms() - child->started_ms > STEADY_MS)
		child->deaths = 0;
	child->deaths++;
	random_fill(&random, sizeof(random));
	wait_ms = schedule_backoff_ms(child->deaths, random);
	loop_timer_start(child->restart, wait_ms);
}

static void
on_restart_channel(void *context)
{
	struct child *child = context;
	struct err err = ERR_INIT;

	if (child->supervisor->is_stopping ||
	    start_channel(child->supervisor, &err))
		return;
	log_failure(LOG_LEVEL_ERROR, "the channel does not start", &err);
	restart_later(child);
}

/* An errand waits in the socket: an executor takes it. */
static void
on_errand(void *context, unsigned events)
{
	struct supervisor *supervisor = context;
	struct err err = ERR_INIT;

	loop_watch_set(supervisor->errands, 0);
	if (start(&supervisor->executor, "/proc/self/exe",
		(struct spawn_descriptor[]){
		    {supervisor->executor_far, EXECUTOR_SOCKET}},
		1, &err)) {
		watch_child(&supervisor->executor);
		return;
	}
	log_failure(LOG_LEVEL_ERROR, "the executor does not start", &err);
	restart_later(&supervisor->executor);
}

static void
on_restart_executor(void *context)
{
	struct child *child = context;

	if (!child->supervisor->is_stopping)
		loop_watch_set(child->supervisor->errands, LOOP_READ);
}

static void
send_note(struct supervisor *supervisor, uint16_t type)
{
	struct err ignored = ERR_INIT; /* a full or closed socket: it has enough
					* to do, or it is gone */

	if (supervisor->control >= 0)
		(void)!ipc_try_send(supervisor->control,
		    &(struct ipc_frame){.type = type, .fd = -1}, &ignored);
}

static void
kill_now(const struct child *child)
{
	if (child->process.pid > 0)
		kill(child->process.pid, SIGKILL);
}

static void
stop_all(struct supervisor *supervisor)
{
	if (!supervisor->is_stopping) {
		supervisor->is_stopping = true;
		send_note(supervisor, IPC_MESSAGE_AGENT_STOP);
		kill_now(&supervisor->executor);
		loop_timer_start(supervisor->kill_timer, SUPERVISOR_STOP_MS);
	}
	if (supervisor->channel.process.pid < 0 &&
	    supervisor->executor.process.pid < 0)
		loop_stop(supervisor->loop);
}

static void
on_kill_timer(void *context)
{
	struct supervisor *supervisor = context;

	kill_now(&supervisor->channel);
	kill_now(&supervisor->executor);
}

static void
log_death(const struct child *child, int status)
{
	scoped(memory_freep) char *text = spawn_status_text(status);

	log_warning(
	    "a process of the agent ended", "role", child->role, "how", text);
}

static void
channel_ended(struct supervisor *supervisor, int status)
{
	close_control(supervisor);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		log_death(&supervisor->channel, status);
		restart_later(&supervisor->channel);
	} else {
		loop_timer_start(supervisor->channel.restart, 0);
	}
}

static void
executor_ended(struct supervisor *supervisor, int status)
{
	if (WIFEXITED(status) &&
	    WEXITSTATUS(status) == EXECUTOR_EXIT_UNINSTALLED) {
		kill_now(&supervisor->channel);
		stop_all(supervisor);
		return;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		log_death(&supervisor->executor, status);
		restart_later(&supervisor->executor);
	} else {
		supervisor->executor.deaths = 0;
		loop_watch_set(supervisor->errands, LOOP_READ);
	}
}

static void
on_child_end(void *context, unsigned events)
{
	struct child *child = context;
	struct supervisor *supervisor = child->supervisor;
	int status;

	if (!spawn_collect(child->process.pid, &status))
		return;
	loop_watch_free(take(child->watch));
	fd_close(child->process.pidfd);
	child->process = (struct spawn_child){.pid = -1, .pidfd = -1};
	if (supervisor->is_stopping) {
		stop_all(supervisor);
		return;
	}
	if (child == &supervisor->channel)
		channel_ended(supervisor, status);
	else
		executor_ended(supervisor, status);
}

static void
on_signal(void *context, int number)
{
	struct supervisor *supervisor = context;

	switch (number) {
	case SIGUSR1:
		send_note(supervisor, IPC_MESSAGE_AGENT_REFRESH);
		break;
	case SIGHUP:
		log_info("the channel is started anew");
		send_note(supervisor, IPC_MESSAGE_AGENT_STOP);
		break;
	default:
		stop_all(supervisor);
	}
}

static void
child_init(struct child *child, struct supervisor *supervisor, const char *role,
    loop_timer_fn *restart)
{
	child->supervisor = supervisor;
	child->role = role;
	child->process = (struct spawn_child){.pid = -1, .pidfd = -1};
	child->restart = loop_timer_new(supervisor->loop, restart, child);
}

/* The channel's program stands beside this one, or where it is installed. */
static bool
find_channel_program(char **out, struct err *err)
{
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *folder;
	char *path;

	if (length <= 0)
		return err_set_errno(err, "/proc/self/exe");
	self[length] = '\0';
	folder = dirname(self);
	path = memory_format("%s/warifu-agent-channel", folder);
	if (!file_exists(path)) {
		free(path);
		path = memory_format(
		    "%s/../libexec/warifu/warifu-agent-channel", folder);
	}
	*out = path;
	return true;
}

/* What it needs to start children as others, and to remove what is theirs. */
static bool
drop_capabilities(const struct agent_config *config, struct err *err)
{
	static const int capabilities[] = {CAP_SETUID, CAP_SETGID, CAP_SETPCAP,
	    CAP_KILL, CAP_CHOWN, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE,
	    CAP_FOWNER};

	if (credentials_is_root())
		return credentials_keep_capabilities(
		    capabilities, array_length(capabilities), err);
	log_info("not started by root: every process keeps this user, and "
		 "what only root can read is left out of the inventory");
	return credentials_seal(err);
}

static bool
begin(struct supervisor *supervisor, struct err *err)
{
	const struct agent_config *config = supervisor->config;
	int pair[2];

	if (!state_make_directories(config, err) ||
	    !state_lock(config->state_dir, &supervisor->lock, err))
		return false;
	/* Removed once more: a crash may have come before the end of it. */
	if (uninstall_is_marked(config->state_dir) &&
	    (!uninstall_remove(config->state_dir, err) ||
		!uninstall_is_overruled(
		    config->state_dir, config->bootstrap_file, err) ||
		!state_make_directories(config, err)))
		return false;
	if (!find_channel_program(&supervisor->channel_program, err) ||
	    !drop_capabilities(config, err) || !fd_packet_pair(pair, err))
		return false;
	supervisor->executor_near = pair[0];
	supervisor->executor_far = pair[1];
	supervisor->loop = loop_new();
	child_init(
	    &supervisor->channel, supervisor, "channel", on_restart_channel);
	child_init(
	    &supervisor->executor, supervisor, "executor", on_restart_executor);
	supervisor->kill_timer =
	    loop_timer_new(supervisor->loop, on_kill_timer, supervisor);
	supervisor->errands = loop_watch_new(supervisor->loop,
	    supervisor->executor_far, LOOP_READ, on_errand, supervisor);
	for (size_t i = 0; i < array_length(SIGNALS); i++)
		supervisor->signals[i] = loop_signal_new(
		    supervisor->loop, SIGNALS[i], on_signal, supervisor);
	return start_channel(supervisor, err);
}

static void
end(struct supervisor *supervisor)
{
	close_control(supervisor);
	loop_watch_free(supervisor->errands);
	loop_watch_free(supervisor->channel.watch);
	loop_watch_free(supervisor->executor.watch);
	loop_timer_free(supervisor->channel.restart);
	loop_timer_free(supervisor->executor.restart);
	loop_timer_free(supervisor->kill_timer);
	for (size_t i = 0; i < array_length(SIGNALS); i++)
		loop_signal_free(supervisor->signals[i]);
	loop_free(supervisor->loop);
	fd_close(supervisor->executor_near);
	fd_close(supervisor->executor_far);
	fd_close(supervisor->lock);
	free(supervisor->channel_program);
}

int
supervisor_main(const struct agent_config *config, const char *config_path)
{
	struct supervisor supervisor = {
	    .config = config,
	    .config_path = config_path,
	    .lock = -1,
	    .control = -1,
	    .executor_near = -1,
	    .executor_far = -1,
	};
	struct err err = ERR_INIT;

	if (!begin(&supervisor, &err)) {
		log_failure(LOG_LEVEL_ERROR, "the agent cannot start", &err);
		end(&supervisor);
		return strcmp(err.code, "uninstalled") == 0 ? 0 : 1;
	}
	log_info("the agent runs", "version", WARIFU_VERSION, "state",
	    config->state_dir);
	loop_run(supervisor.loop);
	/* The lock goes last: until then no other agent starts here. */
	if (uninstall_is_marked(config->state_dir) &&
	    !uninstall_remove(config->state_dir, &err))
		log_failure(LOG_LEVEL_ERROR, "the uninstall failed", &err);
	end(&supervisor);
	log_info("the agent has ended");
	return err.category == ERR_NONE ? 0 : 1;
}
