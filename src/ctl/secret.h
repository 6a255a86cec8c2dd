/* Secrets and codes of who runs a command: from a file, or from the terminal.
 */
#ifndef CTL_SECRET_H
#define CTL_SECRET_H

#include "ctl/command.h"

/* From the file of the option, or else from the terminal without echo. */
must_use bool ctl_get_secret(const struct ctl *ctl, const char *option,
    const char *prompt, char **out, struct err *err);
/* --code or --recovery-code into a body; or asked for, at a terminal. */
enum ctl_exit ctl_add_second_factor(const struct ctl *ctl, json_t *body);
must_use bool ctl_ask_second_factor(json_t *body, struct err *err);
/* From the file of --new-password-file, or asked for twice. */
must_use bool
ctl_get_new_password(const struct ctl *ctl, char **out, struct err *err);

#endif
