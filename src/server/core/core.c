/* Core's main: start, the loop, housekeeping, the end. */
#include "server/core/core.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "ipc/channel.h"
#include "os/fd.h"
#include "server/capacity.h"
#include "server/config.h"
#include "server/core/alerts.h"
#include "server/core/audit.h"
#include "server/core/audit_keep.h"
#include "server/core/changes.h"
#include "server/core/facts.h"
#include "server/core/gateways.h"
#include "server/core/handlers.h"
#include "server/core/installer.h"
#include "server/core/knocks.h"
#include "server/core/live.h"
#include "server/core/local.h"
#include "server/core/metrics.h"
#include "server/core/settings.h"
#include "server/core/signer_link.h"
#include "server/core/trust.h"
#include "server/core/workers.h"
#include "server/role.h"
#include "store/session.h"
#include "store/store.h"
#include "store/trust_event.h"

enum {
	HOUSEKEEPING_MS = 15000,
	START_RETRY_MS = 1000,
	DRAIN_LOOK_MS = 20,
	DRAIN_QUIET_MS = 300,
	STOP_WAIT_MS = 3000,
};

/* What only the main thread knows. */
struct main_state {
	struct core core;
	struct role *role;
	struct ipc_channel *signer;
	struct role_peer signer_peer;
	struct loop_timer *housekeeping;
	struct loop_timer *ending;
	struct loop_wake *started; /* from the first job that worked */
	int64_t quiet_from_ms;     /* a drain ends no earlier */
	int64_t end_by_ms;
	atomic_bool is_housekeeping; /* a job is queued or runs */
	int64_t swept_ms;
	bool is_ready;
};

int64_t
core_now_ms(const struct core *core)
{
	return clock_wall_ms();
}

struct sweep {
	int64_t now_ms;
	int64_t event_retention_ms;
};

static bool
write_sweep(struct store_tx *tx, void *context, struct err *err)
{
	const struct sweep *sweep = context;
	int64_t count;

	return store_session_delete_expired(tx, sweep->now_ms, err) &&
	    store_trust_event_delete_before(
		tx, sweep->now_ms - sweep->event_retention_ms, &count, err);
}

/* Once an hour: what has had its time. */
static bool
sweep(struct main_state *state, struct err *err)
{
	struct core *core = &state->core;
	struct sweep sweep = {
	    core_now_ms(core), core->config->event_retention_ms};

	if (state->swept_ms != 0 &&
	    clock_monotonic_ms() < state->swept_ms + HOURS_MS(1))
		return true;
	if (!store_write(core->store, write_sweep, &sweep, err))
		return false;
	state->swept_ms = clock_monotonic_ms();
	return true;
}

/* What has to be there before the server calls itself ready. */
static bool
begin(struct main_state *state, struct err *err)
{
	struct core *core = &state->core;

	if (atomic_load(&core->has_begun))
		return true;
	/* Gateways accept once they have their trust: what is enforced is
	 * known before. */
	if (!settings_refresh(core, err) || !users_first_start(core, err) ||
	    !enforcement_load(core, err) || !core_trust_load(core, err) ||
	    !local_files_write(core, err))
		return false;
	atomic_store(&core->has_begun, true);
	return true;
}

/* Worker: fetch what the signer knows, make what a first start needs. One at a
 * time. */
