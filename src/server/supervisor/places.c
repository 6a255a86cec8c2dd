/* Places of processes: started, wired to each other, started again. */
#include "server/supervisor/supervisor_private.h"

#include <stdio.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"

enum {
	/* A process that lived this long has worked; its end is no sign of a
	 * crash loop. */
	WORKED_MS = 5000,
	/* So many quick ends are answered at once, then the pauses double. */
	QUICK_ENDS_FREE = 3,
	FIRST_PAUSE_MS = 100,
	LONGEST_PAUSE_MS = 5000,
};

static void
on_restart(void *context)
{
	struct place *place = context;

	if (place->current == NULL && !place->supervisor->is_stopping)
		place_start(place);
}

static void
place_init(struct place *place, struct supervisor *supervisor,
    enum ipc_role role, unsigned slot)
{
	place->supervisor = supervisor;
	place->row = role_row_of(role);
	place->slot = slot;
	place->restart = loop_timer_new(supervisor->loop, on_restart, place);
}

void
places_grow(struct supervisor *supervisor, size_t count)
{
	while (supervisor->gateway_count < count) {
		struct place *place = memory_zeroed(sizeof(*place));
		size_t slot = supervisor->gateway_count;

		place_init(place, supervisor, IPC_GATEWAY, (unsigned)slot);
		supervisor->gateways = memory_resize(supervisor->gateways,
		    slot + 1, sizeof(*supervisor->gateways));
		supervisor->gateways[supervisor->gateway_count++] = place;
	}
}

void
places_open(struct supervisor *supervisor)
{
	place_init(&supervisor->signer, supervisor, IPC_SIGNER, 0);
	place_init(&supervisor->core, supervisor, IPC_CORE, 0);
	places_grow(supervisor, supervisor->listeners.slot_count);
}

void
places_close(struct supervisor *supervisor)
{
	loop_timer_free(supervisor->signer.restart);
	loop_timer_free(supervisor->core.restart);
	for (size_t i = 0; i < supervisor->gateway_count; i++) {
		loop_timer_free(supervisor->gateways[i]->restart);
		free(supervisor->gateways[i]);
	}
	free(supervisor->gateways);
}

struct place *
place_of(struct supervisor *supervisor, const struct process *process)
{
	switch (process->self.role) {
	case IPC_SIGNER:
		return &supervisor->signer;
	case IPC_CORE:
		return &supervisor->core;
	default:
		check(process->self.slot < supervisor->gateway_count);
		return supervisor->gateways[process->self.slot];
	}
}

bool
places_are_ready(const struct supervisor *supervisor)
{
	const struct process *signer = supervisor->signer.current;
	const struct process *core = supervisor->core.current;

	if (signer == NULL || signer->state != PROCESS_READY || core == NULL ||
	    core->state != PROCESS_READY)
		return false;
	for (size_t i = 0; i < supervisor->gateway_count; i++) {
		const struct process *gateway =
		    supervisor->gateways[i]->current;

		if (gateway == NULL || gateway->state != PROCESS_READY)
			return false;
	}
	return true;
}

void
places_connect(struct process *a, struct process *b)
{
	struct err err = ERR_INIT;
	int ends[2];

	if (!fd_packet_pair(ends, &err)) {
		/* Without it the newer one cannot work: it is tried anew. */
		log_failure(LOG_LEVEL_ERROR, "cannot connect two roles", &err);
		process_kill(a);
		return;
	}
	process_attach(a, &b->self, ends[0]);
	process_attach(b, &a->self, ends[1]);
}

/* Connect a new process to all of another role that run. */
static void
connect_to_all(struct process *process, enum ipc_role role)
{
	struct supervisor *supervisor = process->context;

	for (struct process *other = supervisor->processes; other != NULL;
	     other = other->next)
		if (other->self.role == role &&
		    other->state != PROCESS_STOPPING)
			places_connect(process, other);
}

static void
wire(struct process *process)
{
	struct supervisor *supervisor = process->context;

	switch (process->self.role) {
	case IPC_SIGNER:
		connect_to_all(process, IPC_CORE);
		return;
	case IPC_CORE:
		connect_to_all(process, IPC_SIGNER);
		/* In a reload the gateways turn to it when it is ready. */
		if (!supervisor->is_reloading)
			connect_to_all(process, IPC_GATEWAY);
		return;
	default:
		if (supervisor->core.current != NULL)
			places_connect(process, supervisor->core.current);
	}
}

static struct process_plan
plan_for(const struct place *place)
{
	struct supervisor *supervisor = place->supervisor;
	struct process_plan plan = {.row = place->row,
	    .slot = place->slot,
	    .slot_count = (unsigned)supervisor->gateway_count,
	    .instance = ++supervisor->next_instance,
	    .home = supervisor->state.homes[place->row - ROLES],
	    .console = -1,
	    .installer = -1,
	    .configuration = buf_view(&supervisor->configuration)};

	if (place->row->id == IPC_SIGNER)
		plan.passphrase = buf_view(&supervisor->passphrase);
	if (place->row->id != IPC_SIGNER)
		plan.installer = supervisor->installer;
	if (place->row->id == IPC_GATEWAY) {
		const struct listeners_slot *slot =
		    &supervisor->listeners.slots[place->slot];

		plan.fds = slot->fds;
		plan.names = slot->names;
		plan.fd_count = slot->count;
		plan.console = supervisor->console;
	}
	return plan;
}

void
place_start(struct place *place)
{
	struct supervisor *supervisor = place->supervisor;
	struct process_plan plan = plan_for(place);
	struct process *process;
	struct err err = ERR_INIT;

	place->current = NULL;
	if (!process_start(supervisor->loop, &plan, &SUPERVISOR_EVENTS,
		supervisor, &process, &err)) {
		log_failure(LOG_LEVEL_ERROR, "cannot start a role", &err);
		loop_timer_start(place->restart, LONGEST_PAUSE_MS);
		return;
	}
	process->next = supervisor->processes;
	supervisor->processes = process;
	place->current = process;
	wire(process);
}

void
places_start_all(struct supervisor *supervisor)
{
	place_start(&supervisor->signer);
	place_start(&supervisor->core);
	for (size_t i = 0; i < supervisor->gateway_count; i++)
		place_start(supervisor->gateways[i]);
}

void
place_restart(struct place *place, const struct process *ended)
{
	int64_t lived = clock_monotonic_ms() - ended->started_ms;
	int64_t pause = FIRST_PAUSE_MS;
	char text[24];

	place->quick_ends = lived >= WORKED_MS ? 0 : place->quick_ends + 1;
	if (place->quick_ends <= QUICK_ENDS_FREE) {
		place_start(place);
		return;
	}
	for (unsigned i = QUICK_ENDS_FREE + 1;
	     i < place->quick_ends && pause < LONGEST_PAUSE_MS; i++)
		pause *= 2;
	if (pause > LONGEST_PAUSE_MS)
		pause = LONGEST_PAUSE_MS;
	snprintf(text, sizeof(text), "%lld", (long long)pause);
	log_warning("a role keeps ending; it is started again after a pause",
	    "role", place->row->name, "pause_ms", text);
	loop_timer_start(place->restart, pause);
}
