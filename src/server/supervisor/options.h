/* The command line of warifu-server. */
#ifndef SERVER_SUPERVISOR_OPTIONS_H
#define SERVER_SUPERVISOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/err.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_PRINT_CONFIG,
	OPTIONS_VERSION,
	OPTIONS_HELP,
};

struct options {
	enum options_action action;
	char *config_path; /* NULL: none */
	char **settings;   /* "SECTION.KEY=VALUE" */
	size_t setting_count;
};

/* ERR_MALFORMED, code "usage", for what is no option or lacks its value. */
must_use bool
options_parse(struct options *options, int argc, char **argv, struct err *err);
/* For --help; allocated. */
must_use char *options_help(void);
void options_done(struct options *options);

#endif
