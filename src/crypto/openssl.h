/*
 * Inside src/crypto only: the OpenSSL objects in our structs, release functions
 * for scoped(), and one way to report a failure of the library.
 */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

struct key {
	EVP_PKEY *pkey;
	/* The public half alone, in memory also for keys of a device. */
	EVP_PKEY *public;
	enum key_type type;
	unsigned bits;
	bool is_private;
	bool is_exportable;
	uint8_t *spki;
	size_t spki_length;
	char spki_sha256[SHA256_HEX_SIZE];
};

/* What is below belongs to one file each, given here for the others. */

/* Wrap and describe a key; takes ownership of pkey, also on failure. */
must_use bool
key_wrap(EVP_PKEY *pkey, bool is_private, struct key **out, struct err *err);
/* The key behind an X509_PUBKEY, judged. */
must_use bool
key_from_x509_pubkey(X509_PUBKEY *public, struct key **out, struct err *err);
/* The public key of that SubjectPublicKeyInfo, judged; unreadable: ERR_DENIED,
 * "key_type". */
must_use bool key_from_spki(struct view der, struct key **out, struct err *err);

/* The certificate inside; borrowed. */
must_use X509 *certificate_x509(const struct certificate *certificate);
/* Takes ownership of x509, also on failure. */
must_use bool
certificate_wrap(X509 *x509, struct certificate **out, struct err *err);

/* Openers of keys that live elsewhere (key_pkcs11.c, key_tpm.c). */
must_use bool key_open_pkcs11(
    const struct key_source *source, struct key **out, struct err *err);
must_use bool key_open_tpm(
    const struct key_source *source, struct key **out, struct err *err);

/* Set the error to "SENTENCE: the library's reason" and empty the library's
 * queue. Returns false. */
bool openssl_failed(struct err *err, enum err_category category,
    const char *code, const char *sentence);

/* Append what an i2d function gives. */
must_use bool openssl_append_bio(struct buf *out, BIO *bio, struct err *err);

/* ASN1_TIME from and to milliseconds; seconds are cut down. */
must_use bool openssl_set_time(ASN1_TIME *time, int64_t ms);
must_use bool openssl_get_time(const ASN1_TIME *time, int64_t *out_ms);
/* A serial number as lower-case hexadecimal, two digits an octet; allocated. */
must_use char *openssl_serial_hex(const ASN1_INTEGER *serial);
must_use ASN1_INTEGER *openssl_serial_from_hex(const char *hex);

DEFINE_SCOPED(BIO, BIO_free_all)
DEFINE_SCOPED(EVP_PKEY, EVP_PKEY_free)
DEFINE_SCOPED(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_SCOPED(EVP_MD_CTX, EVP_MD_CTX_free)
DEFINE_SCOPED(X509, X509_free)
DEFINE_SCOPED(X509_REQ, X509_REQ_free)
DEFINE_SCOPED(X509_STORE, X509_STORE_free)
DEFINE_SCOPED(X509_STORE_CTX, X509_STORE_CTX_free)
DEFINE_SCOPED(X509_EXTENSION, X509_EXTENSION_free)
DEFINE_SCOPED(ASN1_INTEGER, ASN1_INTEGER_free)
DEFINE_SCOPED(ASN1_OBJECT, ASN1_OBJECT_free)
DEFINE_SCOPED(ASN1_TIME, ASN1_TIME_free)
DEFINE_SCOPED(BIGNUM, BN_free)

#endif
