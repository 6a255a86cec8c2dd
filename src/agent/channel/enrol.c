/* From a token to a certificate that has worked in a handshake. */
#include "agent/channel/channel.h"

#include "agent/channel/est.h"
#include "base/log.h"
#include "base/memory.h"

static bool
ask(struct channel *channel, struct est_outcome *out, struct err *err)
{
	struct exchange_peer peer = account_peer(channel, NULL);
	scoped(secret_freep) struct secret *credential = NULL;
	bool is_issued;

	if (!identity_make_credential(&channel->identity, &credential, err))
		return false;
	is_issued = est_enrol(&peer, &channel->address, channel->token,
	    channel->identity.next.key, credential, out, err);
	channel->retry_after_s = out->retry_after_s;
	return is_issued;
}

bool
enrol(struct channel *channel, struct err *err)
{
	struct est_outcome outcome = {0};

	if (!account_learn(channel, err) ||
	    !identity_begin(&channel->identity, err) ||
	    !ask(channel, &outcome, err))
		return err_prefix(err, "the enrolment");
	if (!publication_vouches_for(channel->publication, outcome.certificate,
		channel_fleet_ms(channel), err) ||
	    !identity_issued(&channel->identity, outcome.certificate, err)) {
		certificate_free(outcome.certificate);
		return err_prefix(err, "the enrolment");
	}
	proof_forget(channel);
	log_info("this computer is enrolled", "computer",
	    certificate_common_name(outcome.certificate));
	/* Before the trial: a certificate that does not work is not made better
	 * by asking for the same one again. */
	return account_spend_token(channel, err) &&
	    enrol_try_next(channel, err);
}

/* The server's own word, in the handshake or after it. */
static bool
is_verdict_on_certificate(const struct err *err)
{
	return err->category == ERR_DENIED &&
	    strncmp(err->code, "certificate_", 12) == 0;
}

bool
enrol_try_next(struct channel *channel, struct err *err)
{
	struct identity *next = &channel->identity.next;
	scoped(memory_freep) char *url = NULL;
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	struct exchange_peer peer = account_peer(channel, next);
	struct exchange exchange = {
	    .peer = &peer, .answer_max = PUBLICATION_ANSWER_MAX};
	struct err ignored = ERR_INIT;
	bool is_first = channel->identity.current.generation == 0;

	if (next->certificate == NULL)
		return true;
	url = bootstrap_url(&channel->address, channel->address.agent_port,
	    "/.well-known/warifu/publication");
	exchange.url = url;
	if (exchange_run(&exchange, &answer, err))
		return identity_promote(&channel->identity, err);
	/* Without an old one there is nothing to fall back to: it is kept, and
	 * every refresh tells a person what is wrong with it. */
	if (is_verdict_on_certificate(err))
		ignore_result(is_first
			? identity_promote(&channel->identity, &ignored)
			: identity_abandon(&channel->identity, &ignored));
	return err_prefix(err, "the new certificate");
}
