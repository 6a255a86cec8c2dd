/* PKCS#10: requests read with proof of possession, and made. */
#include "crypto/certificate_request.h"

#include "base/check.h"
#include "base/memory.h"
#include "crypto/oid.h"
#include "crypto/openssl.h"
#include "crypto/pkcs10.h"
#include "crypto/signature.h"

enum {
	PROOF_MAX = 1024 /* bytes: nonce, signature and their headers */
};

struct certificate_request {
	uint8_t *der;
	size_t length;
	struct key *key;
	char *common_name;
	bool has_credential_hash;
	uint8_t credential_hash[SHA256_SIZE];
	uint8_t *proof_nonce;
	size_t proof_nonce_length;
	uint8_t *proof_signature;
	size_t proof_signature_length;
};

static const char RENEWAL_LABEL[] = "warifu-renewal-v1"; /* its NUL counts */

static void
sequence_free(ASN1_SEQUENCE_ANY *sequence)
{
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
}
DEFINE_SCOPED(ASN1_SEQUENCE_ANY, sequence_free)

static bool
malformed(struct err *err, const char *what)
{
	return openssl_failed(err, ERR_MALFORMED, "request_malformed", what);
}

/* The one value of an attribute of ours; *out stays NULL when it is absent. */
static bool
find_attribute(const struct pkcs10 *req, const char *oid, int type,
    const ASN1_STRING **out, struct err *err)
{
	scoped(ASN1_OBJECT_freep) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	const STACK_OF(X509_ATTRIBUTE) *all = req->info->attributes;
	int index = X509at_get_attr_by_OBJ(all, object, -1);
	X509_ATTRIBUTE *attribute;
	ASN1_TYPE *value;

	if (index < 0)
		return true;
	attribute = X509at_get_attr(all, index);
	if (X509at_get_attr_by_OBJ(all, object, index) >= 0 ||
	    X509_ATTRIBUTE_count(attribute) != 1)
		return malformed(
		    err, "an attribute of the request is there twice");
	value = X509_ATTRIBUTE_get0_type(attribute, 0);
	if (value == NULL || ASN1_TYPE_get(value) != type)
		return malformed(
		    err, "an attribute of the request has the wrong type");
	*out = value->value.asn1_string;
	return true;
}

static bool
read_credential_hash(struct certificate_request *request,
    const struct pkcs10 *req, struct err *err)
{
	const ASN1_STRING *value = NULL;

	if (!find_attribute(
		req, OID_CREDENTIAL_HASH, V_ASN1_OCTET_STRING, &value, err))
		return false;
	if (value == NULL)
		return true;
	if (ASN1_STRING_length(value) != SHA256_SIZE)
		return malformed(
		    err, "the request's credential hash is not 32 bytes long");
	memcpy(request->credential_hash, ASN1_STRING_get0_data(value),
	    SHA256_SIZE);
	request->has_credential_hash = true;
	return true;
}

static bool
read_octets(
    const ASN1_TYPE *value, size_t max, uint8_t **out, size_t *out_length)
{
	int length;

	if (ASN1_TYPE_get(value) != V_ASN1_OCTET_STRING)
		return false;
	length = ASN1_STRING_length(value->value.octet_string);
	if (length <= 0 || (size_t)length > max)
		return false;
	*out = memory_zeroed((size_t)length);
	memcpy(*out, ASN1_STRING_get0_data(value->value.octet_string),
	    (size_t)length);
	*out_length = (size_t)length;
	return true;
}

static bool
read_renewal_proof(struct certificate_request *request,
    const struct pkcs10 *req, struct err *err)
{
	scoped(sequence_freep) ASN1_SEQUENCE_ANY *sequence = NULL;
	const ASN1_STRING *value = NULL;
	const uint8_t *start;
	const uint8_t *at;
	int length;

	if (!find_attribute(
		req, OID_RENEWAL_PROOF, V_ASN1_SEQUENCE, &value, err))
		return false;
	if (value == NULL)
		return true;
	start = at = ASN1_STRING_get0_data(value);
	length = ASN1_STRING_length(value);
	if (length <= PROOF_MAX)
		sequence = d2i_ASN1_SEQUENCE_ANY(NULL, &at, length);
	if (sequence == NULL || at != start + length ||
	    sk_ASN1_TYPE_num(sequence) != 2 ||
	    !read_octets(sk_ASN1_TYPE_value(sequence, 0), RENEWAL_NONCE_MAX,
		&request->proof_nonce, &request->proof_nonce_length) ||
	    !read_octets(sk_ASN1_TYPE_value(sequence, 1), SIGNATURE_MAX,
		&request->proof_signature, &request->proof_signature_length))
		return malformed(
		    err, "the request's renewal proof cannot be read");
	return true;
}

