/* Letting go of a peer's decoded certificate once the handshake is over. */
#include "crypto/tls_peer.h"

#include "base/check.h"
#include "crypto/openssl.h"

DEFINE_SCOPED(X509_NAME, X509_NAME_free)

/* A key of nobody, shared by all shells: RSAPublicKey {15, 3}. */
static EVP_PKEY *
nobody(void)
{
	static const uint8_t der[] = {0x30, 0x06, 2, 1, 15, 2, 1, 3};
	static __thread EVP_PKEY *key;
	const uint8_t *at = der;

	if (key == NULL)
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, sizeof(der));
	return key;
}

static void
empty_chain(STACK_OF(X509) * chain)
{
	if (chain == NULL)
		return;
	while (sk_X509_num(chain) > 0)
		X509_free(sk_X509_pop(chain));
}

/* There is no call that makes a session forget the certificate itself. Should
 * one of these fail, more stays than needs to: nothing reads it any more. */
static void
empty_leaf(X509 *leaf)
{
	scoped(X509_NAME_freep) X509_NAME *name = X509_NAME_new();
	EVP_PKEY *key = nobody();

	check(name != NULL);
	if (key != NULL)
		(void)X509_set_pubkey(leaf, key);
	(void)X509_set_subject_name(leaf, name);
	(void)X509_set_issuer_name(leaf, name);
	while (X509_get_ext_count(leaf) > 0)
		X509_EXTENSION_free(X509_delete_ext(leaf, 0));
	/* The encoding that it was read from goes too. */
	(void)i2d_re_X509_tbs(leaf, NULL);
	ERR_clear_error();
}

size_t
tls_peer_take(SSL *ssl, uint8_t **out_der)
{
	X509 *leaf = SSL_get0_peer_certificate(ssl);
	int length;

	*out_der = NULL;
	empty_chain(SSL_get_peer_cert_chain(ssl));
	if (leaf == NULL)
		return 0;
	length = i2d_X509(leaf, out_der);
	check(length > 0);
	empty_leaf(leaf);
	return (size_t)length;
}
