/* Reports of a run. */
#include "fleet/report.h"

#include <stdio.h>

static double
seconds(const struct stats *sum)
{
	return sum->end_us > sum->begin_us
	    ? (double)(sum->end_us - sum->begin_us) / 1e6
	    : 0;
}

static double
per_second(const struct stats *sum)
{
	double time = seconds(sum);

	return time > 0 ? (double)sum->succeeded / time : 0;
}

static void
print_codes(const char *what, const struct stats_code *codes)
{
	for (size_t i = 0; i < STATS_CODES_MAX && codes[i].count > 0; i++)
		printf("     %s %llu × %s%s%s\n", what,
		    (unsigned long long)codes[i].count, codes[i].code,
		    codes[i].sentence[0] != '\0' ? ": " : "",
		    codes[i].sentence);
}

static void
print_step(size_t number, const struct step *step, const struct stats *sum)
{
	printf("%2zu %-12s %llu of %llu succeeded, %llu skipped, %llu failed, "
	       "in %.1f s (%.1f/s)\n",
	    number, step_kind_name(step->kind),
	    (unsigned long long)sum->succeeded,
	    (unsigned long long)sum->planned, (unsigned long long)sum->skipped,
	    (unsigned long long)sum->failed, seconds(sum), per_second(sum));
	if (sum->latency_count > 0)
		printf("     latency ms: p50 %.1f, p90 %.1f, p99 %.1f, p99.9 "
		       "%.1f, most %.1f\n",
		    (double)stats_percentile(sum, 500) / 1000,
		    (double)stats_percentile(sum, 900) / 1000,
		    (double)stats_percentile(sum, 990) / 1000,
		    (double)stats_percentile(sum, 999) / 1000,
		    (double)sum->latency_most_us / 1000);
	printf("     handshakes %llu, bytes in %llu, out %llu; simulator: CPU "
	       "%.2f s, memory %.1f MiB\n",
	    (unsigned long long)sum->handshakes,
	    (unsigned long long)sum->bytes_in,
	    (unsigned long long)sum->bytes_out, (double)sum->cpu_us / 1e6,
	    (double)sum->memory_bytes / (1024 * 1024));
	if (sum->open > 0 || sum->knocks > 0 || sum->reopened > 0)
		printf("     channels open at the end %llu, came back %llu, "
		       "knocks %llu, pings %llu\n",
		    (unsigned long long)sum->open,
		    (unsigned long long)sum->reopened,
		    (unsigned long long)sum->knocks,
		    (unsigned long long)sum->pings);
	print_codes("failed", sum->failures);
	print_codes("seen", sum->outcomes);
}

void
report_print(const struct scenario *scenario, const struct plan *plan,
    const struct stats *sums)
{
	printf("%s: %lld agents in %u processes\n", scenario->name,
	    (long long)scenario->agents, plan->processes);
	for (size_t i = 0; i < scenario->step_count; i++)
		if (sums[i].begin_us != 0)
			print_step(i + 1, &scenario->steps[i], &sums[i]);
}

static json_t *
codes_json(const struct stats_code *codes)
{
	json_t *object = json_object();

	for (size_t i = 0; i < STATS_CODES_MAX && codes[i].count > 0; i++)
		json_set_integer(
		    object, codes[i].code, (int64_t)codes[i].count);
	return object;
}

static json_t *
latency_json(const struct stats *sum)
{
	static const struct {
		const char *name;
		unsigned permille;
	} points[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};
	json_t *object = json_object();

	for (size_t i = 0; i < array_length(points); i++)
		json_set_integer(object, points[i].name,
		    stats_percentile(sum, points[i].permille));
	json_set_integer(object, "max", (int64_t)sum->latency_most_us);
	json_set_integer(object, "mean",
	    sum->latency_count == 0
		? 0
		: (int64_t)(sum->latency_sum_us / sum->latency_count));
	json_set_integer(object, "count", (int64_t)sum->latency_count);
	return object;
}

static json_t *
step_json(const struct step *step, const struct stats *sum)
{
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
	    {"planned", (int64_t)sum->planned},
	    {"begun", (int64_t)sum->begun},
	    {"succeeded", (int64_t)sum->succeeded},
	    {"skipped", (int64_t)sum->skipped},
	    {"failed", (int64_t)sum->failed},
	    {"channels_open", (int64_t)sum->open},
	    {"channels_reopened", (int64_t)sum->reopened},
	    {"knocks", (int64_t)sum->knocks},
	    {"pings", (int64_t)sum->pings},
	    {"handshakes", (int64_t)sum->handshakes},
	    {"bytes_in", (int64_t)sum->bytes_in},
	    {"bytes_out", (int64_t)sum->bytes_out},
	    {"simulator_cpu_us", sum->cpu_us},
	    {"simulator_memory_bytes", sum->memory_bytes},
	};
	json_t *object = json_object();

	json_set_string(object, "kind", step_kind_name(step->kind));
	for (size_t i = 0; i < array_length(numbers); i++)
		json_set_integer(object, numbers[i].name, numbers[i].value);
	json_set_value(object, "seconds", json_real(seconds(sum)));
	json_set_value(object, "per_second", json_real(per_second(sum)));
	json_set_value(object, "latency_us", latency_json(sum));
	json_set_value(object, "failures", codes_json(sum->failures));
	json_set_value(object, "outcomes", codes_json(sum->outcomes));
	return object;
}

json_t *
report_json(const struct scenario *scenario, const struct plan *plan,
    const struct stats *sums, bool is_complete)
{
	json_t *object = json_object(), *steps = json_array();

	json_set_string(object, "scenario", scenario->name);
	json_set_integer(object, "agents", scenario->agents);
	json_set_integer(object, "processes", plan->processes);
	json_set_bool(object, "complete", is_complete);
	json_set_bool(object, "failed", report_has_failures(scenario, sums));
	for (size_t i = 0; i < scenario->step_count; i++)
		if (sums[i].begin_us != 0)
			json_array_append_new(
			    steps, step_json(&scenario->steps[i], &sums[i]));
	json_set_value(object, "steps", steps);
	return object;
}

bool
report_has_failures(const struct scenario *scenario, const struct stats *sums)
{
	for (size_t i = 0; i < scenario->step_count; i++)
		if (sums[i].failed > 0)
			return true;
	return false;
}
