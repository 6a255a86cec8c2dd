/*
 * Heads of the signer's journal as core has seen them: entry count and hash
 * of the last entry. A journal that is shorter than one of these, or has
 * another hash there, has lost or changed something.
 */
#ifndef STORE_JOURNAL_HEAD_H
#define STORE_JOURNAL_HEAD_H

#include "store/store.h"

struct store_journal_head {
	int64_t n;
	char hash[STORE_SHA256_SIZE];
	int64_t seen_at;
};

/* The same head again changes nothing; the same n with another hash is
 * ERR_CONFLICT journal_forked. Keeps the newest thousand. */
must_use bool store_journal_head_put(struct store_tx *tx,
    const struct store_journal_head *head, struct err *err);
/* The highest n; n = 0 when none was ever seen. */
must_use bool store_journal_head_latest(struct store_reader *reader,
    struct store_journal_head *out_head, struct err *err);
/* The head at n; ERR_NOT_FOUND journal_head_not_found. */
must_use bool store_journal_head_get(struct store_reader *reader, int64_t n,
    struct store_journal_head *out_head, struct err *err);

#endif
