/* Counted refusals with growing pauses between entries. */
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "server/signer/refusals.h"

#define PAUSE_FIRST_MS MINUTES_MS(1)
#define PAUSE_LAST_MS  HOURS_MS(1)

static struct refusal *
find(struct refusals *refusals, enum signer_message message, const char *code)
{
	struct refusal *fresh;

	for (size_t i = 0; i < refusals->count; i++) {
		struct refusal *one = &refusals->kinds[i];

		if (one->message == message && strcmp(one->code, code) == 0)
			return one;
	}
	if (refusals->count == REFUSALS_KINDS_MAX)
		return &refusals->kinds[REFUSALS_KINDS_MAX - 1];
	fresh = &refusals->kinds[refusals->count++];
	*fresh = (struct refusal){.message = message};
	snprintf(fresh->code, sizeof(fresh->code), "%s", code);
	return fresh;
}

void
refusals_add(struct refusals *refusals, enum signer_message message,
    const struct err *err, int64_t now_ms, int64_t wall_ms)
{
	struct refusal *one = find(refusals, message, err->code);

	if (one->count == 0)
		one->since_ms = wall_ms;
	/* It was quiet for longer than the pause: begin anew. */
	if (now_ms >= one->due_ms + one->pause_ms)
		one->pause_ms = 0;
	one->count++;
	snprintf(one->last, sizeof(one->last), "%s", err->sentence);
}

struct refusal *
refusals_due(struct refusals *refusals, bool all, int64_t now_ms)
{
	for (size_t i = 0; i < refusals->count; i++) {
		struct refusal *one = &refusals->kinds[i];

		if (one->count > 0 && (all || now_ms >= one->due_ms))
			return one;
	}
	return NULL;
}

void
refusals_written(struct refusal *refusal, int64_t now_ms)
{
	int64_t pause = refusal->pause_ms * 2;

	if (pause < PAUSE_FIRST_MS)
		pause = PAUSE_FIRST_MS;
	if (pause > PAUSE_LAST_MS)
		pause = PAUSE_LAST_MS;
	refusal->pause_ms = pause;
	refusal->due_ms = now_ms + pause;
	refusal->count = 0;
}

int64_t
refusals_next_ms(const struct refusals *refusals)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < refusals->count; i++) {
		if (refusals->kinds[i].count > 0 &&
		    refusals->kinds[i].due_ms < next)
			next = refusals->kinds[i].due_ms;
	}
	return next;
}
