/*
 * What an administrator has to be alerted to: facts in, alerts out. Pure; core
 * gathers the facts (server/core/alerts.h) and narrows them to who asks.
 *
 * The kinds are a closed table. Each has the module that a role must be able to
 * read to see it; to acknowledge it takes `write` there. An alert counts as
 * acknowledged until it gets worse: another severity above, or a higher count.
 */
#ifndef POLICY_ALERT_H
#define POLICY_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "policy/authorize.h"

/* clang-format off */
#define ALERT_KINDS(X)                                                         \
	/* Of computers: certificates that have ended, and that are about to    \
	 * although their renewal has been due for a while. */                 \
	X(CERTIFICATE_EXPIRED,  "certificate_expired",  POLICY_COMPUTERS)      \
	X(CERTIFICATE_EXPIRING, "certificate_expiring", POLICY_COMPUTERS)      \
	X(NOT_SEEN,             "computer_not_seen",    POLICY_COMPUTERS)      \
	/* Two with one name or one hardware serial: a clone, perhaps. */      \
	X(DUPLICATE,            "computer_duplicate",   POLICY_COMPUTERS)      \
	/* Of the server. */                                                   \
	X(SERVER_CERTIFICATE,   "server_certificate",   POLICY_SETTINGS)       \
	X(SIGNER_AWAY,          "signer_away",          POLICY_SETTINGS)       \
	X(JOURNAL,              "journal",              POLICY_SETTINGS)       \
	X(AUDIT_CHAIN,          "audit_chain",          POLICY_AUDIT)          \
	X(DATABASE,             "database",             POLICY_SETTINGS)       \
	X(DISK,                 "disk",                 POLICY_SETTINGS)       \
	X(CLOCK,                "clock",                POLICY_SETTINGS)       \
	X(ACCOUNT_LOCKED,       "account_locked",       POLICY_USERS)
/* clang-format on */

#define ALERT_ENUM_KIND(name, word, module) ALERT_##name,
enum alert_kind {
	ALERT_KINDS(ALERT_ENUM_KIND) ALERT_KIND_COUNT
};

enum alert_severity {
	ALERT_NOTICE,
	ALERT_WARNING,
	ALERT_CRITICAL,
};

enum {
	ALERT_NOT_SEEN_DAYS = 7,
	/* An agent's certificate is renewed when a third of its life is left:
	 * it is late when a sixth is left, and never earlier than so many days
	 * before its end. */
	ALERT_EXPIRING_DAYS = 15,
	ALERT_EXPIRING_PART = 6,
	ALERT_SERVER_CERTIFICATE_DAYS = 30,
	ALERT_SERVER_CERTIFICATE_LAST_DAYS = 7,
	ALERT_DISK_PERCENT = 10, /* free: less is a warning */
	ALERT_DISK_LAST_PERCENT = 3,
	ALERT_CLOCK_STEP_MS = 60 * 1000,
	ALERT_CLOCK_HOURS = 24, /* as long a step is told of */
	ALERT_LOCKED_MANY = 3,
	ALERT_PART_OF_FLEET = 5, /* a fifth of it is critical, where that is */
	ALERT_FLEET_MIN = 10,    /* more than a few computers */
};

/* States that the parts of the server tell by words; "ok" or "": nothing. */
struct alert_facts {
	int64_t now_ms; /* wall clock, as all times here; 0: unknown, never */
	int64_t managed;
	int64_t certificates_expired;
	int64_t certificates_expiring;
	int64_t not_seen;
	int64_t duplicates;
	int64_t accounts_locked;
	int64_t server_certificate_ends_ms;
	bool is_signer_away;
	const char *journal;     /* "journal_full", "journal_broken", … */
	bool is_audit_shorter;   /* than the signer has seen it */
	int64_t audit_first_bad; /* row that a verification has found; 0 */
	const char *database;    /* "full", "busy", "away" */
	int64_t disk_free_bytes;
	int64_t disk_total_bytes; /* 0: unknown */
	int64_t clock_step_ms;    /* signed: ahead or back */
	int64_t clock_stepped_at;
};

struct alert {
	enum alert_kind kind;
	enum alert_severity severity;
	int64_t count;      /* of what it is about; 1 where that is one */
	const char *reason; /* a stable word, "" where the kind says it all */
	/* With a meaning of its own by kind: days left (server_certificate,
	 * negative: over), row (audit_chain), percent free (disk), seconds
	 * (clock), days (computer_not_seen, certificate_expiring); else 0. */
	int64_t value;
};

/* In the order of the kinds; how many. */
must_use size_t alert_judge(
    const struct alert_facts *facts, struct alert out[ALERT_KIND_COUNT]);

/* Is an acknowledgement of the one still good for the other? */
must_use bool alert_is_covered(
    const struct alert *alert, enum alert_severity severity, int64_t count);

must_use const char *alert_kind_word(enum alert_kind kind);
must_use bool alert_kind_parse(const char *word, enum alert_kind *out_kind);
must_use enum policy_module alert_kind_module(enum alert_kind kind);
must_use const char *alert_severity_word(enum alert_severity severity);

#endif