/* MD5 and SHA-1 prove nothing any more. */
static bool
has_strong_digest(const struct pkcs10 *req)
{
	const ASN1_OBJECT *algorithm = NULL;
	int digest = NID_undef;

	X509_ALGOR_get0(&algorithm, NULL, NULL, req->algorithm);
	if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, NULL) != 1)
		return false;
	return digest == NID_sha256 || digest == NID_sha384 ||
	    digest == NID_sha512;
}

static bool
read_key(const struct pkcs10 *req, struct key **out, struct err *err)
{
	uint8_t *der = NULL;
	size_t length = pkcs10_key_der(req, &der);
	bool is_read;

	check(length > 0);
	is_read = key_from_spki(view_of(der, length), out, err);
	OPENSSL_free(der);
	return is_read;
}

static bool
prove_possession(struct certificate_request *request, const struct pkcs10 *req,
    struct err *err)
{
	if (!read_key(req, &request->key, err))
		return false;
	if (!has_strong_digest(req))
		return err_set_code(err, ERR_DENIED, "request_signature",
		    "the request is not signed with SHA-256, SHA-384 or "
		    "SHA-512");
	if (!pkcs10_is_signed_by(req, request->key->public))
		return openssl_failed(err, ERR_CRYPTO, "request_signature",
		    "the request is not signed by the key it asks for");
	return true;
}

static char *
read_common_name(const struct pkcs10 *req)
{
	const X509_NAME *subject = req->info->subject;
	int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	char *text = NULL;
	int length;

	if (index < 0)
		return memory_string("");
	length = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
	if (length > 0 && memchr(utf8, '\0', (size_t)length) == NULL)
		text = memory_string_n((char *)utf8, (size_t)length);
	OPENSSL_free(utf8);
	ERR_clear_error();
	return text == NULL ? memory_string("") : text;
}

/* The outer form: all of the input, and the bytes that DER would give. */
static bool
decode(struct view der, struct pkcs10 **out, struct err *err)
{
	scoped(pkcs10_freep) struct pkcs10 *req = NULL;

	if (der.length == 0 || der.length > CERTIFICATE_REQUEST_MAX)
		return err_set_code(err,
		    der.length == 0 ? ERR_MALFORMED : ERR_LIMIT,
		    "request_malformed", "a certificate request of %zu bytes",
		    der.length);
	req = pkcs10_read(der);
	if (req == NULL)
		return malformed(err,
		    "the certificate request is no PKCS#10 in DER, or "
		    "something follows it");
	if (ASN1_INTEGER_get(req->info->version) != X509_REQ_VERSION_1)
		return malformed(
		    err, "the certificate request is not of version 1");
	*out = take(req);
	return true;
}

bool
certificate_request_parse(
    struct view der, struct certificate_request **out, struct err *err)
{
	scoped(certificate_request_freep) struct certificate_request *request =
	    memory_zeroed(sizeof(*request));
	scoped(pkcs10_freep) struct pkcs10 *req = NULL;

	if (!decode(der, &req, err) || !prove_possession(request, req, err) ||
	    !read_credential_hash(request, req, err) ||
	    !read_renewal_proof(request, req, err))
		return false;
	request->common_name = read_common_name(req);
	request->der = memory_zeroed(der.length);
	memcpy(request->der, der.data, der.length);
	request->length = der.length;
	*out = take(request);
	return true;
}

void
certificate_request_free(struct certificate_request *request)
{
	if (request == NULL)
		return;
	key_free(request->key);
	free(request->common_name);
	free(request->proof_nonce);
	free(request->proof_signature);
	free(request->der);
	free(request);
}

const struct key *
certificate_request_key(const struct certificate_request *request)
{
	return request->key;
}

const char *
certificate_request_common_name(const struct certificate_request *request)
{
	return request->common_name;
}

struct view
certificate_request_der_view(const struct certificate_request *request)
{
	return view_of(request->der, request->length);
}

const uint8_t *
certificate_request_credential_hash(const struct certificate_request *request)
{
	return request->has_credential_hash ? request->credential_hash : NULL;
}

struct view
certificate_request_renewal_nonce(const struct certificate_request *request)
{
	return view_of(request->proof_nonce, request->proof_nonce_length);
}

/* What the old key signs: it binds the new key to this purpose and nonce. */
static bool
renewal_message(struct buf *out, struct view nonce, const struct key *new_key,
    struct err *err)
{
	return buf_append(out, RENEWAL_LABEL, sizeof(RENEWAL_LABEL), err) &&
	    buf_append_view(out, nonce, err) &&
	    buf_append_view(out, key_spki_view(new_key), err);
}

