/*
 * Keys: made, opened from a file, a PKCS#11 token or a TPM, and described.
 *
 * A struct key is private (made, loaded or opened) or public only (out of a
 * certificate, a request or a SubjectPublicKeyInfo). It never changes after it
 * was made; one thread at a time uses a private key. The owner frees it; keys
 * borrowed from a certificate or a request die with that.
 *
 * Foreign public keys are judged when they are read: P-256 and P-384 by name
 * (explicit parameters are refused), RSA of 2048 to 4096 bits. The refusal is
 * ERR_DENIED with code "key_type" or "key_weak".
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/digest.h"

struct key;

enum key_type {
	KEY_EC_P256,
	KEY_EC_P384,
	KEY_RSA,
};

enum {
	KEY_RSA_BITS_MIN = 2048,
	KEY_RSA_BITS_MAX = 4096,
	KEY_PEM_MAX = 16 * 1024, /* bytes of a key file */
};

/* Where a private key is kept. Unused members are zero. */
struct key_source {
	/* "/path/key.pem" or "./key.pem": a PEM file (PKCS#8, plain or with a
	 * pass-phrase, or a "TSS2 PRIVATE KEY" of a TPM). It must be a regular
	 * file of this process's user or root, without any right for group and
	 * others. "pkcs11:…": a key in a token (RFC 7512). "handle:0x81000001":
	 * a persistent key of the TPM. */
	const char *location;
	/* The pass-phrase of the file, or the PIN of the token. Empty: none. */
	struct view passphrase;
	/* PKCS#11 module (a shared object). NULL: p11-kit's proxy. */
	const char *pkcs11_module;
	/* TPM access, as tpm2-tss names it: "device:/dev/tpmrm0",
	 * "swtpm:path=…". NULL: the library's default. */
	const char *tpm_tcti;
};

/* The one function that opens a private key, wherever it is kept. Codes:
 * "key_file" (missing, wrong owner or mode), "key_passphrase", "key_malformed",
 * "key_token", "key_tpm". */
must_use bool
key_open(const struct key_source *source, struct key **out, struct err *err);

/* bits: 2048 to 4096 for RSA, 0 otherwise. */
must_use bool key_generate(
    enum key_type type, unsigned bits, struct key **out, struct err *err);

/* A P-256 key inside the TPM; out_pem is its wrapped form ("TSS2 PRIVATE KEY"),
 * useless outside this TPM, to be written to a file for key_open. */
must_use bool key_generate_tpm(const char *tpm_tcti, struct key **out,
    struct secret **out_pem, struct err *err);

/* One PEM private key, PKCS#8. passphrase is empty for a plain one. */
must_use bool key_load_pem(
    struct view pem, struct view passphrase, struct key **out, struct err *err);
/* PKCS#8 PEM; with a pass-phrase encrypted by AES-256-CBC under
 * PBKDF2 (HMAC-SHA-256, 200,000 rounds). Fails
 * (ERR_CONFLICT) for keys that cannot leave their device. */
must_use bool key_save_pem(const struct key *key, struct view passphrase,
    struct secret **out_pem, struct err *err);

/* A private P-256 key as its scalar and its public point, uncompressed: for
 * those who keep many and open one a connection, where reading PEM would cost
 * more than the handshake. Whether the two belong together is not checked: the
 * bytes are one's own. Not in a process with fast_ec. ERR_CONFLICT "key_type"
 * for other keys, ERR_MALFORMED "key_malformed". */
enum {
	KEY_RAW_SIZE = 32 + 65
};
must_use bool
key_save_raw(const struct key *key, uint8_t out[KEY_RAW_SIZE], struct err *err);
must_use bool key_load_raw(
    const uint8_t raw[KEY_RAW_SIZE], struct key **out, struct err *err);

/* A public key from a DER SubjectPublicKeyInfo: the whole input, judged. */
must_use bool key_load_spki(struct view der, struct key **out, struct err *err);

void key_free(struct key *key); /* takes NULL */

DEFINE_SCOPED(struct key, key_free)

must_use enum key_type key_type(const struct key *key);
must_use unsigned key_bits(const struct key *key);
must_use const char *key_type_name(const struct key *key); /* "EC P-256" … */
must_use bool key_is_private(const struct key *key);
/* The DER SubjectPublicKeyInfo, borrowed from the key. */
must_use struct view key_spki_view(const struct key *key);
/* SHA-256 of that, as 64 lower-case digits, borrowed from the key. */
must_use const char *key_spki_sha256(const struct key *key);
must_use bool key_same_public(const struct key *a, const struct key *b);

#endif
