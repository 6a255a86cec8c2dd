/*
 * A refusing answer of the server as an error: the stable code and the detail
 * of its problem document (RFC 9457) where it has one. No I/O; used by the
 * agent's channel process and by warifu-fleet.
 */
#ifndef AGENT_CHANNEL_PROBLEM_H
#define AGENT_CHANNEL_PROBLEM_H

#include "base/bytes.h"

/* Set the error; "server_refused" where the body says no code. False. */
bool problem_read(long status, struct view body, struct err *err);

#endif
