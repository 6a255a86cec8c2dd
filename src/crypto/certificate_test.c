/* Certificates: read, issued, verified; CMS certs-only. */
#include "base/cmocka_test.h"

#include "base/limits.h"
#include "base/text.h"
#include "crypto/cms.h"
#include "crypto/openssl.h"
#include "crypto/testing.h"

static void
assert_parse_refused(struct view der)
{
	struct certificate *certificate = NULL;
	struct err err = ERR_INIT;

	assert_false(certificate_parse_der(der, &certificate, &err));
	assert_null(certificate);
}

static void
a_certificate_is_refused_at_every_cut_and_with_left_overs(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(key, "agent CA");
	struct view der = certificate_der_view(ca);
	scoped(buf_donep) struct buf longer = BUF_INIT(65536);
	struct err err = ERR_INIT;

	for (size_t n = 0; n < der.length; n++)
		assert_parse_refused(view_slice(der, 0, n));
	assert_true(buf_append_view(&longer, der, &err));
	assert_true(buf_append(&longer, "", 1, &err));
	assert_parse_refused(buf_view(&longer));
}

static void
a_huge_certificate_is_refused_before_it_is_read(void **state)
{
	static const uint8_t zeroes[32768];
	struct certificate *certificate = NULL;
	struct err err = ERR_INIT;

	assert_false(certificate_parse_der(
	    view_of(zeroes, sizeof(zeroes)), &certificate, &err));
	assert_int_equal(err.category, ERR_LIMIT);
}

static void
a_flipped_byte_is_never_the_same_certificate(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(key, "agent CA");
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	struct view der = certificate_der_view(ca);
	uint8_t copy[4096];

	certificate_list_add(&anchors, certificate_share(ca));
	for (size_t i = 0; i < der.length; i++) {
		scoped(certificate_freep) struct certificate *other = NULL;
		struct err err = ERR_INIT;

		memcpy(copy, der.data, der.length);
		copy[i] ^= 0x01;
		if (!certificate_parse_der(
			view_of(copy, der.length), &other, &err))
			continue;
		assert_false(certificate_verify(
		    other, &anchors, CERTIFICATE_CA, clock_wall_ms(), &err));
	}
}

static void
an_agent_certificate_says_what_its_template_said(void **state)
{
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agent CA");
	scoped(certificate_freep) struct certificate *agent = NULL;
	scoped(memory_freep) char *serial = NULL;
	struct certificate_template template = testing_template(key);

	template.crl_url = "http://server.test:8020/pki/agent-ca.crl";
	template.ocsp_url = "http://server.test:8020/pki/ocsp";
	agent = testing_issue(&template, ca, ca_key);
	serial = hex_encode(view_of(template.serial, SERIAL_SIZE));
	assert_string_equal(certificate_serial(agent), serial);
	assert_string_equal(
	    certificate_organization(agent), "Warifu fleet " TESTING_FLEET);
	assert_string_equal(certificate_unit(agent), "agent");
	assert_string_equal(certificate_common_name(agent), TESTING_AGENT);
	assert_string_equal(certificate_subject(agent),
	    "CN=" TESTING_AGENT ",OU=agent,O=Warifu fleet " TESTING_FLEET);
	assert_int_equal(certificate_not_after_ms(agent) / 1000,
	    template.not_after_ms / 1000);
	assert_int_equal(certificate_not_before_ms(agent) / 1000,
	    template.not_before_ms / 1000);
	assert_false(certificate_is_ca(agent));
	assert_true(certificate_is_ca(ca));
	assert_true(key_same_public(certificate_key(agent), key));
	assert_int_equal(strlen(certificate_fingerprint(agent)), 64);
	assert_string_equal(certificate_issuer(agent), certificate_subject(ca));
}

