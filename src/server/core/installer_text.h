/*
 * The installer's text: the script that puts an agent on a computer, and the
 * command that fetches and runs it. Pure; core alone.
 *
 * The script is the same for everybody as long as the server's names, ports,
 * publication key and agent stay: no token is in it. It is downloaded before
 * anything can be verified; the command holds its SHA-256, the script that of
 * the archive, and the publication key's hash, by which the agent then knows
 * the server. Nothing is looked at before the hash above it was compared.
 *
 * What goes into the script as a value is checked against a closed set of
 * characters, none of which means anything to a shell: there is no quoting
 * that could go wrong.
 */
#ifndef SERVER_CORE_INSTALLER_TEXT_H
#define SERVER_CORE_INSTALLER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
	INSTALLER_HEAD_BYTES = 256, /* of the archive, enough for its comment */
	INSTALLER_WORD_SIZE = 32,
	INSTALLER_SCRIPT_MAX = 128 * 1024,
	INSTALLER_COMMAND_MAX = 4 * 1024,
	INSTALLER_ARCHIVE_MAX = 256 * 1024 * 1024,
};

/* The agent that is handed out. */
struct installer_archive {
	char sha256[65];
	uint64_t bytes;
	char version[INSTALLER_WORD_SIZE];
	char architecture[INSTALLER_WORD_SIZE]; /* in the words of uname -m */
};

struct installer_facts {
	char *const *names; /* of the server; ended by NULL, at least one */
	int64_t https_port;
	int64_t agent_port;
	const char *publication_key; /* the pin: 64 hexadecimal digits */
	const struct installer_archive *archive;
};

enum installer_tool {
	INSTALLER_CURL,
	INSTALLER_WGET,
};

struct installer_command {
	enum installer_tool tool;
	const char *server; /* how the computer reaches it */
	int64_t https_port;
	const char *script_sha256;
	bool is_reenrol; /* also where an agent is enrolled */
};

/* What is in the script beside its head: scripts/embed makes it of the files in
 * src/server/core/installer. */
extern const char INSTALLER_BODY[];

/* The first name that is not this computer's own to itself, or the first. */
must_use const char *installer_default_server(char *const *names);

/* Version and architecture, from the comment that scripts/build-agent-archive
 * puts into the gzip header (RFC 1952): "warifu-agent VERSION ARCHITECTURE".
 * ERR_MALFORMED "installer_archive". */
must_use bool installer_archive_read_head(
    struct view head, struct installer_archive *out, struct err *err);

/* Appended to out. ERR_NOT_FOUND "installer_unavailable" where a name of the
 * server has no place in a script. */
must_use bool installer_script_write(
    const struct installer_facts *facts, struct buf *out, struct err *err);

/* Appended to out: one line for a shell, to be pasted. The word TOKEN in it
 * stands for the enrolment token. The server's name is one for which
 * host_name_is_valid is true. */
must_use bool installer_command_write(
    const struct installer_command *command, struct buf *out, struct err *err);

#endif
