/* Keys: made, wrapped and described. Reading and writing is in key_file.c. */
#include "crypto/openssl.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/fast_ec.h"

enum {
	P256_POINT_SIZE = 65, /* uncompressed, with the octet that says so */
};

static bool
judge_rsa(EVP_PKEY *pkey, struct key *key, struct err *err)
{
	scoped(BN_freep) BIGNUM *exponent = NULL;
	int bits = EVP_PKEY_get_bits(pkey);

	if (bits < KEY_RSA_BITS_MIN || bits > KEY_RSA_BITS_MAX)
		return err_set_code(err, ERR_DENIED, "key_weak",
		    "the RSA key has %d bits; %d to %d are accepted", bits,
		    KEY_RSA_BITS_MIN, KEY_RSA_BITS_MAX);
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) !=
		1 ||
	    !BN_is_odd(exponent) || BN_num_bits(exponent) < 17 ||
	    BN_num_bits(exponent) > 256)
		return err_set_code(err, ERR_DENIED, "key_weak",
		    "the RSA key's public exponent is not an odd number from "
		    "65537 to 2^256");
	key->type = KEY_RSA;
	key->bits = (unsigned)bits;
	return true;
}

static bool
judge_ec(EVP_PKEY *pkey, struct key *key, struct err *err)
{
	char group[64] = "";
	int is_explicit = 0;

	/* A provider that cannot say so has no explicit parameters. */
	if (EVP_PKEY_get_int_param(pkey,
		OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		&is_explicit) == 1 &&
	    is_explicit != 0)
		return err_set_code(err, ERR_DENIED, "key_type",
		    "the EC key writes its curve out instead of naming it");
	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		group[0] = '\0';
	if (strcmp(group, "prime256v1") == 0) {
		key->type = KEY_EC_P256;
	} else if (strcmp(group, "secp384r1") == 0) {
		key->type = KEY_EC_P384;
	} else {
		return err_set_code(err, ERR_DENIED, "key_type",
		    "the EC key is not on the curve P-256 or P-384");
	}
	key->bits = (unsigned)EVP_PKEY_get_bits(pkey);
	return true;
}

static bool
check_public_part(EVP_PKEY *pkey, struct err *err)
{
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	if (context != NULL && EVP_PKEY_public_check_quick(context) == 1)
		return true;
	return openssl_failed(err, ERR_DENIED, "key_weak",
	    "the public key is not a sound one of its kind");
}

/* SubjectPublicKeyInfo up to the point itself, which is uncompressed (RFC 5480
 * section 2.2). */
