/*
 * Where old rows of the audit log were cut off: number and hash of the last row
 * that is gone, and the statement about it that the signer has signed. The
 * chain goes on from there.
 */
#ifndef STORE_AUDIT_CHECKPOINT_H
#define STORE_AUDIT_CHECKPOINT_H

#include "store/audit.h"

enum {
	STORE_AUDIT_STATEMENT_SIZE = 2049,
};

struct store_audit_checkpoint {
	int64_t n;
	char hash[STORE_SHA256_SIZE];
	int64_t at;
	char statement[STORE_AUDIT_STATEMENT_SIZE];
};

/* The newest one; n 0: nothing was ever cut off. */
must_use bool store_audit_checkpoint_latest(struct store_reader *reader,
    struct store_audit_checkpoint *out, struct err *err);

/* The last row whose predecessors are all older than that, and not the newest
 * of all: what may be cut off up to; at most `rows` of them. 0: nothing. */
must_use bool store_audit_cut_bound(struct store_reader *reader, int64_t before,
    int64_t rows, int64_t *out_n, struct err *err);

/* Delete all rows up to the checkpoint's and keep the checkpoint. ERR_CONFLICT
 * audit_forked: the row there has another hash, nothing is deleted. */
must_use bool store_audit_cut(struct store_tx *tx,
    const struct store_audit_checkpoint *checkpoint, int64_t *out_count,
    struct err *err);

#endif