static void
a_server_certificate_names_hosts_and_addresses(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *server =
	    testing_server(key);

	assert_int_equal(certificate_san_count(server), 4);
	assert_string_equal(certificate_san(server, 0), "DNS:localhost");
	assert_string_equal(certificate_san(server, 1), "DNS:server.test");
	assert_string_equal(certificate_san(server, 2), "IP:127.0.0.1");
	assert_string_equal(certificate_san(server, 3), "IP:::1");
}

static void
assert_issue_refused(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key)
{
	struct certificate *certificate = NULL;
	struct err err = ERR_INIT;

	assert_false(certificate_issue(
	    template, issuer, issuer_key, &certificate, &err));
	assert_null(certificate);
}

static void
a_template_of_no_certificate_of_ours_is_refused(void **state)
{
	static const char *const wrong_name[] = {"two words"};
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agent CA");
	scoped(certificate_freep) struct certificate *server =
	    testing_server(key);
	const struct certificate_template good = testing_template(key);
	struct certificate_template t = good;

	t.not_after_ms = t.not_before_ms;
	assert_issue_refused(&t, ca, ca_key);
	t = good;
	t.serial[0] = 0;
	assert_issue_refused(&t, ca, ca_key);
	t = good;
	t.common_name = "";
	assert_issue_refused(&t, ca, ca_key);
	t = good;
	t.dns_names = wrong_name;
	t.dns_name_count = 1;
	assert_issue_refused(&t, ca, ca_key);
	t.profile = CERTIFICATE_SERVER;
	assert_issue_refused(&t, NULL, key);
	t = good;
	assert_issue_refused(&t, ca, key);
	assert_issue_refused(&t, NULL, key);
	assert_issue_refused(&t, server, key);
	t.constrained_organization = "x";
	assert_issue_refused(&t, ca, ca_key);
}

static void
assert_verify(const struct certificate *certificate,
    const struct certificate_list *anchors, enum certificate_profile purpose,
    int64_t at_ms, const char *code)
{
	struct err err = ERR_INIT;
	bool is_good =
	    certificate_verify(certificate, anchors, purpose, at_ms, &err);

	assert_string_equal(err.code, code);
	assert_int_equal(is_good, code[0] == '\0');
}

static void
a_chain_is_judged_by_issuer_purpose_and_dates(void **state)
{
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agent CA");
	scoped(certificate_freep) struct certificate *other =
	    testing_ca(key, "agent CA");
	scoped(certificate_freep) struct certificate *agent = NULL;
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	scoped(certificate_list_donep) struct certificate_list others = {0};
	struct certificate_template template = testing_template(key);
	int64_t now = clock_wall_ms();

	agent = testing_issue(&template, ca, ca_key);
	certificate_list_add(&anchors, certificate_share(ca));
	certificate_list_add(&others, certificate_share(other));
	assert_verify(agent, &anchors, CERTIFICATE_CLIENT, now, "");
	assert_verify(agent, &others, CERTIFICATE_CLIENT, now,
	    "certificate_unknown_issuer");
	assert_verify(agent, &anchors, CERTIFICATE_SERVER, now,
	    "certificate_wrong_usage");
	assert_verify(
	    agent, &anchors, CERTIFICATE_CA, now, "certificate_wrong_usage");
	assert_verify(agent, &anchors, CERTIFICATE_CLIENT, now + DAYS_MS(91),
	    "certificate_expired");
	assert_verify(agent, &anchors, CERTIFICATE_CLIENT,
	    template.not_before_ms - SECONDS_MS(2),
	    "certificate_not_yet_valid");
}

