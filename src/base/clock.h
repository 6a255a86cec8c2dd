/*
 * Time: the wall clock in milliseconds since 1970 UTC, the monotonic clock for
 * deadlines, and RFC 3339 text. Wall-clock values judge certificates and are
 * stored; deadlines are only ever monotonic.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/attributes.h"
#include "base/bytes.h"

enum {
	RFC3339_SIZE = 32
}; /* "2026-11-21T19:17:49.123Z" and its end */

#define SECONDS_MS(n) ((int64_t)(n)*1000)
#define MINUTES_MS(n) ((int64_t)(n)*60 * 1000)
#define HOURS_MS(n)   ((int64_t)(n)*60 * 60 * 1000)
#define DAYS_MS(n)    ((int64_t)(n)*24 * 60 * 60 * 1000)

must_use int64_t clock_wall_ms(void);
must_use int64_t clock_monotonic_ms(void);
/* The monotonic clock that goes on while the computer sleeps. */
must_use int64_t clock_boottime_ms(void);
/* UTC with milliseconds; for years 0 to 9999. */
void clock_format_rfc3339(int64_t wall_ms, char out[RFC3339_SIZE]);
/* RFC 3339 with "Z" or a numeric offset, fraction optional. */
must_use bool clock_parse_rfc3339(struct view text, int64_t *out_wall_ms);

#endif
