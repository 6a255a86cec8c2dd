/* The end: gateways, then core, then signer, each with its time. */
#include "server/supervisor/supervisor_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/supervisor/notify.h"

enum {
	STOP_MS = 4000, /* for each of the three steps */
	/* A terminal or a wrapper may send the same signal twice at once;
	 * later it means that somebody does not want to wait. */
	SAME_SIGNAL_MS = 1000,
};

/* Tell every process of a role to end; false when there is none. */
static bool
stop_all_of(struct supervisor *supervisor, enum ipc_role role)
{
	bool has_any = false;

	for (struct process *process = supervisor->processes; process != NULL;
	     process = process->next) {
		if (process->self.role != role)
			continue;
		has_any = true;
		process_stop(process, STOP_MS);
	}
	return has_any;
}

void
stop_go_on(struct supervisor *supervisor)
{
	if (stop_all_of(supervisor, IPC_GATEWAY) ||
	    stop_all_of(supervisor, IPC_CORE) ||
	    stop_all_of(supervisor, IPC_SIGNER))
		return;
	loop_stop(supervisor->loop);
}

void
stop_begin(struct supervisor *supervisor, int exit_code)
{
	int64_t now = clock_monotonic_ms();

	if (supervisor->is_stopping) {
		if (now - supervisor->stopping_since_ms < SAME_SIGNAL_MS)
			return;
		log_warning("told to end again: all roles are killed");
		for (struct process *process = supervisor->processes;
		     process != NULL; process = process->next)
			process_kill(process);
		return;
	}
	log_info("stopping");
	notify_stopping();
	supervisor->is_stopping = true;
	supervisor->stopping_since_ms = now;
	supervisor->exit_code = exit_code;
	stop_go_on(supervisor);
}
