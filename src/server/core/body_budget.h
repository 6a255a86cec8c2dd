/*
 * How much of large request bodies core reads at once. What a worker makes of a
 * body takes some ten times its length, so many at once could take all of the
 * memory. Bodies that came inside their frame are not counted: they are small
 * and no more than there are workers. Any thread.
 */
#ifndef SERVER_CORE_BODY_BUDGET_H
#define SERVER_CORE_BODY_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct body_budget {
	uint64_t max_bytes;
	atomic_ullong taken;
};

/* False: there is no room beside what is being read now. A body larger than all
 * of the budget is read alone. */
must_use bool body_budget_take(struct body_budget *budget, uint64_t bytes);
void body_budget_give(struct body_budget *budget, uint64_t bytes);

#endif
