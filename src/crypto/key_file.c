/* Private keys in PEM: read from files and texts, and written. */
#include "crypto/openssl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/memory.h"

enum {
	SALT_SIZE = 16,
	/* Some 0.1 s a key: three of them are opened at each start. */
	PBKDF2_ROUNDS = 200000,
};

DEFINE_SCOPED(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
DEFINE_SCOPED(X509_SIG, X509_SIG_free)

struct passphrase {
	struct view text;
	bool was_asked;
};

static int
give_passphrase(char *out, int size, int is_writing, void *context)
{
	struct passphrase *passphrase = context;

	passphrase->was_asked = true;
	if (passphrase->text.length == 0 ||
	    passphrase->text.length > (size_t)size)
		return -1;
	memcpy(out, passphrase->text.data, passphrase->text.length);
	return (int)passphrase->text.length;
}

bool
key_load_pem(struct view pem, struct view passphrase_text, struct key **out,
    struct err *err)
{
	struct passphrase passphrase = {.text = passphrase_text};
	scoped(BIO_free_allp) BIO *bio = NULL;
	EVP_PKEY *pkey;

	if (pem.length == 0 || pem.length > KEY_PEM_MAX)
		return err_set_code(err, ERR_MALFORMED, "key_malformed",
		    "a key of %zu bytes", pem.length);
	bio = BIO_new_mem_buf(pem.data, (int)pem.length);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &passphrase);
	if (pkey != NULL)
		return key_wrap(pkey, true, out, err);
	if (passphrase.was_asked)
		return openssl_failed(err, ERR_DENIED, "key_passphrase",
		    passphrase_text.length == 0
			? "the key is encrypted and no pass-phrase was given"
			: "the pass-phrase does not open the key");
	return openssl_failed(err, ERR_MALFORMED, "key_malformed",
	    "there is no PEM private key that can be read");
}

/* PBES2 of RFC 8018. OpenSSL's own writer takes 2048 rounds, which a thief's
 * graphics card does some million times a second. */
static X509_SIG *
encrypt(PKCS8_PRIV_KEY_INFO *info, struct view passphrase)
{
	uint8_t salt[SALT_SIZE];
	X509_ALGOR *scheme;
	X509_SIG *sealed;

	random_fill(salt, sizeof(salt));
	scheme = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBKDF2_ROUNDS, salt,
	    sizeof(salt), NULL, NID_hmacWithSHA256);
	if (scheme == NULL)
		return NULL;
	sealed = PKCS8_set0_pbe((const char *)passphrase.data,
	    (int)passphrase.length, info, scheme);
	if (sealed == NULL)
		X509_ALGOR_free(scheme);
	return sealed;
}

static bool
write_pem(BIO *bio, const struct key *key, struct view passphrase)
{
	scoped(PKCS8_PRIV_KEY_INFO_freep) PKCS8_PRIV_KEY_INFO *info =
	    EVP_PKEY2PKCS8(key->pkey);
	scoped(X509_SIG_freep) X509_SIG *sealed = NULL;

	if (info == NULL)
		return false;
	if (passphrase.length == 0)
		return PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info) == 1;
	sealed = encrypt(info, passphrase);
	return sealed != NULL && PEM_write_bio_PKCS8(bio, sealed) == 1;
}

bool
key_save_pem(const struct key *key, struct view passphrase,
    struct secret **out_pem, struct err *err)
{
	scoped(BIO_free_allp) BIO *bio = BIO_new(BIO_s_secmem());
	char *data = NULL;
	long length;

	if (!key->is_private || !key->is_exportable)
		return err_set_code(err, ERR_CONFLICT, "key_not_exportable",
		    "the key cannot leave where it is kept");
	if (bio == NULL || !write_pem(bio, key, passphrase))
		return openssl_failed(
		    err, ERR_CRYPTO, "key_save", "writing the key failed");
	length = BIO_get_mem_data(bio, &data);
	*out_pem = secret_new(view_of(data, (size_t)length));
	return true;
}

static bool
check_file(int fd, const char *path, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return err_set_errno(err, "cannot look at key file %s", path);
	if (!S_ISREG(status.st_mode))
		return err_set_code(err, ERR_SYSTEM, "key_file",
		    "key file %s is not a regular file", path);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return err_set_code(err, ERR_SYSTEM, "key_file",
		    "key file %s belongs to another user (%u)", path,
		    (unsigned)status.st_uid);
	if ((status.st_mode & 077) != 0)
		return err_set_code(err, ERR_SYSTEM, "key_file",
		    "key file %s has mode %04o; it must give nothing to group "
		    "and others (chmod 600)",
		    path, (unsigned)status.st_mode & 07777);
	return true;
}

static bool
read_all(int fd, const char *path, struct buf *out, struct err *err)
{
	for (;;) {
		ssize_t n;

		if (!buf_reserve(out, out->max - out->length, err))
			return false;
		n = read(fd, out->data + out->length, out->max - out->length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "cannot read %s", path);
		if (n == 0)
			return true;
		out->length += (size_t)n;
		if (out->length == out->max)
			return err_set_code(err, ERR_LIMIT, "key_file",
			    "key file %s is larger than %d bytes", path,
			    KEY_PEM_MAX);
	}
}

static bool
open_file(const struct key_source *source, struct key **out, struct err *err)
{
	scoped(buf_wipep) struct buf pem = BUF_INIT(KEY_PEM_MAX + 1);
	const char *path = source->location;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool is_read;

	if (fd < 0) {
		err_set_errno(err, "cannot open key file %s", path);
		snprintf(err->code, sizeof(err->code), "key_file");
		return false;
	}
	is_read = check_file(fd, path, err) && read_all(fd, path, &pem, err);
	close(fd);
	if (!is_read)
		return false;
	if (memmem(pem.data, pem.length, "TSS2 PRIVATE KEY", 16) != NULL)
		return key_open_tpm(source, out, err);
	if (!key_load_pem(buf_view(&pem), source->passphrase, out, err))
		return err_prefix(err, "key file %s", path);
	return true;
}

bool
key_open(const struct key_source *source, struct key **out, struct err *err)
{
	const char *location = source->location;

	if (location[0] == '/' || strncmp(location, "./", 2) == 0)
		return open_file(source, out, err);
	if (strncmp(location, "pkcs11:", 7) == 0)
		return key_open_pkcs11(source, out, err);
	if (strncmp(location, "handle:0x", 9) == 0)
		return key_open_tpm(source, out, err);
	return err_set_code(err, ERR_MALFORMED, "key_file",
	    "\"%s\" is neither a path (\"/…\" or \"./…\") nor a pkcs11: or "
	    "handle: name",
	    location);
}
