/*
 * The signer itself: what the role answers, without its channels.
 *
 * signer_answer() takes a message's body and appends the answer's body; the
 * caller sends no answer before signer_sync() said that the journal is on the
 * disk. Single thread. Each handler stands in the file of its noun.
 */
#ifndef SERVER_SIGNER_SIGNER_H
#define SERVER_SIGNER_SIGNER_H

#include "ipc/signer_messages.h"
#include "server/signer/authority.h"
#include "server/signer/command_budget.h"
#include "server/signer/journal.h"
#include "server/signer/ledger_entry.h"
#include "server/signer/refusals.h"

enum {
	RESPONDER_ANSWERS = 512,    /* kept */
	RESPONDER_PER_SECOND = 300, /* signed */
};

/* An OCSP answer that may be given again. */
struct responder_answer {
	uint8_t sha256[SIGNER_HASH_BYTES]; /* of the request */
	uint64_t revision;                 /* of the trust set */
	size_t certificates;               /* known then */
	int64_t made_ms;
	struct buf bytes;
};

struct signer {
	const struct signer_settings *settings;
	struct authority authority;
	struct journal *journal;
	struct ledger ledger;
	bool is_full;      /* the last entry found no room */
	char *rolled_back; /* the sentence, or NULL */
	int64_t skew_ms;   /* added to the clock; tests move it */

	/* The server's own identity. */
	struct key *server_key;
	struct certificate *server_certificate;
	bool is_server_due;    /* to be made anew */
	int64_t server_due_ms; /* monotonic: since when */

	/* The OCSP responder of this process. */
	struct key *ocsp_key;
	struct certificate *ocsp_certificate;
	struct responder_answer answers[RESPONDER_ANSWERS];
	int64_t ocsp_second_ms; /* monotonic: when this second began */
	unsigned ocsp_signed;   /* in it */

	/* The revocation list as it was made last. */
	struct buf crl;
	uint64_t crl_revision;
	uint64_t crl_number;
	int64_t crl_made_ms;

	/* The publication as it was signed last. */
	char *publication;
	uint64_t publication_number;

	struct command_budget commands;
	struct refusals refusals;
};

/* Open or make everything that STATE/signer holds. */
must_use bool signer_open(const struct signer_settings *settings,
    struct signer **out, struct err *err);
void signer_free(struct signer *signer); /* takes NULL */

DEFINE_SCOPED(struct signer, signer_free)

/* out_descriptor: -1, or the caller's from now on. False: the asker broke the
 * form of the message (ERR_MALFORMED). A refusal is an answer. */
must_use bool signer_answer(struct signer *signer, enum signer_message message,
    struct view body, struct buf *out_body, int *out_descriptor,
    struct err *err);
/* ERR_UNCERTAIN: the role must end without answering. */
must_use bool signer_sync(struct signer *signer, struct err *err);
/* Write the counted refusals that are due (all: every one). */
void signer_write_refusals(struct signer *signer, bool all);

/* For the handlers. */

must_use int64_t signer_now(const struct signer *signer);
/* Journal the entry and apply it. Takes ownership of entry. */
must_use bool signer_record(struct signer *signer, json_t *entry,
    enum journal_urgency urgency, struct err *err);
/* May anything new be issued now? */
must_use bool signer_may_issue(const struct signer *signer, struct err *err);
must_use enum signer_health signer_health(const struct signer *signer);
/* Remember a head that was seen elsewhere. */
void signer_see_head(struct signer *signer, const struct signer_head *head);

/* The body of a message without fields. */
must_use bool signer_empty_read(struct view body, struct err *err);

/* One handler per message: body in, result (without the leading bool) out.
 * ERR_MALFORMED with no code means that the form is broken. */
#define SIGNER_HANDLER(name)                                                   \
	must_use bool signer_##name(struct signer *signer, struct view body,   \
	    struct writer *result, int *out_descriptor, struct err *err)
SIGNER_HANDLER(server_identity);
SIGNER_HANDLER(trust_set);
SIGNER_HANDLER(publication);
SIGNER_HANDLER(token_create);
SIGNER_HANDLER(token_revoke);
SIGNER_HANDLER(token_list);
SIGNER_HANDLER(enrol);
SIGNER_HANDLER(reenrol);
SIGNER_HANDLER(nonce);
SIGNER_HANDLER(revoke);
SIGNER_HANDLER(retire);
SIGNER_HANDLER(sign_command);
SIGNER_HANDLER(crl);
SIGNER_HANDLER(ocsp);
SIGNER_HANDLER(journal_head);
SIGNER_HANDLER(status);
SIGNER_HANDLER(audit_head);
SIGNER_HANDLER(audit_heads);
SIGNER_HANDLER(audit_checkpoint);
SIGNER_HANDLER(enforce);
SIGNER_HANDLER(enforced);

/* Make or renew the server's certificate if it is due; at start. */
must_use bool
signer_server_identity_open(struct signer *signer, struct err *err);
/* The same while it runs; called every few minutes. What is due has to be so
 * for an hour: a clock that was set wrong for a moment must not cost the fleet
 * its trust anchor. Writes the journal: signer_sync before anything is
 * answered. */
must_use bool signer_server_identity_look(
    struct signer *signer, int64_t monotonic_ms, struct err *err);

#endif
