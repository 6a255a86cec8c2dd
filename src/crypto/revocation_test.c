/* CRL and OCSP: bad requests, and that answers say what was told. */
#include "base/cmocka_test.h"

#include <openssl/ocsp.h>

#include "crypto/ocsp.h"
#include "crypto/openssl.h"
#include "crypto/testing.h"

DEFINE_SCOPED(X509_CRL, X509_CRL_free)
DEFINE_SCOPED(OCSP_RESPONSE, OCSP_RESPONSE_free)
DEFINE_SCOPED(OCSP_BASICRESP, OCSP_BASICRESP_free)

static struct {
	struct key *ca_key;
	struct certificate *ca;
	struct certificate *other_ca;
	struct key *responder_key;
	struct certificate *responder;
	struct certificate *good;
	struct certificate *revoked;
} people;

static int64_t revoked_ms;

static bool
judge(void *context, const char *serial, struct ocsp_verdict *out,
    struct err *err)
{
	if (strcmp(serial, certificate_serial(people.good)) == 0) {
		out->status = OCSP_GOOD;
	} else if (strcmp(serial, certificate_serial(people.revoked)) == 0) {
		out->status = OCSP_REVOKED;
		out->revoked_ms = revoked_ms;
		out->reason = REVOCATION_KEY_COMPROMISE;
	}
	return true;
}

/* An OCSP request about some certificates, as DER. */
static void
ask(struct buf *out, const EVP_MD *digest, size_t count,
    const struct certificate *const *issuers,
    const struct certificate *const *subjects, const void *nonce,
    int nonce_length)
{
	OCSP_REQUEST *request = OCSP_REQUEST_new();
	unsigned char *der = NULL;
	struct err err = ERR_INIT;
	int length;

	for (size_t i = 0; i < count; i++)
		OCSP_request_add0_id(request,
		    OCSP_cert_to_id(digest, certificate_x509(subjects[i]),
			certificate_x509(issuers[i])));
	if (nonce != NULL)
		OCSP_request_add1_nonce(
		    request, (unsigned char *)nonce, nonce_length);
	length = i2d_OCSP_REQUEST(request, &der);
	assert_true(buf_append(out, der, (size_t)length, &err));
	OPENSSL_free(der);
	OCSP_REQUEST_free(request);
}

static OCSP_BASICRESP *
answer(const struct buf *der)
{
	scoped(buf_donep) struct buf out = BUF_INIT(65536);
	scoped(ocsp_request_freep) struct ocsp_request *request = NULL;
	scoped(OCSP_RESPONSE_freep) OCSP_RESPONSE *response = NULL;
	int64_t now = clock_wall_ms();
	const struct ocsp_responder responder = {
	    .issuer = people.ca,
	    .responder = people.responder,
	    .responder_key = people.responder_key,
	    .this_update_ms = now,
	    .next_update_ms = now + HOURS_MS(1),
	    .judge = judge,
	};
	const uint8_t *at;
	struct err err = ERR_INIT;

	if (!ocsp_request_parse(buf_view(der), &request, &err) ||
	    !ocsp_respond(&responder, request, &out, &err))
		fail_msg("%s", err_sentence(&err));
	at = out.data;
	response = d2i_OCSP_RESPONSE(NULL, &at, (long)out.length);
	assert_non_null(response);
	assert_int_equal(OCSP_response_status(response), 0);
	return OCSP_response_get1_basic(response);
}

static void
assert_status(OCSP_BASICRESP *basic, int index, int status)
{
	int reason = -1;
	ASN1_GENERALIZEDTIME *revoked = NULL;
	ASN1_GENERALIZEDTIME *this_update;
	ASN1_GENERALIZEDTIME *next_update;
	int64_t ms = 0;

	assert_int_equal(OCSP_single_get0_status(OCSP_resp_get0(basic, index),
			     &reason, &revoked, &this_update, &next_update),
	    status);
	assert_int_equal(
	    OCSP_check_validity(this_update, next_update, 5, -1), 1);
	if (status != V_OCSP_CERTSTATUS_REVOKED)
		return;
	assert_int_equal(reason, REVOCATION_KEY_COMPROMISE);
	assert_true(openssl_get_time(revoked, &ms));
	assert_int_equal(ms / 1000, revoked_ms / 1000);
}

static void
assert_refused(const struct buf *der)
{
	struct ocsp_request *request = NULL;
	struct err err = ERR_INIT;

	assert_false(ocsp_request_parse(buf_view(der), &request, &err));
	assert_string_equal(err.code, "ocsp_malformed");
	assert_null(request);
}

