/* EST as the agent speaks it: simpleenroll and simplereenroll. */
#include "agent/channel/est.h"

#include "agent/channel/est_message.h"
#include "base/memory.h"

static bool
post_request(const struct exchange_peer *peer, const char *url,
    const char *header, const char *body, const struct key *key,
    struct est_outcome *out, struct err *err)
{
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	struct exchange exchange = {
	    .peer = peer,
	    .url = url,
	    .is_post = true,
	    .body = view_string(body),
	    .content_type = EST_REQUEST_TYPE,
	    .header = header,
	    .answer_max = EST_ANSWER_MAX,
	};

	if (!exchange_run(&exchange, &answer, err))
		return false;
	out->retry_after_s = answer.retry_after_s;
	if (answer.status == 202)
		return err_set_code(err, ERR_LIMIT, "est_pending",
		    "the enrolment waits for an administrator's approval");
	if (answer.status != 200)
		return exchange_refused(&answer, err);
	return est_answer_read(
	    buf_view(&answer.body), key, &out->certificate, err);
}

bool
est_enrol(const struct exchange_peer *peer,
    const struct server_address *address, const struct secret *token,
    const struct key *key, const struct secret *credential,
    struct est_outcome *out, struct err *err)
{
	scoped(memory_freep) char *url = bootstrap_url(
	    address, address->https_port, "/.well-known/est/simpleenroll");
	scoped(memory_freep) char *body = NULL;
	scoped(buf_wipep) struct buf authorization =
	    BUF_INIT(EST_AUTHORIZATION_MAX);

	est_authorization(token, &authorization);
	return est_enrol_body(key, credential, &body, err) &&
	    post_request(peer, url, (const char *)authorization.data, body, key,
		out, err);
}

bool
est_renew(const struct exchange_peer *peer,
    const struct server_address *address, const struct key *key,
    const char *nonce, struct est_outcome *out, struct err *err)
{
	scoped(memory_freep) char *url = bootstrap_url(
	    address, address->agent_port, "/.well-known/est/simplereenroll");
	scoped(memory_freep) char *body = NULL;

	return est_renew_body(key, peer->identity->key, nonce, &body, err) &&
	    post_request(peer, url, NULL, body, key, out, err);
}