static const uint8_t P256_HEAD[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
static const uint8_t P384_HEAD[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00, 0x04};

static bool
has_head(struct view spki, struct view head, size_t point_bytes)
{
	return spki.length == head.length + point_bytes &&
	    view_equal(view_slice(spki, 0, head.length), head);
}

static bool
is_p256(struct view spki)
{
	return has_head(
	    spki, view_of(P256_HEAD, sizeof(P256_HEAD)), P256_POINT_SIZE - 1);
}

static bool
encodes_back(const struct key *key, EVP_PKEY *public)
{
	unsigned char *again = NULL;
	int length = i2d_PUBKEY(public, &again);
	bool is_same = length > 0 &&
	    view_equal(view_of(again, (size_t)length), key_spki_view(key));

	OPENSSL_free(again);
	return is_same;
}

/* One key, one form: or else a key that was refused, or used before, would come
 * back as another one. Encoding an EC key again would cost more than all else
 * that is done with it, and its one form is easily told. */
static bool
check_form(const struct key *key, EVP_PKEY *public, struct err *err)
{
	bool is_fine = false;

	switch (key->type) {
	case KEY_EC_P256:
		is_fine = is_p256(key_spki_view(key));
		break;
	case KEY_EC_P384:
		is_fine = has_head(key_spki_view(key),
		    view_of(P384_HEAD, sizeof(P384_HEAD)), 96);
		break;
	case KEY_RSA:
		is_fine = encodes_back(key, public);
		break;
	}
	if (is_fine)
		return true;
	return openssl_failed(err, ERR_DENIED, "key_type",
	    "the public key is not in its one DER form (an EC point is "
	    "uncompressed)");
}

static bool
judge(EVP_PKEY *public, struct key *key, struct err *err)
{
	bool is_fine;

	if (EVP_PKEY_is_a(public, "EC"))
		is_fine = judge_ec(public, key, err);
	else if (EVP_PKEY_is_a(public, "RSA"))
		is_fine = judge_rsa(public, key, err);
	else
		is_fine = err_set_code(err, ERR_DENIED, "key_type",
		    "the key is neither EC nor RSA");
	return is_fine && check_form(key, public, err) &&
	    check_public_part(public, err);
}

/* The curve without a point; NULL where a point cannot be put to it. */
static EVP_PKEY *p256_curve;

/* A copy of the curve and the point of this SubjectPublicKeyInfo. As with the
 * other side's share in TLS, the library checks that the point is on the curve.
 */
static EVP_PKEY *
read_p256(struct view spki)
{
	EVP_PKEY *key = EVP_PKEY_dup(p256_curve);

	if (key != NULL &&
	    EVP_PKEY_set1_encoded_public_key(key,
		spki.data + spki.length - P256_POINT_SIZE,
		P256_POINT_SIZE) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* Not taken from a library that lets every point pass: (0, 0) is on no curve
 * of this kind. */
static bool
refuses_a_point(void)
{
	uint8_t spki[sizeof(P256_HEAD) + P256_POINT_SIZE - 1] = {0};
	scoped(EVP_PKEY_freep) EVP_PKEY *key = NULL;

	memcpy(spki, P256_HEAD, sizeof(P256_HEAD));
	key = read_p256(view_of(spki, sizeof(spki)));
	return key == NULL;
}

static void
make_p256_curve(void)
{
	char name[] = "prime256v1";
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(
		context, &p256_curve, EVP_PKEY_KEY_PARAMETERS, parameters) != 1)
		p256_curve = NULL;
	if (p256_curve != NULL && !refuses_a_point()) {
		EVP_PKEY_free(p256_curve);
		p256_curve = NULL;
	}
	ERR_clear_error();
}

/* For the one form of a P-256 key that is accepted, OpenSSL 3.0 spends 30 times
 * as long on finding out that it is one as on reading it. Whatever cannot be
 * read so is for the library's own reader to refuse, or to read. With fast_ec
 * that one is fast, and its keys and these do not go together. */
static EVP_PKEY *
read_public(struct view spki)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
	const uint8_t *at = spki.data;
	EVP_PKEY *key = NULL;

	if (is_p256(spki) && !fast_ec_is_used() &&
	    CRYPTO_THREAD_run_once(&once, make_p256_curve) == 1 &&
	    p256_curve != NULL)
		key = read_p256(spki);
	if (key != NULL)
		return key;
	ERR_clear_error();
	key = d2i_PUBKEY(NULL, &at, (long)spki.length);
	if (key != NULL && at == spki.data + spki.length)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static bool
unreadable(struct err *err)
{
	return openssl_failed(
	    err, ERR_DENIED, "key_type", "the public key cannot be read");
}

/* Takes ownership of public, also on failure. */
static bool
describe(struct key *key, EVP_PKEY *public, struct err *err)
{
	key->public = public;
	if (!judge(public, key, err))
		return false;
	digest_sha256_hex(key_spki_view(key), key->spki_sha256);
	return true;
}

/* Decide on the SubjectPublicKeyInfo alone, so that a key of a token or a TPM
 * is judged by the same code as a foreign one. */
bool
key_wrap(EVP_PKEY *pkey, bool is_private, struct key **out, struct err *err)
{
	scoped(key_freep) struct key *key = memory_zeroed(sizeof(*key));
	EVP_PKEY *public;
	int length;

	key->pkey = pkey;
	key->is_private = is_private;
	key->is_exportable = is_private;
	length = i2d_PUBKEY(pkey, &key->spki);
	if (length <= 0)
		return openssl_failed(err, ERR_CRYPTO, "key_malformed",
		    "the key has no public part");
	key->spki_length = (size_t)length;
	public = read_public(key_spki_view(key));
	if (public == NULL)
		return unreadable(err);
	if (!describe(key, public, err))
		return false;
	*out = take(key);
	return true;
}

/* Takes ownership of public, which was read from der. */
static bool
adopt(EVP_PKEY *public, struct view der, struct key **out, struct err *err)
{
	scoped(key_freep) struct key *key = memory_zeroed(sizeof(*key));

	key->spki = OPENSSL_memdup(der.data, der.length);
	key->spki_length = der.length;
	check(key->spki != NULL);
	if (!describe(key, public, err))
		return false;
	check(EVP_PKEY_up_ref(public) == 1);
	key->pkey = public;
	*out = take(key);
	return true;
}

bool
key_from_spki(struct view der, struct key **out, struct err *err)
{
	EVP_PKEY *public = read_public(der);

	return public == NULL ? unreadable(err) : adopt(public, der, out, err);
}

bool
key_load_spki(struct view der, struct key **out, struct err *err)
{
	EVP_PKEY *public;

	if (der.length == 0 || der.length > KEY_PEM_MAX)
		return err_set_code(err, ERR_MALFORMED, "key_malformed",
		    "a public key of %zu bytes", der.length);
	public = read_public(der);
	if (public == NULL)
		return openssl_failed(err, ERR_MALFORMED, "key_malformed",
		    "the public key cannot be read");
	return adopt(public, der, out, err);
}

/* The library has decoded these bytes already; doing it again costs more than
 * all else that is done with a certificate. */
bool
key_from_x509_pubkey(X509_PUBKEY *public, struct key **out, struct err *err)
{
	scoped(key_freep) struct key *key = memory_zeroed(sizeof(*key));
	int length;

	key->pkey = X509_PUBKEY_get(public);
	if (key->pkey == NULL)
		return openssl_failed(err, ERR_DENIED, "key_type",
		    "the public key cannot be read");
	length = i2d_X509_PUBKEY(public, &key->spki);
	if (length <= 0)
		return openssl_failed(err, ERR_CRYPTO, "key_malformed",
		    "the key has no public part");
	key->spki_length = (size_t)length;
	check(EVP_PKEY_up_ref(key->pkey) == 1);
	if (!describe(key, key->pkey, err))
		return false;
	*out = take(key);
	return true;
}

bool
key_generate(
    enum key_type type, unsigned bits, struct key **out, struct err *err)
{
	EVP_PKEY *pkey = NULL;

	check(type == KEY_RSA
		? bits >= KEY_RSA_BITS_MIN && bits <= KEY_RSA_BITS_MAX
		: bits == 0);
	switch (type) {
	case KEY_EC_P256:
		pkey = EVP_EC_gen("prime256v1");
		break;
	case KEY_EC_P384:
		pkey = EVP_EC_gen("secp384r1");
		break;
	case KEY_RSA:
		pkey = EVP_RSA_gen(bits);
		break;
	}
	if (pkey == NULL)
		return openssl_failed(
		    err, ERR_CRYPTO, "key_generate", "making a key failed");
	return key_wrap(pkey, true, out, err);
}

void
key_free(struct key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	EVP_PKEY_free(key->public);
	OPENSSL_free(key->spki);
	free(key);
}

enum key_type
key_type(const struct key *key)
{
	return key->type;
}

unsigned
key_bits(const struct key *key)
{
	return key->bits;
}

const char *
key_type_name(const struct key *key)
{
	switch (key->type) {
	case KEY_EC_P256:
		return "EC P-256";
	case KEY_EC_P384:
		return "EC P-384";
	case KEY_RSA:
		return "RSA";
	}
	unreachable();
}

bool
key_is_private(const struct key *key)
{
	return key->is_private;
}

struct view
key_spki_view(const struct key *key)
{
	return view_of(key->spki, key->spki_length);
}

const char *
key_spki_sha256(const struct key *key)
{
	return key->spki_sha256;
}

bool
key_same_public(const struct key *a, const struct key *b)
{
	return view_equal(key_spki_view(a), key_spki_view(b));
}
