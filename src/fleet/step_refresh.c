/* The step [refresh]: every agent in turn, some with news. */
#include "base/secret.h"
#include "fleet/refresh.h"

static void
begin_one(void *context, size_t n)
{
	struct worker *worker = context;
	bool is_changed =
	    random_below(100) < (uint64_t)worker->step->changed_percent;
	size_t number = n % worker->participants;

	/* An agent refreshes once at a time: a round that it missed is told. */
	if (worker->agents[number].is_refreshing) {
		worker->now->skipped++;
		pacer_ended(&worker->pacer);
		return;
	}
	if (!refresh_begin(worker, worker->first + number, worker->now,
		is_changed, op_paced, NULL))
		pacer_ended(&worker->pacer);
}

static void
over(void *context)
{
	worker_step_over(context);
}

void
step_refresh(struct worker *worker)
{
	size_t rounds = (size_t)worker->step->rounds;

	worker->now->planned = worker->participants * rounds;
	worker_pace(worker, worker->participants * rounds,
	    worker_fleet_participants(worker) * rounds, begin_one, over);
}
