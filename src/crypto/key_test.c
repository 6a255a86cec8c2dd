/* Digests, keys, key files, signatures. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/key.h"
#include "crypto/signature.h"

static struct key *
make(enum key_type type, unsigned bits)
{
	struct key *key = NULL;
	struct err err = ERR_INIT;

	assert_true(key_generate(type, bits, &key, &err));
	return key;
}

static void
assert_refused(struct view der, const char *code)
{
	struct key *key = NULL;
	struct err err = ERR_INIT;

	assert_false(key_load_spki(der, &key, &err));
	assert_null(key);
	if (code != NULL)
		assert_string_equal(err.code, code);
}

static struct buf
decode(const char *base64)
{
	struct buf buf = BUF_INIT(8192);
	struct err err = ERR_INIT;

	assert_true(base64_decode(view_string(base64), &buf, &err));
	return buf;
}

static const struct {
	const char *what;
	const char *spki;
	const char *code;
} refused_keys[] = {
#include "crypto/key_test_data.inc"
};

static void
keys_of_other_kinds_and_weak_ones_are_refused(void **state)
{
	for (size_t i = 0; i < array_length(refused_keys); i++) {
		scoped(buf_donep) struct buf der = decode(refused_keys[i].spki);

		print_message("# %s\n", refused_keys[i].what);
		assert_refused(buf_view(&der), refused_keys[i].code);
	}
}

static void
a_public_key_is_refused_at_every_cut_and_with_left_overs(void **state)
{
	scoped(key_freep) struct key *key = make(KEY_EC_P256, 0);
	struct view spki = key_spki_view(key);
	scoped(buf_donep) struct buf longer = BUF_INIT(512);
	struct err err = ERR_INIT;

	for (size_t n = 0; n < spki.length; n++)
		assert_refused(view_slice(spki, 0, n), "key_malformed");
	assert_true(buf_append_view(&longer, spki, &err));
	assert_true(buf_append(&longer, "", 1, &err));
	assert_refused(buf_view(&longer), "key_malformed");
}

static void
what_was_saved_is_loaded(void **state)
{
	static const struct {
		enum key_type type;
		unsigned bits;
		const char *name;
	} kinds[] = {{KEY_EC_P256, 0, "EC P-256"}, {KEY_EC_P384, 0, "EC P-384"},
	    {KEY_RSA, 2048, "RSA"}};

	for (size_t i = 0; i < array_length(kinds); i++) {
		scoped(key_freep) struct key *key =
		    make(kinds[i].type, kinds[i].bits);
		scoped(key_freep) struct key *again = NULL;
		scoped(key_freep) struct key *public = NULL;
		scoped(secret_freep) struct secret *pem = NULL;
		struct err err = ERR_INIT;

		assert_string_equal(key_type_name(key), kinds[i].name);
		assert_true(key_save_pem(key, view_string(NULL), &pem, &err));
		assert_true(key_load_pem(
		    secret_view(pem), view_string(NULL), &again, &err));
		assert_true(key_same_public(key, again));
		assert_true(key_is_private(again));
		assert_true(key_load_spki(key_spki_view(key), &public, &err));
		assert_false(key_is_private(public));
		assert_string_equal(
		    key_spki_sha256(key), key_spki_sha256(public));
	}
}

static void
an_encrypted_key_opens_with_its_pass_phrase_alone(void **state)
{
	scoped(key_freep) struct key *key = make(KEY_EC_P256, 0);
	scoped(key_freep) struct key *again = NULL;
	scoped(secret_freep) struct secret *pem = NULL;
	struct err err = ERR_INIT;

	assert_true(key_save_pem(key, VIEW_LITERAL("open sesame"), &pem, &err));
	assert_non_null(memmem(secret_view(pem).data, secret_view(pem).length,
	    "ENCRYPTED PRIVATE KEY", 21));
	assert_false(
	    key_load_pem(secret_view(pem), view_string(NULL), &again, &err));
	assert_string_equal(err.code, "key_passphrase");
	assert_false(key_load_pem(
	    secret_view(pem), VIEW_LITERAL("open barley"), &again, &err));
	assert_string_equal(err.code, "key_passphrase");
	assert_int_equal(err.category, ERR_DENIED);
	assert_true(key_load_pem(
	    secret_view(pem), VIEW_LITERAL("open sesame"), &again, &err));
	assert_true(key_same_public(key, again));
}

static char folder[] = "/tmp/warifu-key-XXXXXX";

static void
write_file(const char *path, struct view bytes, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.data, bytes.length), bytes.length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
assert_open_refused(const char *location, const char *code)
{
	struct key_source source = {.location = location};
	struct key *key = NULL;
	struct err err = ERR_INIT;

	assert_false(key_open(&source, &key, &err));
	assert_string_equal(err.code, code);
}

static void
a_key_file_is_opened_only_when_it_is_private(void **state)
{
	scoped(key_freep) struct key *key = make(KEY_EC_P256, 0);
	scoped(key_freep) struct key *again = NULL;
	scoped(secret_freep) struct secret *pem = NULL;
	struct err err = ERR_INIT;
	char path[256];
	char link_path[256];
	struct key_source source = {.location = path};

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key.pem", folder);
	snprintf(link_path, sizeof(link_path), "%s/link.pem", folder);
	assert_open_refused(path, "key_file");
	assert_open_refused("relative.pem", "key_file");
	assert_open_refused(folder, "key_file");
	assert_true(key_save_pem(key, view_string(NULL), &pem, &err));
	write_file(path, secret_view(pem), 0644);
	assert_open_refused(path, "key_file");
	write_file(path, secret_view(pem), 0640);
	assert_open_refused(path, "key_file");
	write_file(path, secret_view(pem), 0600);
	assert_true(key_open(&source, &again, &err));
	assert_true(key_same_public(key, again));
	assert_int_equal(symlink(path, link_path), 0);
	assert_open_refused(link_path, "key_file");
	write_file(path, VIEW_LITERAL("no key"), 0600);
	assert_open_refused(path, "key_malformed");
	unlink(link_path);
	unlink(path);
	rmdir(folder);
}

static void
a_signature_fits_one_message_and_one_key(void **state)
{
	static const struct {
		enum key_type type;
		unsigned bits;
	} kinds[] = {{KEY_EC_P256, 0}, {KEY_EC_P384, 0}, {KEY_RSA, 2048}};

	for (size_t i = 0; i < array_length(kinds); i++) {
		scoped(key_freep) struct key *key =
		    make(kinds[i].type, kinds[i].bits);
		scoped(key_freep) struct key *other = make(KEY_EC_P256, 0);
		scoped(buf_donep) struct buf signature =
		    BUF_INIT(SIGNATURE_MAX);
		struct view message = VIEW_LITERAL("the halves fit");
		struct err err = ERR_INIT;

		assert_true(signature_make(key, message, &signature, &err));
		assert_true(
		    signature_verify(key, message, buf_view(&signature), &err));
		assert_false(
		    signature_verify(key, VIEW_LITERAL("the halves fat"),
			buf_view(&signature), &err));
		assert_string_equal(err.code, "signature_wrong");
		assert_false(signature_verify(
		    other, message, buf_view(&signature), &err));
		for (size_t n = 0; n < signature.length; n++)
			assert_false(signature_verify(
			    key, message, view_of(signature.data, n), &err));
	}
}

static void
a_raw_signature_is_64_bytes_and_nothing_else(void **state)
{
	scoped(key_freep) struct key *key = make(KEY_EC_P256, 0);
	scoped(key_freep) struct key *p384 = make(KEY_EC_P384, 0);
	struct view message = VIEW_LITERAL("tally");
	uint8_t raw[SIGNATURE_RAW_SIZE + 1] = {0};
	struct err err = ERR_INIT;

	assert_true(signature_make_raw(key, message, raw, &err));
	assert_true(signature_verify_raw(
	    key, message, view_of(raw, SIGNATURE_RAW_SIZE), &err));
	assert_false(signature_verify_raw(
	    key, message, view_of(raw, SIGNATURE_RAW_SIZE - 1), &err));
	assert_false(signature_verify_raw(
	    key, message, view_of(raw, sizeof(raw)), &err));
	assert_false(signature_verify_raw(
	    p384, message, view_of(raw, SIGNATURE_RAW_SIZE), &err));
	raw[5] ^= 1;
	assert_false(signature_verify_raw(
	    key, message, view_of(raw, SIGNATURE_RAW_SIZE), &err));
	memset(raw, 0, sizeof(raw));
	assert_false(signature_verify_raw(
	    key, message, view_of(raw, SIGNATURE_RAW_SIZE), &err));
}

static void
digests_are_those_of_the_standards(void **state)
{
	uint8_t hash[SHA256_SIZE];
	uint8_t streamed[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct digest *digest = digest_new();

	digest_sha256_hex(VIEW_LITERAL("abc"), hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_update(digest, VIEW_LITERAL("a"));
	digest_update(digest, VIEW_LITERAL("bc"));
	digest_finish(digest, streamed);
	digest_sha256(VIEW_LITERAL("abc"), hash);
	assert_memory_equal(hash, streamed, sizeof(hash));
	/* RFC 4231 test case 2 */
	digest_hmac_sha256(VIEW_LITERAL("Jefe"),
	    VIEW_LITERAL("what do ya want for nothing?"), hash);
	assert_int_equal(hash[0], 0x5b);
	assert_int_equal(hash[31], 0x43);
}