static void
an_ocsp_request_is_refused_at_every_cut_and_with_left_overs(void **state)
{
	const struct certificate *issuers[] = {people.ca};
	const struct certificate *subjects[] = {people.good};
	scoped(buf_donep) struct buf der = BUF_INIT(65536);
	struct err err = ERR_INIT;
	size_t whole;

	ask(&der, EVP_sha1(), 1, issuers, subjects, "nonce", 5);
	whole = der.length;
	for (der.length = 0; der.length < whole; der.length++)
		assert_refused(&der);
	assert_true(buf_append(&der, "", 1, &err));
	assert_refused(&der);
}

static void
nonces_and_counts_out_of_bounds_are_refused(void **state)
{
	static const uint8_t nonce[64] = {1};
	const struct certificate *issuers[OCSP_CERTIFICATES_MAX + 1];
	const struct certificate *subjects[OCSP_CERTIFICATES_MAX + 1];
	scoped(buf_donep) struct buf der = BUF_INIT(65536);

	for (size_t i = 0; i <= OCSP_CERTIFICATES_MAX; i++) {
		issuers[i] = people.ca;
		subjects[i] = people.good;
	}
	ask(&der, EVP_sha1(), 1, issuers, subjects, nonce, 33);
	assert_refused(&der);
	buf_clear(&der);
	ask(&der, EVP_sha1(), 0, issuers, subjects, NULL, 0);
	assert_refused(&der);
	buf_clear(&der);
	ask(&der, EVP_sha1(), OCSP_CERTIFICATES_MAX + 1, issuers, subjects,
	    NULL, 0);
	assert_refused(&der);
	buf_clear(&der);
	ask(&der, EVP_sha1(), OCSP_CERTIFICATES_MAX, issuers, subjects, nonce,
	    32);
	OCSP_BASICRESP_free(answer(&der));
}

static void
every_certificate_of_a_request_gets_its_status(void **state)
{
	const struct certificate *issuers[] = {
	    people.ca, people.ca, people.other_ca, people.ca};
	const struct certificate *subjects[] = {
	    people.good, people.revoked, people.good, people.responder};
	static const int expected[] = {V_OCSP_CERTSTATUS_GOOD,
	    V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN,
	    V_OCSP_CERTSTATUS_UNKNOWN};
	const EVP_MD *digests[] = {EVP_sha1(), EVP_sha256()};

	for (size_t d = 0; d < array_length(digests); d++) {
		scoped(buf_donep) struct buf der = BUF_INIT(65536);
		scoped(OCSP_BASICRESP_freep) OCSP_BASICRESP *basic = NULL;

		ask(&der, digests[d], 4, issuers, subjects, NULL, 0);
		basic = answer(&der);
		assert_int_equal(OCSP_resp_count(basic), 4);
		for (int i = 0; i < 4; i++)
			assert_status(basic, i, expected[i]);
	}
}

static void
an_unknown_hash_gets_unknown(void **state)
{
	const struct certificate *issuers[] = {people.ca};
	const struct certificate *subjects[] = {people.good};
	scoped(buf_donep) struct buf der = BUF_INIT(65536);
	scoped(OCSP_BASICRESP_freep) OCSP_BASICRESP *basic = NULL;

	ask(&der, EVP_sha384(), 1, issuers, subjects, NULL, 0);
	basic = answer(&der);
	assert_status(basic, 0, V_OCSP_CERTSTATUS_UNKNOWN);
}

static void
an_answer_is_signed_by_the_responder_and_repeats_the_nonce(void **state)
{
	const struct certificate *issuers[] = {people.ca};
	const struct certificate *subjects[] = {people.good};
	scoped(buf_donep) struct buf der = BUF_INIT(65536);
	scoped(OCSP_BASICRESP_freep) OCSP_BASICRESP *basic = NULL;
	scoped(X509_STORE_freep) X509_STORE *store = X509_STORE_new();
	OCSP_REQUEST *request;
	const uint8_t *at;

	ask(&der, EVP_sha1(), 1, issuers, subjects, "0123456789", 10);
	basic = answer(&der);
	at = der.data;
	request = d2i_OCSP_REQUEST(NULL, &at, (long)der.length);
	assert_int_equal(OCSP_check_nonce(request, basic), 1);
	OCSP_REQUEST_free(request);
	X509_STORE_add_cert(store, certificate_x509(people.ca));
	assert_int_equal(OCSP_basic_verify(basic, NULL, store, 0), 1);
}

