/* One call per message: write the request, ask, take the answer apart. */
#include <unistd.h>

#include "base/limits.h"
#include "ipc/signer_client.h"

void
signer_reply_done(struct signer_reply *reply)
{
	buf_wipe(&reply->body);
	if (reply->descriptor >= 0)
		close(reply->descriptor);
	reply->descriptor = -1;
}

/* A request being written, and the answer where the caller keeps none. */
struct exchange {
	struct buf request;
	struct writer writer;
	struct signer_reply own;
};

static void
exchange_begin(struct exchange *exchange)
{
	exchange->request = (struct buf)BUF_INIT(LIMIT_FRAME_BODY);
	writer_init(&exchange->writer, &exchange->request);
	exchange->own = (struct signer_reply)SIGNER_REPLY_INIT;
}

static void
exchange_done(struct exchange *exchange)
{
	buf_wipe(&exchange->request);
	signer_reply_done(&exchange->own);
}

#define READS(name, type)                                                      \
	static bool reads_##name(struct view body, struct err *err)            \
	{                                                                      \
		type value;                                                    \
                                                                               \
		return signer_##name##_read(body, &value, err);                \
	}
READS(head, struct signer_head)
READS(token_create, struct signer_token_create)
READS(token_revoke, struct signer_token_revoke)
READS(enrol, struct signer_enrol)
READS(reenrol, struct signer_reenrol)
READS(agent, struct signer_agent)
READS(agent_order, struct signer_agent_order)
READS(command, struct signer_command)
READS(ocsp, struct signer_ocsp)
#undef READS

/* How the signer will read what it is asked; NULL: nothing to read. */
static bool (*const READERS[SIGNER_MESSAGE_COUNT])(
    struct view, struct err *) = {
    [SIGNER_TRUST_SET] = reads_head,
    [SIGNER_TOKEN_CREATE] = reads_token_create,
    [SIGNER_TOKEN_REVOKE] = reads_token_revoke,
    [SIGNER_ENROL] = reads_enrol,
    [SIGNER_REENROL] = reads_reenrol,
    [SIGNER_NONCE] = reads_agent,
    [SIGNER_REVOKE] = reads_agent_order,
    [SIGNER_RETIRE] = reads_agent_order,
    [SIGNER_SIGN_COMMAND] = reads_command,
    [SIGNER_OCSP] = reads_ocsp,
    [SIGNER_STATUS] = reads_head,
};

/* Values come from strangers by way of core. What the signer would call broken
 * protocol, and core's end, is refused here. */
static bool
is_readable(enum signer_message message, struct view body, struct err *err)
{
	struct err why = ERR_INIT;

	if (READERS[message] == NULL || READERS[message](body, &why))
		return true;
	return err_set_code(err, ERR_MALFORMED, "signer_request",
	    "the request is not one that the signer takes");
}

/* Send what was written; reply NULL: into the exchange's own. */
static bool
exchange_run(struct exchange *exchange, struct signer_client *client,
    enum signer_message message, struct signer_reply *reply,
    struct view *out_result, struct err *err)
{
	struct signer_reply *into = reply != NULL ? reply : &exchange->own;

	if (!writer_done(&exchange->writer, err))
		return err_prefix(err, "asking the signer");
	if (!is_readable(message, buf_view(&exchange->request), err))
		return false;
	signer_reply_done(into);
	return client->call(client->ctx, message, buf_view(&exchange->request),
		   into, err) &&
	    signer_answer_open(buf_view(&into->body), out_result, err);
}

#define EXCHANGE(name)                                                         \
	scoped(exchange_done) struct exchange name;                            \
	struct view result;                                                    \
                                                                               \
	exchange_begin(&name)

bool
signer_client_server_identity(struct signer_client *client,
    struct signer_reply *reply, struct signer_server_identity *out,
    struct err *err)
{
	EXCHANGE(x);

	if (!exchange_run(
		&x, client, SIGNER_SERVER_IDENTITY, reply, &result, err))
		return false;
	if (reply->descriptor < 0)
		return err_set(err, ERR_MALFORMED,
		    "the signer's identity came without its key");
	return signer_server_identity_read(result, out, err);
}

