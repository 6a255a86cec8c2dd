/*
 * What core and signer say to each other about the audit log. As in
 * ipc/signer_types.h: read structs borrow all views from the body.
 */
#ifndef IPC_SIGNER_AUDIT_H
#define IPC_SIGNER_AUDIT_H

#include "ipc/signer_types.h"

/* AUDIT_HEAD: number and hash of the newest row of the audit log; the answer is
 * the head that is remembered now. One that is not ahead of it is refused
 * (audit_set_back), except the same again. */
struct signer_audit_head {
	uint64_t n; /* 0: none */
	uint8_t hash[SIGNER_HASH_BYTES];
};

/* AUDIT_HEADS: those at n or behind it. AUDIT_CHECKPOINT: the newest one up to
 * n. */
struct signer_audit_from {
	uint64_t n;
};
enum {
	SIGNER_AUDIT_HEAD_BYTES = 8 + SIGNER_HASH_BYTES,
	SIGNER_AUDIT_HEADS_MAX = 512, /* in one answer */
};
struct signer_audit_heads {
	struct signer_audit_head latest;
	struct signer_audit_head checkpoint; /* that was signed last */
	struct view heads; /* packed, ascending: n (8 bytes) and hash each */
};

/* A JWS with the publication key of type warifu-audit-checkpoint+jwt. It is
 * signed only for a head that the signer has remembered for at least
 * SIGNER_AUDIT_DAYS; refusal: audit_no_head. */
enum {
	SIGNER_AUDIT_DAYS = 30,
};
#define SIGNER_AUDIT_TYPE "warifu-audit-checkpoint+jwt"
struct signer_audit_checkpoint {
	struct signer_audit_head head;
	struct view statement;
};

#endif
