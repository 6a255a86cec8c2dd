/*
 * The inventory of one refresh, held against what the database has: what can be
 * applied is packed in the worker's own thread, what cannot is asked for again.
 */
#ifndef SERVER_CORE_INVENTORY_APPLY_H
#define SERVER_CORE_INVENTORY_APPLY_H

#include "base/attributes.h"
#include "base/err.h"
#include "proto/refresh.h"
#include "store/computer.h"
#include "store/inventory.h"
#include "store/software.h"

enum section_outcome {
	SECTION_ABSENT, /* nothing was said about it */
	SECTION_SAME,   /* the database has that state already */
	SECTION_APPLY,
	SECTION_RESEND, /* the agent's base is not what the database has */
};

struct section_work {
	enum section_outcome outcome;
	char before[STORE_SHA256_SIZE]; /* "" when there was none */
	struct store_inventory row;
	struct buf packed;
};

struct inventory_work {
	struct section_work sections[INVENTORY_SECTIONS];
	/* What lists show; owned text, or NULL where this refresh does not
	 * tell. */
	char *os_name;
	char *os_version;
	char *architecture;
	char *hardware_serial;
	int64_t software_count; /* -1: not told */
	/* Of a new section of packages: what is counted of it, and of the one
	 * that it takes the place of, where that can be read. */
	struct software_set software;
	struct software_set software_before;
	bool is_before_known;
};

void inventory_work_init(struct inventory_work *work);
void inventory_work_done(struct inventory_work *work);

/* No section is told of. */
must_use bool
inventory_says_nothing(const struct proto_refresh_request *request);
/* ERR_MALFORMED inventory_malformed, ERR_LIMIT inventory_too_large, the
 * store's. */
must_use bool inventory_work_prepare(struct inventory_work *work,
    struct store *store, const struct store_computer *computer,
    const struct proto_refresh_request *request, int64_t now_ms,
    struct err *err);

/* Inside the write. May run more than once. A section that has changed since it
 * was prepared becomes SECTION_RESEND. */
must_use bool
inventory_work_write(struct inventory_work *work, struct store_tx *tx,
    const char *computer_id, int64_t now_ms, struct err *err);

static inline void
inventory_work_donep(struct inventory_work *work)
{
	inventory_work_done(work);
}

#endif
