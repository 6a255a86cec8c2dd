/* Making and opening the fleet's keys. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "os/file.h"
#include "server/signer/authority.h"
#include "server/signer/journal.h"
#include "server/signer/ledger_entry.h"

enum {
	NONCE_KEY_BYTES = 32,
	CA_YEARS = 10,
	CLOCK_ALLOWANCE_MINUTES = 5,
};

static const char FOLDER[] = "authority";
static const char FOLDER_NEW[] = "authority.new";
static const char CA_FILE[] = "agent-ca.pem";
static const char NONCE_FILE[] = "nonce.key";
static const char JOURNAL_FILE[] = "journal";

/* The three keys: where each is kept, and whose it becomes. */
static const struct key_row {
	const char *name;
	size_t offset;
} KEYS[] = {
    {"agent-ca", offsetof(struct authority, agent_ca_key)},
    {"publication", offsetof(struct authority, publication_key)},
    {"command", offsetof(struct authority, command_key)},
};

static struct key **
key_slot(struct authority *authority, const struct key_row *row)
{
	return (struct key **)(void *)((char *)authority + row->offset);
}

struct view
settings_passphrase(const struct signer_settings *settings)
{
	return settings->passphrase != NULL ? secret_view(settings->passphrase)
					    : view_of(NULL, 0);
}

char *
settings_url(const struct signer_settings *settings, const char *path)
{
	const char *name =
	    settings->names[0] != NULL ? settings->names[0] : "localhost";
	bool is_ipv6 = strchr(name, ':') != NULL;

	return memory_format("http://%s%s%s:%u%s", is_ipv6 ? "[" : "", name,
	    is_ipv6 ? "]" : "", settings->http_port, path);
}

void
authority_done(struct authority *authority)
{
	for (size_t i = 0; i < array_length(KEYS); i++)
		key_free(*key_slot(authority, &KEYS[i]));
	certificate_free(authority->agent_ca);
	secret_free(authority->nonce_key);
	free(authority->organization);
	free(authority->journal_path);
	*authority = (struct authority){0};
}

bool
authority_has_key(const struct authority *authority, const struct key *key)
{
	return key_same_public(key, authority->agent_ca_key) ||
	    key_same_public(key, authority->publication_key) ||
	    key_same_public(key, authority->command_key);
}

static char *
key_file(const char *folder, const char *name)
{
	scoped(memory_freep) char *file = memory_format("%s.key", name);

	return file_join(folder, file);
}

static bool
open_key(const struct signer_settings *settings, const char *folder,
    const struct key_row *row, struct authority *authority, struct err *err)
{
	scoped(memory_freep) char *location = settings->pkcs11_uri != NULL
	    ? memory_format("%s;object=warifu-%s;type=private",
		  settings->pkcs11_uri, row->name)
	    : key_file(folder, row->name);
	struct key_source source = {
	    .location = location,
	    .passphrase = settings_passphrase(settings),
	    .pkcs11_module = settings->pkcs11_module,
	};

	if (key_open(&source, key_slot(authority, row), err))
		return true;
	return settings->pkcs11_uri != NULL
	    ? err_prefix(err,
		  "opening the key pair \"warifu-%s\", EC P-256, in the token",
		  row->name)
	    : err_prefix(err, "opening the %s key", row->name);
}

static bool
make_key_file(const struct signer_settings *settings, const char *folder,
    const struct key_row *row, struct err *err)
{
	scoped(memory_freep) char *path = key_file(folder, row->name);
	scoped(secret_freep) struct secret *pem = NULL;
	scoped(key_freep) struct key *key = NULL;

	return key_generate(KEY_EC_P256, 0, &key, err) &&
	    key_save_pem(key, settings_passphrase(settings), &pem, err) &&
	    file_write_atomic(path, secret_view(pem), 0600, err);
}

static bool
issue_ca(struct authority *authority, int64_t now_ms, struct err *err)
{
	struct certificate_template template = {
	    .profile = CERTIFICATE_CA,
	    .subject_key = authority->agent_ca_key,
	    .not_before_ms = now_ms - MINUTES_MS(CLOCK_ALLOWANCE_MINUTES),
	    .not_after_ms = now_ms + DAYS_MS(CA_YEARS * 365 + CA_YEARS / 4),
	    .organization = authority->organization,
	    .common_name = "Warifu agent CA 1",
	    .constrained_organization = authority->organization,
	};

	digest_random_serial(template.serial);
	return certificate_issue(&template, NULL, authority->agent_ca_key,
	    &authority->agent_ca, err);
}

static bool
write_ca(const struct authority *authority, const char *folder, struct err *err)
{
	scoped(memory_freep) char *path = file_join(folder, CA_FILE);
	scoped(buf_donep) struct buf pem = BUF_INIT(4 * LIMIT_CERTIFICATE);

	return certificate_pem(authority->agent_ca, &pem, err) &&
	    file_write_atomic(path, buf_view(&pem), 0600, err);
}

static bool
write_nonce_key(const char *folder, struct err *err)
{
	scoped(memory_freep) char *path = file_join(folder, NONCE_FILE);
	scoped(secret_freep) struct secret *key =
	    secret_random(NONCE_KEY_BYTES);

	return file_write_atomic(path, secret_view(key), 0600, err);
}

static bool
refuse_entries(void *context, const struct journal_entry *entry, uint32_t n,
    bool is_proven, struct err *err)
{
	return err_set(err, ERR_CONFLICT, "a new journal is not empty");
}

