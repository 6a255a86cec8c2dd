/*
 * Counting refusals, so that all of them are told in the journal and nobody can
 * fill the disk with them: one entry per message and code, at once for the
 * first, then after a minute, two, four … up to an hour while they go on.
 */
#ifndef SERVER_SIGNER_REFUSALS_H
#define SERVER_SIGNER_REFUSALS_H

#include "base/err.h"
#include "ipc/signer_messages.h"

enum {
	REFUSALS_KINDS_MAX = 64, /* more are counted with the last */
	REFUSALS_SENTENCE_SIZE = 160,
};

struct refusal {
	enum signer_message message;
	char code[ERR_CODE_MAX];
	char last[REFUSALS_SENTENCE_SIZE];
	uint64_t count; /* not written yet */
	int64_t since_ms;
	int64_t due_ms;
	int64_t pause_ms;
};

struct refusals {
	struct refusal kinds[REFUSALS_KINDS_MAX];
	size_t count;
};

/* Times are those of one clock that does not go back. */
void refusals_add(struct refusals *refusals, enum signer_message message,
    const struct err *err, int64_t now_ms, int64_t wall_ms);
/* The next one to be written (all: due or not), or NULL; its count is reset by
 * refusals_written(). */
must_use struct refusal *
refusals_due(struct refusals *refusals, bool all, int64_t now_ms);
void refusals_written(struct refusal *refusal, int64_t now_ms);
/* When the next one is due, or INT64_MAX. */
must_use int64_t refusals_next_ms(const struct refusals *refusals);

#endif
