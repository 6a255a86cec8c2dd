/* The line of agents that wait to be knocked at. */
#include "server/core/knocks.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/id.h"
#include "base/memory.h"
#include "base/secret.h"
#include "os/loop.h"
#include "server/core/core.h"
#include "server/core/live.h"

enum {
	TURN_MS = 100,
	TURN_KNOCKS = KNOCKS_A_SECOND * TURN_MS / 1000,
};

struct waiting {
	char agent_id[ID_SIZE];
	UT_hash_handle hh; /* keeps the order of adding */
};

struct knocks {
	struct core *core;
	pthread_mutex_t mutex;
	struct waiting *line;
	struct loop_wake *added;
	struct loop_timer *turn;
	bool is_running; /* the timer is; the loop's thread alone */
};

/* NULL: nobody waits. */
static struct waiting *
take_first(struct knocks *knocks)
{
	struct waiting *first;

	pthread_mutex_lock(&knocks->mutex);
	first = knocks->line;
	if (first != NULL)
		HASH_DEL(knocks->line, first);
	pthread_mutex_unlock(&knocks->mutex);
	return first;
}

/* One turn; false when nobody waited. */
static bool
knock_some(struct knocks *knocks)
{
	unsigned count;

	for (count = 0; count < TURN_KNOCKS; count++) {
		struct waiting *waiting = take_first(knocks);

		if (waiting == NULL)
			break;
		/* One that has gone meanwhile refreshes when it is back. */
		ignore_result(
		    live_knock_queued(knocks->core, waiting->agent_id));
		free(waiting);
	}
	return count > 0;
}

/* The pause is kept behind a short turn too: who adds one by one is as slow. */
static void
turn(void *context)
{
	struct knocks *knocks = context;

	knocks->is_running = knock_some(knocks);
	if (knocks->is_running)
		loop_timer_start(knocks->turn,
		    TURN_MS / 2 + (int64_t)random_below(TURN_MS + 1));
}

static void
has_added(void *context)
{
	struct knocks *knocks = context;

	if (!knocks->is_running)
		turn(knocks);
}

struct knocks *
knocks_new(struct core *core, struct loop *loop)
{
	struct knocks *knocks = memory_zeroed(sizeof(*knocks));

	knocks->core = core;
	check(pthread_mutex_init(&knocks->mutex, NULL) == 0);
	knocks->added = loop_wake_new(loop, has_added, knocks);
	knocks->turn = loop_timer_new(loop, turn, knocks);
	return knocks;
}

void
knocks_free(struct knocks *knocks)
{
	struct waiting *waiting;

	if (knocks == NULL)
		return;
	while ((waiting = take_first(knocks)) != NULL)
		free(waiting);
	loop_wake_free(knocks->added);
	loop_timer_free(knocks->turn);
	pthread_mutex_destroy(&knocks->mutex);
	free(knocks);
}

/* The mutex is held. */
static bool
add(struct knocks *knocks, const char *agent_id)
{
	struct waiting *waiting = NULL;

	HASH_FIND_STR(knocks->line, agent_id, waiting);
	if (waiting != NULL)
		return true;
	if (HASH_COUNT(knocks->line) >= KNOCKS_MAX)
		return false;
	waiting = memory_zeroed(sizeof(*waiting));
	snprintf(waiting->agent_id, sizeof(waiting->agent_id), "%s", agent_id);
	HASH_ADD_STR(knocks->line, agent_id, waiting);
	return true;
}

bool
knocks_add(struct knocks *knocks, const char *agent_id)
{
	bool is_added;

	if (!live_is_connected(knocks->core, agent_id))
		return false;
	pthread_mutex_lock(&knocks->mutex);
	is_added = add(knocks, agent_id);
	pthread_mutex_unlock(&knocks->mutex);
	loop_wake_send(knocks->added);
	return is_added;
}

size_t
knocks_waiting(struct knocks *knocks)
{
	size_t count;

	pthread_mutex_lock(&knocks->mutex);
	count = HASH_COUNT(knocks->line);
	pthread_mutex_unlock(&knocks->mutex);
	return count;
}
