/* The channel process's start: what it opens, who it becomes, its sandbox. */
#include <getopt.h>
#include <malloc.h>
#include <nss.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/channel/channel.h"
#include "agent/supervisor.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/sandbox.h"

enum {
	SMALL_BYTES = 64 * 1024 /* larger blocks go back to the kernel */
};

/* The kernel's latest moment: no clock can be set past it. */
#define NEVER                                                                  \
	{                                                                      \
		.it_value = {.tv_sec = INT64_MAX }                             \
	}

static bool
read_arguments(
    int argc, char **argv, struct agent_config *config, struct err *err)
{
	static const struct option options[] = {
	    {"role", required_argument, NULL, 'r'},
	    {"config", required_argument, NULL, 'c'},
	    {"state-dir", required_argument, NULL, 's'},
	    {0},
	};
	const char *path = AGENT_CONFIG_DEFAULT_PATH, *state = NULL;
	size_t count;
	const struct config_option *table = agent_config_options(&count);
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			path = optarg;
		else if (option == 's')
			state = optarg;
		else if (option != 'r')
			return err_set(err, ERR_MALFORMED,
			    "this program is started by warifu-agent");
	}
	if (state == NULL)
		return err_set(err, ERR_MALFORMED,
		    "this program is started by warifu-agent");
	return agent_config_load(config, path, false, err) &&
	    config_set(table, count, config, "--state-dir", "agent",
		"state_dir", state, err);
}

/* The bootstrap file's text, as the supervisor read it; empty without one. */
static bool
read_bootstrap(struct buf *out, struct err *err)
{
	size_t size = 0;
	struct err none = ERR_INIT;

	if (!fd_memfd_size(CHANNEL_BOOTSTRAP, BOOTSTRAP_MAX, &size, &none))
		return true;
	return fd_memfd_read(CHANNEL_BOOTSTRAP, out, err);
}

/* STATE may lie where only root may pass: the process stays inside it, and
 * every path is relative to here. */
static bool
enter_directory(const struct agent_config *config, struct err *err)
{
	scoped(memory_freep) char *path =
	    file_join(config->state_dir, "channel");

	if (chdir(path) != 0)
		return err_set_errno(err, "%s cannot be entered", path);
	return true;
}

/* The way to the TPM is opened with the first key that is made or read, by
 * loading shared objects and, where it is a device, by root's right alone. So
 * a key is made, and dropped, before the user and the sandbox change. */
static bool
open_tpm(const struct agent_config *config, struct err *err)
{
	scoped(key_freep) struct key *key = NULL;
	scoped(secret_freep) struct secret *pem = NULL;

	return config->key_kind != AGENT_KEY_TPM ||
	    key_generate_tpm(config->tpm_tcti, &key, &pem, err);
}

static bool
become_user(const struct agent_config *config, struct err *err)
{
	struct credentials user;

	if (!credentials_is_root())
		return credentials_seal(err);
	return credentials_lookup(config->user, &user, err) &&
	    credentials_drop(&user, err) && credentials_set_undumpable(err);
}

static bool
enter_sandbox(struct channel *channel, struct err *err)
{
	static const struct sandbox_path paths[] = {
	    {".", SANDBOX_READ_WRITE},
	    {"../status", SANDBOX_READ_WRITE},
	    /* Names and their resolution. */
	    {"/etc/hosts", SANDBOX_READ},
	    {"/etc/resolv.conf", SANDBOX_READ},
	    {"/etc/host.conf", SANDBOX_READ},
	    {"/etc/nsswitch.conf", SANDBOX_READ},
	    {"/etc/gai.conf", SANDBOX_READ},
	    {"/run/systemd/resolve", SANDBOX_READ},
	    {"/proc/sys/kernel/random", SANDBOX_READ},
	    {"/dev/tpmrm0", SANDBOX_READ_WRITE},
	};
	struct sandbox sandbox = {
	    .name = "channel",
	    .calls = SANDBOX_BASE | SANDBOX_THREADS | SANDBOX_FILES |
		SANDBOX_WRITE | SANDBOX_CHANNEL | SANDBOX_CONNECT,
	    .paths = paths,
	    .path_count = array_length(paths),
	    .may_connect = true,
	};
	struct sandbox_report report;

	if (!sandbox_enter(&sandbox, &report, err))
		return false;
	snprintf(channel->status.sandbox, sizeof(channel->status.sandbox), "%s",
	    sandbox_report_text(&report));
	return true;
}

static bool
make_timers(struct channel *channel, struct err *err)
{
	struct itimerspec never = NEVER;

	channel->timer =
	    timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	channel->clock_jump =
	    timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (channel->timer < 0 || channel->clock_jump < 0 ||
	    timerfd_settime(channel->clock_jump,
		TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) != 0)
		return err_set_errno(err, "timers");
	return true;
}

/* The clock was set or the computer woke: look at everything again. */
static void
on_clock_jump(void *context, unsigned events)
{
	struct channel *channel = context;
	struct itimerspec never = NEVER;
	uint64_t count;

	ignore_result(read(channel->clock_jump, &count, sizeof(count)));
	check(timerfd_settime(channel->clock_jump,
		  TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
		  NULL) == 0);
	channel_work(channel);
}

