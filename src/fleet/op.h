/*
 * One thing that an agent does, of one or several conversations: its record
 * opened, the conversation that runs, and what comes after it.
 */
#ifndef FLEET_OP_H
#define FLEET_OP_H

#include "fleet/worker.h"

struct op;
/* An answer came, of any status. */
typedef void op_next(struct op *op, const struct answer *answer);
/* It is over: err NULL where it worked. The op is freed afterwards. */
typedef void op_over(struct op *op, const struct err *err);

struct op {
	struct worker *worker;
	size_t index; /* the agent's number in the fleet */
	struct vault_agent agent;
	struct stats *stats;
	int64_t begun_us;
	op_over *over;
	void *context; /* of whoever waits for the end */

	struct call *call;
	op_next *next;
	/* What its kind keeps between conversations. */
	int phase;
	unsigned round;
	char *body; /* that may have to be said again */
	char *header;
	struct certificate *issued;
	struct refresh_state *refresh;
};

/* Counted as begun in stats. NULL where the agent's record cannot be opened: it
 * is counted as failed, and over is not called. */
must_use struct op *
op_new(struct worker *worker, size_t index, struct stats *stats, op_over *over);
/* Count the end, tell whoever waits, and free the op. */
void op_end(struct op *op, const struct err *err);
/* The end of an op of the step: the pacer may begin the next one. */
op_over op_paced;

struct op_ask {
	bool is_agent_port;
	bool shows_certificate;                /* the agent's present one */
	const struct certificate *certificate; /* or this, with its key */
	const struct key *key;
	enum call_manner manner;
	const char *path;
	const char *header;
	const char *type; /* NULL: GET */
	struct view body;
	size_t answer_max;
};
/* One conversation, then next; a failure ends the op. */
void op_ask(struct op *op, const struct op_ask *ask, op_next *next);
/* End the op by what a refusing answer says. */
void op_refused(struct op *op, const struct answer *answer);

/* Count what a conversation carried. */
void op_count(struct stats *stats, const struct call *call);

#endif
