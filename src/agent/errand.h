/*
 * Errands: what the channel asks of the root executor, as frames.
 *
 *   AGENT_COLLECT    empty → outcome, with the inventory as a sealed memfd:
 *                    {"sections": {NAME: {key: item}}, "failures": {NAME:
 * text}} AGENT_COMMAND    struct errand_command, the publication as a sealed
 * memfd → struct errand_result AGENT_CARRY_OUT  empty note: the accepted
 * command's result was reported
 *
 * There is nothing else: the executor takes no program, path or argument from
 * the network process.
 */
#ifndef AGENT_ERRAND_H
#define AGENT_ERRAND_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
	ERRAND_INVENTORY_MAX = 64 * 1024 * 1024,
	ERRAND_COMMAND_MAX = 16 * 1024, /* bytes of a command's JWS */
	ERRAND_WORD_SIZE = 65,
	ERRAND_TIME_MS = 120 * 1000, /* how long the channel waits */
	ERRAND_IDLE_MS = 10 * 1000,  /* how long an idle executor stays */
};

/* Views borrow from the frame's body. */
struct errand_command {
	struct view jws;         /* the command */
	struct view certificate; /* DER: who the agent says it is */
};

struct errand_result {
	bool is_accepted;
	int64_t epoch; /* of the command, 0 when it could not be read */
	int64_t counter;
	char action[ERRAND_WORD_SIZE];
	char sentence[ERR_SENTENCE_MAX]; /* why it was refused */
};

must_use bool errand_command_write(
    const struct errand_command *command, struct buf *out, struct err *err);
must_use bool errand_command_read(
    struct view body, struct errand_command *out, struct err *err);
must_use bool errand_result_write(
    const struct errand_result *result, struct buf *out, struct err *err);
must_use bool errand_result_read(
    struct view body, struct errand_result *out, struct err *err);

#endif
