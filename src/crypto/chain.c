/* Judging one certificate by a set of anchors. */
#include "crypto/chain.h"

#include "base/check.h"

static const struct chain_fault_words words[] = {
    [CHAIN_FAULT_NONE] = {"", "", X509_V_OK},
    [CHAIN_FAULT_EXPIRED] = {"certificate_expired",
	"the certificate has expired", X509_V_ERR_CERT_HAS_EXPIRED},
    [CHAIN_FAULT_NOT_YET_VALID] = {"certificate_not_yet_valid",
	"the certificate is not valid yet", X509_V_ERR_CERT_NOT_YET_VALID},
    [CHAIN_FAULT_UNKNOWN_ISSUER] = {"certificate_unknown_issuer",
	"the certificate's issuer is not a trusted one",
	X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    [CHAIN_FAULT_WRONG_USAGE] = {"certificate_wrong_usage",
	"the certificate is not for this use", X509_V_ERR_INVALID_PURPOSE},
    [CHAIN_FAULT_WRONG_SUBJECT] = {"certificate_wrong_subject",
	"the certificate's subject is not that of an agent of this fleet",
	X509_V_ERR_INVALID_PURPOSE},
    [CHAIN_FAULT_REVOKED] = {"certificate_revoked",
	"the certificate is revoked", X509_V_ERR_CERT_REVOKED},
    [CHAIN_FAULT_INVALID] = {"certificate_invalid",
	"the certificate is not sound", X509_V_ERR_CERT_REJECTED},
};

/* The usage that a certificate must state; OpenSSL alone would let one without
 * any extended key usage serve for everything. */
static const struct purpose {
	int openssl;
	uint32_t extended;
} purposes[] = {
    [CERTIFICATE_CA] = {X509_PURPOSE_ANY, 0},
    [CERTIFICATE_CLIENT] = {X509_PURPOSE_SSL_CLIENT, XKU_SSL_CLIENT},
    [CERTIFICATE_SERVER] = {X509_PURPOSE_SSL_SERVER, XKU_SSL_SERVER},
    [CERTIFICATE_OCSP] = {X509_PURPOSE_OCSP_HELPER, XKU_OCSP_SIGN},
};

const struct chain_fault_words *
chain_fault_words(enum chain_fault fault)
{
	check((size_t)fault < array_length(words));
	return &words[fault];
}

X509_STORE *
chain_store_new(void)
{
	X509_STORE *store = X509_STORE_new();

	check(store != NULL);
	/* Dates are judged here, with the allowance; an anchor need not be
	 * self-signed. */
	check(X509_STORE_set_flags(store,
		  X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN) == 1);
	return store;
}

static enum chain_fault
fault_of_error(int x509_error)
{
	switch (x509_error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return CHAIN_FAULT_UNKNOWN_ISSUER;
	case X509_V_ERR_INVALID_PURPOSE:
		return CHAIN_FAULT_WRONG_USAGE;
	default:
		return CHAIN_FAULT_INVALID;
	}
}

enum chain_fault
chain_judge_usage(X509 *leaf, enum certificate_profile purpose)
{
	uint32_t stated = X509_get_extended_key_usage(leaf);
	uint32_t needed = purposes[purpose].extended;

	if (purpose == CERTIFICATE_CA)
		return X509_check_ca(leaf) == 1 ? CHAIN_FAULT_NONE
						: CHAIN_FAULT_WRONG_USAGE;
	/* Absent is UINT32_MAX. */
	if (stated == UINT32_MAX || (stated & needed) == 0 ||
	    (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0 ||
	    X509_check_purpose(leaf, purposes[purpose].openssl, 0) != 1)
		return CHAIN_FAULT_WRONG_USAGE;
	return CHAIN_FAULT_NONE;
}

enum chain_fault
chain_judge_dates(
    const struct chain_window *window, int64_t at_ms, int64_t allowance_ms)
{
	if (at_ms > window->until_ms + allowance_ms)
		return CHAIN_FAULT_EXPIRED;
	if (at_ms < window->from_ms - allowance_ms)
		return CHAIN_FAULT_NOT_YET_VALID;
	return CHAIN_FAULT_NONE;
}

static bool
read_window(STACK_OF(X509) * chain, struct chain_window *out)
{
	struct chain_window window = {INT64_MIN, INT64_MAX};

	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *x509 = sk_X509_value(chain, i);
		int64_t from, until;

		if (!openssl_get_time(X509_get0_notBefore(x509), &from) ||
		    !openssl_get_time(X509_get0_notAfter(x509), &until))
			return false;
		if (from > window.from_ms)
			window.from_ms = from;
		if (until < window.until_ms)
			window.until_ms = until;
	}
	*out = window;
	return sk_X509_num(chain) > 0;
}

enum chain_fault
chain_check(X509_STORE *store, X509 *leaf, enum certificate_profile purpose,
    struct chain_window *out)
{
	scoped(X509_STORE_CTX_freep) X509_STORE_CTX *context =
	    X509_STORE_CTX_new();
	X509_VERIFY_PARAM *parameters;
	bool is_sound;

	check(context != NULL &&
	    X509_STORE_CTX_init(context, store, leaf, NULL) == 1);
	parameters = X509_STORE_CTX_get0_param(context);
	check(X509_VERIFY_PARAM_set_purpose(
		  parameters, purposes[purpose].openssl) == 1);
	/* At least 112 bits of security: neither SHA-1 nor short keys. */
	X509_VERIFY_PARAM_set_auth_level(parameters, 2);
	is_sound = X509_verify_cert(context) == 1;
	ERR_clear_error();
	if (!is_sound)
		return fault_of_error(X509_STORE_CTX_get_error(context));
	return read_window(X509_STORE_CTX_get0_chain(context), out)
	    ? CHAIN_FAULT_NONE
	    : CHAIN_FAULT_INVALID;
}

static enum chain_fault
judge(X509_STORE *store, X509 *leaf, enum certificate_profile purpose,
    int64_t at_ms)
{
	struct chain_window window;
	enum chain_fault fault = chain_check(store, leaf, purpose, &window);

	if (fault == CHAIN_FAULT_NONE)
		fault = chain_judge_dates(&window, at_ms, 0);
	return fault != CHAIN_FAULT_NONE ? fault
					 : chain_judge_usage(leaf, purpose);
}

bool
certificate_verify(const struct certificate *certificate,
    const struct certificate_list *anchors, enum certificate_profile purpose,
    int64_t at_ms, struct err *err)
{
	scoped(X509_STORE_freep) X509_STORE *store = chain_store_new();
	enum chain_fault fault;

	for (size_t i = 0; i < anchors->count; i++)
		check(X509_STORE_add_cert(
			  store, certificate_x509(anchors->items[i])) == 1);
	fault = judge(store, certificate_x509(certificate), purpose, at_ms);
	if (fault == CHAIN_FAULT_NONE)
		return true;
	return err_set_code(
	    err, ERR_CRYPTO, words[fault].code, "%s", words[fault].sentence);
}
