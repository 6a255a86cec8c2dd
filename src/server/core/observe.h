/*
 * Decisions about trust, told to the log once and kept in the event list: those
 * of core (core_event, in core.h) and those that gateways report.
 */
#ifndef SERVER_CORE_OBSERVE_H
#define SERVER_CORE_OBSERVE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

struct core;

/* Loop thread: the body of a gateway's EVENT. False when it is malformed. */
must_use bool
observe_event(struct core *core, struct view body, struct err *err);

#endif
