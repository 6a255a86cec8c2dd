/*
 * The state directory: made or checked before anything else, and locked for
 * this supervisor. Needs root's rights where the roles have users.
 */
#ifndef SERVER_SUPERVISOR_STATE_H
#define SERVER_SUPERVISOR_STATE_H

#include "base/attributes.h"
#include "base/err.h"
#include "server/config.h"
#include "server/role_table.h"

struct state {
	int lock;
	/* The roles' own directories, in the order of ROLES; -1: has none. Each
	 * is opened while the supervisor still has root's rights: afterwards
	 * neither it nor that role's user could come there by the path. */
	int homes[ROLE_COUNT];
};

void state_reset(struct state *state); /* nothing is open */

/* STATE (this user's, nobody else may write) and STATE/signer, STATE/core
 * (0700, their role's user's). ERR_DENIED, code "state_directory": path, found
 * and wanted. ERR_CONFLICT: another server runs on it. What it opened stays
 * open as long as the supervisor runs. */
must_use bool state_prepare(
    struct state *state, const struct server_config *config, struct err *err);
void state_done(struct state *state);

#endif
