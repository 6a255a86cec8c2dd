/*
 * The fast EC path refuses what OpenSSL refuses, and takes what it takes: every
 * vector is driven without it and with it, through keys, signatures, key
 * agreement and handshakes.
 */
#include "base/cmocka_test.h"

#include <openssl/core_names.h>

#include "crypto/fast_ec.h"
#include "crypto/tls_testing.h"

enum {
	SPKI_MAX = 1024,
	FIELD = 32,
	OUTCOME_SIZE = 160,
};

enum form {
	FORM_GOOD,
	FORM_OFF_CURVE,
	FORM_X_TOO_LARGE,
	FORM_INFINITY,
	FORM_INFINITY_PADDED,
	FORM_COMPRESSED,
	FORM_COMPRESSED_NO_POINT,
	FORM_HYBRID,
	FORM_HYBRID_WRONG,
	FORM_SHORT,
	FORM_LONG,
	FORM_EMPTY,
	FORM_OTHER_CURVE,   /* the point of P-256 under the name of P-384 */
	FORM_NO_CURVE,      /* no parameters at all */
	FORM_UNKNOWN_CURVE, /* an object identifier that is no curve */
	FORM_EXPLICIT,
	FORM_EXPLICIT_WRONG, /* with another base point */
	FORM_COUNT,
};

static const char *const FORMS[FORM_COUNT] = {"good", "off the curve",
    "x beyond the field", "infinity", "infinity, padded", "compressed",
    "compressed without a point", "hybrid", "hybrid of the wrong sign",
    "a byte short", "a byte long", "empty", "another curve's name", "no curve",
    "an unknown curve", "explicit parameters",
    "explicit parameters, another base point"};

/* What a peer may not have: all but the uncompressed point itself, and the two
 * other ways of writing it, which the library reads. */
static bool
is_readable(enum form form)
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

/* The point of key in that form. */
static size_t
write_point(const EVP_PKEY *key, enum form form, uint8_t out[2 + 2 * FIELD])
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

/* Write key's public half in that form over what public encodes. The key that
 * the library has decoded already stays with the object: a client can still
 * sign with it. */
static void
deform(X509_PUBKEY *public, const EVP_PKEY *key, enum form form)
{
	uint8_t bytes[2 + 2 * FIELD];
	size_t length = write_point(key, form, bytes);
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

static size_t
write_spki(const EVP_PKEY *key, enum form form, uint8_t out[SPKI_MAX])
{
	X509_PUBKEY *public = NULL;
	uint8_t *at = out;
	int length;

	assert_int_equal(X509_PUBKEY_set(&public, (EVP_PKEY *)key), 1);
	deform(public, key, form);
	length = i2d_X509_PUBKEY(public, NULL);
	assert_true(length > 0 && length <= SPKI_MAX);
	assert_int_equal(i2d_X509_PUBKEY(public, &at), length);
	X509_PUBKEY_free(public);
	return (size_t)length;
}

static void
use_fast_ec(bool is_used)
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

/* Drive it both ways: the same words come out. */
#define SAME_OUTCOME(what, call)                                               \
	do {                                                                   \
		char plain[OUTCOME_SIZE] = "", fast[OUTCOME_SIZE] = "";        \
		char *out = plain;                                             \
                                                                               \
		call;                                                          \
		use_fast_ec(true);                                             \
		out = fast;                                                    \
		call;                                                          \
		use_fast_ec(false);                                            \
		print_message("# %s: %s\n", what, plain);                      \
		assert_string_equal(plain, fast);                              \
	} while (0)

/* Is it read; is it a point of its curve; is it taken by us. */
static void
read_spki(struct view spki, char *out)
{
	const uint8_t *at = spki.data;
	scoped(EVP_PKEY_freep) EVP_PKEY *key =
	    d2i_PUBKEY(NULL, &at, (long)spki.length);
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = NULL;
	scoped(key_freep) struct key *ours = NULL;
	struct err err = ERR_INIT;
	bool is_sound = false;

	if (key != NULL) {
		context = EVP_PKEY_CTX_new(key, NULL);
		is_sound = EVP_PKEY_public_check(context) == 1;
	}
	snprintf(out, OUTCOME_SIZE, "%s, %s, %s",
	    key != NULL ? "read" : "refused",
	    is_sound ? "a sound point" : "no sound point",
	    key_load_spki(spki, &ours, &err) ? "taken" : err.code);
	ERR_clear_error();
}

static void
public_keys_are_read_as_ever(void **state)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");

	for (enum form form = 0; form < FORM_COUNT; form++) {
		uint8_t spki[SPKI_MAX];
		size_t length = write_spki(key, form, spki);
		char first[OUTCOME_SIZE];

		SAME_OUTCOME(
		    FORMS[form], read_spki(view_of(spki, length), out));
		read_spki(view_of(spki, length), first);
		assert_int_equal(
		    strncmp(first, "read", 4) == 0, is_readable(form));
		/* We take one form alone. */
		assert_int_equal(
		    strstr(first, "taken") != NULL, form == FORM_GOOD);
	}
}

