/*
 * The refresh of a simulated agent: as the agent's channel composes it, with an
 * inventory of its variety.
 */
#ifndef FLEET_REFRESH_H
#define FLEET_REFRESH_H

#include "fleet/op.h"

struct refresh_state;

/* is_changed: report software that was upgraded since the last time. over runs
 * as with op_new(); false where it could not begin (counted as failed). */
must_use bool refresh_begin(struct worker *worker, size_t index,
    struct stats *stats, bool is_changed, op_over *over, void *context);
void refresh_state_free(struct refresh_state *state); /* takes NULL */

#endif
