/* Signed objects for everyone: CRL, OCSP, CA certificates, publication. */
#include "server/core/pki.h"

#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/signer_client.h"
#include "server/core/core.h"
#include "server/core/trust.h"

enum {
	PEM_MAX = 256 * 1024,
	MAX_AGE_S_MAX = 3600,
};

static void
refuse(struct response *response, const struct err *err)
{
	static struct log_budget budget;

	response_error(response, err);
	if (!response_may_tell(err) &&
	    log_budget_take(&budget, LOG_LEVEL_ERROR))
		log_failure(LOG_LEVEL_ERROR,
		    "a signed object could not be served", err);
}

/* Good to cache until its nextUpdate, and not for long: a revocation must not
 * hide behind a cache. */
static void
set_max_age(struct response *response, const struct request *request,
    const struct signer_object *object)
{
	int64_t left_s = (object->expires_ms - request->received_ms) / 1000;

	if (left_s > MAX_AGE_S_MAX)
		left_s = MAX_AGE_S_MAX;
	response_header(response, "Cache-Control", "max-age=%lld",
	    (long long)(left_s > 0 ? left_s : 0));
}

void
pki_crl(struct request *request, struct response *response)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_object crl;
	struct err err = ERR_INIT;

	if (!signer_client_crl(request->core->signer, &reply, &crl, &err)) {
		refuse(response, &err);
		return;
	}
	response_header(response, "Cache-Control", "no-cache");
	response_bytes(response, 200, "application/pkix-crl", crl.bytes);
}

void
pki_ca(struct request *request, struct response *response)
{
	scoped(buf_donep) struct buf pem = BUF_INIT(PEM_MAX);
	struct err err = ERR_INIT;

	if (!core_trust_ca_pem(request->core, &pem, &err))
		refuse(response, &err);
	else
		response_bytes(
		    response, 200, "application/x-pem-file", buf_view(&pem));
}

static void
answer_ocsp(
    const struct request *request, struct response *response, struct view der)
{
	/* OCSPResponse { tryLater }: the signer is away. */
	static const uint8_t TRY_LATER[] = {0x30, 0x03, 0x0a, 0x01, 0x03};
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_object answer;
	struct err err = ERR_INIT;
	static struct log_budget budget;

	if (signer_client_ocsp(
		request->core->signer, der, &reply, &answer, &err)) {
		response_bytes(
		    response, 200, "application/ocsp-response", answer.bytes);
		set_max_age(response, request, &answer);
		return;
	}
	if (log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_failure(LOG_LEVEL_WARNING, "no OCSP answer", &err);
	response_bytes(response, 200, "application/ocsp-response",
	    view_of(TRY_LATER, sizeof(TRY_LATER)));
}

void
pki_ocsp_post(struct request *request, struct response *response)
{
	if (request_has_media_type(request, "application/ocsp-request"))
		answer_ocsp(request, response, request->body);
	else
		response_problem(response, 415, "media_type", NULL,
		    "the body must be application/ocsp-request");
}

void
pki_ocsp_get(struct request *request, struct response *response)
{
	/* OCSPResponse { malformedRequest } */
	static const uint8_t MALFORMED[] = {0x30, 0x03, 0x0a, 0x01, 0x01};
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_BODY_OCSP);
	const char *text = request_path(request, "request");
	struct err err = ERR_INIT;

	if (base64_decode(view_string(text), &der, &err))
		answer_ocsp(request, response, buf_view(&der));
	else
		response_bytes(response, 200, "application/ocsp-response",
		    view_of(MALFORMED, sizeof(MALFORMED)));
}

void
pki_publication(struct request *request, struct response *response)
{
	scoped(memory_freep) char *jws = NULL;
	int64_t number = 0;
	struct err err = ERR_INIT;

	if (!core_trust_publication(request->core, &number, &jws, &err)) {
		refuse(response, &err);
		return;
	}
	response_header(response, "Cache-Control", "no-cache");
	response_bytes(response, 200, "application/jose", view_string(jws));
}
