/*
 * Inside src/crypto only: the form of a PKCS#10 request (RFC 2986 section 4),
 * by OpenSSL's own DER reader, with the public key left as the bytes it is.
 *
 * X509_REQ would decode that key as soon as it is read, by a search among all
 * decoders of all providers: in OpenSSL 3.0 half of what an enrolment costs the
 * signer. Otherwise this is X509_REQ field by field, the remembered encoding of
 * what is signed included.
 */
#ifndef CRYPTO_PKCS10_H
#define CRYPTO_PKCS10_H

#include "crypto/openssl.h"

/* SubjectPublicKeyInfo. */
struct pkcs10_key {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *bits;
};

/* CertificationRequestInfo: what is signed. */
struct pkcs10_info {
	ASN1_ENCODING encoding; /* as it was read */
	ASN1_INTEGER *version;
	X509_NAME *subject;
	struct pkcs10_key *key;
	STACK_OF(X509_ATTRIBUTE) * attributes; /* may be NULL */
};

struct pkcs10 {
	struct pkcs10_info *info;
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *signature;
};

/* NULL where the bytes are no such request, are not all of one, or are not what
 * encoding it gives. OpenSSL's error queue may say why. */
must_use struct pkcs10 *pkcs10_read(struct view der);
void pkcs10_free(struct pkcs10 *request); /* takes NULL */

DEFINE_SCOPED(struct pkcs10, pkcs10_free)

/* DER of the SubjectPublicKeyInfo, to be given to OPENSSL_free; 0: failed. */
must_use size_t pkcs10_key_der(const struct pkcs10 *request, uint8_t **out_der);
/* Is it signed by that key, by an algorithm of that key's kind? */
must_use bool
pkcs10_is_signed_by(const struct pkcs10 *request, EVP_PKEY *public);

#endif
