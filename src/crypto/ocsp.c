/* OCSP as a responder: requests read, answers signed. */
#include "crypto/ocsp.h"

#include <openssl/ocsp.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/openssl.h"

enum {
	NONCE_MAX = 32 /* octets, RFC 8954 section 2.1 */
};

DEFINE_SCOPED(OCSP_REQUEST, OCSP_REQUEST_free)
DEFINE_SCOPED(OCSP_BASICRESP, OCSP_BASICRESP_free)
DEFINE_SCOPED(OCSP_RESPONSE, OCSP_RESPONSE_free)
DEFINE_SCOPED(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)

struct ocsp_request {
	OCSP_REQUEST *request;
};

static bool
malformed(struct err *err, const char *what)
{
	return openssl_failed(err, ERR_MALFORMED, "ocsp_malformed", what);
}

/* The extension's value is an OCTET STRING with the nonce in it. */
static bool
is_nonce_sound(X509_EXTENSION *extension)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
	const uint8_t *start = ASN1_STRING_get0_data(value);
	const uint8_t *at = start;
	long length = ASN1_STRING_length(value);
	scoped(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *nonce =
	    d2i_ASN1_OCTET_STRING(NULL, &at, length);

	return nonce != NULL && at == start + length &&
	    ASN1_STRING_length(nonce) >= 1 &&
	    ASN1_STRING_length(nonce) <= NONCE_MAX;
}

