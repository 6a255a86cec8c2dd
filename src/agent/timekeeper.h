/*
 * What time it is, where clocks can be wrong: this computer's clock may be set
 * at any moment, and it sleeps. Pure functions of three clocks read together.
 *
 * The fleet's time is the server's, carried on by the boot-time clock since the
 * server told it: certificates are issued and judged by it, so renewals are
 * planned by it. Before the server has told it, it is this computer's clock.
 */
#ifndef AGENT_TIMEKEEPER_H
#define AGENT_TIMEKEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* One moment on the three clocks (base/clock.h). */
struct moment {
	int64_t wall_ms;
	int64_t boot_ms;
	int64_t monotonic_ms; /* stands still in sleep, unlike boot time */
};

/* Zeroed: nothing is known. */
struct timekeeper {
	bool knows_fleet;
	bool has_looked;
	int64_t fleet_ms; /* fleet's time less boot time */
	int64_t wall_ms;  /* wall clock less boot time, at the last look */
	int64_t sleep_ms; /* boot time less monotonic time, then */
};

/* What happened to the clocks between two looks. */
struct clock_news {
	int64_t set_by_ms; /* the wall clock was set, forward or back (< 0) */
	int64_t slept_ms;
};

enum {
	/* Less is the work of a time daemon. */
	TIMEKEEPER_STEP_MS = 1000,
	/* Clocks that differ by more are wrong, one or the other. */
	TIMEKEEPER_TOLERANCE_MS = 5 * 60 * 1000,
};

must_use struct moment timekeeper_now(void);
/* The server has told its time. */
void timekeeper_learn(struct timekeeper *keeper, const struct moment *now,
    int64_t server_time_ms);
must_use int64_t timekeeper_fleet_ms(
    const struct timekeeper *keeper, const struct moment *now);
/* How far this computer's clock is ahead of the fleet's time; negative: behind.
 * 0 while that is not known. */
must_use int64_t timekeeper_ahead_ms(
    const struct timekeeper *keeper, const struct moment *now);
/* What happened since the last look; the first one sees nothing. */
must_use struct clock_news
timekeeper_look(struct timekeeper *keeper, const struct moment *now);

#endif
