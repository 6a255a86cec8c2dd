/*
 * Core's side of the signer: one synchronous call per message.
 *
 * The transport is the caller's: it sends the body as message number and waits
 * for the answer with the same request id. A call returns false with the
 * signer's own refusal (category, code, sentence), or with ERR_SYSTEM when the
 * signer is away (safe to repeat: read-only messages, REVOKE, RETIRE, ENROL and
 * REENROL with the same request; a TOKEN_CREATE without answer made a token
 * that nobody knows). Results borrow from the reply, which the caller owns and
 * releases; one reply serves one call at a time. A request that has not the
 * form that the signer reads is never sent: ERR_MALFORMED "signer_request".
 * Usable from any thread as far as the transport is.
 */
#ifndef IPC_SIGNER_CLIENT_H
#define IPC_SIGNER_CLIENT_H

#include "ipc/signer_messages.h"

/* The body of an answer, and the descriptor of SERVER_IDENTITY's (or -1). An
 * answer body that travelled as a memfd is read into body by the transport. */
struct signer_reply {
	struct buf body;
	int descriptor;
};

#define SIGNER_REPLY_INIT                                                      \
	{                                                                      \
		.body = BUF_INIT(SIGNER_ANSWER_MAX), .descriptor = -1          \
	}

struct signer_client {
	bool (*call)(void *ctx, enum signer_message message, struct view body,
	    struct signer_reply *out, struct err *err);
	void *ctx;
};

void signer_reply_done(struct signer_reply *reply); /* wipes and closes */

must_use bool signer_client_server_identity(struct signer_client *client,
    struct signer_reply *reply, struct signer_server_identity *out,
    struct err *err);
must_use bool signer_client_trust_set(struct signer_client *client,
    const struct signer_head *highest_seen, struct signer_reply *reply,
    struct signer_trust_set *out, struct err *err);
must_use bool signer_client_publication(struct signer_client *client,
    struct signer_reply *reply, struct signer_publication *out,
    struct err *err);
must_use bool signer_client_token_create(struct signer_client *client,
    const struct signer_token_create *request, struct signer_token_created *out,
    struct err *err);
must_use bool signer_client_token_revoke(struct signer_client *client,
    const struct signer_token_revoke *request, struct err *err);
/* out_list: call signer_token_next until its rest is empty. */
must_use bool signer_client_token_list(struct signer_client *client,
    struct signer_reply *reply, struct reader *out_list, struct err *err);
must_use bool signer_client_enrol(struct signer_client *client,
    const struct signer_enrol *request, struct signer_reply *reply,
    struct signer_issued *out, struct err *err);
must_use bool signer_client_reenrol(struct signer_client *client,
    const struct signer_reenrol *request, struct signer_reply *reply,
    struct signer_issued *out, struct err *err);
must_use bool
signer_client_nonce(struct signer_client *client, const char *agent_id,
    struct signer_reply *reply, struct signer_nonce *out, struct err *err);
must_use bool signer_client_revoke(struct signer_client *client,
    const struct signer_agent_order *request, uint64_t *out_revision,
    struct err *err);
must_use bool signer_client_retire(struct signer_client *client,
    const struct signer_agent_order *request, uint64_t *out_revision,
    struct err *err);
must_use bool signer_client_sign_command(struct signer_client *client,
    const struct signer_command *request, struct signer_reply *reply,
    struct signer_object *out, struct err *err);
must_use bool signer_client_crl(struct signer_client *client,
    struct signer_reply *reply, struct signer_object *out, struct err *err);
must_use bool
signer_client_ocsp(struct signer_client *client, struct view request,
    struct signer_reply *reply, struct signer_object *out, struct err *err);
must_use bool signer_client_journal_head(
    struct signer_client *client, struct signer_head *out, struct err *err);
must_use bool signer_client_status(struct signer_client *client,
    const struct signer_head *highest_seen, struct signer_reply *reply,
    struct signer_status *out, struct err *err);

/* out_kept may be the same as head. */
must_use bool signer_client_audit_head(struct signer_client *client,
    const struct signer_audit_head *head, struct signer_audit_head *out_kept,
    struct err *err);
must_use bool signer_client_audit_heads(struct signer_client *client,
    uint64_t from, struct signer_reply *reply, struct signer_audit_heads *out,
    struct err *err);
must_use bool signer_client_audit_checkpoint(struct signer_client *client,
    uint64_t up_to, struct signer_reply *reply,
    struct signer_audit_checkpoint *out, struct err *err);

must_use bool signer_client_enforce(struct signer_client *client,
    const struct signer_enforce *request, struct err *err);
must_use bool signer_client_enforced(
    struct signer_client *client, struct signer_enforced *out, struct err *err);

static inline void
signer_reply_donep(struct signer_reply *reply)
{
	signer_reply_done(reply);
}

#endif
