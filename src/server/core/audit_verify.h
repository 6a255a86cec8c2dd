/*
 * Is the audit log what was written? The rows' hashes and their chain, the kept
 * head, the heads that the signer has journalled, and the newest checkpoint's
 * signature: what any of them contradicts is named by its number.
 *
 * A long log is checked in parts: each begins where the one before it ended, so
 * that memory and the time of one call do not grow with it. Worker threads.
 */
#ifndef SERVER_CORE_AUDIT_VERIFY_H
#define SERVER_CORE_AUDIT_VERIFY_H

#include "store/audit_chain.h"

struct core;

enum {
	AUDIT_VERIFY_CURSOR_SIZE = 128,
};

struct audit_verdict {
	enum audit_fault fault;
	int64_t first_bad; /* where there is a fault: the lowest number that
			      nothing proves any more */
	char sentence[ERR_SENTENCE_MAX]; /* about it */
	bool is_finished;                /* whole up to the end, or a fault */
	int64_t from;                    /* the first row of this part */
	int64_t to;                      /* the last one found whole */
	uint64_t checked;
	int64_t head;       /* of the log */
	int64_t mirrored;   /* the signer's newest head; 0: none */
	int64_t checkpoint; /* rows up to it were cut off; 0: none */
	char next[AUDIT_VERIFY_CURSOR_SIZE]; /* "": finished */
};

/* cursor NULL: from the beginning. At most limit rows. ERR_MALFORMED
 * cursor_invalid; the signer's and the store's. */
must_use bool audit_verify(struct core *core, const char *cursor,
    unsigned limit, struct audit_verdict *out_verdict, struct err *err);

#endif
