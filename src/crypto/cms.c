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

/* The head of a DER value (X.690 8.1.3): at most four octets of length. */
static size_t
head_of(uint8_t tag, size_t length, uint8_t out[6])
{
	size_t octets = length < 0x80 ? 0
	    : length < 0x100          ? 1
	    : length < 0x10000        ? 2
				      : 3;

	check(length < 1 << 24);
	out[0] = tag;
	out[1] = octets == 0 ? (uint8_t)length : (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)(length >> 8 * (octets - 1 - i));
	return 2 + octets;
}

/* RFC 5652 sections 3 and 5.1, from the outside in; what has no length here
 * reaches to the end. */
bool
cms_certs_only_wrap(struct view certificate, struct buf *out, struct err *err)
{
	static const uint8_t SIGNED_DATA[] = {
	    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
	/* Version 1, no digests, content of the type data that is absent. */
	static const uint8_t BEGINNING[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30,
	    0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07,
	    0x01};
	static const uint8_t NO_SIGNERS[] = {0x31, 0x00};
	uint8_t outer[6], content[6], data[6], set[6];
	size_t set_size = head_of(0xa0, certificate.length, set);
	size_t inside = sizeof(BEGINNING) + set_size + certificate.length +
	    sizeof(NO_SIGNERS);
	size_t data_size = head_of(0x30, inside, data);
	size_t content_size = head_of(0xa0, data_size + inside, content);
	size_t outer_size = head_of(0x30,
	    sizeof(SIGNED_DATA) + content_size + data_size + inside, outer);

	return buf_append(out, outer, outer_size, err) &&
	    buf_append(out, SIGNED_DATA, sizeof(SIGNED_DATA), err) &&
	    buf_append(out, content, content_size, err) &&
	    buf_append(out, data, data_size, err) &&
	    buf_append(out, BEGINNING, sizeof(BEGINNING), err) &&
	    buf_append(out, set, set_size, err) &&
	    buf_append_view(out, certificate, err) &&
	    buf_append(out, NO_SIGNERS, sizeof(NO_SIGNERS), err);
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
