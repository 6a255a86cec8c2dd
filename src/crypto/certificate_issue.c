/* Issuing certificates from a template. */
#include "crypto/openssl.h"

#include "base/check.h"
#include "crypto/certificate_extensions.h"

enum {
	NAME_MAX_CHARACTERS = 64 /* upper bounds of RFC 5280 appendix A */
};

static bool
invalid(struct err *err, const char *what)
{
	return err_set_code(err, ERR_DENIED, "template_invalid",
	    "no certificate of ours may have %s", what);
}

static bool
check_name(const char *name, struct err *err)
{
	if (name == NULL)
		return true;
	if (name[0] == '\0' || strlen(name) > NAME_MAX_CHARACTERS)
		return invalid(err, "an empty or overlong name");
	return true;
}

static bool
check_template(const struct certificate_template *template,
    const struct certificate *issuer, struct err *err)
{
	if (template->not_after_ms <= template->not_before_ms)
		return invalid(err, "an end before its beginning");
	if (template->serial[0] == 0 || (template->serial[0] & 0x80) != 0)
		return invalid(err, "a serial number that is not 16 octets");
	if (template->profile != CERTIFICATE_SERVER &&
	    template->dns_name_count + template->address_count > 0)
		return invalid(err, "names of a server without being one");
	if (template->profile == CERTIFICATE_SERVER &&
	    template->dns_name_count + template->address_count == 0)
		return invalid(err, "no name while being a server's");
	if ((template->profile == CERTIFICATE_CLIENT ||
		template->profile == CERTIFICATE_OCSP) &&
	    issuer == NULL)
		return invalid(err, "itself as issuer with that purpose");
	if (template->constrained_organization != NULL &&
	    template->profile != CERTIFICATE_CA)
		return invalid(err, "name constraints without being a CA");
	if (issuer != NULL && !certificate_is_ca(issuer))
		return invalid(err, "an issuer that is not a CA");
	return check_name(template->organization, err) &&
	    check_name(template->unit, err) &&
	    check_name(template->common_name, err);
}

static bool
add_name(X509_NAME *name, int nid, const char *text)
{
	return text == NULL ||
	    X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
		(const unsigned char *)text, -1, -1, 0) == 1;
}

static bool
set_serial(X509 *x509, const uint8_t serial[SERIAL_SIZE])
{
	scoped(BN_freep) BIGNUM *number = BN_bin2bn(serial, SERIAL_SIZE, NULL);

	return number != NULL &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
}

DEFINE_SCOPED(X509_ALGOR, X509_ALGOR_free)

static void
sequence_free(ASN1_SEQUENCE_ANY *sequence)
{
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
}
DEFINE_SCOPED(ASN1_SEQUENCE_ANY, sequence_free)

