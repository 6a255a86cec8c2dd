/*
 * How many computers of a reader's scope have which title and version: counted
 * from their packed rows, some ten nanoseconds a pair.
 */
#ifndef STORE_SOFTWARE_TALLY_H
#define STORE_SOFTWARE_TALLY_H

#include "base/attributes.h"
#include "base/err.h"
#include "store/store.h"

struct software_tally;

must_use bool software_tally_make(struct store_reader *reader,
    struct software_tally **out_tally, struct err *err);
void software_tally_free(struct software_tally *tally); /* takes NULL */
DEFINE_SCOPED(struct software_tally, software_tally_free)

/* 0: nobody has it. */
must_use int64_t software_tally_title(const struct software_tally *tally,
    int64_t title_id, int64_t *out_versions);
must_use int64_t software_tally_version(
    const struct software_tally *tally, int64_t version_id);

#endif
