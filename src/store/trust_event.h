/*
 * An append-only list of decisions about trust and access: what, about whom,
 * by whom, from where.
 */
#ifndef STORE_TRUST_EVENT_H
#define STORE_TRUST_EVENT_H

#include "store/store.h"

enum {
	STORE_EVENT_KIND_SIZE = 49,
	STORE_EVENT_DETAIL_SIZE = 1025,
};

struct store_trust_event {
	char id[ID_SIZE]; /* UUIDv7: sorts by time; the caller makes it */
	int64_t at;
	char kind[STORE_EVENT_KIND_SIZE]; /* e.g. "computer_revoked" */
	char subject[STORE_SUBJECT_SIZE]; /* e.g. a computer's id */
	char detail[STORE_EVENT_DETAIL_SIZE];
	char actor[STORE_NAME_SIZE];
	char address[STORE_ADDRESS_SIZE];
};

struct store_trust_event_list {
	struct store_trust_event *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_trust_event_list_done(struct store_trust_event_list *list);

/* An empty id is filled in by a new one. */
must_use bool store_trust_event_append(struct store_tx *tx,
    const struct store_trust_event *event, struct err *err);
/* Delete what is older; how many that were. */
must_use bool store_trust_event_delete_before(
    struct store_tx *tx, int64_t before, int64_t *out_count, struct err *err);
/* Newest first; subject and kind NULL: any. */
must_use bool store_trust_event_list(struct store_reader *reader,
    const char *subject, const char *kind, const struct store_page *page,
    struct store_trust_event_list *out_list, struct err *err);

#endif
