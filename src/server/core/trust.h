/*
 * The trust snapshot: which agent CAs live, which agents and serial numbers
 * are denied, whether a client certificate is required.
 *
 * Core takes it from the signer and the store, numbers it, and pushes it to
 * every gateway. A gateway without a snapshot does not accept. Any thread.
 */
#ifndef SERVER_CORE_TRUST_H
#define SERVER_CORE_TRUST_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/id.h"

struct certificate;
struct core;
struct core_trust;

enum {
	TRUST_PIN_SIZE = 65,      /* with the end */
	TRUST_DEADLINE_MS = 1000, /* a revocation is in force within this */
};

/* Fetch the trust anew from the signer, give it the next number and push it to
 * every attached gateway; wait until all have applied it (one that dies
 * meanwhile counts: its successor gets the new snapshot before it accepts).
 * ERR_UNCERTAIN "trust_not_applied" when the deadline passes first: the change
 * stands, and is still on its way. */
must_use bool
trust_push_and_wait(struct core *core, int64_t deadline_ms, struct err *err);

must_use struct core_trust *core_trust_new(void);
void core_trust_free(struct core_trust *trust);

/* At start and whenever the signer is back: the server's certificate, the trust
 * set and the newest publication, each pushed to the gateways when it changed.
 * Worker thread. */
must_use bool core_trust_load(struct core *core, struct err *err);

/* Copy the signer's newest journal head into the database. */
must_use bool core_trust_mirror_journal(struct core *core, struct err *err);
/* How many entries the journal had then. */
must_use uint64_t core_trust_journal_length(struct core *core);

/* The newest publication; *out_jws is allocated. */
must_use bool core_trust_publication(const struct core *core,
    int64_t *out_number, char **out_jws, struct err *err);
/* What agents recognise publications by: the SHA-256 of the publication key's
 * SubjectPublicKeyInfo, hexadecimal. ERR_SYSTEM before core_trust_load. */
must_use bool core_trust_publication_pin(
    const struct core *core, char out[TRUST_PIN_SIZE], struct err *err);
/* Appended to out: the agent CAs as CMS certs-only (DER), and as PEM. */
must_use bool
core_trust_cacerts(const struct core *core, struct buf *out, struct err *err);
must_use bool
core_trust_ca_pem(const struct core *core, struct buf *out, struct err *err);

/* Is this a client certificate of a live agent CA, now? Its revocation is the
 * gateways' and the signer's to know. Errors of certificate_verify. */
must_use bool core_trust_verify(const struct core *core,
    const struct certificate *certificate, struct err *err);

/* The server's own certificate, for the status. */
struct core_server_certificate {
	char sha256[65]; /* of the DER, lower-case hexadecimal */
	int64_t not_before_ms;
	int64_t not_after_ms;
};
must_use bool core_trust_server_certificate(
    const struct core *core, struct core_server_certificate *out);

/* The fleet, and its newest agent CA; all empty before core_trust_load. */
void core_trust_fleet(const struct core *core, char out_fleet_id[ID_SIZE],
    char out_ca_sha256[65], int64_t *out_ca_not_after_ms);

/* The number of the snapshot in force. */
must_use uint64_t core_trust_number(const struct core *core);

#endif
