/*
 * The software of one computer by numbers: pairs of title and version, sorted,
 * and their packed form in the database, some two to four bytes a pair.
 *
 * Packed: of each pair how much the title's number is above the one before,
 * then how much the version's is above or below (zigzag), both in bytes of
 * seven bits, the lowest first, each but the last with its high bit set.
 */
#ifndef STORE_SOFTWARE_PAIRS_H
#define STORE_SOFTWARE_PAIRS_H

#include "base/attributes.h"
#include "base/bytes.h"

struct software_pair {
	int64_t title_id;
	int64_t version_id;
};

struct software_pairs {
	struct software_pair *items;
	size_t count;
	size_t capacity;
};

void software_pairs_done(struct software_pairs *pairs);
void software_pairs_add(struct software_pairs *pairs, struct software_pair one);
/* By title, then version; doubles go. */
void software_pairs_sort(struct software_pairs *pairs);
/* Of sorted ones. */
must_use bool software_pairs_have(
    const struct software_pairs *pairs, const struct software_pair *one);
must_use bool
software_pairs_have_title(const struct software_pairs *pairs, int64_t title_id);

/* Sorted ones, appended to out. */
must_use bool software_pairs_pack(
    const struct software_pairs *pairs, struct buf *out, struct err *err);

/* One after the other from packed; false at the end, and when what follows is
 * none: then has_failed. */
struct software_unpacker {
	struct view rest;
	struct software_pair last;
	bool has_failed;
};
void
software_unpacker_init(struct software_unpacker *unpacker, struct view packed);
must_use bool software_unpacker_next(
    struct software_unpacker *unpacker, struct software_pair *out);
/* All of them. ERR_SYSTEM database_foreign. */
must_use bool software_pairs_unpack(
    struct view packed, struct software_pairs *out_pairs, struct err *err);

static inline void
software_pairs_donep(struct software_pairs *pairs)
{
	software_pairs_done(pairs);
}

#endif