bool
certificate_request_verify_renewal(const struct certificate_request *request,
    const struct key *old_key, struct err *err)
{
	scoped(buf_donep) struct buf message =
	    BUF_INIT(CERTIFICATE_REQUEST_MAX);

	if (request->proof_nonce == NULL)
		return err_set_code(err, ERR_CRYPTO, "renewal_proof",
		    "the request carries no renewal proof");
	if (key_same_public(request->key, old_key))
		return err_set_code(err, ERR_DENIED, "renewal_same_key",
		    "a renewal needs a new key");
	if (!renewal_message(&message,
		certificate_request_renewal_nonce(request), request->key, err))
		return false;
	if (!signature_verify(old_key, buf_view(&message),
		view_of(
		    request->proof_signature, request->proof_signature_length),
		err))
		return err_set_code(err, ERR_CRYPTO, "renewal_proof",
		    "the renewal proof is not signed by the certificate's "
		    "key");
	return true;
}

static bool
add_attribute(X509_REQ *req, const char *oid, int type, const void *data,
    size_t length, struct err *err)
{
	if (X509_REQ_add1_attr_by_txt(req, oid, type, data, (int)length) == 1)
		return true;
	return openssl_failed(err, ERR_CRYPTO, "request_failed",
	    "an attribute cannot be put into the request");
}

static ASN1_TYPE *
octets(struct view bytes)
{
	ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
	ASN1_TYPE *value = ASN1_TYPE_new();

	check(string != NULL && value != NULL &&
	    ASN1_OCTET_STRING_set(string, bytes.data, (int)bytes.length) == 1);
	ASN1_TYPE_set(value, V_ASN1_OCTET_STRING, string);
	return value;
}

static bool
add_renewal_proof(X509_REQ *req,
    const struct certificate_request_template *template, struct err *err)
{
	scoped(buf_donep) struct buf message =
	    BUF_INIT(CERTIFICATE_REQUEST_MAX);
	scoped(buf_donep) struct buf signature = BUF_INIT(SIGNATURE_MAX);
	scoped(sequence_freep) ASN1_SEQUENCE_ANY *sequence = NULL;
	unsigned char *der = NULL;
	bool is_added;
	int length;

	check(template->renewal_nonce.length <= RENEWAL_NONCE_MAX);
	if (!renewal_message(
		&message, template->renewal_nonce, template->key, err) ||
	    !signature_make(
		template->old_key, buf_view(&message), &signature, err))
		return false;
	sequence = sk_ASN1_TYPE_new_null();
	check(sk_ASN1_TYPE_push(sequence, octets(template->renewal_nonce)) > 0);
	check(sk_ASN1_TYPE_push(sequence, octets(buf_view(&signature))) > 0);
	length = i2d_ASN1_SEQUENCE_ANY(sequence, &der);
	check(length > 0);
	is_added = add_attribute(
	    req, OID_RENEWAL_PROOF, V_ASN1_SEQUENCE, der, (size_t)length, err);
	OPENSSL_free(der);
	return is_added;
}

static bool
fill(X509_REQ *req, const struct certificate_request_template *template,
    struct err *err)
{
	if (X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(req, template->key->public) != 1 ||
	    (template->common_name != NULL &&
		X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(req),
		    NID_commonName, MBSTRING_UTF8,
		    (const unsigned char *)template->common_name, -1, -1,
		    0) != 1))
		return openssl_failed(err, ERR_CRYPTO, "request_failed",
		    "the request cannot be filled");
	if (template->credential_hash != NULL &&
	    !add_attribute(req, OID_CREDENTIAL_HASH, V_ASN1_OCTET_STRING,
		template->credential_hash, SHA256_SIZE, err))
		return false;
	return template->old_key == NULL ||
	    add_renewal_proof(req, template, err);
}

bool
certificate_request_make(const struct certificate_request_template *template,
    struct buf *out, struct err *err)
{
	scoped(X509_REQ_freep) X509_REQ *req = X509_REQ_new();
	unsigned char *der = NULL;
	bool is_appended;
	int length;

	check(req != NULL && template->key->is_private);
	if (!fill(req, template, err))
		return false;
	if (X509_REQ_sign(req, template->key->pkey, EVP_sha256()) <= 0)
		return openssl_failed(err, ERR_CRYPTO, "request_failed",
		    "the request cannot be signed");
	length = i2d_X509_REQ(req, &der);
	check(length > 0);
	is_appended = buf_append(out, der, (size_t)length, err);
	OPENSSL_free(der);
	return is_appended;
}