static void
an_agent_ca_makes_no_certificate_outside_its_constraints(void **state)
{
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agent CA");
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	struct certificate_template template = testing_template(key);
	static const char *const name[] = {"www.example.org"};
	static const char *const address[] = {"192.0.2.1"};
	int64_t now = clock_wall_ms();
	struct certificate *issued;

	certificate_list_add(&anchors, certificate_share(ca));
	template.profile = CERTIFICATE_SERVER;
	template.dns_names = name;
	template.dns_name_count = 1;
	issued = testing_issue(&template, ca, ca_key);
	assert_verify(
	    issued, &anchors, CERTIFICATE_SERVER, now, "certificate_invalid");
	certificate_free(issued);
	template.dns_name_count = 0;
	template.addresses = address;
	template.address_count = 1;
	issued = testing_issue(&template, ca, ca_key);
	assert_verify(
	    issued, &anchors, CERTIFICATE_SERVER, now, "certificate_invalid");
	certificate_free(issued);
	template = testing_template(key);
	template.organization = "Another fleet";
	issued = testing_issue(&template, ca, ca_key);
	assert_verify(
	    issued, &anchors, CERTIFICATE_CLIENT, now, "certificate_invalid");
	certificate_free(issued);
}

static void
a_self_signed_server_certificate_is_its_own_anchor(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *server =
	    testing_server(key);
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	scoped(certificate_list_donep) struct certificate_list none = {0};

	certificate_list_add(&anchors, certificate_share(server));
	assert_verify(
	    server, &anchors, CERTIFICATE_SERVER, clock_wall_ms(), "");
	assert_verify(server, &none, CERTIFICATE_SERVER, clock_wall_ms(),
	    "certificate_unknown_issuer");
}

static void
pem_is_read_as_it_was_written(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_freep) struct certificate *a =
	    testing_ca(key, "first");
	scoped(certificate_freep) struct certificate *b =
	    testing_ca(key, "second");
	scoped(certificate_freep) struct certificate *one = NULL;
	scoped(certificate_list_donep) struct certificate_list list = {0};
	scoped(buf_donep) struct buf pem = BUF_INIT(65536);
	struct err err = ERR_INIT;

	assert_true(buf_append_string(&pem, "some words\n", &err));
	assert_true(certificate_pem(a, &pem, &err));
	assert_true(certificate_parse_pem(buf_view(&pem), &one, &err));
	assert_string_equal(
	    certificate_fingerprint(one), certificate_fingerprint(a));
	assert_true(certificate_pem(b, &pem, &err));
	assert_true(certificate_list_parse_pem(&list, buf_view(&pem), 2, &err));
	assert_int_equal(list.count, 2);
	assert_string_equal(certificate_common_name(list.items[1]), "second");
	certificate_free(take(one));
	assert_false(certificate_parse_pem(buf_view(&pem), &one, &err));
	assert_int_equal(err.category, ERR_LIMIT);
	assert_false(certificate_list_parse_pem(
	    &list, VIEW_LITERAL("nothing"), 2, &err));
	assert_true(buf_append_string(
	    &pem, "-----BEGIN CERTIFICATE-----\nAAAA\n", &err));
	assert_false(
	    certificate_list_parse_pem(&list, buf_view(&pem), 8, &err));
	assert_int_equal(list.count, 2);
}

static void
certs_only_messages_carry_their_certificates(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(certificate_list_donep) struct certificate_list list = {0};
	scoped(certificate_list_donep) struct certificate_list read = {0};
	scoped(buf_donep) struct buf der = BUF_INIT(CMS_MAX);
	struct err err = ERR_INIT;

	certificate_list_add(&list, testing_ca(key, "zeta"));
	certificate_list_add(&list, testing_ca(key, "alpha"));
	assert_true(cms_certs_only_make(&list, &der, &err));
	assert_true(cms_certs_only_parse(buf_view(&der), &read, &err));
	assert_int_equal(read.count, 2);
	assert_string_equal(certificate_fingerprint(read.items[0]),
	    certificate_fingerprint(list.items[0]));
	assert_string_equal(certificate_fingerprint(read.items[1]),
	    certificate_fingerprint(list.items[1]));
	for (size_t n = 0; n < der.length; n++)
		assert_false(
		    cms_certs_only_parse(view_of(der.data, n), &read, &err));
	assert_true(buf_append(&der, "", 1, &err));
	assert_false(cms_certs_only_parse(buf_view(&der), &read, &err));
	assert_string_equal(err.code, "cms_malformed");
	assert_int_equal(read.count, 2);
}

