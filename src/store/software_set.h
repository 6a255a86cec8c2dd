/*
 * What is counted of a section of packages: its titles and versions, sorted and
 * without doubles.
 *
 * An agent wrote the section, so everything is bounded: names and versions are
 * cut between characters (LIMIT_SOFTWARE_NAME, LIMIT_SOFTWARE_VERSION), and of
 * more than LIMIT_SOFTWARE_PER_COMPUTER entries the first ones are counted. A
 * package that is there for two architectures is one entry. The same section
 * gives the same set. Pure; any thread.
 */
#ifndef STORE_SOFTWARE_SET_H
#define STORE_SOFTWARE_SET_H

#include "base/attributes.h"
#include "base/json.h"
#include "base/limits.h"

enum {
	STORE_SOFTWARE_FORMAT_SIZE = 8,
	STORE_SOFTWARE_NAME_SIZE = LIMIT_SOFTWARE_NAME + 1,
	STORE_SOFTWARE_VERSION_SIZE = LIMIT_SOFTWARE_VERSION + 1,
};

struct software_entry {
	const char *format;   /* "dpkg", "rpm" or "other"; static */
	const char *name;     /* in the set's texts */
	const char *version;  /* likewise; "": not told */
	int64_t installed_at; /* ms, in whole seconds; 0: not told */
};

struct software_set {
	struct software_entry *entries; /* by format, name, version */
	size_t count;
	size_t left_off; /* past the limit */
	char *texts;
};

/* section: key to item, as the agent sent it. */
void software_set_read(const json_t *section, struct software_set *out_set);
void software_set_done(struct software_set *set); /* takes a zeroed one */

/* Below, equal (0) or above, by format, name and version. */
must_use int software_entry_compare(
    const struct software_entry *a, const struct software_entry *b);
must_use bool software_entry_has_title(
    const struct software_entry *a, const struct software_entry *b);

/* What turns one set into another; borrowed entries of both. */
struct software_difference {
	const struct software_entry **removed;
	size_t removed_count;
	const struct software_entry **added;
	size_t added_count;
	/* Installed again: only the time is another. */
	const struct software_entry **touched;
	size_t touched_count;
};

void software_difference_make(const struct software_set *before,
    const struct software_set *after, struct software_difference *out);
void software_difference_done(struct software_difference *difference);

static inline void
software_set_donep(struct software_set *set)
{
	software_set_done(set);
}

static inline void
software_difference_donep(struct software_difference *difference)
{
	software_difference_done(difference);
}

#endif
