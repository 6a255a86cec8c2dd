/*
 * The entries of the journal: the members of each type, read strictly and
 * written from one place. docs/protocol/journal.md lists them.
 *
 * Texts that were read are borrowed from the journal's line. A writer's result
 * is the caller's, for journal_append().
 */
#ifndef SERVER_SIGNER_LEDGER_ENTRY_H
#define SERVER_SIGNER_LEDGER_ENTRY_H

#include "base/json.h"
#include "server/signer/ledger.h"

enum ledger_entry_type {
	LEDGER_ENTRY_FLEET,
	LEDGER_ENTRY_TOKEN_CREATED,
	LEDGER_ENTRY_TOKEN_REVOKED,
	LEDGER_ENTRY_ISSUED,
	LEDGER_ENTRY_REVOKED,
	LEDGER_ENTRY_RETIRED,
	LEDGER_ENTRY_COMMAND,
	LEDGER_ENTRY_PUBLICATION,
	LEDGER_ENTRY_CRL,
	LEDGER_ENTRY_SERVER_CERTIFICATE,
	LEDGER_ENTRY_OCSP_RESPONDER,
	LEDGER_ENTRY_REFUSED,
	LEDGER_ENTRY_AUDIT_HEAD,
	LEDGER_ENTRY_AUDIT_CHECKPOINT,
	LEDGER_ENTRY_ENFORCED,
	LEDGER_ENTRY_COUNT,
};

struct ledger_entry {
	enum ledger_entry_type type;
	uint32_t n;
	int64_t time_ms;
	char fleet[ID_SIZE];
	uint8_t agent[SIGNER_UUID_BYTES];
	bool has_token;
	struct ledger_token token; /* addresses is NULL: */
	struct view addresses;     /* see here */
	struct ledger_certificate certificate;
	uint8_t renews[SIGNER_SERIAL_BYTES];
	uint64_t number;
	enum signer_setting setting;
	uint8_t sha256[SIGNER_HASH_BYTES];
};

must_use bool ledger_entry_read(const struct journal_entry *in, uint32_t n,
    struct ledger_entry *out, struct err *err);
must_use const char *ledger_entry_type_name(enum ledger_entry_type type);

struct ledger_fleet {
	const char *fleet_id;
	struct view agent_ca;        /* DER */
	struct view publication_key; /* SubjectPublicKeyInfo */
	struct view command_key;
};
must_use json_t *ledger_fleet_entry(const struct ledger_fleet *fleet);
must_use json_t *ledger_token_created_entry(const char *token_id,
    const uint8_t *sha256, const struct signer_token_create *request);
must_use json_t *
ledger_token_revoked_entry(const struct signer_token_revoke *request);

struct ledger_issue {
	const char *agent_id;
	const char *serial;
	const char *spki_sha256; /* hexadecimal */
	enum signer_profile profile;
	struct view certificate; /* DER */
	int64_t not_after_ms;
	const char *token_id;        /* or NULL: */
	const char *renews;          /* the serial */
	struct view address;         /* of who enrolled, may be empty */
	struct view credential_hash; /* may be empty */
};
must_use json_t *ledger_issued_entry(const struct ledger_issue *issue);
/* type: LEDGER_ENTRY_REVOKED or LEDGER_ENTRY_RETIRED. */
must_use json_t *ledger_order_entry(
    enum ledger_entry_type type, const struct signer_agent_order *order);
must_use json_t *ledger_command_entry(const struct signer_command *command,
    const char *action, uint64_t counter, int64_t expires_ms);
must_use json_t *
ledger_publication_entry(uint64_t number, const uint8_t *sha256);
must_use json_t *
ledger_crl_entry(uint64_t number, size_t entries, int64_t next_update_ms);
/* type: LEDGER_ENTRY_SERVER_CERTIFICATE or LEDGER_ENTRY_OCSP_RESPONDER. */
must_use json_t *ledger_certificate_entry(
    enum ledger_entry_type type, const char *serial, struct view certificate);
must_use json_t *ledger_refused_entry(const char *message, const char *code,
    uint64_t count, int64_t since_ms, const char *last_sentence);

/* type: LEDGER_ENTRY_AUDIT_HEAD or LEDGER_ENTRY_AUDIT_CHECKPOINT. */
must_use json_t *ledger_audit_entry(
    enum ledger_entry_type type, uint64_t n, const uint8_t *hash);

must_use json_t *ledger_enforced_entry(const struct signer_enforce *request);

/* The certificate of an issued or server_certificate entry, appended. */
must_use bool ledger_entry_certificate(
    const struct journal_entry *entry, struct buf *out, struct err *err);
/* The credential hash of an issued entry: appended, or nothing. */
must_use bool ledger_entry_credential_hash(
    const struct journal_entry *entry, struct buf *out, struct err *err);

#endif
