/* When the agent refreshes, tries again and renews. */
#include "agent/schedule.h"

#include "base/check.h"

/* random / 2^64 of the width, without a float and without overflow. */
static int64_t
share(int64_t width, uint64_t random)
{
	return (int64_t)(((unsigned __int128)(uint64_t)width * random) >> 64);
}

void
schedule_init(struct schedule *schedule, int64_t interval_ms, int64_t now_ms)
{
	*schedule = (struct schedule){.next_ms = now_ms};
	schedule_set_interval(schedule, interval_ms);
}

void
schedule_set_interval(struct schedule *schedule, int64_t interval_ms)
{
	schedule->interval_ms = interval_ms < SCHEDULE_INTERVAL_MIN_MS
	    ? SCHEDULE_INTERVAL_MIN_MS
	    : interval_ms;
}

void
schedule_succeeded(struct schedule *schedule, int64_t now_ms, uint64_t random)
{
	int64_t wait_ms = schedule->interval_ms;

	if (!schedule->has_phase)
		wait_ms = SCHEDULE_INTERVAL_MIN_MS +
		    share(wait_ms - SCHEDULE_INTERVAL_MIN_MS, random);
	schedule->has_phase = true;
	schedule->failures = 0;
	schedule->next_ms = now_ms + wait_ms;
}

int64_t
schedule_backoff_ms(unsigned failures, uint64_t random)
{
	int64_t wait_ms = SCHEDULE_BACKOFF_FIRST_MS;

	check(failures > 0);
	while (--failures > 0 && wait_ms < SCHEDULE_BACKOFF_MAX_MS)
		wait_ms *= 2;
	if (wait_ms > SCHEDULE_BACKOFF_MAX_MS)
		wait_ms = SCHEDULE_BACKOFF_MAX_MS;
	return wait_ms / 2 + share(wait_ms / 2, random);
}

void
schedule_failed(struct schedule *schedule, int64_t now_ms,
    int64_t retry_after_s, uint64_t random)
{
	int64_t wait_ms, asked_ms;

	if (schedule->failures < 1000)
		schedule->failures++;
	wait_ms = schedule_backoff_ms(schedule->failures, random);
	if (retry_after_s > SCHEDULE_RETRY_AFTER_MAX_S)
		retry_after_s = SCHEDULE_RETRY_AFTER_MAX_S;
	/* Everybody was told the same number: come spread after it. */
	asked_ms = retry_after_s * 1000;
	if (asked_ms > 0 && wait_ms < asked_ms)
		wait_ms = asked_ms + share(asked_ms / 2, random);
	schedule->next_ms = now_ms + wait_ms;
	/* The next success finds its own place in the interval again: after an
	 * outage all agents succeed within the same minutes. */
	schedule->has_phase = false;
}

void
schedule_hurry(struct schedule *schedule, int64_t now_ms)
{
	schedule->next_ms = now_ms;
}

void
schedule_jumped(struct schedule *schedule, int64_t now_ms, int64_t attempted_ms,
    uint64_t random)
{
	int64_t at_ms = attempted_ms + SCHEDULE_JUMP_GAP_MS;

	if (at_ms < now_ms)
		at_ms = now_ms;
	at_ms += share(SCHEDULE_JUMP_GAP_MS, random);
	if (at_ms < schedule->next_ms)
		schedule->next_ms = at_ms;
}

bool
schedule_is_due(const struct schedule *schedule, int64_t now_ms)
{
	return now_ms >= schedule->next_ms;
}

int64_t
schedule_renewal_ms(int64_t not_before_ms, int64_t not_after_ms, uint64_t seed)
{
	int64_t life_ms = not_after_ms - not_before_ms;

	check(life_ms >= 0);
	return not_before_ms + life_ms / 3 * 2 - life_ms / 30 +
	    share(life_ms / 15, seed);
}
