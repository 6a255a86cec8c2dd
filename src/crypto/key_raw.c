/* P-256 keys as scalar and point: for those who open one a connection. */
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/openssl.h"

enum {
	SCALAR_SIZE = 32,
	POINT_SIZE = 65, /* uncompressed */
};
_Static_assert(KEY_RAW_SIZE == SCALAR_SIZE + POINT_SIZE, "both, no more");

DEFINE_SCOPED(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
DEFINE_SCOPED(OSSL_PARAM, OSSL_PARAM_free)

static void
scalar_free(BIGNUM *scalar)
{
	BN_clear_free(scalar);
}
DEFINE_SCOPED(BIGNUM, scalar_free)

/* ECPrivateKey (RFC 5915) of a P-256 key begins with version and scalar and
 * ends with the point. It is asked for because every kind of EVP_PKEY gives it,
 * also those of fast_ec, which have no parameters to ask for. */
static const uint8_t BEGIN[] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};

bool
key_save_raw(const struct key *key, uint8_t out[KEY_RAW_SIZE], struct err *err)
{
	uint8_t *der = NULL;
	int length;
	bool is_known;

	if (key->type != KEY_EC_P256 || !key->is_exportable)
		return err_set_code(err, ERR_CONFLICT, "key_type",
		    "only a private key on P-256 has a raw form");
	length = i2d_PrivateKey(key->pkey, &der);
	is_known = length == 2 + BEGIN[1] &&
	    memcmp(der, BEGIN, sizeof(BEGIN)) == 0 &&
	    der[length - POINT_SIZE] == 0x04;
	if (is_known) {
		memcpy(out, der + sizeof(BEGIN), SCALAR_SIZE);
		memcpy(
		    out + SCALAR_SIZE, der + length - POINT_SIZE, POINT_SIZE);
	}
	if (length > 0)
		OPENSSL_clear_free(der, (size_t)length);
	return is_known ||
	    openssl_failed(
		err, ERR_CRYPTO, "key_failed", "saving a key failed");
}

static OSSL_PARAM *
make_parameters(const BIGNUM *scalar, const uint8_t *point)
{
	scoped(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *builder =
	    OSSL_PARAM_BLD_new();

	check(builder != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(
		builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		builder, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_SIZE) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar) ==
		1);
	return OSSL_PARAM_BLD_to_param(builder);
}

/* What key_wrap would find out by writing and reading the public key, which
 * costs more than all the rest: it is known here. */
static struct key *
describe(EVP_PKEY *pkey, const uint8_t *point)
{
	/* SubjectPublicKeyInfo of a point on P-256 (RFC 5480). */
	static const uint8_t spki[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
	    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
	struct key *key = memory_zeroed(sizeof(*key));

	check(EVP_PKEY_up_ref(pkey) == 1);
	key->pkey = pkey;
	key->public = pkey; /* it is in memory; nobody asks for its scalar */
	key->type = KEY_EC_P256;
	key->bits = 256;
	key->is_private = true;
	key->is_exportable = true;
	key->spki_length = sizeof(spki) + POINT_SIZE;
	key->spki = OPENSSL_zalloc(key->spki_length);
	check(key->spki != NULL);
	memcpy(key->spki, spki, sizeof(spki));
	memcpy(key->spki + sizeof(spki), point, POINT_SIZE);
	digest_sha256_hex(key_spki_view(key), key->spki_sha256);
	return key;
}

bool
key_load_raw(const uint8_t raw[KEY_RAW_SIZE], struct key **out, struct err *err)
{
	scoped(scalar_freep) BIGNUM *scalar = BN_secure_new();
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	scoped(OSSL_PARAM_freep) OSSL_PARAM *parameters = NULL;
	EVP_PKEY *pkey = NULL;

	check(scalar != NULL && context != NULL &&
	    BN_bin2bn(raw, SCALAR_SIZE, scalar) != NULL);
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	parameters = make_parameters(scalar, raw + SCALAR_SIZE);
	check(parameters != NULL);
	if (EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, parameters) !=
		1)
		return openssl_failed(err, ERR_MALFORMED, "key_malformed",
		    "the bytes are no private key on P-256");
	*out = describe(pkey, raw + SCALAR_SIZE);
	return true;
}
