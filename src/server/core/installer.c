/* The agent's archive and its installer. */
#include "server/core/installer.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "os/fd.h"
#include "server/config.h"
#include "server/core/core.h"
#include "server/core/trust.h"
#include "server/role.h"

enum {
	PART_BYTES = 64 * 1024,
};

static bool
hash_parts(int fd, uint64_t bytes, struct digest *digest, struct err *err)
{
	scoped(buf_donep) struct buf part = BUF_INIT(PART_BYTES);

	for (uint64_t at = 0; at < bytes; at += part.length) {
		size_t length =
		    bytes - at < PART_BYTES ? (size_t)(bytes - at) : PART_BYTES;

		buf_clear(&part);
		if (!fd_read_at(fd, at, length, &part, err))
			return false;
		digest_update(digest, buf_view(&part));
	}
	return true;
}

static bool
hash_file(int fd, uint64_t bytes, uint8_t out[SHA256_SIZE], struct err *err)
{
	struct digest *digest = digest_new();

	if (!hash_parts(fd, bytes, digest, err)) {
		digest_free(digest);
		return false;
	}
	digest_finish(digest, out);
	return true;
}

static bool
read_archive(int fd, struct installer_archive *out, struct err *err)
{
	scoped(buf_donep) struct buf head = BUF_INIT(INSTALLER_HEAD_BYTES);
	scoped(memory_freep) char *hex = NULL;
	uint8_t sha256[SHA256_SIZE];
	struct stat status;

	if (fstat(fd, &status) != 0)
		return err_set_errno(err, "cannot look at the agent's archive");
	if (status.st_size > INSTALLER_ARCHIVE_MAX)
		return err_set(
		    err, ERR_LIMIT, "the agent's archive is too large");
	out->bytes = (uint64_t)status.st_size;
	if (!fd_read_at(fd, 0,
		out->bytes < INSTALLER_HEAD_BYTES ? (size_t)out->bytes
						  : INSTALLER_HEAD_BYTES,
		&head, err) ||
	    !installer_archive_read_head(buf_view(&head), out, err) ||
	    !hash_file(fd, out->bytes, sha256, err))
		return false;
	hex = hex_encode(view_of(sha256, sizeof(sha256)));
	snprintf(out->sha256, sizeof(out->sha256), "%s", hex);
	return true;
}

struct installer_archive *
installer_open(struct role *role)
{
	scoped(fd_closep) int fd = role_descriptor_take(role, "installer");
	struct installer_archive *archive;
	struct err err = ERR_INIT;

	if (fd < 0)
		return NULL;
	archive = memory_zeroed(sizeof(*archive));
	if (read_archive(fd, archive, &err)) {
		log_info("an agent is handed out", "version", archive->version,
		    "architecture", archive->architecture, "sha256",
		    archive->sha256);
		return archive;
	}
	log_failure(LOG_LEVEL_ERROR, "no agent is handed out", &err);
	free(archive);
	return NULL;
}

static bool
unavailable(const struct core *core, struct err *err)
{
	const char *path = core->config->installer_archive;

	return err_set_code(err, ERR_NOT_FOUND, "installer_unavailable",
	    "there is no archive of the agent that could be handed out; put "
	    "warifu-agent.tar.gz (scripts/build-agent-archive makes it) %s%s, "
	    "and reload the server",
	    path[0] != '\0' ? "where [installer] archive says: "
			    : "into share/warifu of the installation, or name "
			      "it in [installer] archive",
	    path);
}

bool
installer_make(const struct core *core, struct buf *out_script,
    char out_sha256[65], struct err *err)
{
	char pin[TRUST_PIN_SIZE];
	struct installer_facts facts = {
	    .names = core->config->names,
	    .https_port = core->config->https_port,
	    .agent_port = core->config->agents_port,
	    .publication_key = pin,
	    .archive = core->installer,
	};

	if (core->installer == NULL)
		return unavailable(core, err);
	if (!core_trust_publication_pin(core, pin, err) ||
	    !installer_script_write(&facts, out_script, err))
		return false;
	digest_sha256_hex(buf_view(out_script), out_sha256);
	return true;
}

void
installer_answer_script(
    const struct core *core, struct response *response, struct err *err)
{
	scoped(buf_donep) struct buf script = BUF_INIT(INSTALLER_SCRIPT_MAX);
	char sha256[SHA256_HEX_SIZE];

	if (!installer_make(core, &script, sha256, err))
		return;
	response_header(response, "Cache-Control", "no-cache");
	response_header(response, "Content-Disposition",
	    "attachment; filename=\"warifu-install.sh\"");
	response_header(response, "X-Content-Type-Options", "nosniff");
	response_bytes(response, 200, "text/x-shellscript", buf_view(&script));
}

void
installer_public_script(struct request *request, struct response *response)
{
	struct err err = ERR_INIT;

	installer_answer_script(request->core, response, &err);
	if (err.category != ERR_NONE)
		response_error(response, &err);
}
