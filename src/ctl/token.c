/* token …: secrets that let computers enrol, shown once. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/find.h"
#include "ctl/output.h"
#include "os/file.h"

#define TOKENS "/api/v1/enrolment-tokens"

static const struct table_column TOKEN_LIST[] = {
    {"ID", "id"},
    {"KIND", "kind"},
    {"STATE", "state"},
    {"LEFT", "uses_left"},
    {"EXPIRES", "expires_at"},
    {"BY", "created_by"},
    {"COMMENT", "comment"},
};

static const struct table_column TOKEN_ONE[] = {
    {"Id", "id"},
    {"Kind", "kind"},
    {"Office", "office_id"},
    {"Computer", "computer_id"},
    {"State", "state"},
    {"Uses", "uses"},
    {"  left", "uses_left"},
    {"Made", "created_at"},
    {"  by", "created_by"},
    {"Expires", "expires_at"},
    {"Revoked", "revoked_at"},
    {"Comment", "comment"},
};

static enum ctl_exit
add_duration(struct ctl *ctl, json_t *body)
{
	const char *text = ctl_value(ctl, "expires");
	int64_t seconds;
	enum ctl_exit result;

	if (text == NULL)
		return CTL_OK;
	result = output_duration(text, &seconds);
	if (result == CTL_OK)
		json_set_integer(body, "expires_in_s", seconds);
	return result;
}

/* The token is made by now: whatever goes wrong here, its id is told so that it
 * can be revoked. */
static enum ctl_exit
write_bootstrap(struct ctl *ctl, json_t *answer)
{
	const char *path = ctl_value(ctl, "bootstrap");
	const char *address = ctl_value(ctl, "address");
	json_t *bootstrap = json_object_get(answer, "bootstrap");
	const char *id = json_string_value(
	    json_object_get(json_object_get(answer, "enrolment_token"), "id"));
	scoped(memory_freep) char *text = NULL;
	struct err err = ERR_INIT;
	bool is_written;

	if (address != NULL)
		json_set_string(bootstrap, "server", address);
	text = json_write(bootstrap);
	is_written = file_write_atomic(path, view_string(text), 0600, &err);
	explicit_bzero(text, strlen(text));
	if (!is_written) {
		ctl_complain("%s; revoke the token %s", err_sentence(&err), id);
		return CTL_FAILED;
	}
	ctl_say(ctl, "Wrote %s. Hand it over like a password; the token is %s.",
	    path, id);
	return CTL_OK;
}

static enum ctl_exit
print_install(struct ctl *ctl, const json_t *answer)
{
	const char *secret =
	    json_string_value(json_object_get(answer, "secret"));
	scoped(memory_freep) char *line = NULL;
	enum ctl_exit result = installer_command(ctl, ctl_value(ctl, "install"),
	    ctl_value(ctl, "computer") != NULL, secret, &line);

	if (result == CTL_OK)
		printf("%s\n", line);
	return result;
}

/* Before the token is made: one that nobody learns would be left behind. */
static enum ctl_exit
check_install(struct ctl *ctl)
{
	const char *tool = ctl_value(ctl, "install");
	scoped(memory_freep) char *line = NULL;

	if (tool == NULL)
		return CTL_OK;
	if (strcmp(tool, "curl") != 0 && strcmp(tool, "wget") != 0)
		return ctl_misuse("--install takes curl or wget");
	if (ctl_value(ctl, "bootstrap") != NULL)
		return ctl_misuse("give --bootstrap or --install, not both");
	return installer_command(ctl, tool, false, "TOKEN", &line);
}

static enum ctl_exit
create(struct ctl *ctl, const char *path, const json_t *body)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = check_install(ctl);

	if (result == CTL_OK)
		result = client_ask(ctl, "POST", path, body, &answer);
	if (result == CTL_OK && ctl_value(ctl, "install") != NULL)
		return print_install(ctl, answer);
	if (result == CTL_OK && ctl_value(ctl, "bootstrap") != NULL)
		return write_bootstrap(ctl, answer);
	if (result == CTL_OK)
		output_secret(ctl, answer);
	return result;
}

static enum ctl_exit
add_uses(struct ctl *ctl, json_t *body)
{
	const char *text = ctl_value(ctl, "uses");
	uint64_t uses;

	if (text == NULL)
		return CTL_OK;
	if (!view_to_u64(view_string(text), INT32_MAX, &uses))
		return ctl_misuse("--uses must be a number");
	json_set_integer(body, "uses", (int64_t)uses);
	return CTL_OK;
}

static enum ctl_exit
add_office(struct ctl *ctl, json_t *body)
{
	const char *wanted = ctl_value(ctl, "office");
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result = CTL_OK;

	if (wanted != NULL)
		result = office_find(ctl, wanted, &id);
	if (id != NULL)
		json_set_string(body, "office_id", id);
	return result;
}

enum ctl_exit
token_create(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	const char *computer = ctl_value(ctl, "computer");
	const char *comment = ctl_value(ctl, "comment");
	enum ctl_exit result;

	if (computer != NULL && ctl_value(ctl, "office") != NULL)
		return ctl_misuse("give --office or --computer, not both");
	json_set_string(body, "kind", computer != NULL ? "computer" : "office");
	if (computer != NULL)
		json_set_string(body, "computer_id", computer);
	if (comment != NULL)
		json_set_string(body, "comment", comment);
	result = add_uses(ctl, body);
	if (result == CTL_OK)
		result = add_duration(ctl, body);
	if (result == CTL_OK)
		result = add_office(ctl, body);
	return result != CTL_OK ? result : create(ctl, TOKENS, body);
}

enum ctl_exit
token_list(struct ctl *ctl)
{
	const char *wanted = ctl_value(ctl, "office");
	scoped(memory_freep) char *office = NULL;
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = CTL_OK;

	if (wanted != NULL)
		result = office_find(ctl, wanted, &office);
	if (result != CTL_OK)
		return result;
	path = client_path(TOKENS, "office_id", office, "usable",
	    ctl_is_set(ctl, "usable") ? "true" : NULL, NULL);
	return output_get_list(ctl, path, TOKEN_LIST, array_length(TOKEN_LIST));
}

enum ctl_exit
token_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    memory_format(TOKENS "/%s", ctl->arguments[0]);

	return output_get_one(ctl, path, TOKEN_ONE, array_length(TOKEN_ONE));
}

enum ctl_exit
token_revoke(struct ctl *ctl)
{
	scoped(json_freep) json_t *answer = NULL;
	scoped(memory_freep) char *path =
	    memory_format(TOKENS "/%s/revoke", ctl->arguments[0]);
	enum ctl_exit result;

	if (!output_confirm(
		ctl, "Revoke the token %s for good?", ctl->arguments[0]))
		return CTL_FAILED;
	result = client_ask(ctl, "POST", path, NULL, &answer);
	if (result == CTL_OK)
		output_one(ctl, TOKEN_ONE, array_length(TOKEN_ONE), answer);
	return result;
}
