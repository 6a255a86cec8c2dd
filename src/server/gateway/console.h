/*
 * The web console's files, answered by the gateway itself.
 *
 * The supervisor opens the bundle (console_index.h) and hands it over as the
 * descriptor "console"; a gateway reads its index once, before it accepts, and
 * has no other way to any file. Without a bundle the paths are 404.
 */
#ifndef SERVER_GATEWAY_CONSOLE_H
#define SERVER_GATEWAY_CONSOLE_H

#include <stdbool.h>

#include "base/attributes.h"

struct gateway;
struct connection;
struct console;

/* From the role's descriptor. NULL where there is none or it is damaged (which
 * is logged: the agents' channel does not depend on it). */
struct console *console_open(struct gateway *gateway);
void console_close(struct console *console); /* takes NULL */

/* For a path that no route has: true when it was answered, as the console's
 * file, its page, or a wrong method of either. */
must_use bool console_answer(struct connection *connection);

#endif
