/*
 * Managed computers, one row per agent identity (id: the agent's).
 *
 * Times are milliseconds since 1970 UTC, 0 meaning never; texts may be "".
 */
#ifndef STORE_COMPUTER_H
#define STORE_COMPUTER_H

#include "store/store.h"

enum store_computer_state {
	STORE_COMPUTER_ACTIVE,
	STORE_COMPUTER_REVOKED,
	STORE_COMPUTER_RETIRED,
	STORE_COMPUTER_REMOVED,
};
enum {
	STORE_COMPUTER_STATE_COUNT = STORE_COMPUTER_REMOVED + 1
};

enum store_computer_profile {
	STORE_PROFILE_AGENT,
	STORE_PROFILE_STOCK,
};

/* What an agent says about proxies in its environment. */
enum store_proxy_report {
	STORE_PROXY_UNKNOWN, /* nothing so far */
	STORE_PROXY_NONE,
	STORE_PROXY_SET, /* there is one, which it does not use */
};

enum { /* bits of struct store_computer.flags */
	STORE_COMPUTER_DUPLICATE_NAME = 1 << 0,
	STORE_COMPUTER_DUPLICATE_HARDWARE = 1 << 1,
};

struct store_computer {
	char id[ID_SIZE];
	char office_id[ID_SIZE];
	char name[STORE_HOSTNAME_SIZE]; /* host name as the agent says it */
	enum store_computer_state state;
	enum store_computer_profile profile;
	int64_t enrolled_at;
	int64_t last_seen_at;
	char last_address[STORE_ADDRESS_SIZE];
	char agent_version[STORE_VERSION_SIZE];
	char os_name[STORE_NAME_SIZE];
	char os_version[STORE_VERSION_SIZE];
	char architecture[STORE_VERSION_SIZE];
	char hardware_serial[STORE_NAME_SIZE];
	int64_t proved_at;      /* first mutual handshake; then the ratchet */
	int64_t last_mutual_at; /* latest contact by certificate */
	int64_t last_credential_at; /* latest one by credential alone */
	char credential_hash[STORE_SHA256_SIZE];
	char certificate_serial[STORE_SERIAL_SIZE]; /* the current one */
	int64_t flags;
	int64_t acknowledged_publication;
	int64_t software_count;
	int64_t inventory_at;
	int64_t refresh_requested_at; /* by a person, until the next contact */
	enum store_proxy_report proxy_report;
};

/* "active", "revoked", … and "agent", "stock"; static. */
must_use const char *store_computer_state_name(enum store_computer_state s);
must_use bool store_computer_state_parse(
    const char *word, enum store_computer_state *out_state);
must_use const char *store_profile_name(enum store_computer_profile profile);
must_use bool
store_profile_parse(const char *word, enum store_computer_profile *out_profile);

/* A new identity, or a known one enrolled again (same id): then name, profile,
 * credential_hash, certificate_serial and enrolled_at are replaced, the state
 * becomes active, and a changed credential begins unproved; the office stays.
 * Used of the struct: those members and id, office_id, last_address,
 * agent_version. Duplicate names get their flags. ERR_NOT_FOUND
 * office_not_found. */
must_use bool store_computer_enrol(struct store_tx *tx,
    const struct store_computer *computer, struct err *err);
/* A renewal: only the current certificate changes. */
must_use bool store_computer_set_certificate(struct store_tx *tx,
    const char *id, const char *certificate_serial, struct err *err);

/* One contact of an agent, the hot path: a NULL text leaves what is there. */
struct store_check_in {
	const char *computer_id;
	int64_t at;
	/* Came with its certificate in the handshake; else by credential. */
	bool is_mutual;
	const char *certificate_serial; /* that one, or NULL */
	const char *address;
	const char *name;
	const char *agent_version;
	int64_t acknowledged_publication;     /* never goes down; 0: unknown */
	enum store_proxy_report proxy_report; /* unknown: as it is there */
};

