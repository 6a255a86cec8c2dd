/* The one action of the executor so far: end this computer's management. */
#ifndef AGENT_EXECUTOR_UNINSTALL_H
#define AGENT_EXECUTOR_UNINSTALL_H

#include "base/attributes.h"
#include "base/err.h"

/* In the executor: write the marker that keeps the agent from starting again,
 * and tell systemd, where it runs, not to start the service any more. */
must_use bool uninstall_mark(const char *state_dir, struct err *err);
/* Is the marker there? */
must_use bool uninstall_is_marked(const char *state_dir);
/* A bootstrap file that is newer than the marker means: manage it again. Takes
 * the marker away then. */
must_use bool uninstall_is_overruled(
    const char *state_dir, const char *bootstrap_file, struct err *err);
/* In the supervisor, when the channel process has ended and can no longer put a
 * trap in the way: remove the key, the certificate, the credential and all that
 * the agent knows. */
must_use bool uninstall_remove(const char *state_dir, struct err *err);

#endif
