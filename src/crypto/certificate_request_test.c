/* Certificate requests: what is refused, and what ours carry. */
#include "base/cmocka_test.h"

#include "base/text.h"
#include "crypto/certificate_request.h"
#include "crypto/testing.h"

static const struct {
	const char *what;
	const char *der;
	const char *code;
} refused_requests[] = {
#include "crypto/certificate_request_test_data.inc"
};

static void
assert_refused(struct view der, const char *code)
{
	struct certificate_request *request = NULL;
	struct err err = ERR_INIT;

	assert_false(certificate_request_parse(der, &request, &err));
	assert_null(request);
	if (code != NULL)
		assert_string_equal(err.code, code);
}

static void
make(const struct certificate_request_template *template, struct buf *out)
{
	struct err err = ERR_INIT;

	if (!certificate_request_make(template, out, &err))
		fail_msg("%s", err_sentence(&err));
}

static void
foreign_requests_with_a_fault_are_refused(void **state)
{
	for (size_t i = 0; i < array_length(refused_requests); i++) {
		scoped(buf_donep) struct buf der = BUF_INIT(8192);
		struct err err = ERR_INIT;

		print_message("# %s\n", refused_requests[i].what);
		assert_true(base64_decode(
		    view_string(refused_requests[i].der), &der, &err));
		assert_refused(buf_view(&der), refused_requests[i].code);
	}
}

static void
a_request_signed_by_another_key_is_refused(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(key_freep) struct key *other = testing_key();
	scoped(buf_donep) struct buf der = BUF_INIT(CERTIFICATE_REQUEST_MAX);
	struct certificate_request_template template = {.key = key};
	struct view mine = key_spki_view(key);
	uint8_t *at;

	make(&template, &der);
	at = memmem(der.data, der.length, mine.data, mine.length);
	assert_non_null(at);
	memcpy(at, key_spki_view(other).data, mine.length);
	assert_refused(buf_view(&der), "request_signature");
}

static void
a_request_is_refused_at_every_cut_flip_and_left_over(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(buf_donep) struct buf der = BUF_INIT(CERTIFICATE_REQUEST_MAX);
	uint8_t hash[SHA256_SIZE] = {1, 2, 3};
	struct certificate_request_template template = {
	    .key = key, .common_name = "pc-1", .credential_hash = hash};
	struct err err = ERR_INIT;

	make(&template, &der);
	for (size_t n = 0; n < der.length; n++)
		assert_refused(view_of(der.data, n), "request_malformed");
	for (size_t i = 0; i < der.length; i++) {
		der.data[i] ^= 0x04;
		assert_refused(buf_view(&der), NULL);
		der.data[i] ^= 0x04;
	}
	assert_true(buf_append(&der, "", 1, &err));
	assert_refused(buf_view(&der), "request_malformed");
}

static void
a_huge_request_is_refused_before_it_is_read(void **state)
{
	static const uint8_t zeroes[CERTIFICATE_REQUEST_MAX + 1];
	struct certificate_request *request = NULL;
	struct err err = ERR_INIT;

	assert_false(certificate_request_parse(
	    view_of(zeroes, sizeof(zeroes)), &request, &err));
	assert_int_equal(err.category, ERR_LIMIT);
}

static void
a_plain_request_has_no_attributes_of_ours(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(buf_donep) struct buf der = BUF_INIT(CERTIFICATE_REQUEST_MAX);
	scoped(certificate_request_freep) struct certificate_request *request =
	    NULL;
	struct certificate_request_template template = {.key = key};
	struct err err = ERR_INIT;

	make(&template, &der);
	assert_true(certificate_request_parse(buf_view(&der), &request, &err));
	assert_null(certificate_request_credential_hash(request));
	assert_int_equal(certificate_request_renewal_nonce(request).length, 0);
	assert_string_equal(certificate_request_common_name(request), "");
	assert_true(
	    view_equal(certificate_request_der_view(request), buf_view(&der)));
	assert_false(certificate_request_verify_renewal(request, key, &err));
	assert_string_equal(err.code, "renewal_proof");
}

static void
a_renewal_is_proved_by_the_old_key_alone(void **state)
{
	scoped(key_freep) struct key *old_key = testing_key();
	scoped(key_freep) struct key *key = testing_key();
	scoped(key_freep) struct key *stranger = testing_key();
	scoped(buf_donep) struct buf der = BUF_INIT(CERTIFICATE_REQUEST_MAX);
	scoped(certificate_request_freep) struct certificate_request *request =
	    NULL;
	uint8_t hash[SHA256_SIZE] = {9};
	struct certificate_request_template template = {.key = key,
	    .common_name = TESTING_AGENT,
	    .credential_hash = hash,
	    .old_key = old_key,
	    .renewal_nonce = VIEW_LITERAL("nonce of the signer")};
	struct err err = ERR_INIT;

	make(&template, &der);
	assert_true(certificate_request_parse(buf_view(&der), &request, &err));
	assert_true(key_same_public(certificate_request_key(request), key));
	assert_string_equal(
	    certificate_request_common_name(request), TESTING_AGENT);
	assert_memory_equal(
	    certificate_request_credential_hash(request), hash, SHA256_SIZE);
	assert_true(view_equal_string(
	    certificate_request_renewal_nonce(request), "nonce of the signer"));
	assert_true(certificate_request_verify_renewal(request, old_key, &err));
	assert_false(
	    certificate_request_verify_renewal(request, stranger, &err));
	assert_string_equal(err.code, "renewal_proof");
	assert_false(certificate_request_verify_renewal(request, key, &err));
	assert_string_equal(err.code, "renewal_same_key");
}

static void
a_request_of_every_accepted_kind_is_read(void **state)
{
	static const struct {
		enum key_type type;
		unsigned bits;
	} kinds[] = {{KEY_EC_P256, 0}, {KEY_EC_P384, 0}, {KEY_RSA, 2048},
	    {KEY_RSA, 3072}};

	for (size_t i = 0; i < array_length(kinds); i++) {
		scoped(key_freep) struct key *key = NULL;
		scoped(buf_donep) struct buf der =
		    BUF_INIT(CERTIFICATE_REQUEST_MAX);
		scoped(certificate_request_freep) struct certificate_request
		    *request = NULL;
		struct certificate_request_template template = {0};
		struct err err = ERR_INIT;

		assert_true(
		    key_generate(kinds[i].type, kinds[i].bits, &key, &err));
		template.key = key;
		make(&template, &der);
		assert_true(
		    certificate_request_parse(buf_view(&der), &request, &err));
		assert_int_equal(
		    key_type(certificate_request_key(request)), kinds[i].type);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(foreign_requests_with_a_fault_are_refused),
	    cmocka_unit_test(a_request_signed_by_another_key_is_refused),
	    cmocka_unit_test(
		a_request_is_refused_at_every_cut_flip_and_left_over),
	    cmocka_unit_test(a_huge_request_is_refused_before_it_is_read),
	    cmocka_unit_test(a_plain_request_has_no_attributes_of_ours),
	    cmocka_unit_test(a_renewal_is_proved_by_the_old_key_alone),
	    cmocka_unit_test(a_request_of_every_accepted_kind_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
