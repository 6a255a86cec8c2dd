/*
 * The extensions of our certificates (RFC 5280 section 4.2), built as
 * structures: no text of a template is ever parsed as configuration.
 */
#include "crypto/certificate_extensions.h"

#include <arpa/inet.h>

#include "base/check.h"

enum {
	KEY_ID_SIZE = 20,
	/* Bits of keyUsage. */
	USE_DIGITAL_SIGNATURE = 0,
	USE_CERTIFICATE_SIGN = 5,
	USE_CRL_SIGN = 6,
};

/* What each profile may be used for. */
static const struct usage {
	int key_usage[2]; /* -1 ends */
	int extended;     /* NID_undef: none */
} usages[] = {
    [CERTIFICATE_CA] = {{USE_CERTIFICATE_SIGN, USE_CRL_SIGN}, NID_undef},
    [CERTIFICATE_CLIENT] = {{USE_DIGITAL_SIGNATURE, -1}, NID_client_auth},
    [CERTIFICATE_SERVER] = {{USE_DIGITAL_SIGNATURE, -1}, NID_server_auth},
    [CERTIFICATE_OCSP] = {{USE_DIGITAL_SIGNATURE, -1}, NID_OCSP_sign},
};

DEFINE_SCOPED(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
DEFINE_SCOPED(ASN1_BIT_STRING, ASN1_BIT_STRING_free)
DEFINE_SCOPED(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
DEFINE_SCOPED(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
DEFINE_SCOPED(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
DEFINE_SCOPED(GENERAL_NAMES, GENERAL_NAMES_free)
DEFINE_SCOPED(CRL_DIST_POINTS, CRL_DIST_POINTS_free)
DEFINE_SCOPED(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)
DEFINE_SCOPED(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free)
DEFINE_SCOPED(ASN1_NULL, ASN1_NULL_free)

static bool
add(X509 *x509, int nid, void *value, bool is_critical)
{
	return X509_add1_ext_i2d(x509, nid, value, is_critical ? 1 : 0,
		   X509V3_ADD_DEFAULT) == 1;
}

static bool
add_basic_constraints(X509 *x509, bool is_ca)
{
	scoped(BASIC_CONSTRAINTS_freep) BASIC_CONSTRAINTS *value =
	    BASIC_CONSTRAINTS_new();

	check(value != NULL);
	if (is_ca) {
		value->ca = 0xff;
		value->pathlen = ASN1_INTEGER_new();
		check(value->pathlen != NULL);
		check(ASN1_INTEGER_set(value->pathlen, 0) == 1);
	}
	return add(x509, NID_basic_constraints, value, true);
}

static bool
add_key_usage(X509 *x509, const struct usage *usage)
{
	scoped(ASN1_BIT_STRING_freep) ASN1_BIT_STRING *bits =
	    ASN1_BIT_STRING_new();

	check(bits != NULL);
	for (size_t i = 0; i < array_length(usage->key_usage); i++)
		if (usage->key_usage[i] >= 0)
			check(ASN1_BIT_STRING_set_bit(
				  bits, usage->key_usage[i], 1) == 1);
	return add(x509, NID_key_usage, bits, true);
}

static bool
add_extended_key_usage(X509 *x509, const struct usage *usage)
{
	scoped(EXTENDED_KEY_USAGE_freep) EXTENDED_KEY_USAGE *list =
	    EXTENDED_KEY_USAGE_new();

	if (usage->extended == NID_undef)
		return true;
	check(list != NULL &&
	    sk_ASN1_OBJECT_push(list, OBJ_nid2obj(usage->extended)) > 0);
	return add(x509, NID_ext_key_usage, list, false);
}

/* RFC 7093 section 2 method 1: the leftmost 160 bits of SHA-256. */
static bool
add_subject_key_id(X509 *x509)
{
	scoped(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *value =
	    ASN1_OCTET_STRING_new();
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(x509);
	uint8_t hash[SHA256_SIZE];

	check(value != NULL && bits != NULL);
	digest_sha256(view_of(ASN1_STRING_get0_data(bits),
			  (size_t)ASN1_STRING_length(bits)),
	    hash);
	check(ASN1_OCTET_STRING_set(value, hash, KEY_ID_SIZE) == 1);
	return add(x509, NID_subject_key_identifier, value, false);
}

static bool
add_authority_key_id(X509 *x509, X509 *issuer)
{
	scoped(AUTHORITY_KEYID_freep) AUTHORITY_KEYID *value =
	    AUTHORITY_KEYID_new();
	const ASN1_OCTET_STRING *key_id = X509_get0_subject_key_id(issuer);

	check(value != NULL);
	if (key_id == NULL)
		return true;
	value->keyid = ASN1_OCTET_STRING_dup(key_id);
	return add(x509, NID_authority_key_identifier, value, false);
}

static GENERAL_NAME *
text_name(int type, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();

	check(name != NULL && string != NULL &&
	    ASN1_STRING_set(string, text, (int)strlen(text)) == 1);
	GENERAL_NAME_set0_value(name, type, string);
	return name;
}

/* An address (4 or 16 octets), or with twice as many an address and a mask. */
static GENERAL_NAME *
octets_name(const uint8_t *octets, size_t length)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();

	check(name != NULL && string != NULL &&
	    ASN1_OCTET_STRING_set(string, octets, (int)length) == 1);
	GENERAL_NAME_set0_value(name, GEN_IPADD, string);
	return name;
}

static GENERAL_NAME *
address_name(const char *text)
{
	uint8_t octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		return octets_name(octets, 4);
	if (inet_pton(AF_INET6, text, octets) == 1)
		return octets_name(octets, 16);
	return NULL;
}

static bool
is_dns_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_*";

	return text[0] != '\0' && text[strspn(text, allowed)] == '\0' &&
	    strlen(text) <= 253;
}

static bool
add_names(X509 *x509, const struct certificate_template *template)
{
	scoped(GENERAL_NAMES_freep) GENERAL_NAMES *names = GENERAL_NAMES_new();

	if (template->dns_name_count + template->address_count == 0)
		return true;
	check(names != NULL);
	for (size_t i = 0; i < template->dns_name_count; i++) {
		if (!is_dns_name(template->dns_names[i]))
			return false;
		check(sk_GENERAL_NAME_push(names,
			  text_name(GEN_DNS, template->dns_names[i])) > 0);
	}
	for (size_t i = 0; i < template->address_count; i++) {
		GENERAL_NAME *name = address_name(template->addresses[i]);

		if (name == NULL)
			return false;
		check(sk_GENERAL_NAME_push(names, name) > 0);
	}
	return add(x509, NID_subject_alt_name, names, false);
}

static bool
add_crl_url(X509 *x509, const char *url)
{
	scoped(CRL_DIST_POINTS_freep) CRL_DIST_POINTS *points = NULL;
	DIST_POINT *point;

	if (url == NULL)
		return true;
	points = CRL_DIST_POINTS_new();
	point = DIST_POINT_new();
	check(points != NULL && point != NULL &&
	    sk_DIST_POINT_push(points, point) > 0);
	point->distpoint = DIST_POINT_NAME_new();
	check(point->distpoint != NULL);
	point->distpoint->type = 0;
	point->distpoint->name.fullname = GENERAL_NAMES_new();
	check(point->distpoint->name.fullname != NULL &&
	    sk_GENERAL_NAME_push(
		point->distpoint->name.fullname, text_name(GEN_URI, url)) > 0);
	return add(x509, NID_crl_distribution_points, points, false);
}

static bool
add_ocsp_url(X509 *x509, const char *url)
{
	scoped(AUTHORITY_INFO_ACCESS_freep) AUTHORITY_INFO_ACCESS *list = NULL;
	ACCESS_DESCRIPTION *item;

	if (url == NULL)
		return true;
	list = AUTHORITY_INFO_ACCESS_new();
	item = ACCESS_DESCRIPTION_new();
	check(list != NULL && item != NULL &&
	    sk_ACCESS_DESCRIPTION_push(list, item) > 0);
	item->method = OBJ_nid2obj(NID_ad_OCSP);
	GENERAL_NAME_free(item->location);
	item->location = text_name(GEN_URI, url);
	return add(x509, NID_info_access, list, false);
}

static void
add_subtree(STACK_OF(GENERAL_SUBTREE) * *stack, GENERAL_NAME *base)
{
	GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();

	if (*stack == NULL)
		*stack = sk_GENERAL_SUBTREE_new_null();
	check(subtree != NULL && *stack != NULL &&
	    sk_GENERAL_SUBTREE_push(*stack, subtree) > 0);
	GENERAL_NAME_free(subtree->base);
	subtree->base = base;
}

static GENERAL_NAME *
organization_name(const char *organization)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	X509_NAME *directory = X509_NAME_new();

	check(name != NULL && directory != NULL &&
	    X509_NAME_add_entry_by_NID(directory, NID_organizationName,
		MBSTRING_UTF8, (const unsigned char *)organization, -1, -1,
		0) == 1);
	GENERAL_NAME_set0_value(name, GEN_DIRNAME, directory);
	return name;
}

/* One organization, and nothing that names a host or a mailbox: an agent CA
 * that is stolen still makes no certificate for a server. */
static bool
add_name_constraints(X509 *x509, const char *organization)
{
	static const uint8_t everything[32]; /* address and mask are zero */
	scoped(NAME_CONSTRAINTS_freep) NAME_CONSTRAINTS *value = NULL;

	if (organization == NULL)
		return true;
	value = NAME_CONSTRAINTS_new();
	check(value != NULL);
	add_subtree(&value->permittedSubtrees, organization_name(organization));
	add_subtree(&value->excludedSubtrees, text_name(GEN_DNS, ""));
	add_subtree(&value->excludedSubtrees, text_name(GEN_EMAIL, ""));
	add_subtree(&value->excludedSubtrees, octets_name(everything, 8));
	add_subtree(&value->excludedSubtrees, octets_name(everything, 32));
	return add(x509, NID_name_constraints, value, true);
}

static bool
add_no_check(X509 *x509, bool is_responder)
{
	scoped(ASN1_NULL_freep) ASN1_NULL *value = NULL;

	if (!is_responder)
		return true;
	value = ASN1_NULL_new();
	check(value != NULL);
	return add(x509, NID_id_pkix_OCSP_noCheck, value, false);
}

bool
certificate_add_extensions(
    X509 *x509, const struct certificate_template *template, X509 *issuer)
{
	const struct usage *usage = &usages[template->profile];

	return add_basic_constraints(
		   x509, template->profile == CERTIFICATE_CA) &&
	    add_key_usage(x509, usage) && add_extended_key_usage(x509, usage) &&
	    add_subject_key_id(x509) && add_authority_key_id(x509, issuer) &&
	    add_names(x509, template) && add_crl_url(x509, template->crl_url) &&
	    add_ocsp_url(x509, template->ocsp_url) &&
	    add_name_constraints(x509, template->constrained_organization) &&
	    add_no_check(x509, template->profile == CERTIFICATE_OCSP);
}
