/* The installer's script and command, as text. */
#include "server/core/installer_text.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"
#include "base/host_name.h"

enum {
	GZIP_HEAD = 10,
	GZIP_HAS_COMMENT = 0x10,
};

static bool
is_of(const char *text, const char *marks)
{
	if (*text == '\0' || *text == '-' || *text == '.')
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
		    strchr(marks, *text) == NULL)
			return false;
	return true;
}

static bool
is_loopback(const char *name)
{
	return strcmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
	    strncmp(name, "127.", 4) == 0;
}

const char *
installer_default_server(char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (!is_loopback(names[i]))
			return names[i];
	return names[0];
}

static bool
bad_archive(struct err *err)
{
	return err_set_code(err, ERR_MALFORMED, "installer_archive",
	    "the agent's archive is none of scripts/build-agent-archive");
}

/* The next word of the comment; what it begins with is taken away. */
static bool
take_word(struct view *text, char out[INSTALLER_WORD_SIZE])
{
	size_t length = 0;

	while (length < text->length && text->data[length] != ' ')
		length++;
	if (length == 0 || length >= INSTALLER_WORD_SIZE)
		return false;
	memcpy(out, text->data, length);
	out[length] = '\0';
	*text = view_slice(*text, length + 1, text->length);
	return true;
}

bool
installer_archive_read_head(
    struct view head, struct installer_archive *out, struct err *err)
{
	static const uint8_t MAGIC[] = {0x1f, 0x8b, 8, GZIP_HAS_COMMENT};
	struct installer_archive archive = *out;
	char program[INSTALLER_WORD_SIZE];
	struct view comment;
	const uint8_t *end;
	size_t rest;

	if (head.length < GZIP_HEAD ||
	    memcmp(head.data, MAGIC, sizeof(MAGIC)) != 0)
		return bad_archive(err);
	comment = view_slice(head, GZIP_HEAD, head.length);
	end =
	    comment.length > 0 ? memchr(comment.data, 0, comment.length) : NULL;
	if (end == NULL)
		return bad_archive(err);
	comment.length = (size_t)(end - comment.data);
	if (!take_word(&comment, program) ||
	    strcmp(program, "warifu-agent") != 0 ||
	    !take_word(&comment, archive.version))
		return bad_archive(err);
	rest = comment.length;
	if (!take_word(&comment, archive.architecture) ||
	    strlen(archive.architecture) != rest ||
	    !is_of(archive.version, ".-+~") ||
	    !is_of(archive.architecture, "_"))
		return bad_archive(err);
	*out = archive;
	return true;
}

static bool
write_names(char *const *names, struct buf *out, struct err *err)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (!host_name_is_valid(names[i]))
			return err_set_code(err, ERR_NOT_FOUND,
			    "installer_unavailable",
			    "no installer can be made: the server's name "
			    "\"%.80s\" is none of a host; correct [server] "
			    "names",
			    names[i]);
		if (!buf_append_format(
			out, err, "%s%s", i > 0 ? " " : "", names[i]))
			return false;
	}
	return true;
}

static bool
write_head(
    const struct installer_facts *facts, struct buf *out, struct err *err)
{
	const struct installer_archive *archive = facts->archive;

	return buf_append_format(out, err,
		   "#!/bin/sh\n"
		   "# Installs the Warifu agent on this computer; \"sh FILE "
		   "--help\" says more.\n"
		   "WARIFU_SERVER='%s'\n"
		   "WARIFU_NAMES='",
		   installer_default_server(facts->names)) &&
	    write_names(facts->names, out, err) &&
	    buf_append_format(out, err,
		"'\n"
		"WARIFU_HTTPS_PORT='%lld'\n"
		"WARIFU_AGENT_PORT='%lld'\n"
		"WARIFU_PUBLICATION_KEY='%s'\n"
		"WARIFU_VERSION='%s'\n"
		"WARIFU_ARCHITECTURE='%s'\n"
		"WARIFU_ARCHIVE_SHA256='%s'\n"
		"WARIFU_ARCHIVE_BYTES='%llu'\n"
		"\n",
		(long long)facts->https_port, (long long)facts->agent_port,
		facts->publication_key, archive->version, archive->architecture,
		archive->sha256, (unsigned long long)archive->bytes);
}

bool
installer_script_write(
    const struct installer_facts *facts, struct buf *out, struct err *err)
{
	return write_head(facts, out, err) &&
	    buf_append_string(out, INSTALLER_BODY, err);
}

/* Run in a folder of its own, so that nobody can put another script in the
 * place of the one that was compared. The token goes through a pipe and not
 * through the arguments of a program, which every user can see. */
bool
installer_command_write(
    const struct installer_command *command, struct buf *out, struct err *err)
{
	static const char *const FETCH[] = {
	    [INSTALLER_CURL] = "curl -gkfsS -o warifu-install.sh",
	    [INSTALLER_WGET] =
		"wget -q --no-check-certificate -O warifu-install.sh",
	};
	bool is_ipv6 = strchr(command->server, ':') != NULL;

	check(host_name_is_valid(command->server));
	return buf_append_format(out, err,
	    "(d=$(mktemp -d) && cd \"$d\" && %s "
	    "'https://%s%s%s:%lld/installer/linux.sh' && "
	    "echo '%s  warifu-install.sh' | sha256sum -c - && "
	    "printf '%%s\\n' 'TOKEN' | $(command -v sudo) "
	    "sh warifu-install.sh --server %s%s --token-file -)",
	    FETCH[command->tool], is_ipv6 ? "[" : "", command->server,
	    is_ipv6 ? "]" : "", (long long)command->https_port,
	    command->script_sha256, command->server,
	    command->is_reenrol ? " --reenrol" : "");
}
