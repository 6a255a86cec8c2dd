/* What a run gave, as text for a person and as JSON for programs. */
#ifndef FLEET_REPORT_H
#define FLEET_REPORT_H

#include "base/json.h"
#include "fleet/plan.h"
#include "fleet/stats.h"

/* The text goes to standard output. */
void report_print(const struct scenario *scenario, const struct plan *plan,
    const struct stats *sums);
/* A new reference; the members are in docs/man/warifu-fleet.1. */
must_use json_t *report_json(const struct scenario *scenario,
    const struct plan *plan, const struct stats *sums, bool is_complete);
must_use bool
report_has_failures(const struct scenario *scenario, const struct stats *sums);

#endif