bool
signer_client_trust_set(struct signer_client *client,
    const struct signer_head *highest_seen, struct signer_reply *reply,
    struct signer_trust_set *out, struct err *err)
{
	EXCHANGE(x);

	signer_head_write(&x.writer, highest_seen);
	return exchange_run(
		   &x, client, SIGNER_TRUST_SET, reply, &result, err) &&
	    signer_trust_set_read(result, out, err);
}

bool
signer_client_publication(struct signer_client *client,
    struct signer_reply *reply, struct signer_publication *out, struct err *err)
{
	EXCHANGE(x);

	return exchange_run(
		   &x, client, SIGNER_PUBLICATION, reply, &result, err) &&
	    signer_publication_read(result, out, err);
}

bool
signer_client_token_create(struct signer_client *client,
    const struct signer_token_create *request, struct signer_token_created *out,
    struct err *err)
{
	EXCHANGE(x);

	signer_token_create_write(&x.writer, request);
	return exchange_run(
		   &x, client, SIGNER_TOKEN_CREATE, NULL, &result, err) &&
	    signer_token_created_read(result, out, err);
}

/* An answer without fields. */
static bool
read_nothing(struct view result, struct err *err)
{
	if (result.length > 0)
		return err_set(err, ERR_MALFORMED,
		    "the signer's answer has bytes left over");
	return true;
}

bool
signer_client_token_revoke(struct signer_client *client,
    const struct signer_token_revoke *request, struct err *err)
{
	EXCHANGE(x);

	signer_token_revoke_write(&x.writer, request);
	return exchange_run(
		   &x, client, SIGNER_TOKEN_REVOKE, NULL, &result, err) &&
	    read_nothing(result, err);
}

bool
signer_client_token_list(struct signer_client *client,
    struct signer_reply *reply, struct reader *out_list, struct err *err)
{
	EXCHANGE(x);

	if (!exchange_run(&x, client, SIGNER_TOKEN_LIST, reply, &result, err))
		return false;
	reader_init(out_list, result);
	return true;
}

bool
signer_client_enrol(struct signer_client *client,
    const struct signer_enrol *request, struct signer_reply *reply,
    struct signer_issued *out, struct err *err)
{
	EXCHANGE(x);

	signer_enrol_write(&x.writer, request);
	return exchange_run(&x, client, SIGNER_ENROL, reply, &result, err) &&
	    signer_issued_read(result, out, err);
}

bool
signer_client_reenrol(struct signer_client *client,
    const struct signer_reenrol *request, struct signer_reply *reply,
    struct signer_issued *out, struct err *err)
{
	EXCHANGE(x);

	signer_reenrol_write(&x.writer, request);
	return exchange_run(&x, client, SIGNER_REENROL, reply, &result, err) &&
	    signer_issued_read(result, out, err);
}

bool
signer_client_nonce(struct signer_client *client, const char *agent_id,
    struct signer_reply *reply, struct signer_nonce *out, struct err *err)
{
	struct signer_agent agent = {{0}};
	EXCHANGE(x);

	if (!id_is_valid(view_string(agent_id)))
		return err_set_code(err, ERR_NOT_FOUND, "agent_unknown",
		    "that is not the id of an agent");
	memcpy(agent.agent_id, agent_id, sizeof(agent.agent_id));
	signer_agent_write(&x.writer, &agent);
	return exchange_run(&x, client, SIGNER_NONCE, reply, &result, err) &&
	    signer_nonce_read(result, out, err);
}

static bool
order(struct signer_client *client, enum signer_message message,
    const struct signer_agent_order *request, uint64_t *out_revision,
    struct err *err)
{
	struct signer_revision revision;
	EXCHANGE(x);

	signer_agent_order_write(&x.writer, request);
	if (!exchange_run(&x, client, message, NULL, &result, err) ||
	    !signer_revision_read(result, &revision, err))
		return false;
	*out_revision = revision.revision;
	return true;
}

