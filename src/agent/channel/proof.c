/* How the server recognises this agent: certificate first, credential else. */
#include "agent/channel/channel.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
	AUTHORIZATION_MAX = 128
};

static const char BY_CERTIFICATE[] = "certificate";
static const char BY_CREDENTIAL[] = "credential";

void
proof_begin(struct channel *channel)
{
	channel->is_by_credential = false;
}

void
proof_forget(struct channel *channel)
{
	channel->is_credential_spent = false;
	channel->status.authentication[0] = '\0';
	channel->status.authentication_changed_ms = 0;
}

bool
proof_is_by_credential(const struct channel *channel)
{
	return strcmp(channel->status.authentication, BY_CREDENTIAL) == 0;
}

/* An HTTP answer, never an alert: a server that refuses the certificate in the
 * handshake has seen it, and gets no credential. */
static bool
has_seen_no_certificate(const struct exchange_answer *answer)
{
	struct err said = ERR_INIT;

	return answer->status == 403 && !exchange_refused(answer, &said) &&
	    strcmp(said.code, "certificate_required") == 0;
}

static bool
certificate_not_seen(struct err *err)
{
	return err_set_code(err, ERR_DENIED, "certificate_not_seen",
	    "the server did not see this computer's certificate, and takes "
	    "nothing less from it: something on the way ends TLS");
}

static void
remember(struct channel *channel, const char *way)
{
	struct agent_status *status = &channel->status;
	struct err err = ERR_INIT;

	if (way == BY_CERTIFICATE &&
	    !identity_drop_credential(&channel->identity, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "the credential, which opens nothing any more, cannot be "
		    "removed",
		    &err);
	if (strcmp(status->authentication, way) == 0)
		return;
	if (way == BY_CREDENTIAL)
		log_warning("the server did not see this computer's "
			    "certificate and let it in by its credential; "
			    "something on the way ends TLS");
	else if (proof_is_by_credential(channel))
		log_info("the server sees this computer's certificate");
	snprintf(
	    status->authentication, sizeof(status->authentication), "%s", way);
	status->authentication_changed_ms = clock_wall_ms();
}

/* "Authorization: Bearer …" and its end. */
static void
make_authorization(const struct secret *credential, struct buf *out)
{
	char *encoded = base64url_encode(secret_view(credential));
	struct err err = ERR_INIT; /* the buffer is large enough */

	ignore_result(buf_append_format(
	    out, &err, "Authorization: Bearer %s%c", encoded, 0));
	explicit_bzero(encoded, strlen(encoded));
	free(encoded);
}

static bool
send_credential(struct channel *channel, const struct exchange *exchange,
    struct exchange_answer *out, struct err *err)
{
	scoped(secret_freep) struct secret *credential = NULL;
	scoped(buf_wipep) struct buf header = BUF_INIT(AUTHORIZATION_MAX);
	struct exchange again = *exchange;
	struct err none = ERR_INIT;

	if (channel->is_credential_spent ||
	    exchange->peer->anchors_pem.length == 0)
		return certificate_not_seen(err);
	if (!identity_credential(&channel->identity, &credential, &none)) {
		if (none.category == ERR_NOT_FOUND)
			return certificate_not_seen(err);
		*err = none;
		return false;
	}
	make_authorization(credential, &header);
	again.header = (const char *)header.data;
	if (!exchange_run(&again, out, err))
		return false;
	/* It has proved itself before, and the answer to that was lost. */
	channel->is_credential_spent = has_seen_no_certificate(out);
	return !channel->is_credential_spent || certificate_not_seen(err);
}

static bool
send_certificate(struct channel *channel, const struct exchange *exchange,
    struct exchange_answer *out, struct err *err)
{
	if (!exchange_run(exchange, out, err))
		return false;
	channel->is_by_credential = has_seen_no_certificate(out);
	return true;
}

bool
proof_send(struct channel *channel, const struct exchange *exchange,
    struct exchange_answer *out, struct err *err)
{
	scoped(exchange_answer_donep) struct exchange_answer first = {0};
	scoped(exchange_answer_donep) struct exchange_answer second = {0};
	struct exchange_answer *last = &first;

	if (!channel->is_by_credential &&
	    !send_certificate(channel, exchange, &first, err))
		return false;
	if (channel->is_by_credential) {
		last = &second;
		if (!send_credential(channel, exchange, &second, err))
			return false;
	}
	if (last->status == 200)
		remember(
		    channel, last == &second ? BY_CREDENTIAL : BY_CERTIFICATE);
	*out = *last;
	*last = (struct exchange_answer){0};
	return true;
}
