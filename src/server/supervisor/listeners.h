/*
 * The listening sockets: opened once, one set per gateway slot, and never
 * closed while the supervisor runs, so that no connection is refused when a
 * gateway is replaced.
 */
#ifndef SERVER_SUPERVISOR_LISTENERS_H
#define SERVER_SUPERVISOR_LISTENERS_H

#include "base/attributes.h"
#include "base/err.h"
#include "server/config.h"

enum {
	LISTENERS_PER_SLOT_MAX = 12, /* three ports on four addresses */
};

struct listeners_slot {
	size_t count;
	int fds[LISTENERS_PER_SLOT_MAX];
	char names[LISTENERS_PER_SLOT_MAX][16]; /* "http", "https.1" */
};

struct listeners {
	struct listeners_slot *slots;
	size_t slot_count;
};

/* Open what is missing up to slot_count slots; more than that stay. */
must_use bool listeners_open(struct listeners *listeners,
    const struct server_config *config, size_t slot_count, struct err *err);
void listeners_done(struct listeners *listeners);

#endif
