/*
 * X.509 certificates (RFC 5280): read, described, issued, verified.
 *
 * A struct certificate never changes after it was made. Texts and views that
 * the getters give are borrowed from it. Reading takes the whole input, which
 * must be DER that encodes back to the same bytes, at most LIMIT_CERTIFICATE;
 * codes "certificate_malformed", "key_type", "key_weak".
 */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/key.h"

struct certificate;

must_use bool certificate_parse_der(
    struct view der, struct certificate **out, struct err *err);
/* Exactly one PEM block CERTIFICATE; text around it is passed over. */
must_use bool certificate_parse_pem(
    struct view pem, struct certificate **out, struct err *err);
/* Another owner of the same certificate. */
must_use struct certificate *
certificate_share(const struct certificate *certificate);
void certificate_free(struct certificate *certificate); /* takes NULL */

DEFINE_SCOPED(struct certificate, certificate_free)

/* Several certificates; the list owns them. */
struct certificate_list {
	struct certificate **items;
	size_t count;
};
void certificate_list_add(/* takes ownership */
    struct certificate_list *list, struct certificate *certificate);
void certificate_list_done(struct certificate_list *list);
/* One to max PEM blocks, appended in their order. */
must_use bool certificate_list_parse_pem(struct certificate_list *list,
    struct view pem, size_t max, struct err *err);

static inline void
certificate_list_donep(struct certificate_list *list)
{
	certificate_list_done(list);
}

must_use struct view
certificate_der_view(const struct certificate *certificate);
must_use bool certificate_pem(
    const struct certificate *certificate, struct buf *out, struct err *err);

/* Lower-case hexadecimal digits, two an octet, without leading zero octets. */
must_use const char *certificate_serial(const struct certificate *certificate);
/* SHA-256 of the whole DER, 64 lower-case hexadecimal digits. */
must_use const char *
certificate_fingerprint(const struct certificate *certificate);
must_use int64_t certificate_not_before_ms(const struct certificate *c);
must_use int64_t certificate_not_after_ms(const struct certificate *c);
/* The subject's one attribute of that kind, "" when absent or repeated. */
must_use const char *certificate_organization(const struct certificate *c);
must_use const char *certificate_unit(const struct certificate *c);
must_use const char *certificate_common_name(const struct certificate *c);
/* RFC 2253 text for a person. */
must_use const char *certificate_subject(const struct certificate *c);
/* The same of DER that the signer has just made, and nothing else of it: to
 * read a certificate is, above all, to decode its key. *out is allocated. */
must_use bool
certificate_read_subject(struct view der, char **out, struct err *err);
must_use const char *certificate_issuer(const struct certificate *c);
/* Subject alternative names as "DNS:name" and "IP:address". */
must_use size_t certificate_san_count(const struct certificate *c);
must_use const char *certificate_san(const struct certificate *c, size_t i);
must_use bool certificate_is_ca(const struct certificate *certificate);
must_use const struct key *certificate_key(const struct certificate *c);

enum certificate_profile {
	CERTIFICATE_CA,     /* signs certificates and revocation lists */
	CERTIFICATE_CLIENT, /* agents: clientAuth alone */
	CERTIFICATE_SERVER, /* serverAuth alone */
	CERTIFICATE_OCSP,   /* signs OCSP answers; never asked about itself */
};

/* What to issue. Everything is borrowed for the call. */
struct certificate_template {
	enum certificate_profile profile;
	const struct key *subject_key;
	uint8_t serial[SERIAL_SIZE]; /* digest_random_serial() */
	int64_t not_before_ms;
	int64_t not_after_ms;
	/* Subject in this order; NULL is left out. At most 64 characters. */
	const char *organization;
	const char *unit;
	const char *common_name;
	/* Subject alternative names of a server. */
	const char *const *dns_names;
	size_t dns_name_count;
	const char *const *addresses; /* IPv4 or IPv6 text */
	size_t address_count;
	/* Where revocation is told; NULL leaves the extension out. */
	const char *crl_url;
	const char *ocsp_url;
	/* CA: the only O= its certificates may have, and no DNS name, address
	 * or e-mail address at all (name constraints, critical). NULL: none. */
	const char *constrained_organization;
};

/* Issue. issuer NULL: self-signed, issuer_key is the subject's own private key.
 * A CA is issued with path length 0. ERR_DENIED, code "template_invalid", for
 * what no certificate of ours may be. */
must_use bool certificate_issue(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key,
    struct certificate **out, struct err *err);

/* The same, appended to out as DER and not read again, which costs more than
 * issuing: for who issues many. */
must_use bool certificate_issue_der(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key,
    struct buf *out, struct err *err);

/* Is the chain certificate → one of the anchors sound at that time, for that
 * purpose (profile)? Codes: "certificate_expired", "certificate_not_yet_valid",
 * "certificate_unknown_issuer", "certificate_wrong_usage",
 * "certificate_invalid". Revocation is the caller's. */
must_use bool certificate_verify(const struct certificate *certificate,
    const struct certificate_list *anchors, enum certificate_profile purpose,
    int64_t at_ms, struct err *err);

#endif
