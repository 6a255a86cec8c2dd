/* Sealing under a key in core's directory. */
#include "server/core/seal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/file.h"

#define KEY_FILE "sealing-key"
#define FORM     "1."

enum {
	KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	BOX_BYTES_MAX = NONCE_BYTES + SEAL_BYTES_MAX + TAG_BYTES,
};

static bool
unreadable(const char *why, struct err *err)
{
	return err_set_code(err, ERR_SYSTEM, "secret_unreadable",
	    "a sealed secret cannot be opened: %s", why);
}

static bool
read_key(const char *path, struct secret **out, struct err *err)
{
	scoped(buf_wipep) struct buf bytes = BUF_INIT(KEY_BYTES);

	if (!buf_reserve(&bytes, KEY_BYTES, err) ||
	    !file_read_private(path, &bytes, err))
		return false;
	if (bytes.length != KEY_BYTES)
		return unreadable("the file with the key is too short", err);
	*out = secret_new(buf_view(&bytes));
	return true;
}

/* Two cores at once: one of them makes it, both read it. */
static bool
make_key(const char *path, struct err *err)
{
	scoped(secret_freep) struct secret *key = secret_random(KEY_BYTES);

	if (file_exists(path) ||
	    file_create_exclusive(path, secret_view(key), 0600, err))
		return true;
	if (err->category != ERR_CONFLICT)
		return false;
	err_reset(err);
	return true;
}

static char *
context_of(const char *purpose, const char *owner)
{
	return memory_format("warifu-seal-1 %s %s", purpose, owner);
}

bool
seal_close(const char *directory, const char *purpose, const char *owner,
    struct view plain, char out[STORE_SEALED_SIZE], struct err *err)
{
	scoped(memory_freep) char *path = file_join(directory, KEY_FILE);
	scoped(memory_freep) char *context = context_of(purpose, owner);
	scoped(memory_freep) char *text = NULL;
	scoped(secret_freep) struct secret *key = NULL;
	unsigned char box[BOX_BYTES_MAX];
	unsigned long long length = 0;

	check(sodium_init() >= 0 && plain.length <= SEAL_BYTES_MAX);
	if (!make_key(path, err) || !read_key(path, &key, err))
		return err_prefix(err, "the key of sealed secrets");
	random_fill(box, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_BYTES, &length,
	    plain.data, plain.length, (const unsigned char *)context,
	    strlen(context), NULL, box, secret_view(key).data);
	text = base64url_encode(view_of(box, NONCE_BYTES + (size_t)length));
	check(strlen(FORM) + strlen(text) < STORE_SEALED_SIZE);
	snprintf(out, STORE_SEALED_SIZE, "%s%s", FORM, text);
	return true;
}

static bool
open_box(struct view box, const char *context, const struct secret *key,
    struct secret **out, struct err *err)
{
	unsigned char plain[SEAL_BYTES_MAX];
	unsigned long long length = 0;

	if (box.length < NONCE_BYTES + TAG_BYTES ||
	    box.length > BOX_BYTES_MAX ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &length, NULL,
		box.data + NONCE_BYTES, box.length - NONCE_BYTES,
		(const unsigned char *)context, strlen(context), box.data,
		secret_view(key).data) != 0)
		return unreadable("it was sealed under another key, for "
				  "somebody else, or was changed",
		    err);
	*out = secret_new(view_of(plain, (size_t)length));
	explicit_bzero(plain, sizeof(plain));
	return true;
}

bool
seal_open(const char *directory, const char *purpose, const char *owner,
    const char *sealed, struct secret **out, struct err *err)
{
	scoped(memory_freep) char *path = file_join(directory, KEY_FILE);
	scoped(memory_freep) char *context = context_of(purpose, owner);
	scoped(secret_freep) struct secret *key = NULL;
	scoped(buf_donep) struct buf box = BUF_INIT(BOX_BYTES_MAX);
	struct view text = view_string(sealed);
	struct err reason = ERR_INIT;

	check(sodium_init() >= 0);
	if (!view_starts_with(text, FORM) ||
	    !base64url_decode(
		view_slice(text, strlen(FORM), text.length), &box, &reason))
		return unreadable("it is none", err);
	if (!read_key(path, &key, &reason))
		return unreadable(err_sentence(&reason), err);
	return open_box(buf_view(&box), context, key, out, err);
}
