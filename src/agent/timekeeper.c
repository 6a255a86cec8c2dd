/* The fleet's time, and what happens to this computer's clocks. */
#include "agent/timekeeper.h"

#include "base/clock.h"

struct moment
timekeeper_now(void)
{
	return (struct moment){.wall_ms = clock_wall_ms(),
	    .boot_ms = clock_boottime_ms(),
	    .monotonic_ms = clock_monotonic_ms()};
}

void
timekeeper_learn(
    struct timekeeper *keeper, const struct moment *now, int64_t server_time_ms)
{
	keeper->knows_fleet = true;
	keeper->fleet_ms = server_time_ms - now->boot_ms;
}

int64_t
timekeeper_fleet_ms(const struct timekeeper *keeper, const struct moment *now)
{
	return keeper->knows_fleet ? now->boot_ms + keeper->fleet_ms
				   : now->wall_ms;
}

int64_t
timekeeper_ahead_ms(const struct timekeeper *keeper, const struct moment *now)
{
	return now->wall_ms - timekeeper_fleet_ms(keeper, now);
}

static bool
is_step(int64_t by_ms)
{
	return by_ms >= TIMEKEEPER_STEP_MS || by_ms <= -TIMEKEEPER_STEP_MS;
}

struct clock_news
timekeeper_look(struct timekeeper *keeper, const struct moment *now)
{
	int64_t wall_ms = now->wall_ms - now->boot_ms;
	int64_t sleep_ms = now->boot_ms - now->monotonic_ms;
	struct clock_news news = {0};

	if (keeper->has_looked && is_step(wall_ms - keeper->wall_ms))
		news.set_by_ms = wall_ms - keeper->wall_ms;
	if (keeper->has_looked && is_step(sleep_ms - keeper->sleep_ms))
		news.slept_ms = sleep_ms - keeper->sleep_ms;
	/* Small steps are not summed up to a big one: a daemon that slews the
	 * clock for hours has not set it. */
	keeper->has_looked = true;
	keeper->wall_ms = wall_ms;
	keeper->sleep_ms = sleep_ms;
	return news;
}
