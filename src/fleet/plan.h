/*
 * How a fleet is spread over processes, by what descriptors allow: said before
 * anything starts. Pure functions.
 */
#ifndef FLEET_PLAN_H
#define FLEET_PLAN_H

#include "fleet/scenario.h"

enum {
	PLAN_PROCESSES_MAX = 256,
	PLAN_RESERVE = 64, /* descriptors of a process beside its connections */
};

struct plan {
	unsigned processes;
	size_t per_process; /* agents of the largest one */
};

/* descriptors: what one process may open. processes 0: as many as are needed.
 * ERR_LIMIT, code "descriptors", with file, line and the limit. */
must_use bool plan_make(const struct scenario *scenario, uint64_t descriptors,
    unsigned processes, struct plan *out, struct err *err);
/* The first agent of that process; that of `processes` is the end. */
must_use size_t plan_first(
    const struct scenario *scenario, unsigned processes, unsigned process);

#endif
