/*
 * Ending the trust in computers: revoke at once, or retire (the uninstall order
 * first, then revoke). Worker threads.
 *
 * The signer journals first; then every gateway applies the new snapshot and
 * the computer's live connections end; the database follows. None of it can be
 * taken back, so whether somebody may is decided before (api_decide). Repeating
 * either is fine, and so is asking again for what was cut off in between.
 */
#ifndef SERVER_CORE_REVOCATION_H
#define SERVER_CORE_REVOCATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

struct core;
struct audit;

/* Who did it, for journal, event list and log; members may be NULL. */
struct revocation_actor {
	const char *user_id;
	const char *user_name;
	const char *address;
	const char *reason; /* one line, or NULL */
};

/* One of those whose trust is to end. */
struct revocation_target {
	const char *computer_id;
	/* Written with the change; its before and after are set here. */
	struct audit *audit;
	/* What comes out. Not tried: the time was over, or what hindered the
	 * one before hinders all. */
	bool is_tried;
	bool is_written; /* the database has it, audit row included */
	/* ERR_NONE: done. ERR_UNCERTAIN trust_not_applied: done, and on its
	 * way to a gateway that does not answer. The signer's, the store's. */
	struct err err;
};

enum revocation_kind {
	REVOCATION_REVOKE,
	REVOCATION_RETIRE, /* no knock is sent */
	/* Of one that has taken its uninstall order: revoked as the first, and
	 * its state becomes removed. */
	REVOCATION_REMOVE,
};

/* Each durable in the signer's journal; all with one snapshot and in one
 * transaction. Returns after every gateway applied it, within
 * TRUST_DEADLINE_MS; begins no further one after until_ms (monotonic). */
void revocation_run(struct core *core, enum revocation_kind kind,
    struct revocation_target *targets, size_t count,
    const struct revocation_actor *actor, int64_t until_ms);

/* The same for one alone; the audit row is written with it. */
must_use bool revocation_run_one(struct core *core, enum revocation_kind kind,
    const char *computer_id, struct audit *audit,
    const struct revocation_actor *actor, struct err *err);

#endif
