/* Enrolment over Secure Transport (RFC 7030): handlers. */
#include "server/core/est.h"

#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/cms.h"
#include "ipc/signer_client.h"
#include "server/config.h"
#include "server/core/core.h"
#include "server/core/enrolment.h"
#include "server/core/est_text.h"
#include "server/core/trust.h"

#define CERTS_ONLY "application/pkcs7-mime; smime-type=certs-only"

void
est_refuse(const struct request *request, struct response *response,
    const struct err *err)
{
	int status = response_status_of(err);
	const char *sentence = response_may_tell(err)
	    ? err_sentence(err)
	    : "the server cannot do this now; try again later";
	scoped(memory_freep) char *text = memory_format("%s\n", sentence);

	if (!response_may_tell(err))
		log_failure(LOG_LEVEL_ERROR, "an enrolment failed", err);
	if (status == 503)
		response_header(response, "Retry-After", "5");
	if (status == 401)
		response_header(response, "WWW-Authenticate",
		    "Basic realm=\"Warifu enrolment\", charset=\"UTF-8\"");
	response_header(response, "Warifu-Error", "%s", response_code_of(err));
	if (request_accepts(request, "application/problem+json"))
		response_problem(
		    response, status, response_code_of(err), NULL, sentence);
	else
		response_text(response, status, text);
	snprintf(response->code, sizeof(response->code), "%s",
	    response_code_of(err));
}

static void
answer_base64(
    struct response *response, const char *content_type, struct view der)
{
	scoped(memory_freep) char *text = base64_encode_mime(der);

	response_header(response, "Content-Transfer-Encoding", "base64");
	response_bytes(response, 200, content_type, view_string(text));
}

void
est_cacerts(struct request *request, struct response *response)
{
	scoped(buf_donep) struct buf der = BUF_INIT(CMS_MAX);
	struct err err = ERR_INIT;

	if (!core_trust_cacerts(request->core, &der, &err)) {
		est_refuse(request, response, &err);
		return;
	}
	answer_base64(response, CERTS_ONLY, buf_view(&der));
}

void
est_csrattrs(struct request *request, struct response *response)
{
	/* CsrAttrs (RFC 7030 section 4.5.2): an EC key on P-256, a signature
	 * with ECDSA and SHA-256. Both are advice. */
	static const uint8_t DER[] = {0x30, 0x21, 0x30, 0x15, 0x06, 0x07, 0x2a,
	    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x31, 0x0a, 0x06, 0x08, 0x2a,
	    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x06, 0x08, 0x2a, 0x86,
	    0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

	answer_base64(
	    response, "application/csrattrs", view_of(DER, sizeof(DER)));
}

static bool
wrong_port(
    const struct core *core, const char *what, int64_t port, struct err *err)
{
	return err_set_code(err, ERR_DENIED, "wrong_port",
	    "%s is answered on port %lld of this server, not here", what,
	    (long long)port);
}

void
est_over_http(struct request *request, struct response *response)
{
	struct err err = ERR_INIT;

	err_set_code(&err, ERR_DENIED, "https_required",
	    "enrolment is answered over HTTPS alone, on port %lld of this "
	    "server",
	    (long long)request->core->config->https_port);
	est_refuse(request, response, &err);
}

static bool
read_request(
    const struct request *request, struct buf *out_der, struct err *err)
{
	if (!request_has_media_type(request, "application/pkcs10"))
		return err_set_code(err, ERR_MALFORMED, "media_type",
		    "the body must be application/pkcs10");
	return est_read_pkcs10(request->body, out_der, err);
}

static void
answer_certificate(const struct request *request, struct response *response,
    struct view certificate_der)
{
	scoped(buf_donep) struct buf cms = BUF_INIT(CMS_MAX);
	struct err err = ERR_INIT;

	if (!cms_certs_only_wrap(certificate_der, &cms, &err)) {
		est_refuse(request, response, &err);
		return;
	}
	answer_base64(response, CERTS_ONLY, buf_view(&cms));
}

static bool
enrol(struct request *request, struct signer_reply *reply,
    struct signer_issued *issued, struct err *err)
{
	scoped(secret_freep) struct secret *token = NULL;
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	struct signer_enrol message = {
	    .address = view_string(request->address)};

	/* Who may not enrol at all is not worth reading a request for. */
	if (!est_read_basic(
		request_header(request, "authorization"), &token, err) ||
	    !read_request(request, &der, err))
		return false;
	message.token = secret_view(token);
	if (message.token.length > LIMIT_PASSWORD)
		return err_set_code(err, ERR_DENIED, "token_unknown",
		    "this enrolment token is not known here");
	message.request = buf_view(&der);
	return signer_client_enrol(
		   request->core->signer, &message, reply, issued, err) &&
	    enrolment_record(request, issued, err);
}

/* A computer that enrols again has lost its earlier certificates: they end now,
 * and not when somebody looks. */
static void
end_replaced(struct core *core, const struct signer_issued *issued)
{
	struct err err = ERR_INIT;

	if (issued->is_new_computer || issued->is_repeat)
		return;
	if (!trust_push_and_wait(core, TRUST_DEADLINE_MS, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "the replaced certificates of a computer may live on for "
		    "some seconds",
		    &err);
}

void
est_simpleenroll(struct request *request, struct response *response)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_issued issued;
	struct err err = ERR_INIT;

	if (request->listener != LISTENER_HTTPS) {
		wrong_port(request->core, "enrolment with a token",
		    request->core->config->https_port, &err);
		est_refuse(request, response, &err);
	} else if (!enrol(request, &reply, &issued, &err)) {
		enrolment_refused(request, &err);
		est_refuse(request, response, &err);
	} else {
		end_replaced(request->core, &issued);
		answer_certificate(request, response, issued.certificate);
	}
}

static bool
reenrol(struct request *request, struct signer_reply *reply,
    struct signer_issued *issued, struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	struct signer_reenrol message = {0};

	if (request->listener != LISTENER_AGENT)
		return wrong_port(request->core, "renewal",
		    request->core->config->agents_port, err);
	if (!request->peer.has_certificate)
		return err_set_code(err, ERR_DENIED, "certificate_required",
		    "renewal needs the present certificate in the TLS "
		    "handshake");
	if (!read_request(request, &der, err))
		return false;
	snprintf(message.agent_id, sizeof(message.agent_id), "%s",
	    request->peer.agent_id);
	snprintf(
	    message.serial, sizeof(message.serial), "%s", request->peer.serial);
	message.request = buf_view(&der);
	return signer_client_reenrol(
		   request->core->signer, &message, reply, issued, err) &&
	    enrolment_record_renewal(request, issued, err);
}

void
est_simplereenroll(struct request *request, struct response *response)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_issued issued;
	struct err err = ERR_INIT;

	if (reenrol(request, &reply, &issued, &err)) {
		answer_certificate(request, response, issued.certificate);
		return;
	}
	enrolment_refused(request, &err);
	est_refuse(request, response, &err);
}
