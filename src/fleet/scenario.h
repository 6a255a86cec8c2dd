/*
 * A scenario: how large the fleet is, and the steps that it goes through.
 *
 * A file in the form of the server's configuration: the section [fleet] first,
 * then one section for every step, in the order in which they run; a kind of
 * step may come again. Every fault is ERR_MALFORMED, code "configuration", with
 * file, line and what is allowed. docs/man/warifu-fleet.1 explains the words.
 */
#ifndef FLEET_SCENARIO_H
#define FLEET_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"

enum {
	SCENARIO_STEPS_MAX = 100,
	SCENARIO_AGENTS_MAX = 1000000,
	SCENARIO_WHERE_SIZE = 512,
};

enum step_kind {
	STEP_ENROL,
	STEP_REFRESH,
	STEP_HOLD,
	STEP_STORM,
	STEP_RENEW,
	STEP_LOSE_ANSWER,
	STEP_MISBEHAVE,
	STEP_KINDS, /* how many there are */
};

enum come_back {
	COME_BACK_JITTER,  /* as agents do */
	COME_BACK_AT_ONCE, /* as fast as the server takes them */
};

enum lost_answer {
	LOST_ENROL,
	LOST_RENEW,
};

/* What a rude client does. */
enum rudeness {
	RUDE_SLOW_HEADERS,
	RUDE_SLOW_BODY,
	RUDE_SLOW_READER,
	RUDE_GARBAGE,
	RUDE_WRONG_CERTIFICATE,
	RUDE_KINDS, /* how many there are */
};

/* Members that a kind does not have are zero. */
struct step {
	enum step_kind kind;
	char *where;     /* "FILE:LINE" of its section */
	int64_t agents;  /* how many take part; 0: all */
	int64_t rate;    /* begun a second, of the whole fleet; 0: no bound */
	int64_t over_ms; /* begun evenly over this time; 0: no bound */
	int64_t rounds;
	int64_t changed_percent;
	int64_t duration_ms;
	int64_t ping_ms;
	int64_t within_ms;
	int64_t come_back;
	int64_t of;
	int64_t rude[RUDE_KINDS];
	int64_t witnesses;
};

struct scenario {
	char *name;
	char *agents_where; /* "FILE:LINE" of the number of agents */
	int64_t agents;
	int64_t seed;
	int64_t packages_least, packages_most;
	int64_t in_flight; /* of one process */
	int64_t agents_per_address;
	int64_t timeout_ms;
	struct step *steps;
	size_t step_count;
};

/* name stands in messages for the file. out is released by scenario_done(). */
must_use bool scenario_parse(
    struct scenario *out, const char *name, struct view text, struct err *err);
must_use bool
scenario_load(struct scenario *out, const char *path, struct err *err);
void scenario_done(struct scenario *scenario);

static inline void
scenario_donep(struct scenario *scenario)
{
	scenario_done(scenario);
}

/* "enrol", "slow_headers". */
must_use const char *step_kind_name(enum step_kind kind);
must_use const char *rudeness_name(enum rudeness kind);
/* Does any step need a certificate that it does not make itself? */
must_use bool scenario_enrols(const struct scenario *scenario);

#endif
