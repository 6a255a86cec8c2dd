/* installer …: the script that puts an agent on a computer, and its command. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/digest.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "os/file.h"

#define INSTALLER   "/api/v1/installer"
#define SCRIPT_MAX  (1024 * 1024)
#define PLACEHOLDER "'TOKEN'"

static const struct table_column FACTS[] = {
    {"Server", "server"},
    {"  HTTPS port", "https_port"},
    {"  agent port", "agent_port"},
    {"Publication key", "publication_key"},
    {"Script", "script.url"},
    {"  SHA-256", "script.sha256"},
    {"  bytes", "script.bytes"},
    {"Agent", "archive.version"},
    {"  for", "archive.architecture"},
    {"  SHA-256", "archive.sha256"},
    {"  bytes", "archive.bytes"},
    {"With curl", "commands.curl"},
    {"With wget", "commands.wget"},
};

static enum ctl_exit
ask(struct ctl *ctl, json_t **out)
{
	scoped(memory_freep) char *path =
	    client_path(INSTALLER, "server", ctl_value(ctl, "address"), NULL);

	return client_ask(ctl, "GET", path, NULL, out);
}

enum ctl_exit
installer_show(struct ctl *ctl)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = ask(ctl, &answer);

	if (result == CTL_OK)
		output_one(ctl, FACTS, array_length(FACTS), answer);
	return result;
}

/* The script and what the API says of it come over a verified connection; the
 * comparison finds a server that changed between the two. */
enum ctl_exit
installer_download(struct ctl *ctl)
{
	const char *path =
	    ctl->argument_count > 0 ? ctl->arguments[0] : "warifu-install.sh";
	scoped(buf_donep) struct buf script = BUF_INIT(SCRIPT_MAX);
	scoped(json_freep) json_t *answer = NULL;
	char sha256[SHA256_HEX_SIZE];
	struct err err = ERR_INIT;
	const char *wanted;
	enum ctl_exit result = ask(ctl, &answer);

	if (result == CTL_OK)
		result = client_fetch(ctl, INSTALLER "/script", &script);
	if (result != CTL_OK)
		return result;
	digest_sha256_hex(buf_view(&script), sha256);
	wanted = json_string_value(
	    json_object_get(json_object_get(answer, "script"), "sha256"));
	if (wanted == NULL || strcmp(wanted, sha256) != 0) {
		ctl_complain("the server's installer has just changed; try "
			     "again");
		return CTL_FAILED;
	}
	if (!file_write_atomic(path, buf_view(&script), 0755, &err)) {
		ctl_complain("%s", err_sentence(&err));
		return CTL_FAILED;
	}
	ctl_say(ctl, "Wrote %s. Its SHA-256 is %s.", path, sha256);
	return CTL_OK;
}

enum ctl_exit
installer_command(struct ctl *ctl, const char *tool, bool is_reenrol,
    const char *secret, char **out)
{
	scoped(json_freep) json_t *answer = NULL;
	scoped(memory_freep) char *name =
	    memory_format("%s%s", is_reenrol ? "reenrol_" : "", tool);
	const char *line, *at;
	enum ctl_exit result = ask(ctl, &answer);

	if (result != CTL_OK)
		return result;
	line = json_string_value(
	    json_object_get(json_object_get(answer, "commands"), name));
	at = line != NULL ? strstr(line, PLACEHOLDER) : NULL;
	if (at == NULL) {
		ctl_complain("the server gave no command for %s", tool);
		return CTL_FAILED;
	}
	*out = memory_format("%.*s'%s'%s", (int)(at - line), line, secret,
	    at + strlen(PLACEHOLDER));
	return CTL_OK;
}
