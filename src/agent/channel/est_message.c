/* EST's bodies: certificate requests made, certificates read. */
#include "agent/channel/est_message.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate_request.h"
#include "crypto/cms.h"

static bool
est_malformed(struct err *err)
{
	struct err cause = *err;

	return err_set_code(err, ERR_MALFORMED, "est_malformed",
	    "the server's answer to the certificate request: %s",
	    err_sentence(&cause));
}

bool
est_answer_read(struct view body, const struct key *key,
    struct certificate **out, struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(CMS_MAX);
	scoped(certificate_list_donep) struct certificate_list list = {0};

	if (!base64_decode_mime(body, &der, err) ||
	    !cms_certs_only_parse(buf_view(&der), &list, err))
		return est_malformed(err);
	if (!key_same_public(key, certificate_key(list.items[0])))
		return err_set_code(err, ERR_CRYPTO, "certificate_other_key",
		    "the server issued a certificate for another key");
	*out = certificate_share(list.items[0]);
	return true;
}

void
est_authorization(const struct secret *token, struct buf *out)
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

static bool
make_body(const struct certificate_request_template *template, char **out,
    struct err *err)
{
	scoped(buf_donep) struct buf request =
	    BUF_INIT(CERTIFICATE_REQUEST_MAX);

	if (!certificate_request_make(template, &request, err))
		return false;
	*out = base64_encode_mime(buf_view(&request));
	return true;
}

bool
est_enrol_body(const struct key *key, const struct secret *credential,
    char **out, struct err *err)
{
	uint8_t hash[SHA256_SIZE];

	digest_sha256(secret_view(credential), hash);
	return make_body(&(struct certificate_request_template){.key = key,
			     .credential_hash = hash},
	    out, err);
}

bool
est_renew_body(const struct key *key, const struct key *old_key,
    const char *nonce, char **out, struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(RENEWAL_NONCE_MAX);

	return base64url_decode(view_string(nonce), &bytes, err) &&
	    make_body(&(struct certificate_request_template){.key = key,
			  .old_key = old_key,
			  .renewal_nonce = buf_view(&bytes)},
		out, err);
}
