/*
 * The ledger: what the journal says, as tables that answer at once.
 *
 * It is only ever changed by ledger_apply(), with entries that the journal has:
 * at start all of them, later each new one. So what a restart finds is what was
 * in force. Rows are numbered and never removed; some 120 bytes a certificate.
 * Owned by the signer.
 */
#ifndef SERVER_SIGNER_LEDGER_H
#define SERVER_SIGNER_LEDGER_H

#include "ipc/signer_enforcement.h"
#include "ipc/signer_types.h"
#include "server/signer/index.h"
#include "server/signer/journal_entry.h"

#define LEDGER_NONE INDEX_NONE

enum ledger_agent_state {
	LEDGER_AGENT_ACTIVE,
	LEDGER_AGENT_RETIRED, /* its certificates are good for leaving alone */
	LEDGER_AGENT_REVOKED, /* for good */
};

struct ledger_agent {
	uint8_t id[SIGNER_UUID_BYTES];
	enum ledger_agent_state state;
	uint32_t newest; /* certificate row, LEDGER_NONE: it never had one */
	int64_t changed_ms;
};

struct ledger_certificate {
	uint8_t serial[SIGNER_SERIAL_BYTES];
	uint8_t spki_sha256[SIGNER_HASH_BYTES];
	uint32_t agent;   /* row */
	uint32_t entry;   /* number in the journal, 0: unproven */
	uint32_t earlier; /* the agent's certificate before, or LEDGER_NONE */
	uint32_t renewed; /* row of the certificate that asked for it */
	uint32_t token;   /* or the token's row */
	enum signer_profile profile;
	int64_t issued_ms;
	int64_t not_after_ms;
	int64_t replaced_ms; /* 0: not replaced by a token enrolment */
};

struct ledger_token {
	uint8_t sha256[SIGNER_HASH_BYTES]; /* of the text */
	uint8_t id[SIGNER_UUID_BYTES];
	uint8_t office[SIGNER_UUID_BYTES];
	uint8_t computer[SIGNER_UUID_BYTES];
	bool has_computer;
	bool is_revoked;
	enum signer_token_kind kind;
	uint32_t uses;
	uint32_t used;
	int64_t created_ms;
	int64_t expires_ms;
	char *addresses; /* ranges with commas between, NULL: any */
};

/* How far the audit log went when core told of it. */
struct ledger_audit_head {
	uint64_t n; /* 0: none */
	int64_t time_ms;
	uint8_t hash[SIGNER_HASH_BYTES];
};

struct ledger {
	char fleet_id[ID_SIZE]; /* "" until the first entry */
	struct ledger_agent *agents;
	struct ledger_certificate *certificates;
	struct ledger_token *tokens;
	size_t agent_count, certificate_count, token_count;
	size_t agent_room, certificate_room, token_room;
	size_t revoked_count; /* agents */
	struct index agents_by_id;
	struct index certificates_by_serial;
	struct index certificates_by_spki;
	struct index tokens_by_sha256;
	struct index tokens_by_id;
	uint64_t revision; /* entry that last changed whom to trust */
	uint64_t command_counter;
	uint64_t publication_number;
	int64_t publication_ms;
	uint8_t publication_sha256[SIGNER_HASH_BYTES]; /* of its content */
	uint64_t crl_number;
	/* Ascending; from the one of the last checkpoint on. */
	struct ledger_audit_head *audit_heads;
	size_t audit_head_count, audit_head_room;
	struct ledger_audit_head audit_checkpoint; /* that was signed last */
	struct signer_enforced enforced;           /* only ever grows */
};

void ledger_init(struct ledger *ledger);
void ledger_done(struct ledger *ledger);

/* A journal_entry_fn with the ledger as context. All or nothing. An entry that
 * contradicts the ones before it, or of an unknown type, is ERR_MALFORMED.
 * Unproven ones count where they take something away, else not at all. */
must_use bool ledger_apply(void *ledger, const struct journal_entry *entry,
    uint32_t n, bool is_proven, struct err *err);

/* Rows, or LEDGER_NONE. */
must_use uint32_t ledger_agent_find(
    const struct ledger *ledger, const char *agent_id);
must_use uint32_t ledger_serial_find(
    const struct ledger *ledger, const char *serial);
must_use uint32_t ledger_spki_find(
    const struct ledger *ledger, const uint8_t *sha256);
must_use uint32_t ledger_token_find(
    const struct ledger *ledger, const char *token_id);

#endif
