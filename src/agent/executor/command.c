/* Judges a command by what the executor itself knows. */
#include "agent/executor/command.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "os/file.h"

static const char COMMAND_TYPE[] = "warifu-command+jwt";

/* The action's name and its only form of arguments, whose SHA-256 the server
 * signs. */
static const struct {
	const char *name;
	const char *arguments;
	enum command_action action;
} ACTIONS[] = {
    {"uninstall", "{}", COMMAND_UNINSTALL},
};

enum {
	MEMORY_FILE_MAX = 4096
};

static char *
memory_path(const char *directory)
{
	return file_join(directory, "commands.json");
}

static bool
read_text(const json_t *json, const char *name, char *out, size_t size,
    struct err *err)
{
	const char *text = "";

	if (!json_get_string(json, name, JSON_OPTIONAL, size - 1, &text, err))
		return false;
	snprintf(out, size, "%s", text);
	return true;
}

static bool
read_number(const json_t *json, const char *name, int64_t *out, struct err *err)
{
	return json_get_integer(
	    json, name, JSON_OPTIONAL, 0, INT64_MAX, out, err);
}

bool
command_memory_load(
    const char *directory, struct command_memory *out, struct err *err)
{
	scoped(memory_freep) char *path = memory_path(directory);
	scoped(buf_donep) struct buf text = BUF_INIT(MEMORY_FILE_MAX);
	scoped(json_freep) json_t *json = NULL;
	struct command_memory memory = {0};

	if (!file_exists(path)) {
		*out = memory;
		return true;
	}
	if (!file_read_private(path, &text, err))
		return false;
	json = json_read(buf_view(&text), MEMORY_FILE_MAX, err);
	if (json == NULL ||
	    !read_text(json, "pin", memory.pin, sizeof(memory.pin), err) ||
	    !read_text(
		json, "token", memory.token, sizeof(memory.token), err) ||
	    !read_text(json, "agent_id", memory.agent_id,
		sizeof(memory.agent_id), err) ||
	    !read_number(
		json, "publication_epoch", &memory.publication_epoch, err) ||
	    !read_number(
		json, "publication_number", &memory.publication_number, err) ||
	    !read_number(json, "epoch", &memory.epoch, err) ||
	    !read_number(json, "counter", &memory.counter, err))
		return err_prefix(err, "%s", path);
	*out = memory;
	return true;
}

bool
command_memory_save(
    const char *directory, const struct command_memory *memory, struct err *err)
{
	scoped(memory_freep) char *path = memory_path(directory);
	scoped(json_freep) json_t *json = json_object();
	scoped(memory_freep) char *text = NULL;

	json_set_string(json, "pin", memory->pin);
	json_set_string(json, "token", memory->token);
	json_set_string(json, "agent_id", memory->agent_id);
	json_set_integer(json, "publication_epoch", memory->publication_epoch);
	json_set_integer(
	    json, "publication_number", memory->publication_number);
	json_set_integer(json, "epoch", memory->epoch);
	json_set_integer(json, "counter", memory->counter);
	text = json_write(json);
	return file_write_atomic(path, view_string(text), 0600, err);
}

bool
command_memory_adopt(
    struct command_memory *memory, const char *pin, const struct secret *token)
{
	char digest[SHA256_HEX_SIZE];

	digest_sha256_hex(secret_view(token), digest);
	if (strcmp(memory->pin, pin) == 0 && strcmp(memory->token, digest) == 0)
		return false;
	if (strcmp(memory->pin, pin) != 0)
		*memory = (struct command_memory){0};
	snprintf(memory->pin, sizeof(memory->pin), "%s", pin);
	memcpy(memory->token, digest, sizeof(memory->token));
	memory->agent_id[0] = '\0';
	return true;
}

static bool
check_publication(const struct command_memory *memory,
    const struct publication *publication, struct err *err)
{
	if (publication->epoch > memory->publication_epoch ||
	    (publication->epoch == memory->publication_epoch &&
		publication->number >= memory->publication_number))
		return true;
	return err_set_code(err, ERR_DENIED, "publication_old",
	    "the publication %lld.%lld is older than one seen before",
	    (long long)publication->epoch, (long long)publication->number);
}

/* Who this agent is: what it was at the first command, and until then what a
 * certificate of the fleet's CA says. */
static bool
find_agent(const struct command_memory *memory,
    const struct errand_command *command, const struct publication *publication,
    int64_t now_ms, char out[ID_SIZE], struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;
	const char *name;

	if (memory->agent_id[0] != '\0') {
		memcpy(out, memory->agent_id, ID_SIZE);
		return true;
	}
	if (!certificate_parse_der(command->certificate, &certificate, err) ||
	    !certificate_verify(certificate, &publication->agent_cas,
		CERTIFICATE_CLIENT, now_ms, err))
		return err_prefix(err, "the agent's certificate");
	name = certificate_common_name(certificate);
	if (!id_is_valid(view_string(name)))
		return err_set_code(err, ERR_DENIED, "command_target",
		    "the agent's certificate does not name an agent");
	memcpy(out, name, ID_SIZE);
	return true;
}