static void
a_serial_is_positive_and_16_octets_long(void **state)
{
	for (int i = 0; i < 1000; i++) {
		uint8_t serial[SERIAL_SIZE];

		digest_random_serial(serial);
		assert_int_equal(serial[0] & 0xc0, 0x40);
	}
}

static void
what_has_no_raw_form_is_refused(void **state)
{
	scoped(key_freep) struct key *p384 = make(KEY_EC_P384, 0);
	scoped(key_freep) struct key *p256 = make(KEY_EC_P256, 0);
	scoped(key_freep) struct key *public = NULL;
	struct key *out = NULL;
	uint8_t raw[KEY_RAW_SIZE];
	struct err err = ERR_INIT;

	assert_false(key_save_raw(p384, raw, &err));
	assert_string_equal(err.code, "key_type");
	assert_true(key_load_spki(key_spki_view(p256), &public, &err));
	assert_false(key_save_raw(public, raw, &err));
	assert_string_equal(err.code, "key_type");
	assert_true(key_save_raw(p256, raw, &err));
	raw[40] ^= 1; /* a point off the curve */
	assert_false(key_load_raw(raw, &out, &err));
	assert_string_equal(err.code, "key_malformed");
	memset(raw, 0, sizeof(raw));
	assert_false(key_load_raw(raw, &out, &err));
	assert_null(out);
}