/* The algorithm of a SubjectPublicKeyInfo taken apart. */
static X509_ALGOR *
algorithm_of(const ASN1_TYPE *value)
{
	const uint8_t *at;

	if (value == NULL || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
		return NULL;
	at = ASN1_STRING_get0_data(value->value.sequence);
	return d2i_X509_ALGOR(
	    NULL, &at, ASN1_STRING_length(value->value.sequence));
}

/* The parameter of an algorithm is an object (a curve) or NULL (RSA). */
static bool
set_parts(X509_PUBKEY *public, X509_ALGOR *algorithm, const ASN1_TYPE *bits)
{
	const ASN1_OBJECT *object = NULL;
	const void *parameter = NULL;
	int type = V_ASN1_UNDEF;
	unsigned char *copy;
	int length;

	if (bits == NULL || ASN1_TYPE_get(bits) != V_ASN1_BIT_STRING)
		return false;
	X509_ALGOR_get0(&object, &type, &parameter, algorithm);
	if (type != V_ASN1_OBJECT && type != V_ASN1_NULL)
		return false;
	length = ASN1_STRING_length(bits->value.bit_string);
	copy = OPENSSL_memdup(
	    ASN1_STRING_get0_data(bits->value.bit_string), (size_t)length);
	check(copy != NULL);
	return X509_PUBKEY_set0_param(public, OBJ_dup(object), type,
		   type == V_ASN1_OBJECT ? (void *)OBJ_dup(parameter) : NULL,
		   copy, length) == 1;
}

/* The key's own bytes. X509_set_pubkey() encodes the key and decodes it again,
 * and either costs more than signing the certificate. */
static bool
set_public_key(X509 *x509, const struct key *key)
{
	struct view spki = key_spki_view(key);
	const uint8_t *at = spki.data;
	scoped(sequence_freep) ASN1_SEQUENCE_ANY *parts =
	    d2i_ASN1_SEQUENCE_ANY(NULL, &at, (long)spki.length);
	scoped(X509_ALGOR_freep) X509_ALGOR *algorithm = NULL;

	if (parts == NULL || sk_ASN1_TYPE_num(parts) != 2)
		return false;
	algorithm = algorithm_of(sk_ASN1_TYPE_value(parts, 0));
	return algorithm != NULL &&
	    set_parts(X509_get_X509_PUBKEY(x509), algorithm,
		sk_ASN1_TYPE_value(parts, 1));
}

static bool
fill(X509 *x509, const struct certificate_template *template,
    const struct certificate *issuer)
{
	X509_NAME *subject = X509_get_subject_name(x509);

	return X509_set_version(x509, X509_VERSION_3) == 1 &&
	    set_serial(x509, template->serial) &&
	    openssl_set_time(
		X509_getm_notBefore(x509), template->not_before_ms) &&
	    openssl_set_time(
		X509_getm_notAfter(x509), template->not_after_ms) &&
	    add_name(subject, NID_organizationName, template->organization) &&
	    add_name(subject, NID_organizationalUnitName, template->unit) &&
	    add_name(subject, NID_commonName, template->common_name) &&
	    X509_set_issuer_name(x509,
		issuer == NULL
		    ? subject
		    : X509_get_subject_name(certificate_x509(issuer))) == 1 &&
	    set_public_key(x509, template->subject_key);
}

/* OpenSSL remembers what it once derived from a certificate (names, purposes,
 * constraints, hash), also from a half-built one: only the bytes count. */
static bool
read_again(X509 *x509, struct certificate **out, struct err *err)
{
	unsigned char *der = NULL;
	int length = i2d_X509(x509, &der);
	bool is_read;

	check(length > 0);
	is_read = certificate_parse_der(view_of(der, (size_t)length), out, err);
	OPENSSL_free(der);
	return is_read;
}

static bool
make(X509 *x509, const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key,
    struct err *err)
{
	check(x509 != NULL && issuer_key->is_private);
	if (!check_template(template, issuer, err))
		return false;
	if (!key_same_public(issuer_key,
		issuer == NULL ? template->subject_key
			       : certificate_key(issuer)))
		return invalid(err,
		    "the signature of a key that is not its "
		    "issuer's");
	if (!fill(x509, template, issuer) ||
	    !certificate_add_extensions(x509, template,
		issuer == NULL ? x509 : certificate_x509(issuer)))
		return openssl_failed(err, ERR_CRYPTO, "certificate_failed",
		    "the certificate cannot be put together");
	if (X509_sign(x509, issuer_key->pkey, EVP_sha256()) <= 0)
		return openssl_failed(err, ERR_CRYPTO, "certificate_failed",
		    "the certificate cannot be signed");
	return true;
}

bool
certificate_issue(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key,
    struct certificate **out, struct err *err)
{
	scoped(X509_freep) X509 *x509 = X509_new();

	return make(x509, template, issuer, issuer_key, err) &&
	    read_again(x509, out, err);
}

bool
certificate_issue_der(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key,
    struct buf *out, struct err *err)
{
	scoped(X509_freep) X509 *x509 = X509_new();
	unsigned char *der = NULL;
	bool is_appended;
	int length;

	if (!make(x509, template, issuer, issuer_key, err))
		return false;
	length = i2d_X509(x509, &der);
	check(length > 0);
	is_appended = buf_append(out, der, (size_t)length, err);
	OPENSSL_free(der);
	return is_appended;
}
