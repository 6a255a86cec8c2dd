/* What the channel does when the clock was set or the computer has slept. */
#include "agent/channel/channel.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/secret.h"

enum {
	/* So long and the server may have given the connection up. */
	SLEEP_MS = 10 * 1000,
};

int64_t
channel_fleet_ms(const struct channel *channel)
{
	struct moment now = timekeeper_now();

	return timekeeper_fleet_ms(&channel->timekeeper, &now);
}

static bool
is_wrong(int64_t ahead_ms)
{
	return ahead_ms > TIMEKEEPER_TOLERANCE_MS ||
	    ahead_ms < -TIMEKEEPER_TOLERANCE_MS;
}

void
channel_learn_time(struct channel *channel, int64_t server_time_ms)
{
	struct moment now = timekeeper_now();
	bool was_wrong =
	    is_wrong(timekeeper_ahead_ms(&channel->timekeeper, &now));

	timekeeper_learn(&channel->timekeeper, &now, server_time_ms);
	if (!was_wrong &&
	    is_wrong(timekeeper_ahead_ms(&channel->timekeeper, &now)))
		log_warning("this computer's clock and the server's differ by "
			    "more than five minutes");
}

int64_t
channel_clock_ahead_s(const struct channel *channel)
{
	struct moment now = timekeeper_now();
	int64_t ahead_ms = timekeeper_ahead_ms(&channel->timekeeper, &now);

	return is_wrong(ahead_ms) ? ahead_ms / 1000 : 0;
}

/* What was told in the old time is told in the new one. */
static void
move_stamps(struct agent_status *status, int64_t by_ms)
{
	int64_t *const stamps[] = {&status->started_ms,
	    &status->last_attempt_ms, &status->last_success_ms,
	    &status->last_error_ms, &status->authentication_changed_ms};

	for (size_t i = 0; i < array_length(stamps); i++)
		if (*stamps[i] != 0)
			*stamps[i] += by_ms;
}

/* A contact that failed by the clock may work now. A big step is told to the
 * server, and is all that a machine sees which stood still as a whole. */
static void
was_set(struct channel *channel, int64_t by_ms)
{
	scoped(memory_freep) char *by =
	    memory_format("%lld", (long long)by_ms / 1000);
	uint64_t random;

	log_info("the computer's clock was set", "seconds", by);
	move_stamps(&channel->status, by_ms);
	random_fill(&random, sizeof(random));
	if (channel->schedule.failures > 0 || is_wrong(by_ms))
		schedule_jumped(&channel->schedule, clock_boottime_ms(),
		    channel->attempted_ms, random);
}

static void
has_slept(struct channel *channel, int64_t slept_ms)
{
	scoped(memory_freep) char *seconds =
	    memory_format("%lld", (long long)slept_ms / 1000);

	log_info("the computer has slept", "seconds", seconds);
	if (slept_ms >= SLEEP_MS)
		channel_drop_link(channel);
}

void
channel_look_at_clocks(struct channel *channel)
{
	struct moment now = timekeeper_now();
	struct clock_news news = timekeeper_look(&channel->timekeeper, &now);

	if (news.set_by_ms != 0)
		was_set(channel, news.set_by_ms);
	if (news.slept_ms != 0)
		has_slept(channel, news.slept_ms);
	if (news.set_by_ms != 0 || news.slept_ms != 0)
		channel_tell(channel);
}
