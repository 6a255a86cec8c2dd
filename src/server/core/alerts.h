/*
 * The alerts that there are: facts gathered from the store and from the parts
 * of the server, judged by src/policy/alert.h.
 *
 * What costs (asking the signer, counting the fleet) is asked at most every
 * ALERTS_FRESH_MS, however many ask. Who is limited to a scope gets counts of
 * that scope; since when there is one, and who has acknowledged it, is kept for
 * the whole server, in the table alert, and forgotten when it is gone. Worker
 * threads.
 */
#ifndef SERVER_CORE_ALERTS_H
#define SERVER_CORE_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "policy/alert.h"
#include "store/computer.h"

struct alerts;
struct audit_verdict;
struct core;

enum {
	ALERTS_FRESH_MS = 3000,
};

must_use struct alerts *alerts_new(void);
void alerts_free(struct alerts *alerts); /* takes NULL */

struct alert_set {
	size_t count;
	struct alert items[ALERT_KIND_COUNT];
};

/* What there is; scoped_reader: of computers, what its scope sees (NULL: all).
 */
must_use bool alerts_get(struct core *core, struct store_reader *scoped_reader,
    struct alert_set *out_set, struct err *err);

/* Record which there are now, and tell consoles where that is not as before. */
must_use bool alerts_keep(struct core *core, struct err *err);

/* The computers that an alert of this kind is about; false: it is about none.
 */
must_use bool alerts_filter(enum alert_kind kind, int64_t now_ms,
    struct store_computer_filter *out_filter);

/* The signer has seen a longer audit log than there is; or not any more. */
void alerts_note_audit(struct core *core, bool is_shorter);
/* A verification has ended with this: a fault stays an alert until the row that
 * it named is found whole. */
must_use bool alerts_note_verdict(
    struct core *core, const struct audit_verdict *verdict, struct err *err);

#endif
