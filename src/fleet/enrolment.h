/*
 * Certificates of simulated agents: enrolment and renewal as the agent does
 * them, with answers lost on purpose where the step wants it.
 */
#ifndef FLEET_ENROLMENT_H
#define FLEET_ENROLMENT_H

#include "fleet/op.h"

/* Make what is missing of the participants' keys and credentials, before the
 * time of the step begins to count. */
void enrolment_make_keys(struct worker *worker);

#endif
