/* The records of agents, in one file. */
#include "fleet/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"

/* As it lies in the file, in this machine's byte order. */
struct record {
	char magic[4];
	uint32_t revision;
	uint16_t certificate_length;
	uint8_t has_credential;
	uint8_t has_key;
	uint8_t has_next_key;
	uint8_t unused[23];
	uint8_t credential[VAULT_CREDENTIAL_BYTES];
	uint8_t key[KEY_RAW_SIZE];
	uint8_t next_key[KEY_RAW_SIZE];
	uint8_t certificate[VAULT_CERTIFICATE_MAX];
	uint8_t rest[2];
};
_Static_assert(sizeof(struct record) == 2048, "records have one size");

static const char MAGIC[4] = {'W', 'F', 'L', '1'};

struct vault {
	int fd;
};

bool
vault_prepare(const char *directory, struct err *err)
{
	return file_make_directory(directory, 0700, (uid_t)-1, (gid_t)-1, err);
}

bool
vault_open(const char *directory, struct vault **out, struct err *err)
{
	scoped(memory_freep) char *path = file_join(directory, "agents");
	struct vault *vault;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_set_errno(err, "%s cannot be opened", path);
	vault = memory_zeroed(sizeof(*vault));
	vault->fd = fd;
	*out = vault;
	return true;
}

void
vault_close(struct vault *vault)
{
	if (vault == NULL)
		return;
	fd_close(vault->fd);
	free(vault);
}

static off_t
place(size_t index)
{
	return (off_t)(index * sizeof(struct record));
}

static bool
open_record(
    const struct record *record, struct vault_agent *out, struct err *err)
{
	if (record->certificate_length > VAULT_CERTIFICATE_MAX)
		return err_set(err, ERR_MALFORMED, "length");
	out->revision = record->revision;
	if (record->has_credential != 0)
		out->credential = secret_new(
		    view_of(record->credential, sizeof(record->credential)));
	return (record->has_key == 0 ||
		   key_load_raw(record->key, &out->key, err)) &&
	    (record->has_next_key == 0 ||
		key_load_raw(record->next_key, &out->next_key, err)) &&
	    (record->certificate_length == 0 ||
		certificate_parse_der(
		    view_of(record->certificate, record->certificate_length),
		    &out->certificate, err));
}

bool
vault_load(const struct vault *vault, size_t index, struct vault_agent *out,
    struct err *err)
{
	struct record record = {0};
	ssize_t n = pread(vault->fd, &record, sizeof(record), place(index));
	struct vault_agent agent = {0};
	struct err cause = ERR_INIT;
	bool is_whole = n == (ssize_t)sizeof(record);

	if (n < 0)
		return err_set_errno(err, "the agents' records");
	/* A hole, or the end: nothing was stored. */
	if (n == 0 || (is_whole && record.magic[0] == '\0')) {
		*out = agent;
		return true;
	}
	if (is_whole && memcmp(record.magic, MAGIC, sizeof(MAGIC)) == 0 &&
	    open_record(&record, &agent, &cause)) {
		explicit_bzero(&record, sizeof(record));
		*out = agent;
		return true;
	}
	vault_agent_done(&agent);
	return err_set_code(err, ERR_MALFORMED, "vault_broken",
	    "the record of agent %zu is broken; remove the state directory to "
	    "begin anew",
	    index);
}

static bool
save_key(const struct key *key, uint8_t *out_has, uint8_t out[KEY_RAW_SIZE],
    struct err *err)
{
	*out_has = key != NULL;
	return key == NULL || key_save_raw(key, out, err);
}

static bool
fill(struct record *record, const struct vault_agent *agent, struct err *err)
{
	struct view der = agent->certificate == NULL
	    ? view_of(NULL, 0)
	    : certificate_der_view(agent->certificate);

	if (der.length > VAULT_CERTIFICATE_MAX)
		return err_set_code(err, ERR_LIMIT, "certificate_too_large",
		    "the certificate has %zu bytes, at most %d are kept",
		    der.length, VAULT_CERTIFICATE_MAX);
	memcpy(record->magic, MAGIC, sizeof(MAGIC));
	record->revision = agent->revision;
	if (agent->credential != NULL) {
		record->has_credential = 1;
		memcpy(record->credential, secret_view(agent->credential).data,
		    VAULT_CREDENTIAL_BYTES);
	}
	if (der.length > 0)
		memcpy(record->certificate, der.data, der.length);
	record->certificate_length = (uint16_t)der.length;
	return save_key(agent->key, &record->has_key, record->key, err) &&
	    save_key(
		agent->next_key, &record->has_next_key, record->next_key, err);
}

bool
vault_store(const struct vault *vault, size_t index,
    const struct vault_agent *agent, struct err *err)
{
	struct record record = {0};
	ssize_t n;

	if (!fill(&record, agent, err))
		return false;
	n = pwrite(vault->fd, &record, sizeof(record), place(index));
	explicit_bzero(&record, sizeof(record));
	if (n == (ssize_t)sizeof(record))
		return true;
	if (n >= 0)
		errno = ENOSPC;
	return err_set_errno(err, "the agents' records cannot be written");
}

void
vault_agent_done(struct vault_agent *agent)
{
	secret_free(take(agent->credential));
	key_free(take(agent->key));
	key_free(take(agent->next_key));
	certificate_free(take(agent->certificate));
}

bool
vault_is_enrolled(const struct vault *vault, size_t index)
{
	uint16_t length = 0;

	return pread(vault->fd, &length, sizeof(length),
		   place(index) +
		       (off_t)offsetof(struct record, certificate_length)) ==
	    (ssize_t)sizeof(length) &&
	    length > 0;
}
