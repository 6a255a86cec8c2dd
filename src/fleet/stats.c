/* Counting, adding up, and percentiles of a logarithmic histogram. */
#include "fleet/stats.h"

#include <stdio.h>
#include <string.h>

/* Values under STATS_PARTS stand for themselves; above, the highest six bits
 * say the bucket. */
static size_t
bucket_of(uint64_t us)
{
	unsigned shift;
	size_t bucket;

	if (us < STATS_PARTS)
		return (size_t)us;
	shift = 63 - (unsigned)__builtin_clzll(us) - 5;
	bucket = (size_t)(shift + 1) * STATS_PARTS +
	    (size_t)((us >> shift) - STATS_PARTS);
	return bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1;
}

/* The highest value of a bucket. */
static uint64_t
bucket_end(size_t bucket)
{
	size_t shift;

	if (bucket < STATS_PARTS)
		return bucket;
	shift = bucket / STATS_PARTS - 1;
	return ((STATS_PARTS + bucket % STATS_PARTS + 1) << shift) - 1;
}

void
stats_latency(struct stats *stats, int64_t us)
{
	uint64_t value = us < 0 ? 0 : (uint64_t)us;

	stats->latency[bucket_of(value)]++;
	stats->latency_count++;
	stats->latency_sum_us += value;
	if (value > stats->latency_most_us)
		stats->latency_most_us = value;
}

/* The last place takes what has no place of its own. */
static void
count_code(struct stats_code *codes, const char *code, const char *sentence,
    uint64_t count)
{
	size_t i = 0;

	while (i < STATS_CODES_MAX - 1 && codes[i].count > 0 &&
	    strcmp(codes[i].code, code) != 0)
		i++;
	if (codes[i].count == 0) {
		snprintf(codes[i].code, sizeof(codes[i].code), "%s",
		    i < STATS_CODES_MAX - 1 ? code : "others");
		snprintf(codes[i].sentence, sizeof(codes[i].sentence), "%.*s",
		    (int)sizeof(codes[i].sentence) - 1, sentence);
	}
	codes[i].count += count;
}

void
stats_failure(struct stats *stats, const struct err *err)
{
	stats->failed++;
	count_code(stats->failures,
	    err->code[0] != '\0' ? err->code : err_category_name(err->category),
	    err_sentence(err), 1);
}

void
stats_outcome(struct stats *stats, const char *code)
{
	count_code(stats->outcomes, code, "", 1);
}

static void
add_codes(struct stats_code *sum, const struct stats_code *part)
{
	for (size_t i = 0; i < STATS_CODES_MAX && part[i].count > 0; i++)
		count_code(sum, part[i].code, part[i].sentence, part[i].count);
}

void
stats_add(struct stats *sum, const struct stats *part)
{
	sum->planned += part->planned;
	sum->prepared += part->prepared;
	sum->begun += part->begun;
	sum->succeeded += part->succeeded;
	sum->skipped += part->skipped;
	sum->failed += part->failed;
	sum->open += part->open;
	sum->reopened += part->reopened;
	sum->knocks += part->knocks;
	sum->pings += part->pings;
	sum->handshakes += part->handshakes;
	sum->bytes_in += part->bytes_in;
	sum->bytes_out += part->bytes_out;
	/* While the step runs, this is what it began with. */
	if (part->end_us != 0)
		sum->cpu_us += part->cpu_us;
	sum->memory_bytes += part->memory_bytes;
	if (part->begin_us != 0 &&
	    (sum->begin_us == 0 || part->begin_us < sum->begin_us))
		sum->begin_us = part->begin_us;
	if (part->end_us > sum->end_us)
		sum->end_us = part->end_us;
	for (size_t i = 0; i < STATS_BUCKETS; i++)
		sum->latency[i] += part->latency[i];
	sum->latency_count += part->latency_count;
	sum->latency_sum_us += part->latency_sum_us;
	if (part->latency_most_us > sum->latency_most_us)
		sum->latency_most_us = part->latency_most_us;
	add_codes(sum->failures, part->failures);
	add_codes(sum->outcomes, part->outcomes);
}

int64_t
stats_percentile(const struct stats *stats, unsigned permille)
{
	uint64_t wanted, seen = 0;

	if (stats->latency_count == 0)
		return 0;
	wanted = (stats->latency_count * permille + 999) / 1000;
	for (size_t i = 0; i < STATS_BUCKETS; i++) {
		seen += stats->latency[i];
		if (seen >= wanted && seen > 0)
			return bucket_end(i) < stats->latency_most_us
			    ? (int64_t)bucket_end(i)
			    : (int64_t)stats->latency_most_us;
	}
	return (int64_t)stats->latency_most_us;
}
