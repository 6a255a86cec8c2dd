/* Our reading of requests and X509_REQ's: the same bytes are taken, and the
 * same is found in them. */
#include "base/cmocka_test.h"

#include "base/text.h"
#include "crypto/certificate_request.h"
#include "crypto/pkcs10.h"
#include "crypto/testing.h"

enum {
	REQUEST_MAX = 8192,
};

static const struct {
	const char *what;
	const char *der;
	const char *code;
} faulty[] = {
#include "crypto/certificate_request_test_data.inc"
};

/* As it was done before there was pkcs10_read(). */
static X509_REQ *
read_by_library(struct view der)
{
	const uint8_t *at = der.data;
	X509_REQ *req = d2i_X509_REQ(NULL, &at, (long)der.length);
	unsigned char *again = NULL;
	int length = req != NULL ? i2d_X509_REQ(req, &again) : 0;
	bool is_exact =
	    length > 0 && view_equal(view_of(again, (size_t)length), der);

	OPENSSL_free(again);
	if (is_exact)
		return req;
	X509_REQ_free(req);
	return NULL;
}

static void
assert_same_key(const struct pkcs10 *ours, X509_REQ *theirs)
{
	uint8_t *our_der = NULL;
	uint8_t *their_der = NULL;
	size_t length = pkcs10_key_der(ours, &our_der);

	assert_int_equal(
	    i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(theirs), &their_der),
	    length);
	assert_memory_equal(our_der, their_der, length);
	OPENSSL_free(our_der);
	OPENSSL_free(their_der);
}

static void
assert_same(const struct pkcs10 *ours, X509_REQ *theirs)
{
	EVP_PKEY *key = X509_REQ_get0_pubkey(theirs);
	const X509_ALGOR *algorithm = NULL;

	X509_REQ_get0_signature(theirs, NULL, &algorithm);
	assert_int_equal(X509_ALGOR_cmp(ours->algorithm, algorithm), 0);
	assert_int_equal(ASN1_INTEGER_get(ours->info->version),
	    X509_REQ_get_version(theirs));
	assert_int_equal(X509_NAME_cmp(ours->info->subject,
			     X509_REQ_get_subject_name(theirs)),
	    0);
	assert_int_equal(X509at_get_attr_count(ours->info->attributes),
	    X509_REQ_get_attr_count(theirs));
	assert_same_key(ours, theirs);
	if (key != NULL)
		assert_int_equal(pkcs10_is_signed_by(ours, key),
		    X509_REQ_verify(theirs, key) == 1);
}

static void
compare(struct view der)
{
	scoped(pkcs10_freep) struct pkcs10 *ours = pkcs10_read(der);
	scoped(X509_REQ_freep) X509_REQ *theirs = read_by_library(der);

	assert_int_equal(ours != NULL, theirs != NULL);
	if (ours != NULL)
		assert_same(ours, theirs);
	ERR_clear_error();
}

static void
make(struct buf *out)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(key_freep) struct key *old_key = testing_key();
	uint8_t hash[SHA256_SIZE] = {1, 2, 3};
	struct certificate_request_template template = {.key = key,
	    .common_name = "pc-1",
	    .credential_hash = hash,
	    .old_key = old_key,
	    .renewal_nonce = VIEW_LITERAL("nonce of the signer")};
	struct err err = ERR_INIT;

	assert_true(certificate_request_make(&template, out, &err));
}

static void
requests_with_a_fault_are_read_as_the_library_reads_them(void **state)
{
	for (size_t i = 0; i < array_length(faulty); i++) {
		scoped(buf_donep) struct buf der = BUF_INIT(REQUEST_MAX);
		struct err err = ERR_INIT;

		print_message("# %s\n", faulty[i].what);
		assert_true(
		    base64_decode(view_string(faulty[i].der), &der, &err));
		compare(buf_view(&der));
	}
}

static void
every_cut_flip_and_left_over_is_read_as_the_library_reads_it(void **state)
{
	scoped(buf_donep) struct buf der = BUF_INIT(REQUEST_MAX);
	static const uint8_t masks[] = {0x01, 0x20, 0x80};
	struct err err = ERR_INIT;

	make(&der);
	compare(buf_view(&der));
	for (size_t n = 1; n < der.length; n++)
		compare(view_of(der.data, n));
	for (size_t i = 0; i < der.length * array_length(masks); i++) {
		uint8_t *at = &der.data[i / array_length(masks)];

		*at ^= masks[i % array_length(masks)];
		compare(buf_view(&der));
		*at ^= masks[i % array_length(masks)];
	}
	assert_true(buf_append(&der, "", 1, &err));
	compare(buf_view(&der));
}

/* What is signed is what came, not what it would be written as: putting the
 * attributes into another order makes the signature a wrong one. */
static void
attributes_in_another_order_are_read_and_not_signed(void **state)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("prime256v1");
	static const char *const order[] = {
	    "challengePassword", "unstructuredName"};
	scoped(X509_REQ_freep) X509_REQ *req = X509_REQ_new();
	struct pkcs10 *ours;
	uint8_t *der = NULL;
	uint8_t *first;
	size_t size = 0;
	int length;

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	for (size_t i = 0; i < array_length(order); i++)
		assert_int_equal(X509_REQ_add1_attr_by_txt(req, order[i],
				     MBSTRING_ASC, (const uint8_t *)"tally", 5),
		    1);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	length = i2d_X509_REQ(req, &der);
	assert_true(length > 0);
	/* Two of one length, swapped where they stand. */
	first =
	    memmem(der, (size_t)length, "\x2a\x86\x48\x86\xf7\x0d\x01\x09", 8);
	assert_non_null(first);
	first -= 4;
	size = (size_t)first[1] + 2;
	assert_int_equal(first[size + 1], first[1]);
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = first[i];

		first[i] = first[size + i];
		first[size + i] = byte;
	}
	compare(view_of(der, (size_t)length));
	ours = pkcs10_read(view_of(der, (size_t)length));
	assert_non_null(ours);
	assert_false(pkcs10_is_signed_by(ours, key));
	pkcs10_free(ours);
	ERR_clear_error();
	OPENSSL_free(der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		requests_with_a_fault_are_read_as_the_library_reads_them),
	    cmocka_unit_test(
		every_cut_flip_and_left_over_is_read_as_the_library_reads_it),
	    cmocka_unit_test(
		attributes_in_another_order_are_read_and_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
