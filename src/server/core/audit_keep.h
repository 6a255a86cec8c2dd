/*
 * The audit log's upkeep: refused attempts that wait are written, the head of
 * the chain is told to the signer, rows past their time are cut off.
 *
 * The head is told every AUDIT_HEAD_ROWS rows or [audit] head_interval,
 * whichever comes first, and at the end. What was written since is protected by
 * its hashes alone. Worker threads, one at a time.
 */
#ifndef SERVER_CORE_AUDIT_KEEP_H
#define SERVER_CORE_AUDIT_KEEP_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

struct core;
struct store_reader;

enum {
	AUDIT_HEAD_ROWS = 1000,
	AUDIT_CUT_ROWS = 20000, /* in one transaction */
	AUDIT_RETENTION_DAYS = 365,
	AUDIT_RETENTION_DAYS_MIN = 30,
	AUDIT_RETENTION_DAYS_MAX = 750,
};

#define AUDIT_RETENTION_SETTING "audit.retention_days"

struct audit_keeper;
must_use struct audit_keeper *audit_keeper_new(void);
void audit_keeper_free(struct audit_keeper *keeper); /* takes NULL */

/* is_end: the process is about to end, whatever is left is told now. */
must_use bool audit_keep(struct core *core, bool is_end, struct err *err);

/* The setting, or its default. */
must_use bool audit_retention_days(
    struct store_reader *reader, int64_t *out_days, struct err *err);

#endif