static bool
check_extensions(OCSP_REQUEST *request, struct err *err)
{
	int nonces = 0;

	for (int i = 0; i < OCSP_REQUEST_get_ext_count(request); i++) {
		X509_EXTENSION *extension = OCSP_REQUEST_get_ext(request, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		if (nid != NID_id_pkix_OCSP_Nonce) {
			if (X509_EXTENSION_get_critical(extension) != 0)
				return malformed(err,
				    "the OCSP request has a critical "
				    "extension that is not known here");
			continue;
		}
		if (++nonces > 1 || !is_nonce_sound(extension))
			return malformed(err,
			    "the OCSP request's nonce is not one of 1 to 32 "
			    "octets");
	}
	return true;
}

bool
ocsp_request_parse(struct view der, struct ocsp_request **out, struct err *err)
{
	const uint8_t *at = der.data;
	scoped(OCSP_REQUEST_freep) OCSP_REQUEST *request = NULL;
	int count;

	if (der.length == 0 || der.length > OCSP_REQUEST_MAX)
		return err_set_code(err, ERR_MALFORMED, "ocsp_malformed",
		    "an OCSP request of %zu bytes", der.length);
	request = d2i_OCSP_REQUEST(NULL, &at, (long)der.length);
	if (request == NULL || at != der.data + der.length)
		return malformed(err, "the OCSP request cannot be read");
	count = OCSP_request_onereq_count(request);
	if (count < 1 || count > OCSP_CERTIFICATES_MAX)
		return err_set_code(err, ERR_MALFORMED, "ocsp_malformed",
		    "an OCSP request about %d certificates", count);
	if (!check_extensions(request, err))
		return false;
	*out = memory_zeroed(sizeof(**out));
	(*out)->request = take(request);
	return true;
}

void
ocsp_request_free(struct ocsp_request *request)
{
	if (request == NULL)
		return;
	OCSP_REQUEST_free(request->request);
	free(request);
}

size_t
ocsp_request_count(const struct ocsp_request *request)
{
	return (size_t)OCSP_request_onereq_count(request->request);
}

static const EVP_MD *
known_digest(const ASN1_OBJECT *algorithm)
{
	switch (OBJ_obj2nid(algorithm)) {
	case NID_sha1:
		return EVP_sha1();
	case NID_sha256:
		return EVP_sha256();
	default:
		return NULL;
	}
}

static bool
is_hash(const ASN1_OCTET_STRING *value, const uint8_t *hash, unsigned length)
{
	return view_equal(view_of(ASN1_STRING_get0_data(value),
			      (size_t)ASN1_STRING_length(value)),
	    view_of(hash, length));
}

/* Does the id name a certificate of this issuer? Then *out_serial is its
 * serial. */
static bool
is_of_issuer(
    OCSP_CERTID *id, const struct certificate *issuer, char **out_serial)
{
	X509 *x509 = certificate_x509(issuer);
	ASN1_OCTET_STRING *name_hash = NULL;
	ASN1_OCTET_STRING *key_hash = NULL;
	ASN1_OBJECT *algorithm = NULL;
	ASN1_INTEGER *serial = NULL;
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	const EVP_MD *digest;

	if (OCSP_id_get0_info(&name_hash, &algorithm, &key_hash, &serial, id) !=
	    1)
		return false;
	digest = known_digest(algorithm);
	if (digest == NULL ||
	    X509_NAME_digest(
		X509_get_subject_name(x509), digest, hash, &length) != 1 ||
	    !is_hash(name_hash, hash, length) ||
	    X509_pubkey_digest(x509, digest, hash, &length) != 1 ||
	    !is_hash(key_hash, hash, length))
		return false;
	if (ASN1_STRING_type(serial) != V_ASN1_INTEGER ||
	    ASN1_STRING_length(serial) < 1 || ASN1_STRING_length(serial) > 20)
		return false;
	*out_serial = openssl_serial_hex(serial);
	return true;
}

static const int statuses[] = {
    [OCSP_GOOD] = V_OCSP_CERTSTATUS_GOOD,
    [OCSP_REVOKED] = V_OCSP_CERTSTATUS_REVOKED,
    [OCSP_UNKNOWN] = V_OCSP_CERTSTATUS_UNKNOWN,
};

static bool
add_status(OCSP_BASICRESP *answer, OCSP_CERTID *id,
    const struct ocsp_responder *responder, const struct ocsp_verdict *verdict)
{
	scoped(ASN1_TIME_freep) ASN1_TIME *revoked = ASN1_TIME_new();
	scoped(ASN1_TIME_freep) ASN1_TIME *this_update = ASN1_TIME_new();
	scoped(ASN1_TIME_freep) ASN1_TIME *next_update = ASN1_TIME_new();
	bool is_revoked = verdict->status == OCSP_REVOKED;

	check(revoked != NULL && this_update != NULL && next_update != NULL);
	/* OCSP times are GeneralizedTime whatever the year. */
	return ASN1_GENERALIZEDTIME_set(revoked,
		   (time_t)(is_revoked ? verdict->revoked_ms / 1000 : 0)) !=
	    NULL &&
	    ASN1_GENERALIZEDTIME_set(this_update,
		(time_t)(responder->this_update_ms / 1000)) != NULL &&
	    ASN1_GENERALIZEDTIME_set(next_update,
		(time_t)(responder->next_update_ms / 1000)) != NULL &&
	    OCSP_basic_add1_status(answer, id, statuses[verdict->status],
		is_revoked && verdict->reason != REVOCATION_UNSPECIFIED
		    ? (int)verdict->reason
		    : OCSP_REVOKED_STATUS_NOSTATUS,
		is_revoked ? revoked : NULL, this_update, next_update) != NULL;
}

static bool
answer_one(OCSP_BASICRESP *answer, OCSP_CERTID *id,
    const struct ocsp_responder *responder, struct err *err)
{
	struct ocsp_verdict verdict = {.status = OCSP_UNKNOWN};
	scoped(memory_freep) char *serial = NULL;

	if (is_of_issuer(id, responder->issuer, &serial) &&
	    !responder->judge(responder->context, serial, &verdict, err))
		return false;
	if (!add_status(answer, id, responder, &verdict))
		return openssl_failed(err, ERR_CRYPTO, "ocsp_failed",
		    "the OCSP answer cannot be put together");
	return true;
}

static bool
append_response(OCSP_RESPONSE *response, struct buf *out, struct err *err)
{
	unsigned char *der = NULL;
	bool is_appended;
	int length;

	check(response != NULL);
	length = i2d_OCSP_RESPONSE(response, &der);
	check(length > 0);
	is_appended = buf_append(out, der, (size_t)length, err);
	OPENSSL_free(der);
	return is_appended;
}

bool
ocsp_respond(const struct ocsp_responder *responder,
    const struct ocsp_request *request, struct buf *out, struct err *err)
{
	scoped(OCSP_BASICRESP_freep) OCSP_BASICRESP *answer =
	    OCSP_BASICRESP_new();
	scoped(OCSP_RESPONSE_freep) OCSP_RESPONSE *response = NULL;
	int count = OCSP_request_onereq_count(request->request);

	check(answer != NULL);
	for (int i = 0; i < count; i++) {
		OCSP_CERTID *id = OCSP_onereq_get0_id(
		    OCSP_request_onereq_get0(request->request, i));

		if (!answer_one(answer, id, responder, err))
			return false;
	}
	/* 2: the request has none. */
	if (OCSP_copy_nonce(answer, request->request) <= 0 ||
	    OCSP_basic_sign(answer, certificate_x509(responder->responder),
		responder->responder_key->pkey, EVP_sha256(), NULL, 0) != 1)
		return openssl_failed(err, ERR_CRYPTO, "ocsp_failed",
		    "the OCSP answer cannot be signed");
	response =
	    OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, answer);
	return append_response(response, out, err);
}

bool
ocsp_respond_error(enum ocsp_error error, struct buf *out, struct err *err)
{
	scoped(OCSP_RESPONSE_freep) OCSP_RESPONSE *response =
	    OCSP_response_create((int)error, NULL);

	return append_response(response, out, err);
}
