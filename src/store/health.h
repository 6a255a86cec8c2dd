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
};

void health_init(struct health *health, const char *driver);
void health_done(struct health *health);
void health_note_success(struct health *health);
/* Errors that are not the database's are passed over. */
void health_note_failure(struct health *health, const struct err *err);
void health_note_commit(struct health *health, uint64_t closures);
void health_note_write_failure(struct health *health);
void health_get(struct health *health, struct store_status *out_status);

#endif
