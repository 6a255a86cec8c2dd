/* CMS certs-only: a SignedData that carries certificates and nothing else. */
#include "crypto/cms.h"

#include <openssl/pkcs7.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/memory.h"
#include "crypto/openssl.h"

DEFINE_SCOPED(PKCS7, PKCS7_free)

static PKCS7 *
make_degenerate(const struct certificate_list *certificates)
{
	PKCS7 *message = PKCS7_new();
	PKCS7_SIGNED *content = PKCS7_SIGNED_new();

	check(message != NULL && content != NULL);
	message->type = OBJ_nid2obj(NID_pkcs7_signed);
	message->d.sign = content;
	content->contents->type = OBJ_nid2obj(NID_pkcs7_data);
	check(ASN1_INTEGER_set(content->version, 1) == 1);
	content->cert = sk_X509_new_null();
	check(content->cert != NULL);
	for (size_t i = 0; i < certificates->count; i++) {
		X509 *x509 = certificate_x509(certificates->items[i]);

		check(X509_up_ref(x509) == 1);
		check(sk_X509_push(content->cert, x509) > 0);
	}
	return message;
}

bool
cms_certs_only_make(const struct certificate_list *certificates,
    struct buf *out, struct err *err)
{
	scoped(PKCS7_freep) PKCS7 *message = NULL;
	unsigned char *der = NULL;
	bool is_appended;
	int length;

	check(certificates->count > 0 &&
	    certificates->count <= LIMIT_CERTIFICATE_CHAIN_COUNT);
	message = make_degenerate(certificates);
	length = i2d_PKCS7(message, &der);
	if (length <= 0)
		return openssl_failed(err, ERR_CRYPTO, "cms_failed",
		    "the certificates cannot be wrapped");
	is_appended = buf_append(out, der, (size_t)length, err);
	OPENSSL_free(der);
	return is_appended;
}

static bool
malformed(struct err *err, const char *what)
{
	return openssl_failed(err, ERR_MALFORMED, "cms_malformed", what);
}

/* Indefinite lengths and left-overs do not encode back to the same bytes. */
static bool
is_exact(PKCS7 *message, struct view der)
{
	unsigned char *again = NULL;
	int length = i2d_PKCS7(message, &again);
	bool is_same =
	    length > 0 && view_equal(view_of(again, (size_t)length), der);

	OPENSSL_free(again);
	return is_same;
}

static bool
is_certs_only(PKCS7 *message)
{
	PKCS7_SIGNED *content;

	if (!PKCS7_type_is_signed(message))
		return false;
	content = message->d.sign;
	if (content == NULL || content->contents == NULL ||
	    !PKCS7_type_is_data(content->contents) ||
	    content->contents->d.ptr != NULL)
		return false;
	return sk_PKCS7_SIGNER_INFO_num(content->signer_info) <= 0 &&
	    sk_X509_CRL_num(content->crl) <= 0 &&
	    sk_X509_num(content->cert) > 0 &&
	    sk_X509_num(content->cert) <= LIMIT_CERTIFICATE_CHAIN_COUNT;
}

static bool
take_certificates(
    PKCS7 *message, struct certificate_list *list, struct err *err)
{
	STACK_OF(X509) *stack = message->d.sign->cert;

	for (int i = 0; i < sk_X509_num(stack); i++) {
		struct certificate *certificate = NULL;
		unsigned char *der = NULL;
		int length = i2d_X509(sk_X509_value(stack, i), &der);
		bool is_parsed;

		check(length > 0);
		is_parsed = certificate_parse_der(
		    view_of(der, (size_t)length), &certificate, err);
		OPENSSL_free(der);
		if (!is_parsed)
			return false;
		certificate_list_add(list, certificate);
	}
	return true;
}

bool
cms_certs_only_parse(
    struct view der, struct certificate_list *out, struct err *err)
{
	scoped(certificate_list_donep) struct certificate_list list = {0};
	scoped(PKCS7_freep) PKCS7 *message = NULL;
	const uint8_t *at = der.data;

	if (der.length == 0 || der.length > CMS_MAX)
		return err_set_code(err, ERR_MALFORMED, "cms_malformed",
		    "a CMS message of %zu bytes", der.length);
	message = d2i_PKCS7(NULL, &at, (long)der.length);
	if (message == NULL)
		return malformed(err, "the CMS message cannot be read");
	if (!is_exact(message, der))
		return malformed(err, "the CMS message is not DER");
	if (!is_certs_only(message))
		return malformed(
		    err, "the CMS message is not certificates alone");
	if (!take_certificates(message, &list, err))
		return false;
	for (size_t i = 0; i < list.count; i++)
		certificate_list_add(out, take(list.items[i]));
	return true;
}
