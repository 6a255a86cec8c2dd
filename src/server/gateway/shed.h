/*
 * Shedding: what the gateway turns away because a limit is reached. Each kind
 * has its counter, and one line in the log that names the setting and its
 * value: at once, and then at most one in SHED_LOG_MS with the number of those
 * that were turned away meanwhile.
 */
#ifndef SERVER_GATEWAY_SHED_H
#define SERVER_GATEWAY_SHED_H

#include "server/gateway/gateway.h"

enum {
	SHED_LOG_MS = 10 * 1000,
};

/* address: whose it was; "" where that says nothing. */
void shed(struct gateway *gateway, enum shed_kind kind, const char *address);

#endif