bool
signer_client_revoke(struct signer_client *client,
    const struct signer_agent_order *request, uint64_t *out_revision,
    struct err *err)
{
	return order(client, SIGNER_REVOKE, request, out_revision, err);
}

bool
signer_client_retire(struct signer_client *client,
    const struct signer_agent_order *request, uint64_t *out_revision,
    struct err *err)
{
	return order(client, SIGNER_RETIRE, request, out_revision, err);
}

bool
signer_client_sign_command(struct signer_client *client,
    const struct signer_command *request, struct signer_reply *reply,
    struct signer_object *out, struct err *err)
{
	EXCHANGE(x);

	signer_command_write(&x.writer, request);
	return exchange_run(
		   &x, client, SIGNER_SIGN_COMMAND, reply, &result, err) &&
	    signer_object_read(result, out, err);
}

bool
signer_client_crl(struct signer_client *client, struct signer_reply *reply,
    struct signer_object *out, struct err *err)
{
	EXCHANGE(x);

	return exchange_run(&x, client, SIGNER_CRL, reply, &result, err) &&
	    signer_object_read(result, out, err);
}

bool
signer_client_ocsp(struct signer_client *client, struct view request,
    struct signer_reply *reply, struct signer_object *out, struct err *err)
{
	struct signer_ocsp ocsp = {.request = request};
	EXCHANGE(x);

	signer_ocsp_write(&x.writer, &ocsp);
	return exchange_run(&x, client, SIGNER_OCSP, reply, &result, err) &&
	    signer_object_read(result, out, err);
}

bool
signer_client_journal_head(
    struct signer_client *client, struct signer_head *out, struct err *err)
{
	EXCHANGE(x);

	return exchange_run(
		   &x, client, SIGNER_JOURNAL_HEAD, NULL, &result, err) &&
	    signer_head_read(result, out, err);
}

bool
signer_client_status(struct signer_client *client,
    const struct signer_head *highest_seen, struct signer_reply *reply,
    struct signer_status *out, struct err *err)
{
	EXCHANGE(x);

	signer_head_write(&x.writer, highest_seen);
	return exchange_run(&x, client, SIGNER_STATUS, reply, &result, err) &&
	    signer_status_read(result, out, err);
}

bool
signer_client_audit_head(struct signer_client *client,
    const struct signer_audit_head *head, struct signer_audit_head *out_kept,
    struct err *err)
{
	EXCHANGE(x);

	signer_audit_head_write(&x.writer, head);
	return exchange_run(
		   &x, client, SIGNER_AUDIT_HEAD, NULL, &result, err) &&
	    signer_audit_head_read(result, out_kept, err);
}

bool
signer_client_audit_heads(struct signer_client *client, uint64_t from,
    struct signer_reply *reply, struct signer_audit_heads *out, struct err *err)
{
	struct signer_audit_from request = {from};
	EXCHANGE(x);

	signer_audit_from_write(&x.writer, &request);
	return exchange_run(
		   &x, client, SIGNER_AUDIT_HEADS, reply, &result, err) &&
	    signer_audit_heads_read(result, out, err);
}

bool
signer_client_audit_checkpoint(struct signer_client *client, uint64_t up_to,
    struct signer_reply *reply, struct signer_audit_checkpoint *out,
    struct err *err)
{
	struct signer_audit_from request = {up_to};
	EXCHANGE(x);

	signer_audit_from_write(&x.writer, &request);
	return exchange_run(
		   &x, client, SIGNER_AUDIT_CHECKPOINT, reply, &result, err) &&
	    signer_audit_checkpoint_read(result, out, err);
}

bool
signer_client_enforce(struct signer_client *client,
    const struct signer_enforce *request, struct err *err)
{
	EXCHANGE(x);

	signer_enforce_write(&x.writer, request);
	return exchange_run(&x, client, SIGNER_ENFORCE, NULL, &result, err);
}

bool
signer_client_enforced(
    struct signer_client *client, struct signer_enforced *out, struct err *err)
{
	EXCHANGE(x);

	return exchange_run(&x, client, SIGNER_ENFORCED, NULL, &result, err) &&
	    signer_enforced_read(result, out, err);
}