/* Of 200 to 1,500 bytes: DER lengths of one, two and three octets. */
static void
one_certificate_is_wrapped_as_the_library_does(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	static char url[900];

	for (size_t length = 20; length < sizeof(url); length += 40) {
		struct certificate_template template = testing_template(key);
		scoped(certificate_list_donep) struct certificate_list list = {
		    0};
		scoped(certificate_freep) struct certificate *ca =
		    testing_ca(key, "CA");
		scoped(buf_donep) struct buf der = BUF_INIT(CMS_MAX);
		scoped(buf_donep) struct buf own = BUF_INIT(CMS_MAX);
		struct err err = ERR_INIT;

		memset(url, 'x', length);
		url[length] = '\0';
		memcpy(url, "http://", 7);
		template.crl_url = url;
		certificate_list_add(&list, testing_issue(&template, ca, key));
		assert_true(cms_certs_only_make(&list, &der, &err));
		assert_true(cms_certs_only_wrap(
		    certificate_der_view(list.items[0]), &own, &err));
		assert_true(view_equal(buf_view(&der), buf_view(&own)));
	}
	for (size_t length = 0; length < 70000; length += 97) {
		scoped(buf_donep) struct buf own = BUF_INIT(CMS_MAX * 2);
		scoped(memory_freep) uint8_t *bytes = memory_zeroed(length + 1);
		struct err err = ERR_INIT;
		long size = 0;
		int tag, class;
		const uint8_t *at;

		assert_true(
		    cms_certs_only_wrap(view_of(bytes, length), &own, &err));
		at = own.data;
		assert_int_equal(ASN1_get_object(&at, &size, &tag, &class,
				     (long)own.length) &
			0x80,
		    0);
		assert_ptr_equal(at + size, own.data + own.length);
	}
}

static void
assert_same_as_read(enum key_type type, unsigned bits)
{
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *key = NULL;
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agent CA");
	scoped(certificate_freep) struct certificate *agent = NULL;
	scoped(certificate_list_donep) struct certificate_list anchors = {0};
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	scoped(memory_freep) char *subject = NULL;
	struct certificate_template template;
	struct err err = ERR_INIT;

	assert_true(key_generate(type, bits, &key, &err));
	template = testing_template(key);
	certificate_list_add(&anchors, certificate_share(ca));
	assert_true(certificate_issue_der(&template, ca, ca_key, &der, &err));
	assert_true(certificate_parse_der(buf_view(&der), &agent, &err));
	assert_true(key_same_public(certificate_key(agent), key));
	assert_true(certificate_verify(
	    agent, &anchors, CERTIFICATE_CLIENT, clock_wall_ms(), &err));
	assert_true(certificate_read_subject(buf_view(&der), &subject, &err));
	assert_string_equal(subject, certificate_subject(agent));
	for (size_t n = 0; n < der.length; n++) {
		char *none = NULL;

		assert_false(certificate_read_subject(
		    view_of(der.data, n), &none, &err));
		assert_null(none);
	}
}

/* The key's bytes are put in as they are, with the algorithm's parameter. */
static void
what_is_issued_as_bytes_reads_like_any_certificate(void **state)
{
	assert_same_as_read(KEY_EC_P256, 0);
	assert_same_as_read(KEY_EC_P384, 0);
	assert_same_as_read(KEY_RSA, 2048);
}

/* Keys and signatures are new each time: lines of hexadecimal are masked. */
static void
append_masked(struct buf *out, struct view text)
{
	struct view line;
	struct err err = ERR_INIT;

	while (text.length > 0) {
		bool is_hex = true;

		(void)view_cut(text, '\n', &line, &text);
		for (size_t i = 0; i < line.length; i++)
			is_hex = is_hex &&
			    strchr("0123456789ABCDEF: ", line.data[i]) != NULL;
		assert_true(is_hex && line.length > 20
			? buf_append_string(out, "    (masked)", &err)
			: buf_append_view(out, line, &err));
		assert_true(buf_append_string(out, "\n", &err));
	}
}

