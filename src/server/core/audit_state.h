/*
 * What the server trusts and is trusted by, told to the audit log when it
 * changes: its own certificate, the publication, the agent CA. Compared with
 * what was told last, which is in the database, so that a restart tells nothing
 * again. Worker threads.
 */
#ifndef SERVER_CORE_AUDIT_STATE_H
#define SERVER_CORE_AUDIT_STATE_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

struct core;

enum audit_state {
	AUDIT_STATE_SERVER_CERTIFICATE, /* its SHA-256 */
	AUDIT_STATE_PUBLICATION,        /* its number */
	AUDIT_STATE_AGENT_CA,           /* the newest one's SHA-256 */
};

/* not_after_ms 0: it does not end. */
must_use bool audit_note_state(struct core *core, enum audit_state state,
    const char *value, int64_t not_after_ms, struct err *err);

#endif
