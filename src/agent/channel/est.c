/* EST as the agent speaks it: simpleenroll and simplereenroll. */
#include "agent/channel/est.h"

#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate_request.h"
#include "crypto/cms.h"

enum {
	EST_ANSWER_MAX = 128 * 1024
};

static bool
est_malformed(struct err *err)
{
	struct err cause = *err;

	return err_set_code(err, ERR_MALFORMED, "est_malformed",
	    "the server's answer to the certificate request: %s",
	    err_sentence(&cause));
}

/* The first certificate is ours (RFC 7030 section 4.2.3); the chain behind it
 * is the server's business. */
static bool
read_certificate(const struct exchange_answer *answer, const struct key *key,
    struct certificate **out, struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(CMS_MAX);
	scoped(certificate_list_donep) struct certificate_list list = {0};
	scoped(certificate_freep) struct certificate *certificate = NULL;

	if (!base64_decode_mime(buf_view(&answer->body), &der, err) ||
	    !cms_certs_only_parse(buf_view(&der), &list, err))
		return est_malformed(err);
	certificate = certificate_share(list.items[0]);
	if (!key_same_public(key, certificate_key(certificate)))
		return err_set_code(err, ERR_CRYPTO, "certificate_other_key",
		    "the server issued a certificate for another key");
	*out = take(certificate);
	return true;
}

static bool
post_request(const struct exchange_peer *peer, const char *url,
    const char *header, struct view request, const struct key *key,
    struct est_outcome *out, struct err *err)
{
	scoped(memory_freep) char *body = base64_encode_mime(request);
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	struct exchange exchange = {
	    .peer = peer,
	    .url = url,
	    .is_post = true,
	    .body = view_string(body),
	    .content_type = "application/pkcs10",
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
	return read_certificate(&answer, key, &out->certificate, err);
}

/* "Authorization: Basic …", wiped by the caller. */
static void
make_authorization(const struct secret *token, struct buf *out)
{
	scoped(buf_wipep) struct buf plain = BUF_INIT(512);
	scoped(memory_freep) char *encoded = NULL;
	struct err err = ERR_INIT; /* both buffers are large enough */

	ignore_result(buf_append_string(&plain, "agent:", &err));
	ignore_result(buf_append_view(&plain, secret_view(token), &err));
	encoded = base64_encode(buf_view(&plain));
	ignore_result(buf_append_format(
	    out, &err, "Authorization: Basic %s%c", encoded, 0));
	explicit_bzero(encoded, strlen(encoded));
}

bool
est_enrol(const struct exchange_peer *peer,
    const struct server_address *address, const struct secret *token,
    const struct key *key, const struct secret *credential,
    struct est_outcome *out, struct err *err)
{
	scoped(memory_freep) char *url = bootstrap_url(
	    address, address->https_port, "/.well-known/est/simpleenroll");
	scoped(buf_donep) struct buf request =
	    BUF_INIT(CERTIFICATE_REQUEST_MAX);
	scoped(buf_wipep) struct buf authorization = BUF_INIT(1024);
	uint8_t hash[SHA256_SIZE];

	digest_sha256(secret_view(credential), hash);
	make_authorization(token, &authorization);
	return certificate_request_make(
		   &(struct certificate_request_template){
		       .key = key, .credential_hash = hash},
		   &request, err) &&
	    post_request(peer, url, (const char *)authorization.data,
		buf_view(&request), key, out, err);
}

bool
est_renew(const struct exchange_peer *peer,
    const struct server_address *address, const struct key *key,
    const char *nonce, struct est_outcome *out, struct err *err)
{
	scoped(memory_freep) char *url = bootstrap_url(
	    address, address->agent_port, "/.well-known/est/simplereenroll");
	scoped(buf_donep) struct buf request =
	    BUF_INIT(CERTIFICATE_REQUEST_MAX);
	scoped(buf_donep) struct buf nonce_bytes = BUF_INIT(RENEWAL_NONCE_MAX);

	return base64url_decode(view_string(nonce), &nonce_bytes, err) &&
	    certificate_request_make(
		&(struct certificate_request_template){.key = key,
		    .old_key = peer->identity->key,
		    .renewal_nonce = buf_view(&nonce_bytes)},
		&request, err) &&
	    post_request(peer, url, NULL, buf_view(&request), key, out, err);
}