static void
append_text(struct buf *out, const char *title, struct certificate *certificate)
{
	scoped(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
	struct err err = ERR_INIT;
	char *data = NULL;
	long length;

	assert_int_equal(
	    X509_print_ex(bio, certificate_x509(certificate), XN_FLAG_RFC2253,
		X509_FLAG_NO_PUBKEY | X509_FLAG_NO_SIGDUMP),
	    1);
	length = BIO_get_mem_data(bio, &data);
	assert_true(buf_append_format(out, &err, "== %s\n", title));
	append_masked(out, view_of(data, (size_t)length));
	certificate_free(certificate);
}

static struct certificate_template
golden_template(enum certificate_profile profile, const struct key *key)
{
	struct certificate_template t = testing_template(key);

	t.profile = profile;
	memset(t.serial, 0x5a, sizeof(t.serial));
	t.not_before_ms = INT64_C(1767225600000); /* 2026-01-01 */
	t.not_after_ms = t.not_before_ms + DAYS_MS(90);
	return t;
}

static void
issued_certificates_are_the_golden_ones(void **state)
{
	static const char *const names[] = {"server.test"};
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(key_freep) struct key *key = testing_key();
	scoped(buf_donep) struct buf text = BUF_INIT(65536);
	struct certificate_template t = golden_template(CERTIFICATE_CA, ca_key);
	scoped(certificate_freep) struct certificate *ca = NULL;

	t.unit = NULL;
	t.common_name = "Agent CA";
	t.constrained_organization = t.organization;
	ca = testing_issue(&t, NULL, ca_key);
	append_text(&text, "agent CA", certificate_share(ca));
	t = golden_template(CERTIFICATE_CLIENT, key);
	t.crl_url = "http://server.test:8020/pki/agent-ca.crl";
	t.ocsp_url = "http://server.test:8020/pki/ocsp";
	append_text(&text, "agent", testing_issue(&t, ca, ca_key));
	t = golden_template(CERTIFICATE_OCSP, key);
	t.unit = NULL;
	t.common_name = "OCSP responder";
	append_text(&text, "OCSP responder", testing_issue(&t, ca, ca_key));
	t = golden_template(CERTIFICATE_SERVER, key);
	t.organization = NULL;
	t.unit = NULL;
	t.common_name = "server.test";
	t.dns_names = names;
	t.dns_name_count = array_length(names);
	t.addresses = addresses;
	t.address_count = array_length(addresses);
	append_text(&text, "server", testing_issue(&t, NULL, key));
	testing_golden("certificates.txt", buf_view(&text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_certificate_is_refused_at_every_cut_and_with_left_overs),
	    cmocka_unit_test(a_huge_certificate_is_refused_before_it_is_read),
	    cmocka_unit_test(a_flipped_byte_is_never_the_same_certificate),
	    cmocka_unit_test(an_agent_certificate_says_what_its_template_said),
	    cmocka_unit_test(a_server_certificate_names_hosts_and_addresses),
	    cmocka_unit_test(a_template_of_no_certificate_of_ours_is_refused),
	    cmocka_unit_test(a_chain_is_judged_by_issuer_purpose_and_dates),
	    cmocka_unit_test(
		an_agent_ca_makes_no_certificate_outside_its_constraints),
	    cmocka_unit_test(
		a_self_signed_server_certificate_is_its_own_anchor),
	    cmocka_unit_test(issued_certificates_are_the_golden_ones),
	    cmocka_unit_test(pem_is_read_as_it_was_written),
	    cmocka_unit_test(certs_only_messages_carry_their_certificates),
	    cmocka_unit_test(one_certificate_is_wrapped_as_the_library_does),
	    cmocka_unit_test(
		what_is_issued_as_bytes_reads_like_any_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
