/*
 * What one process counts in one step: outcomes by their code, latencies, and
 * what the channel saw.
 *
 * Lives in memory that is shared with the coordinator. The process alone writes
 * it; the coordinator reads it for progress at any time, and for the report
 * once the process has said that the step is over.
 */
#ifndef FLEET_STATS_H
#define FLEET_STATS_H

#include "base/attributes.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
	STATS_CODES_MAX = 48,
	/* Latencies in microseconds, 32 parts a doubling: 3 % apart. */
	STATS_PARTS = 32,
	STATS_BUCKETS = 36 * STATS_PARTS,
};

struct stats_code {
	char code[ERR_CODE_MAX];
	char sentence[160]; /* of the first one */
	uint64_t count;
};

struct stats {
	uint64_t planned;
	uint64_t prepared; /* keys that were looked at or made */
	uint64_t begun;
	uint64_t succeeded;
	uint64_t skipped; /* nothing was to be done, as the certificate is there
			   */
	uint64_t failed;
	uint64_t open;     /* channels, now */
	uint64_t reopened; /* channels that came back after the server ended
			      them */
	uint64_t knocks;
	uint64_t pings;
	uint64_t handshakes;
	uint64_t bytes_in, bytes_out; /* inside TLS */
	int64_t begin_us, end_us;     /* monotonic; 0: not yet */
	int64_t cpu_us;               /* once the step is over */
	int64_t memory_bytes;         /* resident, at the end of the step */
	uint64_t latency[STATS_BUCKETS];
	uint64_t latency_count;
	uint64_t latency_sum_us, latency_most_us;
	/* Failures, and outcomes that a step wants ("closed", …). */
	struct stats_code failures[STATS_CODES_MAX];
	struct stats_code outcomes[STATS_CODES_MAX];
};

void stats_latency(struct stats *stats, int64_t us);
/* err's code, or its category's name where it has none. */
void stats_failure(struct stats *stats, const struct err *err);
void stats_outcome(struct stats *stats, const char *code);
/* Add one process's numbers to those of the fleet: begin is the earliest, end
 * the latest, of what was counted. */
void stats_add(struct stats *sum, const struct stats *part);
/* The latency that so many of 1,000 did not exceed, in microseconds (the upper
 * end of its part); 0 without any. */
must_use int64_t stats_percentile(const struct stats *stats, unsigned permille);

#endif
