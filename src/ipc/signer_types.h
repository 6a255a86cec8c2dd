/*
 * What core and signer say to each other: requests, and the results in answers.
 *
 * Read structs borrow all views from the body; nothing here needs freeing. Ids
 * are UUID text, times milliseconds since 1970 UTC. The numbers and forms are
 * in ipc/signer_messages.h, the calls in ipc/signer_client.h.
 */
#ifndef IPC_SIGNER_TYPES_H
#define IPC_SIGNER_TYPES_H

#include "base/bytes.h"
#include "base/id.h"

enum {
	SIGNER_HASH_BYTES = 32,
	SIGNER_UUID_BYTES = 16,
	/* Serials of agent certificates: 16 bytes whose first is 0x40 to 0x7f,
	 * so that their hexadecimal form always has 32 digits. */
	SIGNER_SERIAL_BYTES = 16,
	SIGNER_SERIAL_SIZE = 33, /* lower-case hexadecimal with the end */
	SIGNER_TOKEN_SIZE = 37,  /* "wft_", 32 characters of base32, the end */
	SIGNER_CERTIFICATES_MAX = 8,
	SIGNER_ADDRESSES_MAX = 16,
	SIGNER_WORD_MAX = 64, /* bytes of an address, range or user name */
};

/* A position in the journal. n counts from 1; 0: nothing seen. */
struct signer_head {
	uint32_t epoch;
	uint64_t n;
	uint8_t hash[SIGNER_HASH_BYTES];
};

/* SERVER_IDENTITY: empty request (the names are in the configuration). The
 * answer's descriptor is a sealed memfd with the key as PKCS#8 PEM. */
struct signer_server_identity {
	size_t count; /* the server's certificate first, DER */
	struct view chain[SIGNER_CERTIFICATES_MAX];
	int64_t not_before_ms;
	int64_t not_after_ms;
	uint8_t sha256[SIGNER_HASH_BYTES]; /* of the first certificate */
};

/* TRUST_SET: the request is a struct signer_head, the highest one that core has
 * mirrored (n 0: none). revision grows with each change of the set. */
struct signer_trust_set {
	uint64_t revision;
	char fleet_id[ID_SIZE];
	uint32_t epoch;
	size_t agent_ca_count;
	struct view agent_cas[SIGNER_CERTIFICATES_MAX]; /* DER */
	struct view revoked_agents;  /* packed, SIGNER_UUID_BYTES each */
	struct view retired_agents;  /* packed, SIGNER_UUID_BYTES each */
	struct view revoked_serials; /* packed, SIGNER_SERIAL_BYTES each */
};

/* PUBLICATION: empty request. */
struct signer_publication {
	uint64_t number;
	struct view jws;             /* compact form, ASCII */
	struct view publication_key; /* SubjectPublicKeyInfo, DER */
};

enum signer_token_kind {
	SIGNER_TOKEN_COMPUTER = 1, /* one use */
	SIGNER_TOKEN_OFFICE = 2,   /* many uses, always new computers */
};

/* TOKEN_CREATE: a computer token has uses 1. With computer_id it re-enrols that
 * computer, without it makes a new one in the office. */
struct signer_token_create {
	enum signer_token_kind kind;
	char office_id[ID_SIZE];
	char computer_id[ID_SIZE]; /* "" when not bound */
	uint32_t uses;
	int64_t expires_ms; /* at most 366 days ahead */
	size_t address_count;
	struct view addresses[SIGNER_ADDRESSES_MAX]; /* "10.0.0.0/8" */
	struct view by; /* who asks, for the journal */
};
struct signer_token_created {
	char token_id[ID_SIZE];
	char token[SIGNER_TOKEN_SIZE]; /* a secret: show once, then wipe */
};

/* TOKEN_REVOKE; the answer is empty. */
struct signer_token_revoke {
	char token_id[ID_SIZE];
	struct view by;
};

/* TOKEN_LIST: empty request; the answer is a list read token by token. */
struct signer_token {
	char token_id[ID_SIZE];
	enum signer_token_kind kind;
	char office_id[ID_SIZE];
	char computer_id[ID_SIZE];
	uint32_t uses;
	uint32_t used;
	int64_t created_ms;
	int64_t expires_ms;
	bool is_revoked;
};

enum signer_profile {
	SIGNER_PROFILE_AGENT = 1, /* renews with proof, takes orders */
	SIGNER_PROFILE_STOCK = 2, /* a foreign EST client: renews plainly */
};

/* ENROL: address is the peer's, for the token's ranges. Refusals: token_unknown
 * token_used token_expired token_revoked token_address, and the codes of
 * policy/issuance.h. */
struct signer_enrol {
	struct view token;
	struct view address;
	struct view request; /* PKCS#10, DER */
};
/* REENROL: serial (lower-case hexadecimal) and agent as the handshake proved
 * them. */
struct signer_reenrol {
	char agent_id[ID_SIZE];
	char serial[SIGNER_SERIAL_SIZE];
	struct view request;
};
/* The answer to both. A computer and its agent bear one id. */
struct signer_issued {
	struct view certificate; /* DER */
	enum signer_profile profile;
	char agent_id[ID_SIZE];
	char serial[SIGNER_SERIAL_SIZE];
	char office_id[ID_SIZE]; /* of the token; "" at REENROL */
	char token_id[ID_SIZE];  /* "" at REENROL */
	bool is_new_computer;
	bool is_repeat; /* the same request asked again: same answer */
	int64_t not_before_ms;
	int64_t not_after_ms;
	struct view credential_hash; /* 32 bytes, or empty */
};

/* NONCE: an agent; the result is raw bytes, good for an hour. */
struct signer_agent {
	char agent_id[ID_SIZE];
};
struct signer_nonce {
	struct view nonce;
};

/* REVOKE, RETIRE: the answer is the trust set's new revision. */
struct signer_agent_order {
	char agent_id[ID_SIZE];
	struct view by;
};

struct signer_revision {
	uint64_t revision;
};

/* SIGN_COMMAND: the closed table of what may ever be signed. */
enum signer_action {
	SIGNER_ACTION_UNINSTALL = 1, /* of a retired agent only */
};
struct signer_command {
	char agent_id[ID_SIZE];
	enum signer_action action;
	struct view by;
};

struct signer_ocsp {
	struct view request; /* any bytes */
};

/* CRL (empty request), OCSP (request DER), SIGN_COMMAND (JWS): one object. */
struct signer_object {
	struct view bytes;
	int64_t produced_ms;
	int64_t expires_ms; /* nextUpdate; good to cache until then */
};

enum signer_health {
	SIGNER_OK = 1,
	SIGNER_JOURNAL_FULL = 2,        /* no room: nothing new is issued */
	SIGNER_JOURNAL_BROKEN = 3,      /* the chain does not hold */
	SIGNER_JOURNAL_ROLLED_BACK = 4, /* shorter than a head seen elsewhere */
};

/* STATUS: the request is a struct signer_head as for TRUST_SET. */
struct signer_status {
	enum signer_health health;
	struct view sentence; /* for the administrator; empty when ok */
	struct signer_head head;
	uint64_t certificates;
	uint64_t agents;
	uint64_t revoked_agents;
	uint64_t tokens;
	int64_t agent_ca_not_after_ms;
	int64_t server_not_after_ms;
};

#endif
