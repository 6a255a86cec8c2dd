/*
 * When the agent acts: refreshes, retries, renewals. Pure functions of clocks
 * and a random number, so that time itself can be tested.
 *
 * All intervals run on the boot-time clock (clock_boottime_ms), which goes on
 * in sleep and does not see the wall clock jump. Only a certificate's life is
 * a matter of the wall clock.
 */
#ifndef AGENT_SCHEDULE_H
#define AGENT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

enum {
	SCHEDULE_BACKOFF_FIRST_MS = 2 * 1000,
	SCHEDULE_BACKOFF_MAX_MS = 15 * 60 * 1000,
	SCHEDULE_RETRY_AFTER_MAX_S = 60 * 60,
	SCHEDULE_INTERVAL_MIN_MS = 1000,
	SCHEDULE_JUMP_GAP_MS = 3 * 1000,
};

struct schedule {
	int64_t interval_ms; /* between refreshes */
	int64_t next_ms;     /* boot time of the next refresh */
	unsigned failures;   /* in a row */
	bool has_phase;      /* a refresh has succeeded since the start */
};

/* The first refresh is due at once. */
void
schedule_init(struct schedule *schedule, int64_t interval_ms, int64_t now_ms);
/* The server's word on the interval; takes effect with the next success. */
void schedule_set_interval(struct schedule *schedule, int64_t interval_ms);
/* A refresh succeeded. The first one since the start is followed at a random
 * offset into the interval, so that computers which were switched on together
 * do not come together; from then on the interval is exact. random: any 64-bit
 * number. */
void
schedule_succeeded(struct schedule *schedule, int64_t now_ms, uint64_t random);
/* A refresh failed: doubled waits with jitter, at least what the server asked
 * for by Retry-After (0: it did not). */
void schedule_failed(struct schedule *schedule, int64_t now_ms,
    int64_t retry_after_s, uint64_t random);
/* Somebody wants a refresh: due at once, waiting or not. */
void schedule_hurry(struct schedule *schedule, int64_t now_ms);
/* The wall clock was set: what failed may work now, and while a computer stands
 * still its time may have come. Due within seconds, at a random one, and not
 * again within SCHEDULE_JUMP_GAP_MS of the last attempt (boot time), however
 * often the clock is set. Never later than it was due. */
void schedule_jumped(struct schedule *schedule, int64_t now_ms,
    int64_t attempted_ms, uint64_t random);
must_use bool schedule_is_due(const struct schedule *schedule, int64_t now_ms);

/* The wait after that many failures in a row (1 is the first): half of a
 * doubled, bounded wait is certain, the other half is random. */
must_use int64_t schedule_backoff_ms(unsigned failures, uint64_t random);

/* The wall clock time at which a certificate is to be renewed: at two thirds of
 * its life, moved by up to a thirtieth of it either way. The same seed gives
 * the same time, so that a restart changes nothing. */
must_use int64_t schedule_renewal_ms(
    int64_t not_before_ms, int64_t not_after_ms, uint64_t seed);

#endif
