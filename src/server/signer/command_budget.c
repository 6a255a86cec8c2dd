/* A ring of the times of the last commands. */
#include "server/signer/command_budget.h"

#include "base/clock.h"

bool
command_budget_take(
    struct command_budget *budget, uint32_t target, int64_t monotonic_ms)
{
	int64_t since = monotonic_ms - MINUTES_MS(1);
	unsigned of_target = 0;

	for (unsigned i = 0; i < COMMAND_BUDGET_ALL; i++) {
		if (budget->recent[i].at_ms > since &&
		    budget->recent[i].at_ms != 0 &&
		    budget->recent[i].target == target)
			of_target++;
	}
	/* The slot to be used is the oldest of all. */
	if (of_target >= COMMAND_BUDGET_TARGET ||
	    (budget->recent[budget->next].at_ms != 0 &&
		budget->recent[budget->next].at_ms > since))
		return false;
	budget->recent[budget->next].target = target;
	budget->recent[budget->next].at_ms = monotonic_ms;
	budget->next = (budget->next + 1) % COMMAND_BUDGET_ALL;
	return true;
}
