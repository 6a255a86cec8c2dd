/*
 * The chain of the audit log: how a row is hashed, and the walk that finds the
 * first one that is not as it was written.
 *
 * A hash is SHA-256 over "warifu-audit-row-1", a zero byte, and all fields in
 * the order of the table: integers as 8 bytes, big-endian; texts as a 4-byte
 * length and their bytes; the previous hash as its 32 bytes. Before the first
 * row stand 32 zero bytes. docs/protocol/audit.md has an example.
 */
#ifndef STORE_AUDIT_CHAIN_H
#define STORE_AUDIT_CHAIN_H

#include "store/audit.h"

#define AUDIT_CHAIN_BEGIN                                                      \
	"0000000000000000000000000000000000000000000000000000000000000000"

/* Of a row with n and previous_hash set. */
must_use bool audit_chain_hash(const struct store_audit_row *row,
    char out_hash[STORE_SHA256_SIZE], struct err *err);

enum audit_fault {
	AUDIT_WHOLE,
	AUDIT_MISSING,    /* rows are gone before the next one, or at the end */
	AUDIT_CHANGED,    /* the row's hash is not that of its contents */
	AUDIT_CHAINED,    /* it does not follow from the row before it */
	AUDIT_REPLACED,   /* whole, but not what was there: a head differs */
	AUDIT_CHECKPOINT, /* rows were cut off, and nobody has signed it */
	AUDIT_FAULT_COUNT,
};
must_use const char *audit_fault_name(enum audit_fault fault);

/* Is this the hash that row n had when others saw it? False in out_is_same:
 * no. Called for each row in order; answers true where nobody saw it. */
typedef bool audit_chain_seen_fn(void *context, int64_t n, const char *hash,
    bool *out_is_same, struct err *err);

struct audit_walk {
	struct store_audit_position position; /* the last row found whole */
	uint64_t checked;                     /* rows, in this call */
	enum audit_fault fault;
	int64_t first_bad; /* where there is a fault */
	bool is_at_end;    /* there are no more rows */
};

/* Check the rows behind walk->position, at most limit. Memory does not depend
 * on how many there are. */
must_use bool audit_chain_walk(struct store_reader *reader, unsigned limit,
    audit_chain_seen_fn *seen, void *context, struct audit_walk *walk,
    struct err *err);
/* The number of the first row there is, or 0. */
must_use bool
audit_chain_first(struct store_reader *reader, int64_t *out_n, struct err *err);

#endif
