/* The plan: agents and descriptors. */
#include "fleet/plan.h"

#include <inttypes.h>

/* The most connections that a step opens beside the agents' own. */
static uint64_t
rude_clients(const struct scenario *scenario)
{
	uint64_t most = 0;

	for (size_t i = 0; i < scenario->step_count; i++) {
		uint64_t sum = (uint64_t)scenario->steps[i].witnesses;

		for (size_t j = 0; j < RUDE_KINDS; j++)
			sum += (uint64_t)scenario->steps[i].rude[j];
		if (sum > most)
			most = sum;
	}
	return most;
}

bool
plan_make(const struct scenario *scenario, uint64_t descriptors,
    unsigned processes, struct plan *out, struct err *err)
{
	uint64_t beside = PLAN_RESERVE + (uint64_t)scenario->in_flight;
	uint64_t agents = (uint64_t)scenario->agents + rude_clients(scenario);
	uint64_t room = descriptors > beside ? descriptors - beside : 0;
	uint64_t needed = room == 0 ? UINT64_MAX : (agents + room - 1) / room;

	if (needed > (processes > 0 ? processes : PLAN_PROCESSES_MAX))
		return err_set_code(err, ERR_LIMIT, "descriptors",
		    "%s: %" PRIu64 " agents and rude clients need more "
		    "descriptors than %u processes have: one may open %" PRIu64
		    " (ulimit -n), of which %" PRIu64
		    " are for conversations and files, so %u hold %" PRIu64,
		    scenario->agents_where, agents,
		    processes > 0 ? processes : PLAN_PROCESSES_MAX, descriptors,
		    beside, processes > 0 ? processes : PLAN_PROCESSES_MAX,
		    room * (processes > 0 ? processes : PLAN_PROCESSES_MAX));
	out->processes = processes > 0 ? processes : (unsigned)needed;
	if ((uint64_t)scenario->agents < out->processes)
		out->processes = (unsigned)scenario->agents;
	out->per_process =
	    ((size_t)scenario->agents + out->processes - 1) / out->processes;
	return true;
}

size_t
plan_first(
    const struct scenario *scenario, unsigned processes, unsigned process)
{
	return (size_t)((uint64_t)scenario->agents * process / processes);
}