static void
keep_house(void *context)
{
	struct main_state *state = context;
	static struct log_budget budget;
	struct err err = ERR_INIT;

	if (begin(state, &err))
		loop_wake_send(state->started);
	if ((!atomic_load(&state->core.has_begun) ||
		!settings_refresh(&state->core, &err) ||
		!core_trust_load(&state->core, &err) ||
		!enforcement_load(&state->core, &err) || !sweep(state, &err) ||
		!audit_keep(&state->core, false, &err) ||
		!alerts_keep(&state->core, &err)) &&
	    log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_failure(LOG_LEVEL_WARNING,
		    "core waits for the database or the signer", &err);
	if (atomic_load(&state->core.has_begun))
		software_fill_begin(&state->core);
	atomic_store(&state->is_housekeeping, false);
}

static void
begin_housekeeping(struct main_state *state)
{
	bool expected = false;

	if (!atomic_compare_exchange_strong(
		&state->is_housekeeping, &expected, true))
		return;
	if (!workers_submit(
		state->core.workers, WORKER_PEOPLE, keep_house, state))
		atomic_store(&state->is_housekeeping, false);
}

static void
housekeeping_due(void *context)
{
	struct main_state *state = context;

	begin_housekeeping(state);
	gateways_replace_stuck(state->core.gateways);
	loop_timer_start(state->housekeeping,
	    state->is_ready ? HOUSEKEEPING_MS : START_RETRY_MS);
}

static void
has_started(void *context)
{
	struct main_state *state = context;

	if (state->is_ready)
		return;
	state->is_ready = true;
	role_ready(state->role);
	log_info("core is ready");
}

static void
signer_frame(
    void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct main_state *state = context;

	signer_link_answer(state->core.signer_link, frame);
}

static void
signer_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	struct main_state *state = context;

	if (err != NULL) {
		log_failure(LOG_LEVEL_ERROR, "the signer broke protocol", err);
		role_peer_broken(state->role, &state->signer_peer, err);
	}
	if (channel == state->signer) {
		signer_link_detach(state->core.signer_link);
		state->signer = NULL;
	}
	ipc_channel_free(channel);
}

static void
attach_signer(
    struct main_state *state, const struct role_peer *peer, int socket)
{
	static const struct ipc_channel_events EVENTS = {
	    .frame = signer_frame, .closed = signer_closed};
	struct err err = ERR_INIT;

	if (!signer_link_attach(state->core.signer_link, socket, &err)) {
		log_failure(LOG_LEVEL_ERROR, "cannot take the signer on", &err);
		fd_close(socket);
		return;
	}
	ipc_channel_free(state->signer);
	state->signer_peer = *peer;
	state->signer = ipc_channel_new(
	    state->role->loop, socket, IPC_CORE, IPC_SIGNER, &EVENTS, state);
	begin_housekeeping(state);
}

static void
attach(void *context, const struct role_peer *peer, int socket)
{
	struct main_state *state = context;

	if (peer->role == IPC_SIGNER) {
		attach_signer(state, peer, socket);
	} else if (peer->role == IPC_GATEWAY) {
		gateways_attach(state->core.gateways, peer, socket);
	} else {
		log_error("core was given a peer that it has nothing to say to",
		    "peer", ipc_role_name(peer->role));
		fd_close(socket);
	}
}

/* Nothing waits and nothing runs, or the time is over. */
static void
look_for_end(void *context)
{
	struct main_state *state = context;
	struct workers *workers = state->core.workers;
	bool is_idle =
	    workers_queued(workers) == 0 && workers_busy(workers) == 0;

	if (is_idle ||
	    (state->end_by_ms > 0 && clock_monotonic_ms() >= state->end_by_ms))
		loop_stop(state->role->loop);
	else
		loop_timer_start(state->ending, DRAIN_LOOK_MS);
}

static void
drain(void *context)
{
	struct main_state *state = context;

	software_fill_end(&state->core);
	/* Requests that were sent before the gateways heard of the new core
	 * are still on their way. */
	state->quiet_from_ms = clock_monotonic_ms() + DRAIN_QUIET_MS;
	loop_timer_start(state->ending, DRAIN_LOOK_MS);
}

