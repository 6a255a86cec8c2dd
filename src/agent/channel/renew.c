/* A new key and certificate for the old ones, in good time. */
#include "agent/channel/channel.h"

#include "agent/channel/est.h"
#include "base/log.h"
#include "base/memory.h"
#include "proto/refresh.h"

int64_t
renew_at_ms(const struct channel *channel)
{
	const struct certificate *certificate =
	    channel->identity.current.certificate;
	uint8_t digest[SHA256_SIZE];
	uint64_t seed;

	if (certificate == NULL)
		return 0;
	/* Of the certificate itself, so that a restart does not move it. */
	digest_sha256(certificate_der_view(certificate), digest);
	memcpy(&seed, digest, sizeof(seed));
	return schedule_renewal_ms(certificate_not_before_ms(certificate),
	    certificate_not_after_ms(certificate), seed);
}

static bool
fetch_nonce(struct channel *channel, char **out, struct err *err)
{
	struct exchange_peer peer =
	    account_peer(channel, &channel->identity.current);
	scoped(memory_freep) char *url = bootstrap_url(&channel->address,
	    channel->address.agent_port, "/agent/v1/renewal-nonce");
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	scoped(json_freep) json_t *json = NULL;
	struct exchange exchange = {.peer = &peer,
	    .url = url,
	    .is_post = true,
	    .answer_max = 64 * 1024};
	const char *nonce = NULL;

	if (!exchange_run(&exchange, &answer, err))
		return false;
	if (answer.status != 200)
		return exchange_refused(&answer, err);
	json = json_read(buf_view(&answer.body), 64 * 1024, err);
	if (json == NULL || !proto_nonce_read(json, &nonce, err))
		return false;
	*out = memory_string(nonce);
	return true;
}

static bool
ask(struct channel *channel, const char *nonce, struct err *err)
{
	struct exchange_peer peer =
	    account_peer(channel, &channel->identity.current);
	struct est_outcome outcome = {0};
	bool is_issued;

	if (!identity_begin(&channel->identity, err))
		return false;
	is_issued = est_renew(&peer, &channel->address,
	    channel->identity.next.key, nonce, &outcome, err);
	channel->retry_after_s = outcome.retry_after_s;
	if (!is_issued)
		return false;
	if (!identity_issued(&channel->identity, outcome.certificate, err)) {
		certificate_free(outcome.certificate);
		return false;
	}
	return true;
}

bool
renew(struct channel *channel, const char *nonce, struct err *err)
{
	scoped(memory_freep) char *fetched = NULL;
	int64_t at_ms = renew_at_ms(channel);

	if (at_ms == 0 || channel_fleet_ms(channel) < at_ms ||
	    proof_is_by_credential(channel))
		return true;
	if (nonce == NULL) {
		if (!fetch_nonce(channel, &fetched, err))
			return err_prefix(err, "the renewal");
		nonce = fetched;
	}
	if (!ask(channel, nonce, err) || !enrol_try_next(channel, err))
		return err_prefix(err, "the renewal");
	log_info("the certificate was renewed", "sha256",
	    certificate_fingerprint(channel->identity.current.certificate));
	return true;
}
