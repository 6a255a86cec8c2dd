/* The supervisor's start, its signals and what it does when roles speak. */
#include "server/supervisor/supervisor.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/spawn.h"
#include "server/capacity.h"
#include "server/supervisor/notify.h"
#include "server/supervisor/shipped_file.h"
#include "server/supervisor/state.h"
#include "server/supervisor/supervisor_private.h"

enum {
	PASSPHRASE_MAX = 1024,
	SPARE_DESCRIPTORS = 1024,
};

static void
log_process(
    enum log_level level, const char *sentence, const struct process *process)
{
	char slot[16], pid[16];

	snprintf(slot, sizeof(slot), "%u", process->self.slot);
	snprintf(pid, sizeof(pid), "%d", (int)process->pid);
	log_event(level, sentence, "role", process->row->name, "slot", slot,
	    "pid", pid, NULL);
}

static void
tell_ready(struct supervisor *supervisor)
{
	char http[16], https[16], agents[16];

	if (supervisor->has_told_ready || !places_are_ready(supervisor))
		return;
	supervisor->has_told_ready = true;
	snprintf(http, sizeof(http), "%d", (int)supervisor->config.http_port);
	snprintf(
	    https, sizeof(https), "%d", (int)supervisor->config.https_port);
	snprintf(
	    agents, sizeof(agents), "%d", (int)supervisor->config.agents_port);
	log_info("the server is ready", "http_port", http, "https_port", https,
	    "agent_port", agents);
	notify_ready();
}

static void
on_ready(void *context, struct process *process)
{
	struct supervisor *supervisor = context;

	log_process(LOG_LEVEL_DEBUG, "a role is ready", process);
	if (supervisor->is_stopping)
		return;
	if (supervisor->is_reloading && process == supervisor->core.current)
		reload_core_ready(supervisor);
	if (process->self.role == IPC_GATEWAY &&
	    process == place_of(supervisor, process)->current)
		reload_gateway_ready(supervisor, process);
	tell_ready(supervisor);
	reload_check_end(supervisor);
}

static void
on_status(void *context, struct process *process, const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %u: %s", process->row->name,
	    process->self.slot, text);
	notify_status(line);
}

/* The order of trust: of two that blame each other the lesser is replaced, so
 * that a taken-over gateway cannot have the core killed by a lie. */
static unsigned
trust_in(enum ipc_role role)
{
	switch (role) {
	case IPC_SIGNER:
		return 3;
	case IPC_CORE:
		return 2;
	default:
		return 1;
	}
}

static void
on_broken(void *context, struct process *accuser, const struct role_peer *peer,
    const char *sentence)
{
	struct supervisor *supervisor = context;
	struct process *accused = supervisor->processes;

	while (accused != NULL && accused->self.instance != peer->instance)
		accused = accused->next;
	log_warning("a role says that its peer broke protocol", "role",
	    accuser->row->name, "peer",
	    accused != NULL ? accused->row->name : "gone", "why", sentence);
	if (accused == NULL)
		return;
	if (trust_in(accuser->self.role) > trust_in(accused->self.role))
		process_kill(accused);
	else
		process_kill(accuser);
}

static void
forget(struct supervisor *supervisor, struct process *process)
{
	struct process **at = &supervisor->processes;

	while (*at != process) {
		check(*at != NULL);
		at = &(*at)->next;
	}
	*at = process->next;
}

static void
log_end(const struct supervisor *supervisor, const struct process *process,
    int status)
{
	scoped(memory_freep) char *how = spawn_status_text(status);
	bool is_expected = supervisor->is_stopping ||
	    process->state == PROCESS_DRAINING ||
	    process->state == PROCESS_STOPPING;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)process->pid);
	log_event(is_expected ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
	    "a role has ended", "role", process->row->name, "pid", pid, "how",
	    how, NULL);
}

static void
on_ended(void *context, struct process *process, int status)
{
	struct supervisor *supervisor = context;
	struct place *place = place_of(supervisor, process);

	forget(supervisor, process);
	log_end(supervisor, process, status);
	if (place->current == process) {
		place->current = NULL;
		if (supervisor->is_stopping) {
			/* nothing takes its place */
		} else if (process->is_hopeless) {
			log_error("a role cannot work; the server ends", "role",
			    process->row->name);
			stop_begin(supervisor, 1);
		} else {
			place_restart(place, process);
		}
	}
	process_free(process);
	if (supervisor->is_stopping)
		stop_go_on(supervisor);
}

const struct process_events SUPERVISOR_EVENTS = {
    .ready = on_ready,
    .status = on_status,
    .broken = on_broken,
    .ended = on_ended,
};

static void
on_signal(void *context, int number)
{
	struct supervisor *supervisor = context;

	if (number == SIGHUP)
		reload_begin(supervisor);
	else
		stop_begin(supervisor, 0);
}

static void
on_alive(void *context)
{
	(void)context;
	notify_alive();
}