/* Worker: what was not told yet, while there is somebody to tell. */
static void
keep_audit(void *context)
{
	struct main_state *state = context;
	struct err err = ERR_INIT;

	if (atomic_load(&state->core.has_begun) &&
	    !audit_keep(&state->core, true, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "the end of the audit log is not with the signer", &err);
}

static void
stop(void *context)
{
	struct main_state *state = context;

	software_fill_end(&state->core);
	ignore_result(workers_submit(
	    state->core.workers, WORKER_PEOPLE, keep_audit, state));
	signer_link_end(state->core.signer_link);
	state->end_by_ms = clock_monotonic_ms() + STOP_WAIT_MS;
	look_for_end(state);
}

static bool
open_store(struct main_state *state, struct err *err)
{
	const struct server_config *config = state->core.config;
	scoped(memory_freep) char *file = role_path(state->role, "warifu.db");
	scoped(memory_freep) char *location = NULL;
	struct store_options options = {
	    .read_connections = (unsigned)config->database_connections};

	if (config->database == SERVER_DATABASE_SQLITE)
		location = memory_format("sqlite:%s",
		    config->database_path[0] != '\0' ? config->database_path
						     : file);
	else
		location = memory_format("%s%s",
		    strncmp(config->database_conninfo, "postgres", 8) == 0
			? ""
			: "postgresql:",
		    config->database_conninfo);
	options.location = location;
	return store_open(&options, &state->core.store, err);
}

static void
init(struct main_state *state, struct role *role)
{
	struct core *core = &state->core;
	size_t unused;

	state->role = role;
	core->role = role;
	core->config = role->config;
	core->started_ms = clock_wall_ms();
	core->started_boot_ms = clock_boottime_ms();
	core->state_directory = role_path(role, ".");
	core->trust = core_trust_new();
	core->live = live_new();
	core->knocks = knocks_new(core, role->loop);
	core->alerts = alerts_new();
	core->changes = changes_new();
	changes_begin(core, role->loop);
	core->metrics = metrics_new();
	core->audit_refusals = audit_refusals_new();
	core->audit_keeper = audit_keeper_new();
	core->settings = settings_new();
	core->installer = installer_open(role);
	core->bodies.max_bytes =
	    (uint64_t)role->config->large_bodies_mib * 1024 * 1024;
	core->signer_link = signer_link_new();
	core->signer = signer_link_client(core->signer_link);
	core->workers = workers_new(
	    capacity_queue(role->config), capacity_agent_workers(role->config));
	core->gateways = gateways_new(core, role);
	state->housekeeping =
	    loop_timer_new(role->loop, housekeeping_due, state);
	state->ending = loop_timer_new(role->loop, look_for_end, state);
	state->started = loop_wake_new(role->loop, has_started, state);
	ignore_result(routes_http(&unused) != NULL); /* before any thread */
}

/* What was counted and not written yet. */
static void
write_refusals(struct core *core)
{
	struct err err = ERR_INIT;

	if (core->store != NULL && !audit_refusals_write(core, true, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "refused attempts are missing in the audit log", &err);
}

/* Threads end before what they use. */
static void
done(struct main_state *state)
{
	struct core *core = &state->core;

	/* A signer that is silent has had its time too. */
	signer_link_end(core->signer_link);
	signer_link_detach(core->signer_link);
	workers_free(core->workers);
	write_refusals(core);
	loop_timer_free(state->housekeeping);
	loop_timer_free(state->ending);
	knocks_free(core->knocks);
	ipc_channel_free(state->signer);
	changes_end(core);
	/* The directories hold gateways. */
	live_free(core->live);
	core->live = live_new();
	changes_free(core->changes);
	core->changes = changes_new();
	gateways_free(core->gateways);
	live_free(core->live);
	changes_free(core->changes);
	loop_wake_free(state->started);
	store_close(core->store);
	signer_link_free(core->signer_link);
	core_trust_free(core->trust);
	metrics_free(core->metrics);
	audit_refusals_free(core->audit_refusals);
	audit_keeper_free(core->audit_keeper);
	settings_free(core->settings);
	free(core->installer);
	alerts_free(core->alerts);
	free((char *)(uintptr_t)core->state_directory);
}

static bool
start(struct main_state *state, struct err *err)
{
	static const struct role_events EVENTS = {
	    .attach = attach, .drain = drain, .stop = stop};

	if (!handlers_check(err) || !open_store(state, err) ||
	    !workers_start(
		state->core.workers, (size_t)state->core.config->workers, err))
		return false;
	role_begin(state->role, &EVENTS, state);
	housekeeping_due(state);
	return true;
}

int
core_main(struct role *role)
{
	struct main_state state = {0};
	struct err err = ERR_INIT;
	bool is_started;

	init(&state, role);
	is_started = start(&state, &err);
	if (is_started)
		loop_run(role->loop);
	else
		log_failure(LOG_LEVEL_ERROR, "core cannot start", &err);
	done(&state);
	return is_started ? 0 : 1;
}
