/* The pace of a step. */
#include "fleet/pacer.h"

#include <time.h>

#include "base/check.h"

enum {
	PULSE_MS = 200
};

int64_t
pacer_now_us(void)
{
	struct timespec now;

	check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How many are due by now. */
static size_t
due(const struct pacer *pacer)
{
	int64_t passed_us = pacer_now_us() - pacer->begun_us;
	uint64_t count;

	if (pacer->interval_ns == 0)
		return pacer->total;
	count = (uint64_t)passed_us * 1000 / (uint64_t)pacer->interval_ns + 1;
	return count < pacer->total ? (size_t)count : pacer->total;
}

static void
pump(struct pacer *pacer)
{
	size_t last = due(pacer);

	pacer->is_pumping = true;
	while (pacer->next < last && pacer->running < pacer->allowed) {
		pacer->running++;
		pacer->begin(pacer->context, pacer->next++);
	}
	pacer->is_pumping = false;
	if (pacer->next == pacer->total && pacer->running == 0)
		loop_timer_start(pacer->timer, 0); /* says that it is over */
	else if (pacer->next < pacer->total && pacer->running < pacer->allowed)
		loop_timer_start(
		    pacer->timer, pacer->interval_ns / 1000000 + 1);
}

static void
on_timer(void *context)
{
	struct pacer *pacer = context;

	if (pacer->next == pacer->total && pacer->running == 0)
		pacer->over(pacer->context);
	else
		pump(pacer);
}

void
pacer_heed(struct pacer *pacer, int64_t late_us)
{
	if (late_us > PACER_LATE_US && pacer->allowed > PACER_LEAST)
		pacer->allowed = pacer->allowed / 2 > PACER_LEAST
		    ? pacer->allowed / 2
		    : PACER_LEAST;
	else if (late_us < PACER_EARLY_US && pacer->allowed < pacer->limit)
		pacer->allowed += pacer->allowed / 8 + 1;
	if (pacer->allowed > pacer->limit)
		pacer->allowed = pacer->limit;
}

static void
start_pulse(struct pacer *pacer)
{
	pacer->pulse_due_us = pacer_now_us() + PULSE_MS * 1000;
	loop_timer_start(pacer->pulse, PULSE_MS);
}

static void
on_pulse(void *context)
{
	struct pacer *pacer = context;

	pacer_heed(pacer, pacer_now_us() - pacer->pulse_due_us);
	start_pulse(pacer);
	if (pacer->next < pacer->total)
		pump(pacer);
}

void
pacer_start(struct pacer *pacer, struct loop *loop)
{
	pacer->timer = loop_timer_new(loop, on_timer, pacer);
	pacer->pulse = loop_timer_new(loop, on_pulse, pacer);
	pacer->allowed = pacer->limit;
	pacer->next = 0;
	pacer->running = 0;
	pacer->is_pumping = false;
	pacer->begun_us = pacer_now_us();
	start_pulse(pacer);
	pump(pacer);
}

void
pacer_ended(struct pacer *pacer)
{
	check(pacer->running > 0);
	pacer->running--;
	if (!pacer->is_pumping)
		pump(pacer);
}

void
pacer_done(struct pacer *pacer)
{
	loop_timer_free(pacer->timer);
	loop_timer_free(pacer->pulse);
	pacer->timer = NULL;
	pacer->pulse = NULL;
}
