/*
 * Who changed what of a thing that two people may edit, by the version that the
 * change made. The thing itself (office, user, role, setting) carries the
 * number; here stands what to tell an editor who was slower.
 */
#ifndef STORE_REVISION_H
#define STORE_REVISION_H

#include "store/store.h"

enum {
	STORE_REVISION_KIND_SIZE = 32,
	STORE_REVISION_MEMBERS_SIZE = 257,
	STORE_REVISIONS_KEPT = 50, /* of one thing */
};

struct store_revision {
	char kind[STORE_REVISION_KIND_SIZE]; /* "office", "user", … */
	char thing_id[STORE_NAME_SIZE];
	int64_t version; /* that the change made */
	int64_t at;
	char actor[STORE_NAME_SIZE];
	char members[STORE_REVISION_MEMBERS_SIZE]; /* "name scope" */
};

struct store_revision_list {
	struct store_revision *items; /* newest first */
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_revision_list_done(struct store_revision_list *list);

/* Also forgets the oldest of that thing past STORE_REVISIONS_KEPT. */
must_use bool store_revision_add(struct store_tx *tx,
    const struct store_revision *revision, struct err *err);
/* The thing is gone. */
must_use bool store_revision_delete_all(struct store_tx *tx, const char *kind,
    const char *thing_id, struct err *err);
/* What made versions above this one. */
must_use bool store_revision_list_since(struct store_reader *reader,
    const char *kind, const char *thing_id, int64_t version,
    struct store_revision_list *out_list, struct err *err);

#endif
