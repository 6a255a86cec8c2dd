/*
 * The trust snapshot: which agent CAs live, which agents and serial numbers
 * are denied, whether a client certificate is required.
 *
 * Core takes it from the signer and the store, numbers it, and pushes it to
 * every gateway. A gateway without a snapshot does not accept. Any thread.
 */
#ifndef SERVER_CORE_TRUST_H
#define SERVER_CORE_TRUST_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

struct core;
struct core_trust;

enum {
	TRUST_DEADLINE_MS = 1000, /* a revocation is in force within this */
};

/* Fetch the trust anew from the signer, give it the next number and push it to
 * every attached gateway; wait until all have applied it (one that dies
 * meanwhile counts: its successor gets the new snapshot before it accepts).
 * ERR_UNCERTAIN "trust_not_applied" when the deadline passes first: the change
 * stands, and is still on its way. */
must_use bool
trust_push_and_wait(struct core *core, int64_t deadline_ms, struct err *err);

/* The number of the snapshot in force. */
must_use uint64_t core_trust_number(const struct core *core);

#endif
