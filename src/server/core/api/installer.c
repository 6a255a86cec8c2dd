/* What installs an agent: facts, commands and the script. */
#include "api_operations.h"

#include "base/host_name.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "server/config.h"
#include "server/core/installer.h"
#include "server/core/trust.h"

static const struct {
	const char *name;
	enum installer_tool tool;
	bool is_reenrol;
} COMMANDS[] = {
    {"curl", INSTALLER_CURL, false},
    {"wget", INSTALLER_WGET, false},
    {"reenrol_curl", INSTALLER_CURL, true},
    {"reenrol_wget", INSTALLER_WGET, true},
};

static char *
url(const struct api_call *call, const char *server, const char *path)
{
	bool is_ipv6 = strchr(server, ':') != NULL;

	return memory_format("https://%s%s%s:%lld%s", is_ipv6 ? "[" : "",
	    server, is_ipv6 ? "]" : "",
	    (long long)call->core->config->https_port, path);
}

static bool
add_commands(const struct api_call *call, const char *server,
    const char *script_sha256, json_t *object, struct err *err)
{
	json_t *commands = json_object();

	json_set_value(object, "commands", commands);
	for (size_t i = 0; i < array_length(COMMANDS); i++) {
		scoped(buf_donep) struct buf text =
		    BUF_INIT(INSTALLER_COMMAND_MAX);
		scoped(memory_freep) char *line = NULL;
		struct installer_command command = {
		    .tool = COMMANDS[i].tool,
		    .server = server,
		    .https_port = call->core->config->https_port,
		    .script_sha256 = script_sha256,
		    .is_reenrol = COMMANDS[i].is_reenrol,
		};

		if (!installer_command_write(&command, &text, err))
			return false;
		line = view_to_string(buf_view(&text));
		json_set_string(commands, COMMANDS[i].name, line);
	}
	return true;
}

static json_t *
file_json(const struct api_call *call, const char *server, const char *path,
    const char *sha256, uint64_t bytes)
{
	scoped(memory_freep) char *address = url(call, server, path);
	json_t *object = json_object();

	json_set_string(object, "url", address);
	json_set_string(object, "sha256", sha256);
	json_set_integer(object, "bytes", (int64_t)bytes);
	return object;
}

static json_t *
archive_json(const struct api_call *call, const char *server)
{
	const struct installer_archive *archive = call->core->installer;
	json_t *object = file_json(call, server, "/installer/agent.tar.gz",
	    archive->sha256, archive->bytes);

	json_set_string(object, "version", archive->version);
	json_set_string(object, "architecture", archive->architecture);
	return object;
}

static json_t *
names_json(const struct api_call *call)
{
	json_t *names = json_array();

	for (char *const *name = call->core->config->names; *name != NULL;
	     name++)
		json_array_append_new(names, json_string(*name));
	return names;
}

/* How the computers reach this server: as asked, else by its first name. */
static bool
choose_server(const struct api_call *call, const char **out, struct err *err)
{
	const char *asked = api_query(call, "server");

	if (asked != NULL && !host_name_is_valid(asked))
		return err_set_code(err, ERR_MALFORMED, "bad_parameter",
		    "\"server\" must be a host name or an address");
	*out = asked != NULL
	    ? asked
	    : installer_default_server(call->core->config->names);
	return true;
}

bool
api_installer_get(struct api_call *call, struct err *err)
{
	const struct server_config *config = call->core->config;
	scoped(buf_donep) struct buf script = BUF_INIT(INSTALLER_SCRIPT_MAX);
	scoped(json_freep) json_t *object = json_object();
	char sha256[SHA256_HEX_SIZE], pin[TRUST_PIN_SIZE];
	const char *server = NULL;

	if (!choose_server(call, &server, err) ||
	    !installer_make(call->core, &script, sha256, err) ||
	    !core_trust_publication_pin(call->core, pin, err) ||
	    !add_commands(call, server, sha256, object, err))
		return false;
	json_set_string(object, "server", server);
	json_set_value(object, "names", names_json(call));
	json_set_integer(object, "https_port", config->https_port);
	json_set_integer(object, "agent_port", config->agents_port);
	json_set_string(object, "publication_key", pin);
	json_set_value(object, "script",
	    file_json(
		call, server, "/installer/linux.sh", sha256, script.length));
	json_set_value(object, "archive", archive_json(call, server));
	response_json(call->response, 200, take(object));
	return true;
}

bool
api_installer_script(struct api_call *call, struct err *err)
{
	installer_answer_script(call->core, call->response, err);
	return err->category == ERR_NONE;
}
