/*
 * Channels of simulated agents (GET /agent/v1/channel): held open, pings
 * answered, knocks followed by a refresh at once, and opened again as agents do
 * when the server ends them.
 */
#ifndef FLEET_HOLD_H
#define FLEET_HOLD_H

#include "fleet/worker.h"

must_use size_t hold_count_open(const struct worker *worker);
void hold_close_all(struct worker *worker);

#endif