/* Also marks the certificate as used. ERR_NOT_FOUND computer_not_found. */
must_use bool store_computer_check_in(struct store_tx *tx,
    const struct store_check_in *check_in, struct err *err);

/* A contact that tells nothing new, written together with others'. Ordinary is
 * one of an active computer of which an inventory is known, with the
 * certificate that it used last time, and with the name, the address and the
 * version that are known. */
struct store_ordinary {
	struct store_check_in said;
	/* What comes out. Not ordinary: nothing was done, go the long way. */
	bool is_ordinary;
	int64_t not_before; /* of its certificate */
	int64_t not_after;
};
must_use bool store_computer_check_in_ordinary(
    struct store *store, struct store_ordinary *contact, struct err *err);

/* What lists show of an inventory; a NULL text and a count of -1 leave what is
 * there. Flags computers of equal hardware serial. */
struct store_computer_facts {
	const char *computer_id;
	int64_t inventory_at;
	const char *os_name;
	const char *os_version;
	const char *architecture;
	const char *hardware_serial;
	int64_t software_count;
};
must_use bool store_computer_set_facts(struct store_tx *tx,
    const struct store_computer_facts *facts, struct err *err);

must_use bool store_computer_set_state(struct store_tx *tx, const char *id,
    enum store_computer_state state, struct err *err);
/* ERR_NOT_FOUND computer_not_found, office_not_found: also where the
 * transaction's scope has not the one or the other office. */
must_use bool store_computer_set_office(struct store_tx *tx, const char *id,
    const char *office_id, struct err *err);
/* at 0 takes the request back. */
must_use bool store_computer_request_refresh(
    struct store_tx *tx, const char *id, int64_t at, struct err *err);

/* ERR_NOT_FOUND computer_not_found. */
must_use bool store_computer_get(struct store_reader *reader, const char *id,
    struct store_computer *out_computer, struct err *err);
must_use bool store_computer_get_by_credential(struct store_reader *reader,
    const char *credential_hash, struct store_computer *out_computer,
    struct err *err);

enum store_computer_sort {
	STORE_COMPUTER_BY_NAME, /* without regard to case */
	STORE_COMPUTER_BY_LAST_SEEN,
	STORE_COMPUTER_BY_ENROLLED,
	STORE_COMPUTER_BY_OS, /* name, then version */
	STORE_COMPUTER_BY_STATE,
};

struct criteria;

struct store_computer_filter {
	unsigned states;        /* bits 1 << state; 0: all but removed */
	const char *office_id;  /* NULL: any */
	const char *text;       /* part of name, address, hardware serial, id */
	const char *os_name;    /* exactly, without regard to case */
	int64_t not_seen_since; /* last contact before; 0: any */
	const char *group_id;   /* members of this static group; NULL: any */
	const struct criteria *criteria; /* what fits them; NULL: any */
	int64_t criteria_now;            /* what their days count back from */
	/* Whose current certificate has ended by then; or, with within_ms, ends
	 * so soon after it and has less than that part of its life left (6: a
	 * sixth). at 0: any. */
	int64_t certificate_at;
	int64_t certificate_within_ms;
	int certificate_part;
	bool is_flagged_only;      /* with one of the flags */
	const char *agent_version; /* exactly; NULL: any */
	enum store_computer_sort sort;
	bool is_descending;
};

struct store_computer_list {
	struct store_computer *items;
	size_t count;
	char next[STORE_CURSOR_SIZE]; /* "": this was the last part */
	int64_t total; /* of all parts where it came out by the way; else -1 */
};

void store_computer_list_done(struct store_computer_list *list);
must_use bool store_computer_list(struct store_reader *reader,
    const struct store_computer_filter *filter, const struct store_page *page,
    struct store_computer_list *out_list, struct err *err);
must_use bool store_computer_count(struct store_reader *reader,
    const struct store_computer_filter *filter, int64_t *out_count,
    struct err *err);

#endif
