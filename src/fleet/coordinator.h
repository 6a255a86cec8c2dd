/*
 * The coordinator: starts the processes of the fleet, leads them from step to
 * step, shows progress and ends them.
 */
#ifndef FLEET_COORDINATOR_H
#define FLEET_COORDINATOR_H

#include "fleet/gate.h"
#include "fleet/plan.h"
#include "fleet/stats.h"
#include "fleet/variety.h"

struct fleet {
	const struct scenario *scenario;
	const struct plan *plan;
	const struct gate *gate;
	const struct variety *variety;
	const char *directory;
	bool is_quiet;
};

/* Run all steps; sums has one for each. ERR_SYSTEM where a process died. False
 * with code "stopped" after SIGINT or SIGTERM, with sums of what was done. */
must_use bool
coordinator_run(const struct fleet *fleet, struct stats *sums, struct err *err);

#endif
