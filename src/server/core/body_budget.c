/* How much of large request bodies core reads at once. */
#include "server/core/body_budget.h"

#include "base/check.h"

bool
body_budget_take(struct body_budget *budget, uint64_t bytes)
{
	unsigned long long taken = atomic_load(&budget->taken);

	do {
		if (taken > 0 &&
		    (taken >= budget->max_bytes ||
			bytes > budget->max_bytes - taken))
			return false;
	} while (!atomic_compare_exchange_weak(
	    &budget->taken, &taken, taken + bytes));
	return true;
}

void
body_budget_give(struct body_budget *budget, uint64_t bytes)
{
	check(atomic_fetch_sub(&budget->taken, bytes) >= bytes);
}