/* The file, or a credential of the service manager by its bare name. */
static bool
read_passphrase(struct supervisor *supervisor, struct err *err)
{
	const char *name = supervisor->config.passphrase_file;
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	scoped(memory_freep) char *path = NULL;
	struct buf *out = &supervisor->passphrase;

	if (name[0] == '\0')
		return true;
	path = strchr(name, '/') == NULL && credentials != NULL
	    ? file_join(credentials, name)
	    : memory_string(name);
	if (!file_read_private(path, out, err))
		return err_prefix(err, "[signer] passphrase_file");
	while (out->length > 0 &&
	    (out->data[out->length - 1] == '\n' ||
		out->data[out->length - 1] == '\r'))
		out->length--;
	if (out->length == 0)
		return err_set(
		    err, ERR_MALFORMED, "%s holds no pass phrase", path);
	return true;
}

/* What is in force, so that nobody has to guess it from the machine. */
static void
log_limits(const struct server_config *config)
{
	struct limits_in_force limits;
	struct capacity_gateway each;
	struct capacity_machine machine;
	char text[512];
	size_t used = 0;

	limits_in_force(config, &limits);
	for (size_t i = 0; i < LIMITS_IN_FORCE && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s %lld", i == 0 ? "" : ", ", limits.items[i].name,
		    (long long)limits.items[i].value);
	log_info("limits in force", "limits", text);
	capacity_measure(&machine);
	capacity_of_gateway(config, machine.descriptors, &each);
	if (each.connections * (size_t)config->gateways <
	    (size_t)config->connections)
		log_warning("descriptors allow fewer connections than are "
			    "configured; more gateways or a higher "
			    "RLIMIT_NOFILE would allow them",
		    "setting", "[limits] connections");
}

/* With root's rights still: state, sockets, secrets; then give them up. */
static bool
take_hold(struct supervisor *supervisor, struct err *err)
{
	static const int kept[] = {CAP_SETUID, CAP_SETGID, CAP_KILL};
	const struct server_config *config = &supervisor->config;
	size_t slots = (size_t)config->gateways;

	(void)credentials_raise_descriptors(
	    capacity_descriptors(config) + SPARE_DESCRIPTORS);
	if (!credentials_set_undumpable(err) ||
	    !state_prepare(&supervisor->state, config, err) ||
	    !server_config_print(config, &supervisor->configuration, err) ||
	    !read_passphrase(supervisor, err) ||
	    !listeners_open(&supervisor->listeners, config, slots, err))
		return false;
	supervisor->console = shipped_file_open(SHIPPED_CONSOLE, config);
	supervisor->installer = shipped_file_open(SHIPPED_AGENT, config);
	if (!credentials_is_root()) {
		log_warning("started without root: every role runs as this "
			    "user, in its own sandbox");
		return credentials_keep_capabilities(NULL, 0, err);
	}
	return credentials_keep_capabilities(kept, array_length(kept), err);
}

static void
run(struct supervisor *supervisor)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	struct loop_signal *signals[array_length(numbers)];
	struct loop_timer *alive;
	int64_t interval = notify_alive_interval_ms();

	supervisor->loop = loop_new();
	alive = loop_timer_new(supervisor->loop, on_alive, NULL);
	if (interval > 0)
		loop_timer_repeat(alive, interval);
	for (size_t i = 0; i < array_length(numbers); i++)
		signals[i] = loop_signal_new(
		    supervisor->loop, numbers[i], on_signal, supervisor);
	places_open(supervisor);
	places_start_all(supervisor);
	loop_run(supervisor->loop);
	places_close(supervisor);
	for (size_t i = 0; i < array_length(numbers); i++)
		loop_signal_free(signals[i]);
	loop_timer_free(alive);
	loop_free(supervisor->loop);
}

int
supervisor_run(const struct options *options)
{
	struct supervisor supervisor = {.options = options,
	    .console = -1,
	    .installer = -1,
	    .configuration = BUF_INIT(LIMIT_CONFIG_FILE),
	    .passphrase = BUF_INIT(PASSPHRASE_MAX)};
	struct err err = ERR_INIT;
	int code;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	state_reset(&supervisor.state);
	/* Before the configuration: its gaps are filled by what we may have. */
	(void)credentials_raise_descriptors(
	    CAPACITY_CONNECTIONS_MAX + SPARE_DESCRIPTORS);
	if (!server_config_load(&supervisor.config, options->config_path,
		options->settings, options->setting_count, &err)) {
		log_failure(LOG_LEVEL_ERROR, "bad configuration", &err);
		return SUPERVISOR_EXIT_CONFIG;
	}
	log_init("supervisor", (enum log_level)supervisor.config.log_level);
	if (take_hold(&supervisor, &err)) {
		log_limits(&supervisor.config);
		run(&supervisor);
		code = supervisor.exit_code;
	} else {
		log_failure(LOG_LEVEL_ERROR, "cannot start", &err);
		code = 1;
	}
	fd_close(supervisor.console);
	fd_close(supervisor.installer);
	listeners_done(&supervisor.listeners);
	state_done(&supervisor.state);
	buf_wipe(&supervisor.passphrase);
	buf_done(&supervisor.configuration);
	server_config_done(&supervisor.config);
	return code;
}
