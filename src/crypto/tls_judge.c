/* Judging an agent's certificate: chain, dates, usage, subject, deny list. */
#include "crypto/tls_judge.h"

#include "base/memory.h"
#include "base/text.h"
#include "crypto/remembered.h"
#include "crypto/trust_store.h"

enum {
	SUBJECT_PARTS = 3
};

/* The subject's part at that place, which must be of that kind. Short text
 * without NUL into out. */
static bool
read_part(const X509_NAME *name, int place, int nid, char *out, size_t size)
{
	X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, place);
	const ASN1_STRING *value;
	int type;
	int length;

	if (entry == NULL ||
	    OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != nid ||
	    X509_NAME_ENTRY_set(entry) != place)
		return false;
	value = X509_NAME_ENTRY_get_data(entry);
	type = ASN1_STRING_type(value);
	length = ASN1_STRING_length(value);
	if ((type != V_ASN1_UTF8STRING && type != V_ASN1_PRINTABLESTRING) ||
	    length <= 0 || (size_t)length >= size)
		return false;
	memcpy(out, ASN1_STRING_get0_data(value), (size_t)length);
	out[length] = '\0';
	return strlen(out) == (size_t)length;
}

/* O=Warifu fleet <fleet>, OU=agent|stock, CN=<agent id>: in this order and
 * nothing else. */
static bool
read_subject(const struct trust *trust, X509 *leaf, struct tls_peer *out)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	char organization[64];
	char expected[64];

	snprintf(expected, sizeof(expected), "Warifu fleet %s",
	    trust_fleet_id(trust));
	if (X509_NAME_entry_count(subject) != SUBJECT_PARTS ||
	    !read_part(subject, 0, NID_organizationName, organization,
		sizeof(organization)) ||
	    strcmp(organization, expected) != 0)
		return false;
	if (!read_part(subject, 1, NID_organizationalUnitName, out->unit,
		sizeof(out->unit)) ||
	    (strcmp(out->unit, "agent") != 0 &&
		strcmp(out->unit, "stock") != 0))
		return false;
	return read_part(subject, 2, NID_commonName, out->agent_id,
		   sizeof(out->agent_id)) &&
	    id_is_valid(view_string(out->agent_id));
}

static bool
read_serial(X509 *leaf, struct tls_peer *out)
{
	scoped(memory_freep) char *serial =
	    openssl_serial_hex(X509_get0_serialNumber(leaf));
	size_t length = strlen(serial);

	if (length >= sizeof(out->serial))
		return false;
	memcpy(out->serial, serial, length + 1);
	return true;
}

static void
write_fingerprint(const uint8_t hash[SHA256_SIZE], struct tls_peer *out)
{
	scoped(memory_freep) char *hex = hex_encode(view_of(hash, SHA256_SIZE));

	memcpy(out->fingerprint, hex, sizeof(out->fingerprint));
}

/* The chain's soundness from memory or by a full check; dates always. */
static enum chain_fault
judge_chain(const struct trust *trust, X509 *leaf,
    const uint8_t hash[SHA256_SIZE], int64_t now_ms)
{
	struct remembered *remembered = trust_remembered(trust);
	struct chain_window window;
	enum chain_fault fault;
	bool is_new = !remembered_find(remembered, hash, &window);

	if (is_new) {
		fault = chain_check(
		    trust_store(trust), leaf, CERTIFICATE_CLIENT, &window);
		if (fault != CHAIN_FAULT_NONE)
			return fault;
	}
	fault = chain_judge_dates(&window, now_ms, TLS_CLOCK_ALLOWANCE_MS);
	if (fault != CHAIN_FAULT_NONE)
		return fault;
	fault = chain_judge_usage(leaf, CERTIFICATE_CLIENT);
	if (fault == CHAIN_FAULT_NONE && is_new)
		remembered_add(remembered, hash, &window);
	return fault;
}

enum chain_fault
tls_judge_agent(
    const struct trust *trust, X509 *leaf, int64_t now_ms, struct tls_peer *out)
{
	uint8_t hash[SHA256_SIZE];
	unsigned length = sizeof(hash);
	enum chain_fault fault;

	/* Of the bytes that were signed and of the signature: nothing else of a
	 * certificate could differ unnoticed. */
	if (X509_digest(leaf, EVP_sha256(), hash, &length) != 1)
		return CHAIN_FAULT_INVALID;
	fault = judge_chain(trust, leaf, hash, now_ms);
	if (fault != CHAIN_FAULT_NONE)
		return fault;
	if (!read_subject(trust, leaf, out))
		return CHAIN_FAULT_WRONG_SUBJECT;
	if (!read_serial(leaf, out) ||
	    !openssl_get_time(X509_get0_notAfter(leaf), &out->not_after_ms))
		return CHAIN_FAULT_INVALID;
	write_fingerprint(hash, out);
	if (trust_denies(trust, out->agent_id, out->serial))
		return CHAIN_FAULT_REVOKED;
	return CHAIN_FAULT_NONE;
}
