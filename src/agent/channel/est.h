/*
 * Enrolment over Secure Transport (RFC 7030), the agent's side: a certificate
 * for a token, and a new one for an old one.
 *
 * The answer's certificate is taken only when it is for the key that was sent.
 * Errors are those of channel/exchange.h, what the server's problem document
 * says ("token_used" and the like), "est_pending" (an administrator has to
 * approve; ask again) and "est_malformed".
 */
#ifndef AGENT_CHANNEL_EST_H
#define AGENT_CHANNEL_EST_H

#include "agent/bootstrap.h"
#include "agent/channel/exchange.h"
#include "base/secret.h"

struct est_outcome {
	struct certificate *certificate; /* the caller's */
	int64_t retry_after_s;           /* on failure too; 0: none */
};

/* simpleenroll with the token. credential: the agent's own, whose hash goes
 * into the request. */
must_use bool est_enrol(const struct exchange_peer *peer,
    const struct server_address *address, const struct secret *token,
    const struct key *key, const struct secret *credential,
    struct est_outcome *out, struct err *err);

/* simplereenroll by the old certificate (peer->identity), whose key also signs
 * the new key and the server's nonce. nonce: base64url, of a refresh. */
must_use bool est_renew(const struct exchange_peer *peer,
    const struct server_address *address, const struct key *key,
    const char *nonce, struct est_outcome *out, struct err *err);

#endif
