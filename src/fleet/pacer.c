/* The pace of a step. */
#include "fleet/pacer.h"

#include <time.h>

#include "base/check.h"

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
	while (pacer->next < last && pacer->running < pacer->limit) {
		pacer->running++;
		pacer->begin(pacer->context, pacer->next++);
	}
	pacer->is_pumping = false;
	if (pacer->next == pacer->total && pacer->running == 0)
		loop_timer_start(pacer->timer, 0); /* says that it is over */
	else if (pacer->next < pacer->total && pacer->running < pacer->limit)
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
pacer_start(struct pacer *pacer, struct loop *loop)
{
	pacer->timer = loop_timer_new(loop, on_timer, pacer);
	pacer->next = 0;
	pacer->running = 0;
	pacer->is_pumping = false;
	pacer->begun_us = pacer_now_us();
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
	pacer->timer = NULL;
}
