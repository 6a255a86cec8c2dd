/*
 * Ending the trust in a computer: revoke at once, or retire (the uninstall
 * order first, then revoke). Worker threads.
 *
 * The signer journals first; the database follows; then every gateway applies
 * the new snapshot and the computer's live connections end. Repeating either
 * is fine.
 */
#ifndef SERVER_CORE_REVOCATION_H
#define SERVER_CORE_REVOCATION_H

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
	/* Written with the change; its before and after are set here. */
	struct audit *audit;
};

/* Returns after every gateway applied it, within TRUST_DEADLINE_MS. Errors:
 * ERR_NOT_FOUND computer_not_found; ERR_UNCERTAIN trust_not_applied (revoked,
 * and on its way to a gateway that does not answer); the signer's and the
 * store's. */
must_use bool revocation_revoke(struct core *core, const char *computer_id,
    const struct revocation_actor *actor, struct err *err);

/* The state becomes retired and the agent is knocked for. ERR_NOT_FOUND
 * computer_not_found, ERR_CONFLICT computer_revoked. */
must_use bool revocation_retire(struct core *core, const char *computer_id,
    const struct revocation_actor *actor, struct err *err);

/* A retired computer has taken its uninstall order: revoked as above, and its
 * state becomes removed. */
must_use bool revocation_remove(struct core *core, const char *computer_id,
    const struct revocation_actor *actor, struct err *err);

#endif
