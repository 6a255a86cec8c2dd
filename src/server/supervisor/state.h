/*
 * The state directory: made or checked before anything else, and locked for
 * this supervisor. Needs root's rights where the roles have users.
 */
#ifndef SERVER_SUPERVISOR_STATE_H
#define SERVER_SUPERVISOR_STATE_H

#include "base/attributes.h"
#include "base/err.h"
#include "server/config.h"

/* STATE (this user's, nobody else may write) and STATE/signer, STATE/core
 * (0700, their role's user's). ERR_DENIED, code "state_directory": path, found
 * and wanted. ERR_CONFLICT: another server runs on it. out_lock: kept open as
 * long as the supervisor runs. */
must_use bool state_prepare(
    const struct server_config *config, int *out_lock, struct err *err);

#endif
