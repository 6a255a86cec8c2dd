/* Texts that come from the table of commands. */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include <stdio.h>

#include "ctl/command.h"

void help_print_all(FILE *out);
void help_print_command(FILE *out, const struct ctl_command *command);
/* Does the command know the option (common ones included)? */
must_use bool
help_command_has_option(const struct ctl_command *command, size_t option);

#endif
