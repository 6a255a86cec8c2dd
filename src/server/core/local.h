/*
 * What the server leaves for its own computer, where [local] asks for it: an
 * enrolment file for the agent that runs beside it, and a token that may read
 * the API for an hour. Both are files of STATE/core with mode 0600; whoever
 * can read them could read the database as well.
 */
#ifndef SERVER_CORE_LOCAL_H
#define SERVER_CORE_LOCAL_H

#include "base/attributes.h"
#include "base/err.h"

struct core;

/* Once at the start, after the trust was loaded: writes what is asked for and
 * removes what an earlier start left. Worker thread. */
must_use bool local_files_write(struct core *core, struct err *err);

#endif
