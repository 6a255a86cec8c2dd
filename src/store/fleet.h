/*
 * The fleet counted: how many computers there are of each kind, within the
 * reader's scope.
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include "store/computer.h"

struct store_tally {
	char name[STORE_NAME_SIZE]; /* "": not known so far */
	char version[STORE_VERSION_SIZE];
	int64_t count;
};

enum store_tally_by {
	STORE_TALLY_BY_OS,    /* name without regard to case, and version */
	STORE_TALLY_BY_AGENT, /* version alone */
};

/* Computers of each state, by enum store_computer_state. */
must_use bool store_fleet_count_states(struct store_reader *reader,
    int64_t out_counts[STORE_COMPUTER_STATE_COUNT], struct err *err);
/* Active computers by kind, the most frequent first, at most max kinds. */
must_use bool store_fleet_tally(struct store_reader *reader,
    enum store_tally_by by, struct store_tally *out_tallies, size_t max,
    size_t *out_count, struct err *err);

#endif
