/* Certificate revocation lists, made and signed. */
#include "crypto/crl.h"

#include "base/check.h"
#include "crypto/openssl.h"

DEFINE_SCOPED(X509_CRL, X509_CRL_free)
DEFINE_SCOPED(X509_REVOKED, X509_REVOKED_free)
DEFINE_SCOPED(ASN1_ENUMERATED, ASN1_ENUMERATED_free)
DEFINE_SCOPED(AUTHORITY_KEYID, AUTHORITY_KEYID_free)

static bool
set_dates(X509_CRL *crl, const struct crl_template *template)
{
	scoped(ASN1_TIME_freep) ASN1_TIME *time = ASN1_TIME_new();

	return time != NULL &&
	    openssl_set_time(time, template->this_update_ms) &&
	    X509_CRL_set1_lastUpdate(crl, time) == 1 &&
	    openssl_set_time(time, template->next_update_ms) &&
	    X509_CRL_set1_nextUpdate(crl, time) == 1;
}

static bool
add_reason(X509_REVOKED *revoked, enum revocation_reason reason)
{
	scoped(ASN1_ENUMERATED_freep) ASN1_ENUMERATED *value = NULL;

	/* Absent says unspecified (RFC 5280 section 5.3.1). */
	if (reason == REVOCATION_UNSPECIFIED)
		return true;
	value = ASN1_ENUMERATED_new();
	return value != NULL && ASN1_ENUMERATED_set(value, (long)reason) == 1 &&
	    X509_REVOKED_add1_ext_i2d(
		revoked, NID_crl_reason, value, 0, X509V3_ADD_DEFAULT) == 1;
}

static bool
add_entry(X509_CRL *crl, const struct crl_entry *entry)
{
	scoped(X509_REVOKED_freep) X509_REVOKED *revoked = X509_REVOKED_new();
	scoped(ASN1_INTEGER_freep) ASN1_INTEGER *serial =
	    openssl_serial_from_hex(entry->serial);
	scoped(ASN1_TIME_freep) ASN1_TIME *time = ASN1_TIME_new();

	if (revoked == NULL || serial == NULL || time == NULL ||
	    X509_REVOKED_set_serialNumber(revoked, serial) != 1 ||
	    !openssl_set_time(time, entry->revoked_ms) ||
	    X509_REVOKED_set_revocationDate(revoked, time) != 1 ||
	    !add_reason(revoked, entry->reason) ||
	    X509_CRL_add0_revoked(crl, revoked) != 1)
		return false;
	revoked = NULL; /* the list owns it now */
	return true;
}

static bool
add_extensions(X509_CRL *crl, const struct crl_template *template)
{
	scoped(ASN1_INTEGER_freep) ASN1_INTEGER *number = ASN1_INTEGER_new();
	scoped(AUTHORITY_KEYID_freep) AUTHORITY_KEYID *authority =
	    AUTHORITY_KEYID_new();
	const ASN1_OCTET_STRING *key_id =
	    X509_get0_subject_key_id(certificate_x509(template->issuer));

	check(number != NULL && authority != NULL);
	if (ASN1_INTEGER_set_uint64(number, template->number) != 1 ||
	    X509_CRL_add1_ext_i2d(
		crl, NID_crl_number, number, 0, X509V3_ADD_DEFAULT) != 1)
		return false;
	if (key_id == NULL)
		return true;
	authority->keyid = ASN1_OCTET_STRING_dup(key_id);
	return X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier,
		   authority, 0, X509V3_ADD_DEFAULT) == 1;
}

static bool
fill(X509_CRL *crl, const struct crl_template *template)
{
	bool is_filled = X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	    X509_CRL_set_issuer_name(crl,
		X509_get_subject_name(certificate_x509(template->issuer))) ==
		1 &&
	    set_dates(crl, template) && add_extensions(crl, template);

	for (size_t i = 0; is_filled && i < template->entry_count; i++)
		is_filled = add_entry(crl, &template->entries[i]);
	return is_filled;
}

bool
crl_make(const struct crl_template *template, struct buf *out, struct err *err)
{
	scoped(X509_CRL_freep) X509_CRL *crl = X509_CRL_new();
	unsigned char *der = NULL;
	bool is_appended;
	int length;

	check(crl != NULL && template->issuer_key->is_private);
	check(key_same_public(
	    certificate_key(template->issuer), template->issuer_key));
	if (!fill(crl, template))
		return openssl_failed(err, ERR_CRYPTO, "crl_failed",
		    "the revocation list cannot be put together");
	X509_CRL_sort(crl);
	if (X509_CRL_sign(crl, template->issuer_key->pkey, EVP_sha256()) <= 0)
		return openssl_failed(err, ERR_CRYPTO, "crl_failed",
		    "the revocation list cannot be signed");
	length = i2d_X509_CRL(crl, &der);
	check(length > 0);
	is_appended = buf_append(out, der, (size_t)length, err);
	OPENSSL_free(der);
	return is_appended;
}
