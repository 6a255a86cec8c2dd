/* A process of the fleet: from step to step. */
#include "fleet/worker.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/hold.h"
#include "os/fd.h"
#include "os/file.h"

static step_begin *const STEPS[STEP_KINDS] = {
    [STEP_ENROL] = step_enrol,
    [STEP_REFRESH] = step_refresh,
    [STEP_HOLD] = step_hold,
    [STEP_STORM] = step_storm,
    [STEP_RENEW] = step_renew,
    [STEP_LOSE_ANSWER] = step_lose_answer,
    [STEP_MISBEHAVE] = step_misbehave,
};

static int64_t
cpu_us(void)
{
	struct rusage used;

	check(getrusage(RUSAGE_SELF, &used) == 0);
	return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) *
	    1000000 +
	    used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/* Resident memory that is this process's own: what was there before it parted
 * is shared. */
static int64_t
own_memory(void)
{
	scoped(buf_donep) struct buf text = BUF_INIT(4096);
	struct err ignored = ERR_INIT;
	struct view rest, line, name, value;
	uint64_t sum = 0, part;

	if (!file_read("/proc/self/smaps_rollup", &text, &ignored))
		return 0;
	rest = buf_view(&text);
	while (rest.length > 0) {
		(void)view_cut(rest, '\n', &line, &rest);
		if (!view_starts_with(line, "Private_") ||
		    !view_cut(line, ':', &name, &value))
			continue;
		(void)view_cut(view_trim(value), ' ', &value, &name);
		if (view_to_u64(value, INT64_MAX / 1024, &part))
			sum += part * 1024;
	}
	return (int64_t)sum;
}

struct fleet_agent *
worker_agent(struct worker *worker, size_t index)
{
	check(index >= worker->first && index - worker->first < worker->count);
	return &worker->agents[index - worker->first];
}

size_t
worker_fleet_participants(const struct worker *worker)
{
	return worker->step->agents > 0 ? (size_t)worker->step->agents
					: (size_t)worker->scenario->agents;
}

static size_t
count_participants(const struct worker *worker)
{
	size_t end = worker_fleet_participants(worker);

	if (end <= worker->first)
		return 0;
	end -= worker->first;
	return end < worker->count ? end : worker->count;
}

static void
begin_step(struct worker *worker)
{
	worker->step = &worker->scenario->steps[worker->step_number];
	worker->now = &worker->stats[worker->step_number];
	worker->participants = count_participants(worker);
	worker->now->cpu_us = -cpu_us();
	worker->now->begin_us = pacer_now_us();
	/* Channels stay open from step to step. */
	worker->now->open = hold_count_open(worker);
	STEPS[worker->step->kind](worker);
}

void
worker_step_over(struct worker *worker)
{
	pacer_done(&worker->pacer);
	worker->now->end_us = pacer_now_us();
	worker->now->cpu_us += cpu_us();
	worker->now->memory_bytes = own_memory();
	worker->step_number++;
	/* The coordinator ended where this fails; on_control hears of it. */
	ignore_result(write(worker->control, "o", 1) == 1);
}

static void
start_pacer(struct worker *worker, size_t total, int64_t interval_ns,
    void (*begin)(void *context, size_t n), void (*over)(void *context))
{
	worker->pacer = (struct pacer){
	    .total = total,
	    .limit = (size_t)worker->scenario->in_flight,
	    .interval_ns = interval_ns,
	    .begin = begin,
	    .over = over,
	    .context = worker,
	};
	pacer_start(&worker->pacer, worker->loop);
}

void
worker_pace_over(struct worker *worker, size_t total, int64_t over_ms,
    void (*begin)(void *context, size_t n), void (*over)(void *context))
{
	start_pacer(worker, total,
	    total > 0 ? over_ms * 1000000 / (int64_t)total : 0, begin, over);
}

void
worker_pace(struct worker *worker, size_t total, size_t fleet_total,
    void (*begin)(void *context, size_t n), void (*over)(void *context))
{
	const struct step *step = worker->step;
	int64_t over_ms = step->over_ms;

	if (step->rate > 0)
		over_ms = (int64_t)fleet_total * 1000 / step->rate;
	worker_pace_over(worker, total, over_ms, begin, over);
}

static void
on_control(void *context, unsigned events)
{
	struct worker *worker = context;
	char byte;

	if (read(worker->control, &byte, 1) == 1)
		begin_step(worker);
	else
		loop_stop(worker->loop);
}

static void
find_enrolled(struct worker *worker)
{
	for (size_t i = 0; i < worker->count; i++)
		worker->agents[i].is_enrolled =
		    vault_is_enrolled(worker->vault, worker->first + i);
}

static void
set_up(struct worker *worker, const struct worker_plan *plan)
{
	size_t agents = (size_t)plan->scenario->agents;

	*worker = (struct worker){
	    .scenario = plan->scenario,
	    .gate = plan->gate,
	    .variety = plan->variety,
	    .control = plan->control,
	    .process = plan->process,
	    .processes = plan->processes,
	    .first = agents * plan->process / plan->processes,
	    .stats = plan->stats,
	};
	worker->count =
	    agents * (plan->process + 1) / plan->processes - worker->first;
	worker->agents = memory_array(worker->count, sizeof(*worker->agents));
}

int
worker_run(const struct worker_plan *plan)
{
	struct worker worker;
	struct loop_watch *watch;
	struct err err = ERR_INIT;

	signal(SIGPIPE, SIG_IGN);
	/* Ctrl-C ends the coordinator, whose end ends this process. */
	signal(SIGINT, SIG_IGN);
	mallopt(M_ARENA_MAX, 1);
	set_up(&worker, plan);
	if (!vault_open(plan->directory, &worker.vault, &err)) {
		log_failure(LOG_LEVEL_ERROR, "a process ends", &err);
		return 1;
	}
	find_enrolled(&worker);
	worker.loop = loop_new();
	watch = loop_watch_new(
	    worker.loop, worker.control, LOOP_READ, on_control, &worker);
	loop_run(worker.loop);
	hold_close_all(&worker);
	loop_watch_free(watch);
	loop_timer_free(worker.step_timer);
	loop_timer_free(worker.ping_timer);
	pacer_done(&worker.pacer);
	loop_free(worker.loop);
	vault_close(worker.vault);
	free(worker.agents);
	return 0;
}