static void
an_error_is_told_without_a_signature(void **state)
{
	scoped(buf_donep) struct buf out = BUF_INIT(64);
	struct err err = ERR_INIT;

	assert_true(ocsp_respond_error(OCSP_ERROR_MALFORMED, &out, &err));
	assert_int_equal(out.length, 5);
	assert_memory_equal(out.data, "\x30\x03\x0a\x01\x01", 5);
}

static void
a_revocation_list_holds_its_entries_and_number(void **state)
{
	const struct crl_entry entries[] = {
	    {certificate_serial(people.revoked), revoked_ms,
		REVOCATION_KEY_COMPROMISE},
	    {"01", revoked_ms, REVOCATION_UNSPECIFIED},
	};
	const struct crl_template template = {.issuer = people.ca,
	    .issuer_key = people.ca_key,
	    .number = UINT64_C(1) << 40,
	    .this_update_ms = clock_wall_ms(),
	    .next_update_ms = clock_wall_ms() + DAYS_MS(1),
	    .entries = entries,
	    .entry_count = 2};
	scoped(buf_donep) struct buf der = BUF_INIT(65536);
	scoped(X509_CRL_freep) X509_CRL *crl = NULL;
	X509_REVOKED *found = NULL;
	const uint8_t *at;
	struct err err = ERR_INIT;

	assert_true(crl_make(&template, &der, &err));
	at = der.data;
	crl = d2i_X509_CRL(NULL, &at, (long)der.length);
	assert_non_null(crl);
	assert_int_equal(
	    X509_CRL_verify(crl, certificate_key(people.ca)->pkey), 1);
	assert_int_equal(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), 2);
	assert_int_equal(X509_CRL_get0_by_cert(
			     crl, &found, certificate_x509(people.revoked)),
	    1);
	assert_int_equal(
	    X509_CRL_get0_by_cert(crl, &found, certificate_x509(people.good)),
	    0);
}

static void
a_wrong_serial_makes_no_list(void **state)
{
	static const char *const wrong[] = {
	    "", "0", "zz", "-1", "000102030405060708090a0b0c0d0e0f1011121314"};

	for (size_t i = 0; i < array_length(wrong); i++) {
		const struct crl_entry entry = {wrong[i], revoked_ms, 0};
		const struct crl_template template = {.issuer = people.ca,
		    .issuer_key = people.ca_key,
		    .number = 1,
		    .this_update_ms = clock_wall_ms(),
		    .next_update_ms = clock_wall_ms() + 1000,
		    .entries = &entry,
		    .entry_count = 1};
		scoped(buf_donep) struct buf der = BUF_INIT(65536);
		struct err err = ERR_INIT;

		assert_false(crl_make(&template, &der, &err));
	}
}

static int
make_people(void **state)
{
	struct certificate_template t;
	scoped(key_freep) struct key *key = testing_key();

	revoked_ms = clock_wall_ms() - HOURS_MS(3);
	people.ca_key = testing_key();
	people.ca = testing_ca(people.ca_key, "agent CA");
	people.other_ca = testing_ca(key, "agent CA");
	people.responder_key = testing_key();
	t = testing_template(people.responder_key);
	t.profile = CERTIFICATE_OCSP;
	t.unit = NULL;
	t.common_name = "OCSP responder";
	people.responder = testing_issue(&t, people.ca, people.ca_key);
	t = testing_template(key);
	people.good = testing_issue(&t, people.ca, people.ca_key);
	t = testing_template(key);
	people.revoked = testing_issue(&t, people.ca, people.ca_key);
	return 0;
}

static int
free_people(void **state)
{
	key_free(people.ca_key);
	key_free(people.responder_key);
	certificate_free(people.ca);
	certificate_free(people.other_ca);
	certificate_free(people.responder);
	certificate_free(people.good);
	certificate_free(people.revoked);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		an_ocsp_request_is_refused_at_every_cut_and_with_left_overs),
	    cmocka_unit_test(nonces_and_counts_out_of_bounds_are_refused),
	    cmocka_unit_test(every_certificate_of_a_request_gets_its_status),
	    cmocka_unit_test(an_unknown_hash_gets_unknown),
	    cmocka_unit_test(
		an_answer_is_signed_by_the_responder_and_repeats_the_nonce),
	    cmocka_unit_test(an_error_is_told_without_a_signature),
	    cmocka_unit_test(a_revocation_list_holds_its_entries_and_number),
	    cmocka_unit_test(a_wrong_serial_makes_no_list),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
