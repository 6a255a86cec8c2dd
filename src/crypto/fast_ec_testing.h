/*
 * For unit tests of the fast EC path only: public keys of P-256 in every form
 * that a peer may send, and whether both ways treat them alike. Everything
 * asserts.
 */
#ifndef CRYPTO_FAST_EC_TESTING_H
#define CRYPTO_FAST_EC_TESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

enum {
	SPKI_MAX = 1024,
	FIELD = 32,
	OUTCOME_SIZE = 160,
};

enum form {
	FORM_GOOD,
	FORM_OFF_CURVE,
	FORM_X_TOO_LARGE,
	FORM_INFINITY,
	FORM_INFINITY_PADDED,
	FORM_COMPRESSED,
	FORM_COMPRESSED_NO_POINT,
	FORM_HYBRID,
	FORM_HYBRID_WRONG,
	FORM_SHORT,
	FORM_LONG,
	FORM_EMPTY,
	FORM_OTHER_CURVE,   /* the point of P-256 under the name of P-384 */
	FORM_NO_CURVE,      /* no parameters at all */
	FORM_UNKNOWN_CURVE, /* an object identifier that is no curve */
	FORM_EXPLICIT,
	FORM_EXPLICIT_WRONG, /* with another base point */
	FORM_COUNT,
};

/* For a message. */
const char *testing_form_name(enum form form);

/* False: what a peer may not have, which is all but the uncompressed point
 * itself, and the other ways of writing it, which the library reads. */
bool testing_is_readable(enum form form);

/* The point of key in that form. */
size_t testing_write_point(
    const EVP_PKEY *key, enum form form, uint8_t out[2 + 2 * FIELD]);

/* Write key's public half in that form over what public encodes. The key that
 * the library has decoded already stays with the object: a client can still
 * sign with it. */
void testing_deform(X509_PUBKEY *public, const EVP_PKEY *key, enum form form);

/* DER of the SubjectPublicKeyInfo. */
size_t
testing_write_spki(const EVP_PKEY *key, enum form form, uint8_t out[SPKI_MAX]);

/* From now on; nothing where OpenSSL's own way is not replaced. */
void testing_use_fast_ec(bool is_used);

/* Drive it both ways: the same words come out. */
#define SAME_OUTCOME(what, call)                                               \
	do {                                                                   \
		char plain[OUTCOME_SIZE] = "", fast[OUTCOME_SIZE] = "";        \
		char *out = plain;                                             \
                                                                               \
		call;                                                          \
		testing_use_fast_ec(true);                                     \
		out = fast;                                                    \
		call;                                                          \
		testing_use_fast_ec(false);                                    \
		print_message("# %s: %s\n", what, plain);                      \
		assert_string_equal(plain, fast);                              \
	} while (0)

#endif
