/*
 * What core writes to the audit log: one entry being put together, the write
 * that carries it in the transaction of what it tells of, and the refusals.
 *
 * An entry lives on its user's stack and belongs to one thread. Refused and
 * failed attempts are counted by who, from where, what and why: the first one
 * of a minute is written at once, what follows within the minute as one row
 * with its number. Strangers get AUDIT_STRANGERS_A_MINUTE rows a minute in all,
 * the rest is one row without an address; so nobody fills the disk from
 * outside. Worker threads.
 */
#ifndef SERVER_CORE_AUDIT_H
#define SERVER_CORE_AUDIT_H

#include "base/attributes.h"
#include "base/json.h"
#include "base/listener.h"
#include "store/audit.h"

struct core;
struct request;

enum {
	AUDIT_STRANGERS_A_MINUTE = 30,
};

struct audit {
	struct store_audit_row row;
	bool is_recorded; /* it is in the database */
};

/* With the server itself as the actor. */
void audit_init_server(struct audit *audit, enum store_audit_action action);
/* With who asks as the actor: a user, an API token, an agent by its
 * certificate, or a stranger; and where from. */
void audit_init_request(struct audit *audit, const struct request *request,
    enum store_audit_action action);

/* Where from, when not by a request. */
void
audit_origin(struct audit *audit, const char *address, enum listener listener);

/* Foreign text may come: what is not UTF-8 is kept with U+FFFD in place of each
 * wrong byte, what is too long is cut between characters. NULL: nothing. */
void audit_actor(struct audit *audit, enum store_audit_actor kind,
    const char *id, const char *name);
void audit_target(struct audit *audit, enum store_audit_target kind,
    const char *id, const char *name);
/* An object, taken; or NULL: nothing. Members whose names speak of a secret
 * lose their value. What is too long is kept as its length and SHA-256. */
void audit_before(struct audit *audit, json_t *value);
void audit_after(struct audit *audit, json_t *value);

/* fn (NULL: nothing) and the entry in one transaction; then is_recorded. */
must_use bool audit_write(struct core *core, struct audit *audit,
    store_write_fn *fn, void *context, struct err *err);
/* The entry inside another closure, with outcome done. The caller sets
 * is_recorded once it is committed. */
must_use bool
audit_append(struct store_tx *tx, struct audit *audit, struct err *err);

/* Count the attempt, with the error's code, as refused, or as failed where the
 * server could not. Never fails: what cannot be written now is written by
 * audit_refusals_write. */
void
audit_refuse(struct core *core, struct audit *audit, const struct err *err);

/* The counted attempts, for the process. */
struct audit_refusals;
must_use struct audit_refusals *audit_refusals_new(void);
void audit_refusals_free(struct audit_refusals *refusals); /* takes NULL */
/* Write those whose minute is over (all: every one). False: the database could
 * not; they stay counted. */
must_use bool
audit_refusals_write(struct core *core, bool all, struct err *err);

#endif
