/*
 * The fast EC path refuses what OpenSSL refuses, and takes what it takes: every
 * vector is driven without it and with it, through keys, signatures and key
 * agreement; handshakes: fast_ec_tls_test.c.
 */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "crypto/certificate_request.h"
#include "crypto/fast_ec.h"
#include "crypto/fast_ec_testing.h"
#include "crypto/key.h"
#include "crypto/openssl.h"

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
	if (ours != NULL)
		assert_int_equal(EVP_PKEY_eq(key, ours->public), 1);
	ERR_clear_error();
}

static void
public_keys_are_read_as_ever(void **state)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");

	for (enum form form = 0; form < FORM_COUNT; form++) {
		uint8_t spki[SPKI_MAX];
		size_t length = testing_write_spki(key, form, spki);
		char first[OUTCOME_SIZE];

		SAME_OUTCOME(testing_form_name(form),
		    read_spki(view_of(spki, length), out));
		read_spki(view_of(spki, length), first);
		assert_int_equal(
		    strncmp(first, "read", 4) == 0, testing_is_readable(form));
		/* We take one form alone. */
		assert_int_equal(
		    strstr(first, "taken") != NULL, form == FORM_GOOD);
	}
}

static size_t
write_request(EVP_PKEY *key, enum form form, uint8_t out[SPKI_MAX])
{
	scoped(X509_REQ_freep) X509_REQ *req = X509_REQ_new();
	uint8_t *at = out;
	int length;

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	testing_deform(X509_REQ_get_X509_PUBKEY(req), key, form);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	length = i2d_X509_REQ(req, NULL);
	assert_true(length > 0 && length <= SPKI_MAX);
	assert_int_equal(i2d_X509_REQ(req, &at), length);
	return (size_t)length;
}

static void
read_request(struct view der, char *out)
{
	scoped(certificate_request_freep) struct certificate_request *request =
	    NULL;
	struct err err = ERR_INIT;

	snprintf(out, OUTCOME_SIZE, "%s",
	    certificate_request_parse(der, &request, &err) ? "taken"
							   : err.code);
}

/* The signature is right in each: the key alone is at fault. */
static void
deformed_requests_are_refused(void **state)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");

	for (enum form form = 0; form < FORM_COUNT; form++) {
		uint8_t der[SPKI_MAX];
		size_t length = write_request(key, form, der);
		char first[OUTCOME_SIZE];

		SAME_OUTCOME(testing_form_name(form),
		    read_request(view_of(der, length), out));
		read_request(view_of(der, length), first);
		assert_string_equal(
		    first, form == FORM_GOOD ? "taken" : "key_type");
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

		testing_use_fast_ec(c % 2 == 1);
		length = sign(key, signature);
		testing_use_fast_ec(false);
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
	size_t share_length = testing_write_point(other, form, share);
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

		SAME_OUTCOME(testing_form_name(form), agree(form, out));
		agree(form, first);
		assert_int_equal(strcmp(first, "agreed") == 0,
		    testing_is_readable(form) && form != FORM_INFINITY);
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
		size_t length = testing_write_spki(made, FORM_GOOD, spki);
		const uint8_t *at = spki;
		scoped(EVP_PKEY_freep) EVP_PKEY *key = NULL;

		testing_use_fast_ec(i % 2 == 1);
		key = d2i_PUBKEY(NULL, &at, (long)length);
		assert_non_null(key);
		assert_int_equal(
		    EVP_PKEY_get0_provider(key) == NULL, fast_ec_is_used());
	}
	testing_use_fast_ec(false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(public_keys_are_read_as_ever),
	    cmocka_unit_test(deformed_requests_are_refused),
	    cmocka_unit_test(a_key_of_another_curve_stays_refused),
	    cmocka_unit_test(numbers_out_of_range_are_refused),
	    cmocka_unit_test(changed_signatures_are_refused),
	    cmocka_unit_test(bad_shares_of_a_key_agreement_are_refused),
	    cmocka_unit_test(it_serves_the_releases_that_need_it),
	    cmocka_unit_test(it_stays_off_where_validated_code_is_asked_for),
	    cmocka_unit_test(it_ends_without_a_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