/* The members of a command, views of its JSON. */
struct members {
	const char *target;
	const char *action;
	const char *arguments_sha256;
	const char *expires_at;
	int64_t epoch;
	int64_t counter;
};

static bool
read_members(const json_t *json, struct members *out, struct err *err)
{
	return json_get_string(json, "target", JSON_REQUIRED, ID_SIZE - 1,
		   &out->target, err) &&
	    json_get_string(json, "action", JSON_REQUIRED, ERRAND_WORD_SIZE - 1,
		&out->action, err) &&
	    json_get_string(json, "arguments_sha256", JSON_REQUIRED,
		SHA256_HEX_SIZE - 1, &out->arguments_sha256, err) &&
	    json_get_string(json, "expires_at", JSON_REQUIRED, RFC3339_SIZE,
		&out->expires_at, err) &&
	    json_get_integer(
		json, "epoch", JSON_REQUIRED, 0, INT64_MAX, &out->epoch, err) &&
	    json_get_integer(json, "counter", JSON_REQUIRED, 1, INT64_MAX,
		&out->counter, err);
}

static bool
check_action(
    const struct members *members, enum command_action *out, struct err *err)
{
	for (size_t i = 0; i < array_length(ACTIONS); i++) {
		char digest[SHA256_HEX_SIZE];

		digest_sha256_hex(view_string(ACTIONS[i].arguments), digest);
		if (strcmp(members->action, ACTIONS[i].name) == 0 &&
		    strcmp(members->arguments_sha256, digest) == 0) {
			*out = ACTIONS[i].action;
			return true;
		}
	}
	return err_set_code(err, ERR_DENIED, "command_action",
	    "this agent has no action \"%s\" with these arguments",
	    members->action);
}

static bool
check_members(const struct command_memory *memory, const char *agent_id,
    const struct members *members, int64_t now_ms, struct err *err)
{
	int64_t expires_ms = 0;

	if (strcmp(members->target, agent_id) != 0)
		return err_set_code(err, ERR_DENIED, "command_target",
		    "the command is for another computer");
	if (!clock_parse_rfc3339(
		view_string(members->expires_at), &expires_ms) ||
	    now_ms >= expires_ms)
		return err_set_code(err, ERR_DENIED, "command_expired",
		    "the command was good until %s", members->expires_at);
	if (members->epoch < memory->epoch ||
	    (members->epoch == memory->epoch &&
		members->counter <= memory->counter))
		return err_set_code(err, ERR_DENIED, "command_replayed",
		    "the command %lld.%lld was given before",
		    (long long)members->epoch, (long long)members->counter);
	return true;
}

static void
remember(struct command_memory *memory, const char *agent_id,
    const struct publication *publication, const struct members *members)
{
	memcpy(memory->agent_id, agent_id, ID_SIZE);
	memory->publication_epoch = publication->epoch;
	memory->publication_number = publication->number;
	memory->epoch = members->epoch;
	memory->counter = members->counter;
}

bool
command_judge(struct command_memory *memory,
    const struct errand_command *command, struct view publication_jws,
    int64_t now_ms, enum command_action *out_action,
    struct errand_result *result, struct err *err)
{
	scoped(publication_freep) struct publication *publication = NULL;
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	scoped(json_freep) json_t *json = NULL;
	struct members members = {0};
	char agent_id[ID_SIZE];

	if (memory->pin[0] == '\0')
		return err_set_code(err, ERR_CONFLICT, "command_target",
		    "this computer was never enrolled");
	if (!publication_read(
		publication_jws, memory->pin, &publication, err) ||
	    !check_publication(memory, publication, err) ||
	    !jws_verify(command->jws, publication->command_key, COMMAND_TYPE,
		&payload, err))
		return err_prefix(err, "the command");
	json = json_read(buf_view(&payload), JWS_PAYLOAD_MAX, err);
	if (json == NULL || !read_members(json, &members, err))
		return err_prefix(err, "the command");
	result->epoch = members.epoch;
	result->counter = members.counter;
	snprintf(result->action, sizeof(result->action), "%s", members.action);
	if (!find_agent(memory, command, publication, now_ms, agent_id, err) ||
	    !check_members(memory, agent_id, &members, now_ms, err) ||
	    !check_action(&members, out_action, err))
		return false;
	remember(memory, agent_id, publication, &members);
	return true;
}
