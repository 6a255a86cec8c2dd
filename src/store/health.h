/*
 * What the last accesses to the database said, for status and metrics; safe
 * from any thread.
 */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include <pthread.h>

#include "store/store.h"

struct health {
	pthread_mutex_t mutex;
	struct store_status status;
	int64_t tried_ms; /* monotonic: when the last write was known */
	bool is_probing;  /* somebody waits for one */
};

void health_init(struct health *health, const char *driver);
void health_done(struct health *health);
void health_note_success(struct health *health);
/* Errors that are not the database's are passed over. */
void health_note_failure(struct health *health, const struct err *err);
void health_note_commit(struct health *health, uint64_t closures);
/* Remembered where the database is at fault and not the write. */
void health_note_write_failure(struct health *health, const struct err *err);
/* After a failed write: may one be tried to see whether it works again? True
 * for one caller at a time, a second after the last try has ended, so that no
 * crowd waits for a locked database. Who is told true must write. */
must_use bool health_may_probe(struct health *health);
void health_get(struct health *health, struct store_status *out_status);

#endif