static void
a_raw_key_is_the_same_key(void **state)
{
	scoped(key_freep) struct key *key = make(KEY_EC_P256, 0);
	scoped(key_freep) struct key *again = NULL;
	scoped(buf_donep) struct buf signature = BUF_INIT(SIGNATURE_MAX);
	uint8_t raw[KEY_RAW_SIZE];
	struct err err = ERR_INIT;

	assert_true(key_save_raw(key, raw, &err));
	assert_true(key_load_raw(raw, &again, &err));
	assert_true(key_is_private(again));
	assert_true(key_same_public(key, again));
	assert_true(
	    signature_make(again, VIEW_LITERAL("text"), &signature, &err));
	assert_true(signature_verify(
	    key, VIEW_LITERAL("text"), buf_view(&signature), &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_of_other_kinds_and_weak_ones_are_refused),
	    cmocka_unit_test(what_has_no_raw_form_is_refused),
	    cmocka_unit_test(a_raw_key_is_the_same_key),
	    cmocka_unit_test(
		a_public_key_is_refused_at_every_cut_and_with_left_overs),
	    cmocka_unit_test(what_was_saved_is_loaded),
	    cmocka_unit_test(an_encrypted_key_opens_with_its_pass_phrase_alone),
	    cmocka_unit_test(a_key_file_is_opened_only_when_it_is_private),
	    cmocka_unit_test(a_signature_fits_one_message_and_one_key),
	    cmocka_unit_test(a_raw_signature_is_64_bytes_and_nothing_else),
	    cmocka_unit_test(digests_are_those_of_the_standards),
	    cmocka_unit_test(a_serial_is_positive_and_16_octets_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
