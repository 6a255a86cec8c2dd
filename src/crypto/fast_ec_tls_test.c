/*
 * Handshakes end alike without the fast EC path and with it: every form of a
 * certificate's key, and every group.
 */
#include "base/cmocka_test.h"

#include "crypto/fast_ec_testing.h"
#include "crypto/tls_testing.h"

/* The agent's certificate, signed by the CA, with its key in that form. */
static struct certificate *
make_deformed(enum form form)
{
	struct certificate_template t = testing_template(people.agent_key);
	struct certificate *made = testing_issue(&t, people.ca, people.ca_key);
	X509 *x509 = certificate_x509(made);

	testing_deform(
	    X509_get_X509_PUBKEY(x509), people.agent_key->pkey, form);
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

		SAME_OUTCOME(testing_form_name(form),
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(deformed_certificates_fail_the_handshake),
	    cmocka_unit_test(curves_outside_the_policy_fail_the_handshake),
	    cmocka_unit_test(every_group_of_the_policy_works),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
