/* Agents identified, and the small operations of their protocol. */
#include "server/core/agent.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "ipc/signer_client.h"
#include "proto/refresh.h"
#include "server/core/core.h"
#include "server/core/enrolment.h"

enum {
	CREDENTIAL_SIZE = 32, /* bytes of an agent's own credential */
};

static bool
certificate_required(struct err *err)
{
	return err_set_code(err, ERR_DENIED, "certificate_required",
	    "this needs the agent's certificate in the TLS handshake");
}

static bool
computer_revoked(struct err *err)
{
	return err_set_code(
	    err, ERR_DENIED, "computer_revoked", "this computer is revoked");
}

static const char *
bearer_of(const struct request *request)
{
	const char *field = request_header(request, "authorization");

	return field != NULL && strncasecmp(field, "Bearer ", 7) == 0
	    ? field + 7
	    : NULL;
}

static bool
may_ask(const struct request *request, struct err *err)
{
	bool is_refresh =
	    strcmp(request->route->operation, "agent_refresh") == 0;

	if (request->peer.has_certificate &&
	    strcmp(request->peer.profile, "agent") != 0)
		return err_set_code(err, ERR_DENIED, "not_an_agent",
		    "a certificate of the profile \"%s\" is not an agent's",
		    request->peer.profile);
	if (request->peer.has_certificate)
		return true;
	if (is_refresh && bearer_of(request) != NULL)
		return true;
	return certificate_required(err);
}

void
agent_refuse(const struct request *request, struct response *response,
    const struct err *err)
{
	enum log_level level =
	    response_may_tell(err) ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR;
	static struct log_budget budget;

	if (response_status_of(err) == 401)
		response_header(
		    response, "WWW-Authenticate", "Bearer realm=\"warifu\"");
	response_error(response, err);
	if (log_budget_take(&budget, level))
		log_event(level, "an agent's request was refused", "operation",
		    request->route->operation, "code", response_code_of(err),
		    "reason", err_sentence(err), "address", request->address,
		    request->peer.has_certificate ? "computer" : NULL,
		    request->peer.agent_id, NULL);
}

bool
agent_before(struct request *request, struct response *response)
{
	struct err err = ERR_INIT;

	if (may_ask(request, &err))
		return true;
	agent_refuse(request, response, &err);
	return false;
}

/* SHA-256 of the credential, as the enrolment request carried it. */
static bool
credential_hash(
    const char *credential, char out[SHA256_HEX_SIZE], struct err *err)
{
	scoped(buf_wipep) struct buf bytes = BUF_INIT(CREDENTIAL_SIZE);
	struct err ignored = ERR_INIT;

	if (!buf_reserve(&bytes, CREDENTIAL_SIZE, &ignored) ||
	    !base64url_decode(view_string(credential), &bytes, &ignored) ||
	    bytes.length != CREDENTIAL_SIZE)
		return err_set_code(err, ERR_DENIED, "credential_unknown",
		    "the credential is not one of this fleet");
	digest_sha256_hex(buf_view(&bytes), out);
	return true;
}

/* Who is retired has the order to uninstall to hear, and its certificate alone
 * is good for that. */
static bool
may_use_credential(const struct store_computer *computer, struct err *err)
{
	if (computer->state == STORE_COMPUTER_RETIRED)
		return err_set_code(err, ERR_DENIED, "computer_retired",
		    "this computer is retired, and its credential with it");
	if (computer->state != STORE_COMPUTER_ACTIVE)
		return computer_revoked(err);
	return computer->proved_at == 0 || certificate_required(err);
}

static bool
find_by_credential(const struct request *request, struct store_reader *reader,
    struct store_computer *out, struct err *err)
{
	char hash[SHA256_HEX_SIZE];

	if (!credential_hash(bearer_of(request), hash, err))
		return false;
	if (!store_computer_get_by_credential(reader, hash, out, err)) {
		if (err->category != ERR_NOT_FOUND)
			return false;
		return err_set_code(err, ERR_DENIED, "credential_unknown",
		    "the credential is not one of this fleet");
	}
	return may_use_credential(out, err);
}

/* Both the computer and this certificate have to be there. */
static bool
find_by_certificate(const struct request *request, struct store_reader *reader,
    struct agent_identity *out, struct err *err)
{
	if (!store_computer_get(
		reader, request->peer.agent_id, &out->computer, err))
		return false;
	if (out->computer.state != STORE_COMPUTER_ACTIVE)
		return true;
	return store_certificate_get(
	    reader, request->peer.serial, &out->certificate, err);
}

static bool
find(const struct request *request, struct agent_identity *out, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	if (!store_reader_open(request->core->store, &reader, err))
		return false;
	return request->peer.has_certificate
	    ? find_by_certificate(request, reader, out, err)
	    : find_by_credential(request, reader, &out->computer, err);
}

bool
agent_identify(const struct request *request,
    struct agent_identity *out_identity, struct err *err)
{
	struct agent_identity identity = {0};
	bool is_found = find(request, &identity, err);

	if (!is_found && request->peer.has_certificate &&
	    err->category == ERR_NOT_FOUND) {
		err_reset(err);
		is_found = enrolment_rebuild(request, err) &&
		    find(request, &identity, err);
	}
	if (!is_found)
		return false;
	if (identity.computer.state != STORE_COMPUTER_ACTIVE &&
	    identity.computer.state != STORE_COMPUTER_RETIRED)
		return computer_revoked(err);
	*out_identity = identity;
	return true;
}

bool
agent_nonce(const struct request *request, char **out_nonce, struct err *err)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_nonce nonce;

	if (!signer_client_nonce(request->core->signer, request->peer.agent_id,
		&reply, &nonce, err))
		return false;
	*out_nonce = base64url_encode(nonce.nonce);
	return true;
}

void
agent_renewal_nonce(struct request *request, struct response *response)
{
	scoped(memory_freep) char *nonce = NULL;
	struct err err = ERR_INIT;

	if (agent_nonce(request, &nonce, &err))
		response_json(response, 200, proto_nonce_json(nonce));
	else
		agent_refuse(request, response, &err);
}

/* The gateway makes the WebSocket out of the 101, and tells when it stands. */
void
agent_channel(struct request *request, struct response *response)
{
	struct agent_identity identity;
	struct err err = ERR_INIT;

	if (!agent_identify(request, &identity, &err))
		agent_refuse(request, response, &err);
	else if (request->socket == 0)
		response_problem(response, 400, "websocket_required", NULL,
		    "this address is a WebSocket (RFC 6455)");
	else
		response_empty(response, 101);
}
