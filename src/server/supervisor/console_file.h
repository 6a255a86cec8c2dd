/*
 * The console's bundle, opened by the supervisor for its gateways. It is not
 * read here: root parses nothing of it.
 */
#ifndef SERVER_SUPERVISOR_CONSOLE_FILE_H
#define SERVER_SUPERVISOR_CONSOLE_FILE_H

#include "base/attributes.h"
#include "server/config.h"

/* [console] bundle, or share/warifu/console.bundle of the installation that
 * this program belongs to (BIN/../share). −1 where there is none, which is
 * logged; the server works without. */
must_use int console_file_open(const struct server_config *config);

#endif
