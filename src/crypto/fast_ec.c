/* The one file that uses OpenSSL's deprecated ENGINE API; see fast_ec.h. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/fast_ec.h"

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <string.h>

#include "base/check.h"
#include "crypto/openssl.h"

enum {
	SIGNATURE_MAX = 80,
	SPKI_SIZE = 91,   /* of a P-256 key */
	POINT_AT = 27,    /* in it: the last 64 bytes are x and y */
	SIGNATURE_R = 4,  /* in SAMPLE_SIGNATURE: the first byte of r */
	SIGNATURE_S = 39, /* … and of s */
};

/* RFC 6979 appendix A.2.5, with SHA-256 and the message "sample". */
static const uint8_t SAMPLE[] = "sample";
static const uint8_t SAMPLE_KEY[SPKI_SIZE] = {
    /* clang-format off */
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03,
    0x42, 0x00, 0x04,
    0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74,
    0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c,
    0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6,
    0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9,
    0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51,
    0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
    /* clang-format on */
};
static const uint8_t SAMPLE_SIGNATURE[] = {
    /* clang-format off */
    0x30, 0x46, 0x02, 0x21, 0x00,
    0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c,
    0xd4, 0x5e, 0x81, 0xd6, 0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91,
    0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
    0x02, 0x21, 0x00,
    0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7, 0xa1,
    0xb6, 0xe2, 0x9f, 0x65, 0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06,
    0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8,
    /* clang-format on */
};

static ENGINE *engine; /* NULL: not in use */

static int
methods(ENGINE *unused, EVP_PKEY_METHOD **out, const int **out_nids, int nid)
{
	static const int nids[] = {EVP_PKEY_EC};

	if (out == NULL) {
		*out_nids = nids;
		return 1;
	}
	/* The built-in one is never freed. */
	*out = nid == EVP_PKEY_EC
	    ? (EVP_PKEY_METHOD *)EVP_PKEY_meth_find(EVP_PKEY_EC)
	    : NULL;
	return *out != NULL;
}

static bool
register_engine(void)
{
	engine = ENGINE_new();
	return engine != NULL && ENGINE_set_id(engine, "warifu-ec") == 1 &&
	    ENGINE_set_name(engine, "built-in EC keys") == 1 &&
	    ENGINE_set_pkey_meths(engine, methods) == 1 &&
	    ENGINE_set_default_pkey_meths(engine) == 1;
}

void
fast_ec_stop(void)
{
	if (engine == NULL)
		return;
	ENGINE_unregister_pkey_meths(engine);
	ENGINE_free(engine);
	engine = NULL;
}

bool
fast_ec_is_used(void)
{
	return engine != NULL;
}

static EVP_PKEY *
read_key(const uint8_t spki[SPKI_SIZE])
{
	const uint8_t *at = spki;

	return d2i_PUBKEY(NULL, &at, SPKI_SIZE);
}

static bool
verifies(EVP_PKEY *key, const uint8_t *signature, size_t length)
{
	scoped(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

	return EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) ==
	    1 &&
	    EVP_DigestVerify(
		context, signature, length, SAMPLE, sizeof(SAMPLE) - 1) == 1;
}

/* The sample verifies, with each of its parts changed it does not. */
static bool
knows_answers(void)
{
	static const size_t places[] = {SIGNATURE_R + 32, SIGNATURE_S + 32};
	scoped(EVP_PKEY_freep) EVP_PKEY *key = read_key(SAMPLE_KEY);

	/* No provider: it came by the way that was asked for. */
	if (key == NULL || EVP_PKEY_get0_provider(key) != NULL ||
	    !verifies(key, SAMPLE_SIGNATURE, sizeof(SAMPLE_SIGNATURE)) ||
	    verifies(key, SAMPLE_SIGNATURE, sizeof(SAMPLE_SIGNATURE) - 1))
		return false;
	for (size_t i = 0; i < array_length(places); i++) {
		uint8_t changed[sizeof(SAMPLE_SIGNATURE)];

		memcpy(changed, SAMPLE_SIGNATURE, sizeof(changed));
		changed[places[i]] ^= 1;
		if (verifies(key, changed, sizeof(changed)))
			return false;
	}
	return true;
}

/* r and s lie between 1 and the group's order. */
static bool
refuses_numbers(void)
{
	static const uint8_t zero[] = {0x30, 0x06, 2, 1, 0, 2, 1, 0};
	static const uint8_t order[] = {
	    /* clang-format off */
	    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	    /* clang-format on */
	};
	static const size_t places[] = {SIGNATURE_R + 1, SIGNATURE_S + 1};
	scoped(EVP_PKEY_freep) EVP_PKEY *key = read_key(SAMPLE_KEY);

	if (key == NULL || verifies(key, zero, sizeof(zero)))
		return false;
	for (size_t i = 0; i < array_length(places); i++) {
		uint8_t changed[sizeof(SAMPLE_SIGNATURE)];

		memcpy(changed, SAMPLE_SIGNATURE, sizeof(changed));
		memcpy(changed + places[i], order, sizeof(order));
		if (verifies(key, changed, sizeof(changed)))
			return false;
	}
	return true;
}

static bool
refuses_points(void)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *off = NULL;
	scoped(EVP_PKEY_freep) EVP_PKEY *large = NULL;
	uint8_t spki[SPKI_SIZE];

	memcpy(spki, SAMPLE_KEY, sizeof(spki));
	spki[SPKI_SIZE - 1] ^= 1; /* not on the curve any more */
	off = read_key(spki);
	memset(spki + POINT_AT, 0xff, 32); /* not in the field */
	large = read_key(spki);
	return off == NULL && large == NULL;
}

static bool
signs(void)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");
	scoped(EVP_PKEY_freep) EVP_PKEY *other = read_key(SAMPLE_KEY);
	scoped(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE_MAX];
	size_t length = sizeof(signature);

	return key != NULL && other != NULL &&
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(
		context, signature, &length, SAMPLE, sizeof(SAMPLE) - 1) == 1 &&
	    verifies(key, signature, length) &&
	    !verifies(other, signature, length);
}

static bool
checks_itself(void)
{
	bool is_fine =
	    knows_answers() && refuses_numbers() && refuses_points() && signs();

	ERR_clear_error();
	return is_fine;
}

/* Later ones find their decoders faster, and need not be watched for what they
 * make of this way. */
bool
fast_ec_suits(unsigned major, unsigned minor)
{
	return major == 3 && minor < 2;
}

bool
fast_ec_start(struct err *err)
{
	check(engine == NULL);
	if (!fast_ec_suits(OPENSSL_version_major(), OPENSSL_version_minor()))
		return err_set_code(err, ERR_CONFLICT, "fast_ec_unsuitable",
		    "OpenSSL %s does not need it",
		    OpenSSL_version(OPENSSL_VERSION_STRING));
	if (EVP_default_properties_is_fips_enabled(NULL) == 1)
		return err_set_code(err, ERR_CONFLICT, "fast_ec_unsuitable",
		    "OpenSSL is told to use validated code alone");
	if (register_engine() && checks_itself())
		return true;
	fast_ec_stop();
	return openssl_failed(err, ERR_CRYPTO, "fast_ec_failed",
	    "this OpenSSL did not pass its checks");
}
