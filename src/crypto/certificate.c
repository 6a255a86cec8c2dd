/* X.509 certificates: read and described. */
#include "crypto/openssl.h"

#include <arpa/inet.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/memory.h"

struct certificate {
	unsigned references;
	X509 *x509;
	uint8_t *der;
	size_t length;
	char fingerprint[SHA256_HEX_SIZE];
	char *serial;
	char *organization;
	char *unit;
	char *common_name;
	char *subject;
	char *issuer;
	char **sans;
	size_t san_count;
	int64_t not_before_ms;
	int64_t not_after_ms;
	bool is_ca;
	struct key *key;
};

enum {
	SAN_MAX = 256 /* names in one certificate */
};

/* Text of the one attribute of that kind; "" where there is none, several, or
 * one with a NUL inside. */
static char *
read_attribute(const X509_NAME *name, int nid)
{
	int index = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *utf8 = NULL;
	char *text = NULL;
	int length;

	if (index < 0 || X509_NAME_get_index_by_NID(name, nid, index) >= 0)
		return memory_string("");
	length = ASN1_STRING_to_UTF8(
	    &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
	if (length > 0 && memchr(utf8, '\0', (size_t)length) == NULL)
		text = memory_string_n((char *)utf8, (size_t)length);
	OPENSSL_free(utf8);
	ERR_clear_error();
	return text == NULL ? memory_string("") : text;
}

static char *
name_line(const X509_NAME *name)
{
	scoped(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long length;

	check(bio != NULL);
	X509_NAME_print_ex(
	    bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	length = BIO_get_mem_data(bio, &data);
	return memory_string_n(
	    length > 0 ? data : "", length > 0 ? (size_t)length : 0);
}

static char *
san_text(const GENERAL_NAME *name)
{
	char address[INET6_ADDRSTRLEN];
	const ASN1_STRING *value;
	const uint8_t *data;
	size_t length;

	if (name->type != GEN_DNS && name->type != GEN_IPADD)
		return NULL;
	value = name->type == GEN_DNS ? (const ASN1_STRING *)name->d.dNSName
				      : name->d.iPAddress;
	data = ASN1_STRING_get0_data(value);
	length = (size_t)ASN1_STRING_length(value);
	if (name->type == GEN_DNS)
		return length == 0 || memchr(data, '\0', length) != NULL
		    ? NULL
		    : memory_format("DNS:%.*s", (int)length, (char *)data);
	if (length != 4 && length != 16)
		return NULL;
	check(inet_ntop(length == 4 ? AF_INET : AF_INET6, data, address,
		  sizeof(address)) != NULL);
	return memory_format("IP:%s", address);
}

static void
read_sans(struct certificate *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(
	    certificate->x509, NID_subject_alt_name, NULL, NULL);
	int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);

	if (count > SAN_MAX)
		count = SAN_MAX;
	certificate->sans = memory_array((size_t)count + 1, sizeof(char *));
	for (int i = 0; i < count; i++) {
		char *text = san_text(sk_GENERAL_NAME_value(names, i));

		if (text != NULL)
			certificate->sans[certificate->san_count++] = text;
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}

static bool
describe(struct certificate *certificate, struct err *err)
{
	X509 *x509 = certificate->x509;
	const X509_NAME *subject = X509_get_subject_name(x509);

	if (!openssl_get_time(
		X509_get0_notBefore(x509), &certificate->not_before_ms) ||
	    !openssl_get_time(
		X509_get0_notAfter(x509), &certificate->not_after_ms))
		return openssl_failed(err, ERR_MALFORMED,
		    "certificate_malformed",
		    "the certificate's dates cannot be read");
	if (!key_from_x509_pubkey(
		X509_get_X509_PUBKEY(x509), &certificate->key, err))
		return false;
	digest_sha256_hex(
	    certificate_der_view(certificate), certificate->fingerprint);
	certificate->serial = openssl_serial_hex(X509_get0_serialNumber(x509));
	certificate->organization =
	    read_attribute(subject, NID_organizationName);
	certificate->unit = read_attribute(subject, NID_organizationalUnitName);
	certificate->common_name = read_attribute(subject, NID_commonName);
	certificate->subject = name_line(subject);
	certificate->issuer = name_line(X509_get_issuer_name(x509));
	certificate->is_ca = X509_check_ca(x509) == 1;
	read_sans(certificate);
	return true;
}

static void
sequence_free(ASN1_SEQUENCE_ANY *sequence)
{
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
}
DEFINE_SCOPED(ASN1_SEQUENCE_ANY, sequence_free)
DEFINE_SCOPED(X509_NAME, X509_NAME_free)

static ASN1_SEQUENCE_ANY *
open_sequence(struct view der)
{
	const uint8_t *at = der.data;

	return d2i_ASN1_SEQUENCE_ANY(NULL, &at, (long)der.length);
}

/* The bytes of a member that is a SEQUENCE itself; empty where there is none.
 */
static struct view
member(const ASN1_SEQUENCE_ANY *sequence, int index)
{
	const ASN1_TYPE *value =
	    sequence == NULL ? NULL : sk_ASN1_TYPE_value(sequence, index);

	if (value == NULL || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
		return view_of(NULL, 0);
	return view_of(ASN1_STRING_get0_data(value->value.sequence),
	    (size_t)ASN1_STRING_length(value->value.sequence));
}

/* Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { version, serialNumber,
 * signature, issuer, validity, subject, … }, … } (RFC 5280 section 4.1) */
bool
certificate_read_subject(struct view der, char **out, struct err *err)
{
	scoped(sequence_freep) ASN1_SEQUENCE_ANY *outer = open_sequence(der);
	scoped(sequence_freep) ASN1_SEQUENCE_ANY *inner =
	    open_sequence(member(outer, 0));
	scoped(X509_NAME_freep) X509_NAME *subject = NULL;
	struct view bytes = member(inner, 5);
	const uint8_t *at = bytes.data;

	if (bytes.length > 0)
		subject = d2i_X509_NAME(NULL, &at, (long)bytes.length);
	if (subject == NULL)
		return openssl_failed(err, ERR_MALFORMED,
		    "certificate_malformed",
		    "the certificate's subject cannot be read");
	*out = name_line(subject);
	return true;
}

bool
certificate_wrap(X509 *x509, struct certificate **out, struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate =
	    memory_zeroed(sizeof(*certificate));
	int length;

	certificate->references = 1;
	certificate->x509 = x509;
	length = i2d_X509(x509, &certificate->der);
	check(length > 0);
	certificate->length = (size_t)length;
	if (!describe(certificate, err))
		return false;
	*out = take(certificate);
	return true;
}

/* Bytes that are BER but not DER would let one certificate have two
 * fingerprints. */
static bool
is_exact(X509 *x509, struct view der)
{
	unsigned char *again = NULL;
	int length = i2d_X509(x509, &again);
	bool is_same =
	    length > 0 && view_equal(view_of(again, (size_t)length), der);

	OPENSSL_free(again);
	return is_same;
}

bool
certificate_parse_der(
    struct view der, struct certificate **out, struct err *err)
{
	const uint8_t *at = der.data;
	scoped(X509_freep) X509 *x509 = NULL;

	if (der.length == 0 || der.length > LIMIT_CERTIFICATE)
		return err_set_code(err,
		    der.length == 0 ? ERR_MALFORMED : ERR_LIMIT,
		    "certificate_malformed", "a certificate of %zu bytes",
		    der.length);
	x509 = d2i_X509(NULL, &at, (long)der.length);
	if (x509 == NULL)
		return openssl_failed(err, ERR_MALFORMED,
		    "certificate_malformed", "the certificate cannot be read");
	if (!is_exact(x509, der))
		return openssl_failed(err, ERR_MALFORMED,
		    "certificate_malformed",
		    "the certificate is not DER, or something follows it");
	return certificate_wrap(take(x509), out, err);
}

struct certificate *
certificate_share(const struct certificate *certificate)
{
	/* Only the count changes, which nobody sees. */
	struct certificate *shared = (struct certificate *)certificate;

	__atomic_add_fetch(&shared->references, 1, __ATOMIC_RELAXED);
	return shared;
}

void
certificate_free(struct certificate *certificate)
{
	if (certificate == NULL ||
	    __atomic_sub_fetch(&certificate->references, 1, __ATOMIC_ACQ_REL) >
		0)
		return;
	for (size_t i = 0; i < certificate->san_count; i++)
		free(certificate->sans[i]);
	free(certificate->sans);
	key_free(certificate->key);
	free(certificate->serial);
	free(certificate->organization);
	free(certificate->unit);
	free(certificate->common_name);
	free(certificate->subject);
	free(certificate->issuer);
	OPENSSL_free(certificate->der);
	X509_free(certificate->x509);
	free(certificate);
}

X509 *
certificate_x509(const struct certificate *certificate)
{
	return certificate->x509;
}

struct view
certificate_der_view(const struct certificate *certificate)
{
	return view_of(certificate->der, certificate->length);
}

const char *
certificate_serial(const struct certificate *certificate)
{
	return certificate->serial;
}

const char *
certificate_fingerprint(const struct certificate *certificate)
{
	return certificate->fingerprint;
}

int64_t
certificate_not_before_ms(const struct certificate *c)
{
	return c->not_before_ms;
}

int64_t
certificate_not_after_ms(const struct certificate *c)
{
	return c->not_after_ms;
}

const char *
certificate_organization(const struct certificate *c)
{
	return c->organization;
}

const char *
certificate_unit(const struct certificate *c)
{
	return c->unit;
}

const char *
certificate_common_name(const struct certificate *c)
{
	return c->common_name;
}

const char *
certificate_subject(const struct certificate *c)
{
	return c->subject;
}

const char *
certificate_issuer(const struct certificate *c)
{
	return c->issuer;
}

size_t
certificate_san_count(const struct certificate *c)
{
	return c->san_count;
}

const char *
certificate_san(const struct certificate *c, size_t i)
{
	check(i < c->san_count);
	return c->sans[i];
}

bool
certificate_is_ca(const struct certificate *certificate)
{
	return certificate->is_ca;
}

const struct key *
certificate_key(const struct certificate *c)
{
	return c->key;
}
