/* Generations of keys and certificates on disk. */
#include "agent/channel/identity.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "os/file.h"

static char *
path_of(
    const struct identity_store *store, unsigned generation, const char *name)
{
	return memory_format(
	    "%s/identity/%u/%s", store->directory, generation, name);
}

static void
identity_clear(struct identity *identity)
{
	key_free(identity->key);
	certificate_free(identity->certificate);
	*identity = (struct identity){0};
}

static bool
read_certificate(const char *path, struct certificate **out, struct err *err)
{
	scoped(buf_donep) struct buf pem = BUF_INIT(64 * 1024);

	return file_read(path, &pem, err) &&
	    certificate_parse_pem(buf_view(&pem), out, err);
}

static bool
belongs_together(const struct key *key, const struct certificate *certificate,
    struct err *err)
{
	if (key_same_public(key, certificate_key(certificate)))
		return true;
	return err_set_code(err, ERR_CRYPTO, "certificate_other_key",
	    "the certificate is for another key than this agent's");
}

/* A generation without a certificate is fine: it waits for one. */
static bool
load(const struct identity_store *store, unsigned generation,
    struct identity *out, struct err *err)
{
	scoped(memory_freep) char *key_path =
	    path_of(store, generation, "key.pem");
	scoped(memory_freep) char *certificate_path =
	    path_of(store, generation, "certificate.pem");
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(key_freep) struct key *key = NULL;

	if (!key_open(&(struct key_source){.location = key_path,
			  .tpm_tcti = store->uses_tpm ? store->tpm_tcti : NULL},
		&key, err))
		return false;
	if (file_exists(certificate_path) &&
	    (!read_certificate(certificate_path, &certificate, err) ||
		!belongs_together(key, certificate, err)))
		return false;
	out->generation = generation;
	out->key = take(key);
	out->certificate = take(certificate);
	return true;
}

/* 0 where there is none. */
static bool
read_current(const struct identity_store *store, unsigned *out, struct err *err)
{
	scoped(memory_freep) char *path =
	    memory_format("%s/identity/current", store->directory);
	scoped(buf_donep) struct buf text = BUF_INIT(64);
	struct view digits, rest;
	uint64_t number = 0;

	*out = 0;
	if (!file_exists(path))
		return true;
	if (!file_read(path, &text, err))
		return false;
	view_cut(buf_view(&text), '\n', &digits, &rest);
	if (!view_to_u64(digits, INT32_MAX, &number) || number == 0)
		return err_set_code(err, ERR_MALFORMED, "identity_broken",
		    "%s does not hold a number", path);
	*out = (unsigned)number;
	return true;
}

static bool
remove_generation(
    const struct identity_store *store, unsigned generation, struct err *err)
{
	static const char *const files[] = {
	    "key.pem", "certificate.pem", "credential"};
	scoped(memory_freep) char *folder =
	    memory_format("%s/identity/%u", store->directory, generation);

	for (size_t i = 0; i < array_length(files); i++) {
		scoped(memory_freep) char *path =
		    path_of(store, generation, files[i]);

		if (!file_remove(path, err))
			return false;
	}
	if (rmdir(folder) != 0)
		return err_set_errno(err, "%s cannot be removed", folder);
	return true;
}

/* The highest generation above the current one is the next; all others are
 * left from a crash and removed as far as that works. */
static void
sweep(struct identity_store *store)
{
	scoped(memory_freep) char *folder =
	    memory_format("%s/identity", store->directory);
	unsigned keep = store->next.generation;
	struct dirent *entry;
	DIR *listing = opendir(folder);

	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		struct err ignored = ERR_INIT;
		uint64_t number = 0;

		if (view_to_u64(
			view_string(entry->d_name), INT32_MAX, &number) &&
		    number != store->current.generation && number != keep)
			ignore_result(remove_generation(
			    store, (unsigned)number, &ignored));
	}
	if (listing != NULL)
		closedir(listing);
}

static bool
load_all(struct identity_store *store, struct err *err)
{
	struct err ignored = ERR_INIT;
	unsigned current = 0;

	if (!read_current(store, &current, err))
		return false;
	if (current != 0 && !load(store, current, &store->current, err)) {
		struct err cause = *err;

		/* A TPM that is away for now has not lost the key. */
		if (strcmp(cause.code, "key_tpm") == 0)
			return false;
		return err_set_code(err, cause.category, "identity_broken",
		    "the agent's key or certificate cannot be used: %s",
		    err_sentence(&cause));
	}
	if (current != 0 && store->current.certificate == NULL)
		return err_set_code(err, ERR_NOT_FOUND, "identity_broken",
		    "the agent's certificate is missing");
	ignore_result(load(store, current + 1, &store->next, &ignored));
	sweep(store);
	return true;
}

bool
identity_open(struct identity_store *store, const char *directory,
    bool uses_tpm, const char *tpm_tcti, struct err *err)
{
	scoped(memory_freep) char *folder = file_join(directory, "identity");

	*store = (struct identity_store){
	    .directory = memory_string(directory),
	    .uses_tpm = uses_tpm,
	    .tpm_tcti = memory_string(tpm_tcti),
	};
	if (file_make_directory(folder, 0700, (uid_t)-1, (gid_t)-1, err) &&
	    load_all(store, err))
		return true;
	identity_close(store);
	return false;
}

