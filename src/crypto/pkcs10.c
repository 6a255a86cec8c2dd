/* PKCS#10 as a template of OpenSSL's DER reader; see pkcs10.h. */
#include "crypto/pkcs10.h"

/* clang-format off */
ASN1_SEQUENCE(PKCS10_KEY) = {
	ASN1_SIMPLE(struct pkcs10_key, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct pkcs10_key, bits, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct pkcs10_key, PKCS10_KEY)

/* The signature is checked over the bytes that came, not over those that they
 * would be written as. */
static const ASN1_AUX PKCS10_INFO_aux = {
	.flags = ASN1_AFLG_ENCODING,
	.enc_offset = offsetof(struct pkcs10_info, encoding),
};

/* The attributes are not optional, but there are clients that leave them out.
 */
ASN1_SEQUENCE(PKCS10_INFO) = {
	ASN1_SIMPLE(struct pkcs10_info, version, ASN1_INTEGER),
	ASN1_SIMPLE(struct pkcs10_info, subject, X509_NAME),
	ASN1_SIMPLE(struct pkcs10_info, key, PKCS10_KEY),
	ASN1_IMP_SET_OF_OPT(struct pkcs10_info, attributes, X509_ATTRIBUTE, 0),
} static_ASN1_SEQUENCE_END_ref(struct pkcs10_info, PKCS10_INFO)

ASN1_SEQUENCE(PKCS10) = {
	ASN1_SIMPLE(struct pkcs10, info, PKCS10_INFO),
	ASN1_SIMPLE(struct pkcs10, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct pkcs10, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END_name(struct pkcs10, PKCS10)
    /* clang-format on */

    void pkcs10_free(struct pkcs10 * request)
{
	ASN1_item_free((ASN1_VALUE *)request, ASN1_ITEM_rptr(PKCS10));
}

/* Bytes that are BER but not DER, or more than one request, do not come back
 * the same. */
static bool
is_exact(const struct pkcs10 *request, struct view der)
{
	unsigned char *again = NULL;
	int length = ASN1_item_i2d(
	    (const ASN1_VALUE *)request, &again, ASN1_ITEM_rptr(PKCS10));
	bool is_same =
	    length > 0 && view_equal(view_of(again, (size_t)length), der);

	OPENSSL_free(again);
	return is_same;
}

struct pkcs10 *
pkcs10_read(struct view der)
{
	const uint8_t *at = der.data;
	scoped(pkcs10_freep) struct pkcs10 *request =
	    (struct pkcs10 *)ASN1_item_d2i(
		NULL, &at, (long)der.length, ASN1_ITEM_rptr(PKCS10));

	return request != NULL && is_exact(request, der) ? take(request) : NULL;
}

size_t
pkcs10_key_der(const struct pkcs10 *request, uint8_t **out_der)
{
	int length = ASN1_item_i2d((const ASN1_VALUE *)request->info->key,
	    out_der, ASN1_ITEM_rptr(PKCS10_KEY));

	return length > 0 ? (size_t)length : 0;
}

bool
pkcs10_is_signed_by(const struct pkcs10 *request, EVP_PKEY *public)
{
	return ASN1_item_verify(ASN1_ITEM_rptr(PKCS10_INFO), request->algorithm,
		   request->signature, request->info, public) == 1;
}
