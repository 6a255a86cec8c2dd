/* Counters with one or two labels, written as Prometheus text. */
#include "server/core/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"

enum {
	SERIES_MAX = 512,
	LABEL_SIZE = 64,
};

enum family {
	FAMILY_REQUESTS,
	FAMILY_REFUSALS,
	FAMILY_HANDSHAKES_REFUSED,
	FAMILY_COUNT,
};

static const struct {
	const char *name;
	const char *help;
	const char *label;
	bool has_status;
} FAMILIES[FAMILY_COUNT] = {
    [FAMILY_REQUESTS] = {"warifu_requests_total",
	"Requests that core answered.", "operation", true},
    [FAMILY_REFUSALS] = {"warifu_refusals_total",
	"Requests that core refused, by stable code.", "code", false},
    [FAMILY_HANDSHAKES_REFUSED] = {"warifu_handshakes_refused_total",
	"TLS handshakes that gateways refused and reported, by reason.",
	"reason", false},
};

struct series {
	char label[LABEL_SIZE];
	int status;
	uint64_t count;
	uint64_t took_ms;
};

struct list {
	struct series items[SERIES_MAX];
	size_t count;
};

struct metrics {
	pthread_mutex_t mutex;
	struct list lists[FAMILY_COUNT];
};

struct metrics *
metrics_new(void)
{
	struct metrics *metrics = memory_zeroed(sizeof(*metrics));

	check(pthread_mutex_init(&metrics->mutex, NULL) == 0);
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	if (metrics == NULL)
		return;
	pthread_mutex_destroy(&metrics->mutex);
	free(metrics);
}

/* A label is a word of ours, or it is made one. */
static void
tidy(const char *label, char out[LABEL_SIZE])
{
	size_t used = 0;

	for (; *label != '\0' && used + 1 < LABEL_SIZE; label++)
		out[used++] = (*label >= 'a' && *label <= 'z') ||
			(*label >= '0' && *label <= '9')
		    ? *label
		    : '_';
	out[used] = '\0';
}

static struct series *
find_series(struct list *list, const char *label, int status)
{
	struct series *series;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].status == status &&
		    strcmp(list->items[i].label, label) == 0)
			return &list->items[i];
	if (list->count == SERIES_MAX)
		return &list->items[SERIES_MAX - 1];
	series = &list->items[list->count++];
	snprintf(series->label, sizeof(series->label), "%s",
	    list->count == SERIES_MAX ? "other" : label);
	series->status = list->count == SERIES_MAX ? 0 : status;
	return series;
}

static void
count(struct metrics *metrics, enum family family, const char *label,
    int status, int64_t took_ms)
{
	struct series *series;
	char word[LABEL_SIZE];

	tidy(label, word);
	pthread_mutex_lock(&metrics->mutex);
	series = find_series(&metrics->lists[family], word, status);
	series->count++;
	series->took_ms += (uint64_t)(took_ms > 0 ? took_ms : 0);
	pthread_mutex_unlock(&metrics->mutex);
}

void
metrics_request(
    struct metrics *metrics, const char *operation, int status, int64_t took_ms)
{
	count(metrics, FAMILY_REQUESTS, operation, status, took_ms);
}

void
metrics_refusal(struct metrics *metrics, const char *code)
{
	count(metrics, FAMILY_REFUSALS, code, 0, 0);
}

void
metrics_handshake_refused(struct metrics *metrics, const char *reason)
{
	count(metrics, FAMILY_HANDSHAKES_REFUSED, reason, 0, 0);
}

static bool
write_series(enum family family, const struct series *series, struct buf *out,
    struct err *err)
{
	if (!FAMILIES[family].has_status)
		return buf_append_format(out, err, "%s{%s=\"%s\"} %llu\n",
		    FAMILIES[family].name, FAMILIES[family].label,
		    series->label, (unsigned long long)series->count);
	return buf_append_format(out, err, "%s{%s=\"%s\",status=\"%d\"} %llu\n",
	    FAMILIES[family].name, FAMILIES[family].label, series->label,
	    series->status, (unsigned long long)series->count);
}

static bool
write_family(const struct list *list, enum family family, struct buf *out,
    struct err *err)
{
	if (!buf_append_format(out, err, "# HELP %s %s\n# TYPE %s counter\n",
		FAMILIES[family].name, FAMILIES[family].help,
		FAMILIES[family].name))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (!write_series(family, &list->items[i], out, err))
			return false;
	return true;
}

static bool
write_times(const struct list *list, struct buf *out, struct err *err)
{
	uint64_t took_ms = 0;

	for (size_t i = 0; i < list->count; i++)
		took_ms += list->items[i].took_ms;
	return buf_append_format(out, err,
	    "# HELP warifu_request_seconds_total Time that workers spent.\n"
	    "# TYPE warifu_request_seconds_total counter\n"
	    "warifu_request_seconds_total %llu.%03llu\n",
	    (unsigned long long)(took_ms / 1000),
	    (unsigned long long)(took_ms % 1000));
}

bool
metrics_write(struct metrics *metrics, struct buf *out, struct err *err)
{
	bool is_written = true;

	pthread_mutex_lock(&metrics->mutex);
	for (size_t i = 0; i < FAMILY_COUNT && is_written; i++)
		is_written =
		    write_family(&metrics->lists[i], (enum family)i, out, err);
	is_written = is_written &&
	    write_times(&metrics->lists[FAMILY_REQUESTS], out, err);
	pthread_mutex_unlock(&metrics->mutex);
	return is_written;
}
