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
 * long as the supervisor runs. out_shown: where the roles see the directory
 * when its own path is closed to their users (allocated), else untouched. */
must_use bool state_prepare(const struct server_config *config, int *out_lock,
    char **out_shown, struct err *err);
/* Make a configuration name the state directory as the roles see it. */
void state_show(struct server_config *config, const char *shown);

#endif
