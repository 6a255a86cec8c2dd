/*
 * What a fleet keeps from one run to the next: a folder with the server's
 * address and template of inventory, and one file with a record of fixed size
 * for every agent.
 *
 *   STATE/server.json     where the server is, without the token
 *   STATE/template.json   the inventory that the agents' are made of
 *   STATE/agents          the records: keys, certificates, credentials; 0600
 *
 * Each process opens the file for itself and writes the records of its own
 * agents alone. A record is written whole, before what it tells is used: a new
 * key before it is asked a certificate for, as an agent does. It is not synced:
 * a simulator that dies with its computer begins anew.
 */
#ifndef FLEET_VAULT_H
#define FLEET_VAULT_H

#include "base/attributes.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

enum {
	VAULT_CREDENTIAL_BYTES = 32,
	VAULT_CERTIFICATE_MAX = 1784, /* bytes of DER */
};

/* One agent, opened. */
struct vault_agent {
	struct secret *credential; /* NULL: not made yet */
	struct key *key;           /* NULL: not made yet */
	struct key *next_key;      /* being certified, or NULL */
	struct certificate *certificate;
	/* The state of its inventory that the server holds; 0: none. */
	uint32_t revision;
};

struct vault;

/* Make the folder, or check that it is ours alone. */
must_use bool vault_prepare(const char *directory, struct err *err);
must_use bool
vault_open(const char *directory, struct vault **out, struct err *err);
void vault_close(struct vault *vault); /* takes NULL */

DEFINE_SCOPED(struct vault, vault_close)

/* An agent that was never stored is all empty. ERR_MALFORMED "vault_broken". */
must_use bool vault_load(const struct vault *vault, size_t index,
    struct vault_agent *out, struct err *err);
must_use bool vault_store(const struct vault *vault, size_t index,
    const struct vault_agent *agent, struct err *err);
void vault_agent_done(struct vault_agent *agent);

/* Only what costs nothing to know: does it have a certificate? */
must_use bool vault_is_enrolled(const struct vault *vault, size_t index);

#endif