static void
a_key_of_another_curve_stays_refused(void **state)
{
	static const char *const curves[] = {
	    "secp521r1", "secp256k1", "brainpoolP256r1", "secp224r1"};

	for (size_t i = 0; i < array_length(curves); i++) {
		scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen(curves[i]);
		uint8_t spki[SPKI_MAX], *at = spki;
		char first[OUTCOME_SIZE];
		int length;

		assert_non_null(key);
		length = i2d_PUBKEY(key, &at);
		SAME_OUTCOME(
		    curves[i], read_spki(view_of(spki, (size_t)length), out));
		read_spki(view_of(spki, (size_t)length), first);
		assert_non_null(strstr(first, "key_type"));
	}
}

static void
verify(EVP_PKEY *key, const uint8_t *signature, size_t length, char *out)
{
	scoped(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

	assert_int_equal(
	    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
	snprintf(out, OUTCOME_SIZE, "%s",
	    EVP_DigestVerify(
		context, signature, length, (const uint8_t *)"tally", 5) == 1
		? "verified"
		: "refused");
	ERR_clear_error();
}

/* DER of a signature with these numbers (big-endian, 33 bytes). */
static size_t
write_signature(const uint8_t r[33], const uint8_t s[33], uint8_t out[80])
{
	scoped(BN_freep) BIGNUM *first = BN_bin2bn(r, 33, NULL);
	scoped(BN_freep) BIGNUM *second = BN_bin2bn(s, 33, NULL);
	ASN1_INTEGER *numbers[] = {
	    BN_to_ASN1_INTEGER(first, NULL), BN_to_ASN1_INTEGER(second, NULL)};
	uint8_t *at = out + 2;

	for (size_t i = 0; i < 2; i++) {
		assert_true(i2d_ASN1_INTEGER(numbers[i], &at) > 0);
		ASN1_INTEGER_free(numbers[i]);
	}
	out[0] = 0x30;
	out[1] = (uint8_t)(at - out - 2);
	return (size_t)(at - out);
}

static const uint8_t ORDER[33] = {0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static void
numbers_out_of_range_are_refused(void **state)
{
	static const uint8_t zero[33], one[33] = {[32] = 1};
	static const uint8_t most[33] = {1, [32] = 0};
	const uint8_t *const values[] = {zero, one, ORDER, most};
	scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");

	for (size_t i = 0; i < 4 * array_length(values); i++) {
		uint8_t signature[80];
		char first[OUTCOME_SIZE];
		size_t length = write_signature(
		    values[i / 4 % 4], values[i % 4], signature);

		SAME_OUTCOME("numbers", verify(key, signature, length, out));
		verify(key, signature, length, first);
		assert_string_equal(first, "refused");
	}
}

static size_t
sign(EVP_PKEY *key, uint8_t out[160])
{
	scoped(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = 160;

	assert_int_equal(
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(
	    EVP_DigestSign(context, out, &length, (const uint8_t *)"tally", 5),
	    1);
	return length;
}

static void
changed_signatures_are_refused(void **state)
{
	static const char *const curves[] = {"prime256v1", "secp384r1"};

	for (size_t c = 0; c < 4; c++) {
		scoped(EVP_PKEY_freep) EVP_PKEY *key =
		    EVP_EC_gen(curves[c / 2]);
		uint8_t signature[160] = {0};
		char first[OUTCOME_SIZE];
		size_t length;

		use_fast_ec(c % 2 == 1);
		length = sign(key, signature);
		use_fast_ec(false);
		SAME_OUTCOME("its own", verify(key, signature, length, out));
		verify(key, signature, length, first);
		assert_string_equal(first, "verified");
		SAME_OUTCOME(
		    "a byte more", verify(key, signature, length + 1, out));
		SAME_OUTCOME(
		    "a byte less", verify(key, signature, length - 1, out));
		for (size_t i = 0; i < length; i += 5) {
			signature[i] ^= 1;
			SAME_OUTCOME(
			    "changed", verify(key, signature, length, out));
			verify(key, signature, length, first);
			assert_string_equal(first, "refused");
			signature[i] ^= 1;
		}
	}
}

/* A key agreement as TLS does it with the other side's share. */
static void
agree(enum form form, char *out)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *mine = EVP_EC_gen("prime256v1");
	scoped(EVP_PKEY_freep) EVP_PKEY *other = EVP_EC_gen("prime256v1");
	scoped(EVP_PKEY_freep) EVP_PKEY *peer = EVP_PKEY_new();
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new(mine, NULL);
	uint8_t share[2 + 2 * FIELD], secret[FIELD];
	size_t share_length = write_point(other, form, share);
	size_t length = sizeof(secret);
	bool is_agreed;

	is_agreed = EVP_PKEY_copy_parameters(peer, mine) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(peer, share, share_length) == 1 &&
	    EVP_PKEY_derive_init(context) == 1 &&
	    EVP_PKEY_derive_set_peer(context, peer) == 1 &&
	    EVP_PKEY_derive(context, secret, &length) == 1;
	snprintf(out, OUTCOME_SIZE, "%s", is_agreed ? "agreed" : "refused");
	ERR_clear_error();
}

static void
bad_shares_of_a_key_agreement_are_refused(void **state)
{
	for (enum form form = 0; form < FORM_OTHER_CURVE; form++) {
		char first[OUTCOME_SIZE];

		SAME_OUTCOME(FORMS[form], agree(form, out));
		agree(form, first);
		assert_int_equal(strcmp(first, "agreed") == 0,
		    is_readable(form) && form != FORM_INFINITY);
	}
}

/* The agent's certificate, signed by the CA, with its key in that form. */
static struct certificate *
make_deformed(enum form form)
{
	struct certificate_template t = testing_template(people.agent_key);
	struct certificate *made = testing_issue(&t, people.ca, people.ca_key);
	X509 *x509 = certificate_x509(made);

	deform(X509_get_X509_PUBKEY(x509), people.agent_key->pkey, form);
	assert_true(X509_sign(x509, people.ca_key->pkey, EVP_sha256()) > 0);
	return made;
}

static void
shake_with(const struct certificate *certificate, const struct key *key,
    int version, char *out)
{
	struct tls_client client = {certificate, key};
	struct pair pair;
	enum tls_io io;

	pair_open(&pair, TLS_LISTENER_AGENT, version, &client);
	tls_context_set_trust(pair.context, make_trust(true));
	io = pair_shake(&pair);
	snprintf(out, OUTCOME_SIZE, "%s, alert %d, %s",
	    io == TLS_IO_OK ? "let in" : "refused", pair.alert, pair.err.code);
	pair_close(&pair);
}

/* A compressed point is not announced in our hello, so that TLS 1.2 refuses
 * it; the signer never certifies one. */
static void
deformed_certificates_fail_the_handshake(void **state)
{
	for (size_t i = 0; i < FORM_COUNT * array_length(versions); i++) {
		enum form form = (enum form)(i / 2);
		scoped(certificate_freep) struct certificate *certificate =
		    make_deformed(form);
		char first[OUTCOME_SIZE];

		SAME_OUTCOME(FORMS[form],
		    shake_with(
			certificate, people.agent_key, versions[i % 2], out));
		shake_with(
		    certificate, people.agent_key, versions[i % 2], first);
		if (form == FORM_GOOD)
			assert_string_equal(first, "let in, alert -1, ");
		else if (form != FORM_COMPRESSED && form != FORM_HYBRID)
			assert_int_equal(strncmp(first, "refused", 7), 0);
	}
}

static void
curves_outside_the_policy_fail_the_handshake(void **state)
{
	static const char *const curves[] = {"secp521r1", "secp256k1"};

	for (size_t i = 0; i < 2 * array_length(curves); i++) {
		struct certificate_template t =
		    testing_template(people.agent_key);
		scoped(certificate_freep) struct certificate *certificate =
		    testing_issue(&t, people.ca, people.ca_key);
		struct key key = {.pkey = EVP_EC_gen(curves[i / 2])};
		X509 *x509 = certificate_x509(certificate);
		char first[OUTCOME_SIZE];

		assert_int_equal(X509_set_pubkey(x509, key.pkey), 1);
		assert_true(
		    X509_sign(x509, people.ca_key->pkey, EVP_sha256()) > 0);
		SAME_OUTCOME(curves[i / 2],
		    shake_with(certificate, &key, versions[i % 2], out));
		shake_with(certificate, &key, versions[i % 2], first);
		assert_int_equal(strncmp(first, "refused", 7), 0);
		EVP_PKEY_free(key.pkey);
	}
}

static void
shake_over(const char *group, int version, char *out)
{
	struct pair pair;
	enum tls_io io;

	pair_open(&pair, TLS_LISTENER_HTTPS, version, &nobody);
	assert_int_equal(SSL_set1_groups_list(pair.client, group), 1);
	io = pair_shake(&pair);
	snprintf(out, OUTCOME_SIZE, "%s, group %s",
	    io == TLS_IO_OK ? "let in" : "refused",
	    io == TLS_IO_OK ? SSL_group_to_name(pair.client,
				  SSL_get_negotiated_group(pair.client))
			    : "none");
	pair_close(&pair);
}

/* In TLS 1.2 the client's groups bound the server's certificate too, which has
 * a key of P-256. */
static void
every_group_of_the_policy_works(void **state)
{
	static const struct {
		const char *group;
		int version;
		bool is_taken;
	} groups[] = {
	    {"X25519", TLS1_3_VERSION, true},
	    {"P-256", TLS1_3_VERSION, true},
	    {"P-384", TLS1_3_VERSION, true},
	    {"P-521", TLS1_3_VERSION, false},
	    {"P-256", TLS1_2_VERSION, true},
	    {"P-256:X25519", TLS1_2_VERSION, true},
	    {"P-521", TLS1_2_VERSION, false},
	};

	for (size_t i = 0; i < array_length(groups); i++) {
		char first[OUTCOME_SIZE];

		SAME_OUTCOME(groups[i].group,
		    shake_over(groups[i].group, groups[i].version, out));
		shake_over(groups[i].group, groups[i].version, first);
		assert_int_equal(
		    strncmp(first, "let in", 6) == 0, groups[i].is_taken);
	}
}

static void
it_serves_the_releases_that_need_it(void **state)
{
	assert_true(fast_ec_suits(3, 0));
	assert_true(fast_ec_suits(3, 1));
	assert_false(fast_ec_suits(3, 2));
	assert_false(fast_ec_suits(3, 5));
	assert_false(fast_ec_suits(1, 1));
	assert_false(fast_ec_suits(4, 0));
}

static void
it_stays_off_where_validated_code_is_asked_for(void **state)
{
	struct err err = ERR_INIT;

	assert_int_equal(EVP_default_properties_enable_fips(NULL, 1), 1);
	assert_false(fast_ec_start(&err));
	assert_string_equal(err.code, "fast_ec_unsuitable");
	assert_false(fast_ec_is_used());
	assert_int_equal(EVP_default_properties_enable_fips(NULL, 0), 1);
}

static void
it_ends_without_a_trace(void **state)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *made = EVP_EC_gen("prime256v1");

	for (int i = 0; i < 6; i++) {
		uint8_t spki[SPKI_MAX];
		size_t length = write_spki(made, FORM_GOOD, spki);
		const uint8_t *at = spki;
		scoped(EVP_PKEY_freep) EVP_PKEY *key = NULL;

		use_fast_ec(i % 2 == 1);
		key = d2i_PUBKEY(NULL, &at, (long)length);
		assert_non_null(key);
		assert_int_equal(
		    EVP_PKEY_get0_provider(key) == NULL, fast_ec_is_used());
	}
	use_fast_ec(false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_keys_are_read_as_ever),
	    cmocka_unit_test(a_key_of_another_curve_stays_refused),
	    cmocka_unit_test(numbers_out_of_range_are_refused),
	    cmocka_unit_test(changed_signatures_are_refused),
	    cmocka_unit_test(bad_shares_of_a_key_agreement_are_refused),
	    cmocka_unit_test(deformed_certificates_fail_the_handshake),
	    cmocka_unit_test(curves_outside_the_policy_fail_the_handshake),
	    cmocka_unit_test(every_group_of_the_policy_works),
	    cmocka_unit_test(it_serves_the_releases_that_need_it),
	    cmocka_unit_test(it_stays_off_where_validated_code_is_asked_for),
	    cmocka_unit_test(it_ends_without_a_trace),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