static bool
begin_journal(const struct authority *authority, const char *folder,
    int64_t now_ms, struct err *err)
{
	scoped(memory_freep) char *path = file_join(folder, JOURNAL_FILE);
	scoped(journal_freep) struct journal *journal = NULL;
	scoped(json_freep) json_t *entry = NULL;
	struct ledger_fleet fleet = {
	    .fleet_id = authority->fleet_id,
	    .agent_ca = certificate_der_view(authority->agent_ca),
	    .publication_key = key_spki_view(authority->publication_key),
	    .command_key = key_spki_view(authority->command_key),
	};

	entry = ledger_fleet_entry(&fleet);
	return journal_open(path, refuse_entries, NULL, &journal, err) &&
	    journal_append(journal, entry, JOURNAL_ORDINARY, now_ms, err) &&
	    journal_sync(journal, err);
}

DEFINE_SCOPED(DIR, closedir)

/* Remove what an interrupted first start left. */
static bool
clear_folder(const char *folder, struct err *err)
{
	scoped(closedirp) DIR *entries = opendir(folder);
	struct dirent *entry;

	if (entries == NULL)
		return !file_exists(folder) ||
		    err_set_errno(err, "cannot read %s", folder);
	while ((entry = readdir(entries)) != NULL) {
		scoped(memory_freep) char *path = NULL;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		path = file_join(folder, entry->d_name);
		if (!file_remove(path, err))
			return false;
	}
	return true;
}

static bool
fill_folder(const struct signer_settings *settings, const char *folder,
    int64_t now_ms, struct err *err)
{
	scoped(authority_done) struct authority authority = {0};

	id_make(authority.fleet_id);
	authority.organization =
	    memory_format("Warifu fleet %s", authority.fleet_id);
	for (size_t i = 0; i < array_length(KEYS); i++) {
		if (settings->pkcs11_uri == NULL &&
		    !make_key_file(settings, folder, &KEYS[i], err))
			return err_prefix(
			    err, "making the %s key", KEYS[i].name);
		if (!open_key(settings, folder, &KEYS[i], &authority, err))
			return false;
	}
	return issue_ca(&authority, now_ms, err) &&
	    write_ca(&authority, folder, err) && write_nonce_key(folder, err) &&
	    begin_journal(&authority, folder, now_ms, err) &&
	    file_sync_directory(folder, err);
}

static bool
make(const struct signer_settings *settings, const char *folder, int64_t now_ms,
    struct err *err)
{
	scoped(memory_freep) char *fresh =
	    file_join(settings->directory, FOLDER_NEW);

	if (!clear_folder(fresh, err) ||
	    !file_make_directory(fresh, 0700, (uid_t)-1, (gid_t)-1, err) ||
	    !fill_folder(settings, fresh, now_ms, err))
		return err_prefix(err, "making the fleet's authority");
	if (rename(fresh, folder) != 0)
		return err_set_errno(
		    err, "cannot rename %s to %s", fresh, folder);
	return file_sync_directory(settings->directory, err);
}

static bool
load_ca(struct authority *authority, const char *folder, struct err *err)
{
	scoped(memory_freep) char *path = file_join(folder, CA_FILE);
	scoped(buf_donep) struct buf pem = BUF_INIT(4 * LIMIT_CERTIFICATE);

	return file_read(path, &pem, err) &&
	    certificate_parse_pem(buf_view(&pem), &authority->agent_ca, err);
}

static bool
load_nonce_key(struct authority *authority, const char *folder, struct err *err)
{
	scoped(memory_freep) char *path = file_join(folder, NONCE_FILE);
	scoped(buf_wipep) struct buf bytes = BUF_INIT(NONCE_KEY_BYTES);

	if (!file_read_private(path, &bytes, err))
		return false;
	if (bytes.length != NONCE_KEY_BYTES)
		return err_set(err, ERR_MALFORMED, "%s has %zu bytes, not %d",
		    path, bytes.length, NONCE_KEY_BYTES);
	authority->nonce_key = secret_new(buf_view(&bytes));
	return true;
}

/* The fleet's id is in its organization, so that a broken journal does not
 * hide it. */
static bool
read_fleet_id(struct authority *authority, struct err *err)
{
	const char *text = certificate_organization(authority->agent_ca);
	const char *id = strrchr(text, ' ');

	if (id == NULL || !id_is_valid(view_string(id + 1)))
		return err_set(err, ERR_MALFORMED,
		    "the agent CA's organization \"%s\" names no fleet", text);
	memcpy(authority->fleet_id, id + 1, ID_SIZE);
	authority->organization = memory_string(text);
	return true;
}

static bool
load(const struct signer_settings *settings, const char *folder,
    struct authority *authority, struct err *err)
{
	for (size_t i = 0; i < array_length(KEYS); i++) {
		if (!open_key(settings, folder, &KEYS[i], authority, err))
			return false;
	}
	if (!load_ca(authority, folder, err) ||
	    !read_fleet_id(authority, err) ||
	    !load_nonce_key(authority, folder, err))
		return false;
	if (!key_same_public(
		certificate_key(authority->agent_ca), authority->agent_ca_key))
		return err_set(err, ERR_CONFLICT,
		    "the agent CA's key does not belong to its certificate");
	authority->journal_path = file_join(folder, JOURNAL_FILE);
	return true;
}

bool
authority_open(const struct signer_settings *settings, int64_t now_ms,
    struct authority *out, bool *out_is_new, struct err *err)
{
	scoped(memory_freep) char *folder =
	    file_join(settings->directory, FOLDER);
	scoped(authority_done) struct authority authority = {0};
	bool is_new = !file_exists(folder);

	if (is_new && !make(settings, folder, now_ms, err))
		return false;
	if (!load(settings, folder, &authority, err))
		return false;
	*out = authority;
	authority = (struct authority){0};
	*out_is_new = is_new;
	return true;
}
