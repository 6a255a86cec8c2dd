/*
 * Alerts that are there now, as the whole server has them: since when, and what
 * has been acknowledged of them by whom. A row is written when an alert appears
 * or goes, and when somebody acknowledges it; the kinds are the policy's.
 */
#ifndef STORE_ALERT_H
#define STORE_ALERT_H

#include "store/store.h"

enum {
	STORE_ALERT_KIND_SIZE = 33,
	STORE_ALERTS_MAX = 64,
};

struct store_alert {
	char kind[STORE_ALERT_KIND_SIZE];
	int64_t since;
	int64_t acknowledged_at; /* 0: it has not been */
	char acknowledged_by[STORE_NAME_SIZE];
	int64_t acknowledged_severity;
	int64_t acknowledged_count;
};

struct store_alert_list {
	size_t count;
	struct store_alert items[STORE_ALERTS_MAX];
};

must_use bool store_alert_list(struct store_reader *reader,
    struct store_alert_list *out_list, struct err *err);
/* One that is there already keeps its time. */
must_use bool store_alert_begin(
    struct store_tx *tx, const char *kind, int64_t since, struct err *err);
/* With its acknowledgement. */
must_use bool
store_alert_end(struct store_tx *tx, const char *kind, struct err *err);
/* alert->since is not looked at. ERR_NOT_FOUND alert_not_found. */
must_use bool store_alert_acknowledge(
    struct store_tx *tx, const struct store_alert *alert, struct err *err);

/* Accounts whose lock lasts. */
must_use bool store_alert_count_locked(struct store_reader *reader,
    int64_t now_ms, int64_t *out_count, struct err *err);

#endif
