/*
 * Beginning many things at a pace: at a rate or as fast as they end, never more
 * than a bound at the same time.
 */
#ifndef FLEET_PACER_H
#define FLEET_PACER_H

#include <stddef.h>
#include <stdint.h>

#include "os/loop.h"

struct pacer {
	size_t total;
	size_t limit;        /* at the same time */
	int64_t interval_ns; /* between two beginnings; 0: none */
	/* Begin number n; pacer_ended() is due once for it, also inside. */
	void (*begin)(void *context, size_t n);
	/* Everything has ended; from the loop. */
	void (*over)(void *context);
	void *context;

	/* private */
	struct loop_timer *timer;
	size_t next, running;
	int64_t begun_us;
	bool is_pumping;
};

/* The members above are set. */
void pacer_start(struct pacer *pacer, struct loop *loop);
void pacer_ended(struct pacer *pacer);
void pacer_done(struct pacer *pacer);

/* Microseconds of the monotonic clock. */
must_use int64_t pacer_now_us(void);

#endif
