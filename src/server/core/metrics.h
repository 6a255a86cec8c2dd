/*
 * Counters of core, for /metrics and the status. Any thread.
 *
 * Labels come from tables of ours or are stable codes, so their number is
 * bounded; what does not fit any more is counted as "other".
 */
#ifndef SERVER_CORE_METRICS_H
#define SERVER_CORE_METRICS_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

struct core;
struct metrics;

must_use struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* One answered request. */
void metrics_request(struct metrics *metrics, const char *operation, int status,
    int64_t took_ms);
/* One refusal by its stable code. */
void metrics_refusal(struct metrics *metrics, const char *code);
/* One handshake that a gateway refused, by its reason. */
void metrics_handshake_refused(struct metrics *metrics, const char *reason);

/* Append core's own counters in the Prometheus text format. */
must_use bool
metrics_write(struct metrics *metrics, struct buf *out, struct err *err);

#endif
