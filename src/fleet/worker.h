/*
 * One process of the fleet: its agents, its loop, and the step that it is in.
 *
 * The coordinator says by a byte on the control socket that the next step
 * begins; the process says by a byte that it is over, and ends when the socket
 * does. One thread.
 */
#ifndef FLEET_WORKER_H
#define FLEET_WORKER_H

#include "fleet/gate.h"
#include "fleet/pacer.h"
#include "fleet/scenario.h"
#include "fleet/stats.h"
#include "fleet/variety.h"
#include "fleet/vault.h"
#include "os/loop.h"

struct holder;
struct rude;

/* What an agent costs while nothing happens to it. */
struct fleet_agent {
	struct holder *holder; /* its channel, or NULL */
	bool is_enrolled;
	bool is_refreshing;
};

struct worker {
	const struct scenario *scenario;
	const struct gate *gate;
	const struct variety *variety;
	struct vault *vault;
	struct loop *loop;
	int control;
	unsigned process, processes;
	size_t first, count; /* its agents, by their number in the fleet */
	struct fleet_agent *agents;
	struct stats *stats; /* of every step, shared with the coordinator */

	/* the step that runs */
	size_t step_number;
	const struct step *step;
	struct stats *now;
	size_t participants; /* the first so many of its agents */
	struct pacer pacer;
	struct loop_timer *step_timer;
	struct loop_timer *ping_timer;
	int64_t ping_ms;
	size_t ping_next;
	size_t waited_for; /* storm: not back yet */
	size_t back_next;
	struct rude **rude;
	size_t rude_count;
};

/* What a process is made of, before it parted. */
struct worker_plan {
	const struct scenario *scenario;
	const struct gate *gate;
	const struct variety *variety;
	const char *directory;
	unsigned process, processes;
	struct stats *stats;
	int control;
};

/* The whole life of a process; its exit code. */
must_use int worker_run(const struct worker_plan *plan);

/* For the steps: the step is over, also for what failed in it. */
void worker_step_over(struct worker *worker);
/* Begin `total` things at the step's pace; fleet_total: of all processes. */
void worker_pace(struct worker *worker, size_t total, size_t fleet_total,
    void (*begin)(void *context, size_t n), void (*over)(void *context));
/* The same, evenly over that time. */
void worker_pace_over(struct worker *worker, size_t total, int64_t over_ms,
    void (*begin)(void *context, size_t n), void (*over)(void *context));
must_use struct fleet_agent *worker_agent(struct worker *worker, size_t index);
/* How many agents of the fleet take part in the step. */
must_use size_t worker_fleet_participants(const struct worker *worker);

/* The steps: each begins and ends in worker_step_over(). */
typedef void step_begin(struct worker *worker);
step_begin step_enrol;
step_begin step_refresh;
step_begin step_hold;
step_begin step_storm;
step_begin step_renew;
step_begin step_lose_answer;
step_begin step_misbehave;

#endif
