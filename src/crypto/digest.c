/* SHA-256, HMAC and serial numbers by OpenSSL's EVP. */
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"

struct digest {
	EVP_MD_CTX *context;
};

void
digest_sha256(struct view bytes, uint8_t out[SHA256_SIZE])
{
	check(EVP_Digest(bytes.data, bytes.length, out, NULL, EVP_sha256(),
		  NULL) == 1);
}

void
digest_sha256_hex(struct view bytes, char out[SHA256_HEX_SIZE])
{
	uint8_t hash[SHA256_SIZE];
	scoped(memory_freep) char *hex = NULL;

	digest_sha256(bytes, hash);
	hex = hex_encode(view_of(hash, sizeof(hash)));
	memcpy(out, hex, SHA256_HEX_SIZE);
}

void
digest_hmac_sha256(struct view key, struct view bytes, uint8_t out[SHA256_SIZE])
{
	static const uint8_t nothing[1];

	/* OpenSSL takes a NULL key as "the one of before". */
	if (key.data == NULL)
		key.data = nothing;
	check(key.length <= INT32_MAX);
	check(HMAC(EVP_sha256(), key.data, (int)key.length, bytes.data,
		  bytes.length, out, NULL) != NULL);
}

struct digest *
digest_new(void)
{
	struct digest *digest = memory_zeroed(sizeof(*digest));

	digest->context = EVP_MD_CTX_new();
	check(digest->context != NULL);
	check(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) == 1);
	return digest;
}

void
digest_update(struct digest *digest, struct view bytes)
{
	check(EVP_DigestUpdate(digest->context, bytes.data, bytes.length) == 1);
}

void
digest_finish(struct digest *digest, uint8_t out[SHA256_SIZE])
{
	check(EVP_DigestFinal_ex(digest->context, out, NULL) == 1);
	digest_free(digest);
}

void
digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->context);
	free(digest);
}

void
digest_random_serial(uint8_t out[SERIAL_SIZE])
{
	random_fill(out, SERIAL_SIZE);
	/* Neither negative nor shorter: the first two bits are 01. */
	out[0] = (uint8_t)((out[0] & 0x3f) | 0x40);
}
