/*
 * The bytes of EST (RFC 7030) as the agent speaks it: bodies of requests, the
 * header with the token, and the reading of an answer. No I/O; used by the
 * agent's channel process and by warifu-fleet.
 */
#ifndef AGENT_CHANNEL_EST_MESSAGE_H
#define AGENT_CHANNEL_EST_MESSAGE_H

#include "base/attributes.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

#define EST_REQUEST_TYPE "application/pkcs10"

enum {
	EST_ANSWER_MAX = 128 * 1024,
	EST_AUTHORIZATION_MAX = 1024,
};

/* "Authorization: Basic …" and its end, for simpleenroll; the caller wipes it.
 */
void est_authorization(const struct secret *token, struct buf *out);
/* The body of simpleenroll, allocated. credential: the agent's own, whose hash
 * goes into the request. */
must_use bool est_enrol_body(const struct key *key,
    const struct secret *credential, char **out, struct err *err);
/* The body of simplereenroll, allocated: the old key signs the new one and the
 * server's nonce (base64url). */
must_use bool est_renew_body(const struct key *key, const struct key *old_key,
    const char *nonce, char **out, struct err *err);
/* The body of a good answer. The first certificate is ours (section 4.2.3), and
 * it is taken only when it is for the key that was sent: ERR_MALFORMED
 * "est_malformed", ERR_CRYPTO "certificate_other_key". */
must_use bool est_answer_read(struct view body, const struct key *key,
    struct certificate **out, struct err *err);

#endif