static void
on_timer(void *context, unsigned events)
{
	struct channel *channel = context;
	uint64_t count;

	if (read(channel->timer, &count, sizeof(count)) > 0)
		channel_work(channel);
}

static void
on_control(void *context, unsigned events)
{
	channel_pump(context);
	channel_work(context);
}

/* Answers to a channel that is no more. */
static void
drain_executor(const struct channel *channel)
{
	scoped(memory_freep) uint8_t *storage = memory_zeroed(LIMIT_FRAME);
	struct ipc_frame frame = {.fd = -1};
	struct err ignored = ERR_INIT;

	while (ipc_receive(channel->executor, storage, &frame, 0, &ignored) ==
	    IO_OK)
		fd_close(fd_take(&frame.fd));
}

static bool
begin(struct channel *channel, struct err *err)
{
	scoped(buf_wipep) struct buf bootstrap = BUF_INIT(BOOTSTRAP_MAX);
	struct err earlier = ERR_INIT;

	if (!credentials_set_undumpable(err) ||
	    !read_bootstrap(&bootstrap, err) || !exchange_setup(err) ||
	    !enter_directory(&channel->config, err) ||
	    !open_tpm(&channel->config, err) ||
	    !become_user(&channel->config, err))
		return false;
	ignore_result(status_read(CHANNEL_STATUS, &channel->status, &earlier));
	if (!report_open(&channel->report, ".", err) ||
	    !account_open(channel, buf_view(&bootstrap), err))
		return false;
	channel->loop = loop_new();
	return make_timers(channel, err) && enter_sandbox(channel, err);
}

static void
describe(struct channel *channel)
{
	struct agent_status *status = &channel->status;

	snprintf(
	    status->version, sizeof(status->version), "%s", WARIFU_VERSION);
	snprintf(status->key, sizeof(status->key), "%s",
	    channel->config.key_kind == AGENT_KEY_TPM ? "tpm" : "file");
	status->started_ms = clock_wall_ms();
	status->last_attempt_ms = 0;
	status->last_success_ms = 0;
	status->is_connected = false;
}

static bool
say_ready(const struct channel *channel, struct err *err)
{
	return ipc_send(channel->control,
	    &(struct ipc_frame){.type = IPC_MESSAGE_AGENT_READY, .fd = -1},
	    1000, err);
}

static void
run(struct channel *channel)
{
	int64_t now_ms = clock_boottime_ms();
	int64_t interval_ms = channel->config.refresh_interval_ms;
	struct loop_watch *watches[3];

	describe(channel);
	channel_look_at_clocks(channel);
	schedule_init(&channel->schedule,
	    interval_ms != 0 ? interval_ms : MINUTES_MS(90), now_ms);
	channel->software_next_ms = now_ms + channel->config.software_check_ms;
	drain_executor(channel);
	random_fill(&channel->last_request, sizeof(channel->last_request));
	watches[0] = loop_watch_new(
	    channel->loop, channel->control, LOOP_READ, on_control, channel);
	watches[1] = loop_watch_new(
	    channel->loop, channel->timer, LOOP_READ, on_timer, channel);
	watches[2] = loop_watch_new(channel->loop, channel->clock_jump,
	    LOOP_READ, on_clock_jump, channel);
	channel_arm(channel);
	loop_run(channel->loop);
	channel_tell(channel);
	link_free(take(channel->link));
	for (size_t i = 0; i < array_length(watches); i++)
		loop_watch_free(watches[i]);
	loop_free(take(channel->loop));
	report_close(&channel->report);
	account_close(channel);
	agent_config_done(&channel->config);
}

/* A failure of the start, for a person who asks for the status. */
static void
tell_failure(struct channel *channel, const struct err *err)
{
	struct agent_status *status = &channel->status;
	struct err ignored = ERR_INIT;

	status->failures = 1;
	status->last_error_ms = clock_wall_ms();
	snprintf(status->last_error, sizeof(status->last_error), "%s",
	    err_sentence(err));
	snprintf(status->last_error_code, sizeof(status->last_error_code), "%s",
	    err->code[0] != '\0' ? err->code : "failed");
	status->written_ms = clock_wall_ms();
	ignore_result(status_write(status, CHANNEL_STATUS, &ignored));
}

int
main(int argc, char **argv)
{
	struct channel channel = {
	    .control = CHANNEL_CONTROL, .executor = CHANNEL_EXECUTOR};
	struct err err = ERR_INIT;

	log_init("agent-channel", LOG_LEVEL_INFO);
	/* The supervisor says when to end; Ctrl-C reaches all of a group. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, SMALL_BYTES);
	mallopt(M_TRIM_THRESHOLD, SMALL_BYTES);
	/* What the C library has inside: nothing is loaded later. */
	__nss_configure_lookup("hosts", "files dns");
	if (!read_arguments(argc, argv, &channel.config, &err)) {
		log_failure(LOG_LEVEL_ERROR, "the channel ends", &err);
		return 2;
	}
	log_init("agent-channel", (enum log_level)channel.config.log_level);
	if (!begin(&channel, &err) || !say_ready(&channel, &err)) {
		log_failure(LOG_LEVEL_ERROR, "the channel ends", &err);
		tell_failure(&channel, &err);
		return 1;
	}
	run(&channel);
	return 0;
}