void
identity_close(struct identity_store *store)
{
	identity_clear(&store->current);
	identity_clear(&store->next);
	free(store->directory);
	free(store->tpm_tcti);
	*store = (struct identity_store){0};
}

static bool
make_key(const struct identity_store *store, struct key **out_key,
    struct secret **out_pem, struct err *err)
{
	if (store->uses_tpm)
		return key_generate_tpm(store->tpm_tcti, out_key, out_pem, err);
	if (!key_generate(KEY_EC_P256, 0, out_key, err))
		return false;
	if (key_save_pem(*out_key, view_of(NULL, 0), out_pem, err))
		return true;
	key_free(take(*out_key));
	return false;
}

bool
identity_begin(struct identity_store *store, struct err *err)
{
	unsigned generation = store->current.generation + 1;
	scoped(memory_freep) char *folder =
	    memory_format("%s/identity/%u", store->directory, generation);
	scoped(memory_freep) char *path = path_of(store, generation, "key.pem");
	scoped(secret_freep) struct secret *pem = NULL;
	scoped(key_freep) struct key *key = NULL;

	if (store->next.key != NULL && store->next.certificate == NULL)
		return true;
	identity_clear(&store->next);
	sweep(store);
	if (!make_key(store, &key, &pem, err) ||
	    !file_make_directory(folder, 0700, (uid_t)-1, (gid_t)-1, err) ||
	    !file_write_atomic(path, secret_view(pem), 0600, err))
		return err_prefix(err, "a new key for this agent");
	/* Read back what was written: only a key that can be opened again may
	 * get a certificate. A TPM has room for three at a time. */
	key_free(take(key));
	return load(store, generation, &store->next, err);
}

bool
identity_issued(struct identity_store *store, struct certificate *certificate,
    struct err *err)
{
	scoped(memory_freep) char *path =
	    path_of(store, store->next.generation, "certificate.pem");
	scoped(buf_donep) struct buf pem = BUF_INIT(64 * 1024);

	if (!belongs_together(store->next.key, certificate, err) ||
	    !certificate_pem(certificate, &pem, err) ||
	    !file_write_atomic(path, buf_view(&pem), 0600, err))
		return false;
	certificate_free(store->next.certificate);
	store->next.certificate = certificate;
	return true;
}

static bool
write_current(
    const struct identity_store *store, unsigned generation, struct err *err)
{
	scoped(memory_freep) char *path =
	    memory_format("%s/identity/current", store->directory);
	scoped(memory_freep) char *text = memory_format("%u\n", generation);

	return file_write_atomic(path, view_string(text), 0600, err);
}

bool
identity_promote(struct identity_store *store, struct err *err)
{
	scoped(memory_freep) char *copy =
	    file_join(store->directory, "certificate.pem");
	scoped(buf_donep) struct buf pem = BUF_INIT(64 * 1024);
	struct identity old = store->current;

	if (!certificate_pem(store->next.certificate, &pem, err) ||
	    !write_current(store, store->next.generation, err))
		return false;
	store->current = store->next;
	store->next = (struct identity){0};
	identity_clear(&old);
	sweep(store);
	return file_write_atomic(copy, buf_view(&pem), 0644, err);
}

bool
identity_abandon(struct identity_store *store, struct err *err)
{
	unsigned generation = store->next.generation;

	if (generation == 0)
		return true;
	identity_clear(&store->next);
	return remove_generation(store, generation, err);
}

static bool
read_credential(const char *path, struct secret **out, struct err *err)
{
	scoped(buf_wipep) struct buf stored =
	    BUF_INIT(IDENTITY_CREDENTIAL_BYTES);

	if (!file_read_private(path, &stored, err))
		return false;
	if (stored.length != IDENTITY_CREDENTIAL_BYTES)
		return err_set_code(err, ERR_MALFORMED, "identity_broken",
		    "%s has a wrong length", path);
	*out = secret_new(buf_view(&stored));
	return true;
}

bool
identity_make_credential(
    const struct identity_store *store, struct secret **out, struct err *err)
{
	scoped(memory_freep) char *path =
	    path_of(store, store->next.generation, "credential");
	scoped(secret_freep) struct secret *fresh = NULL;

	if (file_exists(path))
		return read_credential(path, out, err);
	fresh = secret_random(IDENTITY_CREDENTIAL_BYTES);
	if (!file_write_atomic(path, secret_view(fresh), 0600, err))
		return false;
	*out = take(fresh);
	return true;
}

bool
identity_credential(
    const struct identity_store *store, struct secret **out, struct err *err)
{
	scoped(memory_freep) char *path =
	    path_of(store, store->current.generation, "credential");

	if (!file_exists(path))
		return err_set_code(err, ERR_NOT_FOUND, "credential_none",
		    "this agent has no credential beside its certificate");
	return read_credential(path, out, err);
}

bool
identity_drop_credential(const struct identity_store *store, struct err *err)
{
	scoped(memory_freep) char *path =
	    path_of(store, store->current.generation, "credential");

	return file_remove(path, err);
}
