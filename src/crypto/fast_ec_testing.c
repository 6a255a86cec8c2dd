/* Public keys of P-256 in every form that a peer may send. */
#include "crypto/fast_ec_testing.h"

#include <openssl/core_names.h>

#include "base/cmocka_test.h"
#include "crypto/fast_ec.h"
#include "crypto/openssl.h"

static const char *const FORMS[FORM_COUNT] = {"good", "off the curve",
    "x beyond the field", "infinity", "infinity, padded", "compressed",
    "compressed without a point", "hybrid", "hybrid of the wrong sign",
    "a byte short", "a byte long", "empty", "another curve's name", "no curve",
    "an unknown curve", "explicit parameters",
    "explicit parameters, another base point"};

const char *
testing_form_name(enum form form)
{
	return FORMS[form];
}

bool
testing_is_readable(enum form form)
{
	return form == FORM_GOOD || form == FORM_COMPRESSED ||
	    form == FORM_HYBRID || form == FORM_INFINITY ||
	    form == FORM_EXPLICIT;
}

/* Uncompressed: 04 || x || y, the end of a SubjectPublicKeyInfo. */
static void
point_of(const EVP_PKEY *key, uint8_t out[1 + 2 * FIELD])
{
	uint8_t spki[SPKI_MAX], *at = spki;
	int length = i2d_PUBKEY(key, &at);

	assert_true(length > 1 + 2 * FIELD);
	memcpy(out, spki + length - 1 - 2 * FIELD, 1 + 2 * FIELD);
	assert_int_equal(out[0], 4);
}

size_t
testing_write_point(
    const EVP_PKEY *key, enum form form, uint8_t out[2 + 2 * FIELD])
{
	uint8_t sign;

	point_of(key, out);
	out[1 + 2 * FIELD] = 0;
	sign = out[2 * FIELD] & 1;
	switch (form) {
	case FORM_OFF_CURVE:
		out[2 * FIELD] ^= 1;
		break;
	case FORM_X_TOO_LARGE:
		memset(out + 1, 0xff, FIELD);
		break;
	case FORM_INFINITY:
		out[0] = 0;
		return 1;
	case FORM_INFINITY_PADDED:
		memset(out, 0, 1 + 2 * FIELD);
		break;
	case FORM_COMPRESSED:
		out[0] = 2 + sign;
		return 1 + FIELD;
	case FORM_COMPRESSED_NO_POINT:
		out[0] = 2;
		memset(out + 1, 0, FIELD);
		out[FIELD] = 7; /* x = 7 has no y on P-256 */
		return 1 + FIELD;
	case FORM_HYBRID:
		out[0] = 6 + sign;
		break;
	case FORM_HYBRID_WRONG:
		out[0] = 6 + (sign ^ 1);
		break;
	case FORM_SHORT:
		return 2 * FIELD;
	case FORM_LONG:
		return 2 + 2 * FIELD;
	case FORM_EMPTY:
		return 0;
	default:
		break;
	}
	return 1 + 2 * FIELD;
}

/* P-256 written out, DER of ECParameters. */
static ASN1_STRING *
explicit_parameters(bool is_wrong)
{
	EVP_PKEY *key = EVP_EC_gen("prime256v1");
	ASN1_STRING *out = ASN1_STRING_new();
	X509_PUBKEY *public = NULL;
	X509_ALGOR *algorithm;
	const ASN1_STRING *value;
	const void *parameter;
	int type;

	assert_int_equal(EVP_PKEY_set_utf8_string_param(
			     key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"),
	    1);
	assert_int_equal(X509_PUBKEY_set(&public, key), 1);
	X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, public);
	X509_ALGOR_get0(NULL, &type, &parameter, algorithm);
	assert_int_equal(type, V_ASN1_SEQUENCE);
	value = parameter;
	assert_int_equal(ASN1_STRING_copy(out, value), 1);
	if (is_wrong) {
		/* The base point comes before order and cofactor; one bit of
		 * it takes it off the curve. */
		uint8_t *data = (uint8_t *)ASN1_STRING_get0_data(out);

		data[ASN1_STRING_length(out) - FIELD - 8] ^= 1;
	}
	X509_PUBKEY_free(public);
	EVP_PKEY_free(key);
	return out;
}

void
testing_deform(X509_PUBKEY *public, const EVP_PKEY *key, enum form form)
{
	uint8_t bytes[2 + 2 * FIELD];
	size_t length = testing_write_point(key, form, bytes);
	void *parameter = OBJ_nid2obj(NID_X9_62_prime256v1);
	int type = V_ASN1_OBJECT;

	if (form == FORM_OTHER_CURVE)
		parameter = OBJ_nid2obj(NID_secp384r1);
	if (form == FORM_UNKNOWN_CURVE)
		parameter = OBJ_nid2obj(NID_sha256);
	if (form == FORM_NO_CURVE) {
		type = V_ASN1_UNDEF;
		parameter = NULL;
	}
	if (form == FORM_EXPLICIT || form == FORM_EXPLICIT_WRONG) {
		type = V_ASN1_SEQUENCE;
		parameter = explicit_parameters(form == FORM_EXPLICIT_WRONG);
	}
	assert_int_equal(
	    X509_PUBKEY_set0_param(public,
		OBJ_nid2obj(NID_X9_62_id_ecPublicKey), type, parameter,
		OPENSSL_memdup(bytes, length == 0 ? 1 : length), (int)length),
	    1);
}

size_t
testing_write_spki(const EVP_PKEY *key, enum form form, uint8_t out[SPKI_MAX])
{
	X509_PUBKEY *public = NULL;
	uint8_t *at = out;
	int length;

	assert_int_equal(X509_PUBKEY_set(&public, (EVP_PKEY *)key), 1);
	testing_deform(public, key, form);
	length = i2d_X509_PUBKEY(public, NULL);
	assert_true(length > 0 && length <= SPKI_MAX);
	assert_int_equal(i2d_X509_PUBKEY(public, &at), length);
	X509_PUBKEY_free(public);
	return (size_t)length;
}

void
testing_use_fast_ec(bool is_used)
{
	struct err err = ERR_INIT;

	/* Elsewhere the two ways are one. */
	if (!fast_ec_suits(OPENSSL_version_major(), OPENSSL_version_minor()))
		return;
	if (is_used && !fast_ec_start(&err))
		fail_msg("%s", err_sentence(&err));
	if (!is_used)
		fast_ec_stop();
	assert_int_equal(fast_ec_is_used(), is_used);
}
