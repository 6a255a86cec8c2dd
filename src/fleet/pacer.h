/*
 * Beginning many things at a pace: at a rate or as fast as they end, never more
 * than a bound at the same time, and fewer where the loop does not come round:
 * a real agent answers at once, and a simulated one that waits for its turn
 * among hundreds would run into the server's deadlines.
 */
#ifndef FLEET_PACER_H
#define FLEET_PACER_H

#include <stddef.h>
#include <stdint.h>

#include "os/loop.h"

enum {
	PACER_LEAST = 8,
	PACER_LATE_US = 1000 * 1000,
	PACER_EARLY_US = PACER_LATE_US / 4,
};

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
	struct loop_timer *pulse; /* tells how late the loop is */
	int64_t pulse_due_us;
	size_t allowed; /* of limit, at present */
	size_t next, running;
	int64_t begun_us;
	bool is_pumping;
};

/* The members above are set. */
void pacer_start(struct pacer *pacer, struct loop *loop);
void pacer_ended(struct pacer *pacer);
void pacer_done(struct pacer *pacer);
/* The loop came round so late: what is allowed at the same time goes down to
 * not less than PACER_LEAST, or up to the limit again. */
void pacer_heed(struct pacer *pacer, int64_t late_us);

/* Microseconds of the monotonic clock. */
must_use int64_t pacer_now_us(void);

#endif
