/*
 * Settings that are in force for good: what the signer's journal says, or the
 * database, whichever is stricter.
 *
 * The signer decides and journals; core keeps a copy in its database. A
 * restored database therefore lifts nothing, nor does a journal that was set
 * back: what only one of them knows is told to the other. Nothing here, and no
 * message to the signer, takes a setting back. Worker threads of core.
 */
#ifndef SERVER_CORE_ENFORCEMENT_H
#define SERVER_CORE_ENFORCEMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/signer_enforcement.h"

struct api_call;
struct core;

struct enforcement {
	atomic_bool is_known;   /* the signer was asked */
	atomic_ullong settings; /* bit N: enum signer_setting N */
};

/* Ask the signer and look into the database; at start, and now and then, for
 * another core may have put something in force. */
must_use bool enforcement_load(struct core *core, struct err *err);
/* Is it in force? Asks the signer where nobody has yet, so that a core that has
 * just started is not milder than the one before. */
must_use bool enforcement_is(struct core *core, enum signer_setting setting,
    bool *out_is, struct err *err);
/* Put it in force, for good, in the name of who asks: first with the signer,
 * then in the database with the audit log's row. Once more is no change. */
must_use bool enforcement_set(
    const struct api_call *call, enum signer_setting setting, struct err *err);

#endif
