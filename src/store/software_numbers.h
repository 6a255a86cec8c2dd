/* Titles and versions by their texts: found, made, gone. For this folder. */
#ifndef STORE_SOFTWARE_NUMBERS_H
#define STORE_SOFTWARE_NUMBERS_H

#include "store/software_pairs.h"
#include "store/software_set.h"
#include "store/statement.h"

/* The next `count` numbers of that kind: the first one. */
must_use bool software_numbers_take(struct store_tx *tx, const char *kind,
    size_t count, int64_t *out_first, struct err *err);

/* The pair of each entry, in their order; one that is not there is zeroes. */
must_use bool software_numbers_find(struct store_tx *tx,
    const struct software_entry *const *entries, size_t count,
    struct software_pair *out_pairs, struct err *err);
/* The same, made where they are not there, with nobody having them. */
must_use bool software_numbers_make(struct store_tx *tx,
    const struct software_entry *const *entries, size_t count,
    struct software_pair *out_pairs, struct err *err);

/* SQL with a list of numbers in the place of "%s", run for all of them in
 * parts. ?1 is the first of them where extra is 0, else ?1 is extra. */
must_use bool software_numbers_run(struct store_tx *tx, const char *sql,
    int64_t extra, const int64_t *numbers, size_t count, struct err *err);

#endif
