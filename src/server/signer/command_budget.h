/*
 * How many commands may be signed: so many a minute in all, and so many for one
 * target, whoever asks.
 */
#ifndef SERVER_SIGNER_COMMAND_BUDGET_H
#define SERVER_SIGNER_COMMAND_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

enum {
	COMMAND_BUDGET_ALL = 600,  /* a minute */
	COMMAND_BUDGET_TARGET = 3, /* a minute */
};

struct command_budget {
	struct {
		uint32_t target; /* the agent's row */
		int64_t at_ms;
	} recent[COMMAND_BUDGET_ALL]; /* a ring */
	unsigned next;
};

/* Take one; false where there is none left in this minute. */
must_use bool command_budget_take(
    struct command_budget *budget, uint32_t target, int64_t monotonic_ms);

#endif
