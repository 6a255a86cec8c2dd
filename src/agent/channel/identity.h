/*
 * The agent's identity on disk: private keys with their certificates, in
 * numbered generations, so that a renewal survives a crash at any step.
 *
 *   DIRECTORY/identity/N/key.pem          0600, written before it is used
 *   DIRECTORY/identity/N/credential       0600, random; of an enrolment's
 *                                         generation, until it opens nothing
 *   DIRECTORY/identity/N/certificate.pem  beside it, once it was issued
 *   DIRECTORY/identity/current            N: the generation that is in use
 *   DIRECTORY/certificate.pem             a copy of that one, for people
 *
 * The next generation is made beside the current one and takes its place only
 * by the rename of `current`, after it has worked in a handshake; until then
 * every crash leaves the old one in use. Channel process only.
 */
#ifndef AGENT_CHANNEL_IDENTITY_H
#define AGENT_CHANNEL_IDENTITY_H

#include "base/attributes.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

enum {
	IDENTITY_CREDENTIAL_BYTES = 32
};

/* One generation. */
struct identity {
	unsigned generation; /* from 1; 0: there is none */
	struct key *key;
	struct certificate *certificate; /* NULL: not issued yet */
};

struct identity_store {
	char *directory;
	bool uses_tpm;
	char *tpm_tcti;
	struct identity current;
	struct identity next;
};

/* Read what is there. What cannot be read of the next generation is thrown
 * away; of the current one it is an error ("identity_broken"): the agent has
 * lost its key and needs a new token. directory exists. */
must_use bool identity_open(struct identity_store *store, const char *directory,
    bool uses_tpm, const char *tpm_tcti, struct err *err);
void identity_close(struct identity_store *store);

static inline void
identity_closep(struct identity_store *store)
{
	identity_close(store);
}

/* A next generation with a new key, durable on disk when this returns. One that
 * is there already without a certificate is used again. */
must_use bool identity_begin(struct identity_store *store, struct err *err);
/* The next generation's certificate was issued: it must be for its key
 * (ERR_CRYPTO "certificate_other_key"). Durable when this returns. Takes
 * ownership of the certificate on success. */
must_use bool identity_issued(struct identity_store *store,
    struct certificate *certificate, struct err *err);
/* The next generation worked: it is the current one from now on, and the old
 * one is removed. */
must_use bool identity_promote(struct identity_store *store, struct err *err);
/* The next generation is of no use: remove it. */
must_use bool identity_abandon(struct identity_store *store, struct err *err);

/* The credential that the next generation enrols with, made at the first call:
 * each enrolment has one of its own, and a repeated one has the same. */
must_use bool identity_make_credential(
    const struct identity_store *store, struct secret **out, struct err *err);
/* That of the current generation; ERR_NOT_FOUND "credential_none" when it was
 * dropped, or the generation comes from a renewal. */
must_use bool identity_credential(
    const struct identity_store *store, struct secret **out, struct err *err);
/* The server takes the certificate alone from now on: a secret that opens
 * nothing is not kept. True also when there is none. */
must_use bool
identity_drop_credential(const struct identity_store *store, struct err *err);

#endif
