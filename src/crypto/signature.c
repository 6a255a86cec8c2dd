/* Signatures with SHA-256, in DER and in the fixed form of JOSE. */
#include "crypto/signature.h"

#include <openssl/ec.h>

#include "base/check.h"
#include "crypto/openssl.h"

DEFINE_SCOPED(ECDSA_SIG, ECDSA_SIG_free)

static bool
sign(const struct key *key, struct view message, uint8_t *out, size_t *length,
    struct err *err)
{
	scoped(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

	check(key->is_private);
	if (context == NULL ||
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->pkey) !=
		1 ||
	    EVP_DigestSign(
		context, out, length, message.data, message.length) != 1)
		return openssl_failed(
		    err, ERR_CRYPTO, "signature_failed", "signing failed");
	return true;
}

bool
signature_make(const struct key *key, struct view message, struct buf *out,
    struct err *err)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t length = sizeof(signature);

	return sign(key, message, signature, &length, err) &&
	    buf_append(out, signature, length, err);
}

bool
signature_verify(const struct key *key, struct view message,
    struct view signature, struct err *err)
{
	scoped(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (signature.length > 0 && signature.length <= SIGNATURE_MAX &&
	    context != NULL &&
	    EVP_DigestVerifyInit_ex(
		context, NULL, "SHA256", NULL, NULL, key->public, NULL) == 1 &&
	    EVP_DigestVerify(context, signature.data, signature.length,
		message.data, message.length) == 1)
		return true;
	ERR_clear_error();
	return err_set_code(err, ERR_CRYPTO, "signature_wrong",
	    "the signature does not fit the message and the key");
}

bool
signature_make_raw(const struct key *key, struct view message,
    uint8_t out[SIGNATURE_RAW_SIZE], struct err *err)
{
	uint8_t der[SIGNATURE_MAX];
	size_t length = sizeof(der);
	const uint8_t *at = der;
	scoped(ECDSA_SIG_freep) ECDSA_SIG *pair = NULL;

	check(key->type == KEY_EC_P256);
	if (!sign(key, message, der, &length, err))
		return false;
	pair = d2i_ECDSA_SIG(NULL, &at, (long)length);
	if (pair == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32) != 32 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32) != 32)
		return openssl_failed(err, ERR_CRYPTO, "signature_failed",
		    "the key's signature cannot be read");
	return true;
}

bool
signature_verify_raw(const struct key *key, struct view message,
    struct view signature, struct err *err)
{
	scoped(ECDSA_SIG_freep) ECDSA_SIG *pair = ECDSA_SIG_new();
	uint8_t der[SIGNATURE_MAX];
	uint8_t *at = der;
	BIGNUM *r = NULL;
	BIGNUM *s = NULL;
	int length;

	if (key->type != KEY_EC_P256 || signature.length != SIGNATURE_RAW_SIZE)
		return err_set_code(err, ERR_CRYPTO, "signature_wrong",
		    "the signature or its key is not of ES256");
	r = BN_bin2bn(signature.data, 32, NULL);
	s = BN_bin2bn(signature.data + 32, 32, NULL);
	check(pair != NULL && r != NULL && s != NULL);
	check(ECDSA_SIG_set0(pair, r, s) == 1); /* owns both now */
	length = i2d_ECDSA_SIG(pair, &at);
	check(length > 0);
	return signature_verify(
	    key, message, view_of(der, (size_t)length), err);
}
