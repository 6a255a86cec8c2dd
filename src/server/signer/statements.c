/* Signed statements: the publication, and commands of the closed table. */
#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/jws.h"
#include "server/signer/signer.h"

enum {
	COMMAND_LIFE_MINUTES = 60,
};

static void
set_base64(json_t *object, const char *name, struct view bytes)
{
	scoped(memory_freep) char *text = base64_encode(bytes);

	json_set_string(object, name, text);
}

static void
set_certificates(
    json_t *object, const char *name, const struct certificate *certificate)
{
	scoped(memory_freep) char *text =
	    base64_encode(certificate_der_view(certificate));
	json_t *list = json_array();

	check(json_array_append_new(list, json_string(text)) == 0);
	json_set_value(object, name, list);
}

/* What agents have to know, without number and time. */
static json_t *
content(const struct signer *signer)
{
	const struct signer_settings *settings = signer->settings;
	json_t *names = json_array();
	json_t *object = json_object();

	for (size_t i = 0; settings->names[i] != NULL; i++)
		check(json_array_append_new(
			  names, json_string(settings->names[i])) == 0);
	json_set_string(object, "fleet", signer->authority.fleet_id);
	json_set_integer(object, "epoch", journal_head(signer->journal)->epoch);
	set_certificates(object, "server_anchors", signer->server_certificate);
	set_certificates(object, "agent_cas", signer->authority.agent_ca);
	set_base64(object, "command_key",
	    key_spki_view(signer->authority.command_key));
	set_base64(object, "publication_key",
	    key_spki_view(signer->authority.publication_key));
	json_set_value(object, "names", names);
	json_set_integer(object, "https_port", settings->https_port);
	json_set_integer(object, "agent_port", settings->agents_port);
	return object;
}

/* Give the content its number: a new one when it changed. */
static bool
number_content(struct signer *signer, const json_t *object, struct err *err)
{
	scoped(memory_freep) char *text = json_write(object);
	uint8_t hash[SIGNER_HASH_BYTES];

	digest_sha256(view_string(text), hash);
	if (signer->ledger.publication_number > 0 &&
	    memcmp(hash, signer->ledger.publication_sha256, sizeof(hash)) == 0)
		return true;
	return signer_may_issue(signer, err) &&
	    signer_record(signer,
		ledger_publication_entry(
		    signer->ledger.publication_number + 1, hash),
		JOURNAL_ORDINARY, err);
}

static bool
refresh_publication(struct signer *signer, struct err *err)
{
	scoped(json_freep) json_t *object = content(signer);
	scoped(memory_freep) char *text = NULL;
	char *jws = NULL;

	if (!number_content(signer, object, err))
		return false;
	if (signer->publication != NULL &&
	    signer->publication_number == signer->ledger.publication_number)
		return true;
	json_set_integer(
	    object, "number", (int64_t)signer->ledger.publication_number);
	json_set_time(object, "issued_at", signer->ledger.publication_ms);
	text = json_write(object);
	if (!jws_make(signer->authority.publication_key,
		"warifu-publication+jwt", view_string(text), &jws, err))
		return false;
	free(signer->publication);
	signer->publication = jws;
	signer->publication_number = signer->ledger.publication_number;
	return true;
}

bool
signer_publication(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	struct signer_publication publication;

	if (!signer_empty_read(body, err) || !refresh_publication(signer, err))
		return false;
	publication = (struct signer_publication){
	    .number = signer->publication_number,
	    .jws = view_string(signer->publication),
	    .publication_key = key_spki_view(signer->authority.publication_key),
	};
	signer_publication_write(result, &publication);
	return true;
}

/* The closed table: what may be ordered, of whom, with which arguments. */
static const struct action_row {
	const char *name;
	const char *arguments; /* canonical JSON */
	enum ledger_agent_state needs;
} ACTIONS[] = {
    [SIGNER_ACTION_UNINSTALL] = {"uninstall", "{}", LEDGER_AGENT_RETIRED},
};

static bool
check_target(const struct signer *signer, const struct signer_command *command,
    uint32_t *out_row, struct err *err)
{
	uint32_t row = ledger_agent_find(&signer->ledger, command->agent_id);

	if (row == LEDGER_NONE)
		return err_set_code(err, ERR_NOT_FOUND, "agent_unknown",
		    "there is no such computer");
	if (signer->ledger.agents[row].state != ACTIONS[command->action].needs)
		return err_set_code(err, ERR_CONFLICT, "agent_not_retired",
		    "only a retired computer is told to uninstall");
	*out_row = row;
	return true;
}

static char *
command_payload(const struct signer *signer,
    const struct signer_command *command, uint64_t counter, int64_t expires_ms)
{
	const struct action_row *action = &ACTIONS[command->action];
	scoped(json_freep) json_t *object = json_object();
	char digits[SHA256_HEX_SIZE];

	digest_sha256_hex(view_string(action->arguments), digits);
	json_set_string(object, "target", command->agent_id);
	json_set_string(object, "action", action->name);
	json_set_string(object, "arguments_sha256", digits);
	json_set_time(object, "expires_at", expires_ms);
	json_set_integer(object, "epoch", journal_head(signer->journal)->epoch);
	json_set_integer(object, "counter", (int64_t)counter);
	return json_write(object);
}

static bool
issue_command(struct signer *signer, const struct signer_command *command,
    char **out_jws, struct signer_object *object, struct err *err)
{
	uint64_t counter = signer->ledger.command_counter + 1;
	scoped(memory_freep) char *payload = NULL;

	object->produced_ms = signer_now(signer);
	object->expires_ms =
	    object->produced_ms + MINUTES_MS(COMMAND_LIFE_MINUTES);
	payload = command_payload(signer, command, counter, object->expires_ms);
	return jws_make(signer->authority.command_key, "warifu-command+jwt",
		   view_string(payload), out_jws, err) &&
	    signer_record(signer,
		ledger_command_entry(command, ACTIONS[command->action].name,
		    counter, object->expires_ms),
		JOURNAL_ORDINARY, err);
}

bool
signer_sign_command(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	scoped(memory_freep) char *jws = NULL;
	struct signer_object object = {0};
	struct signer_command command;
	uint32_t row = LEDGER_NONE;

	if (!signer_command_read(body, &command, err) ||
	    !signer_may_issue(signer, err) ||
	    !check_target(signer, &command, &row, err))
		return false;
	if (!command_budget_take(&signer->commands, row, clock_monotonic_ms()))
		return err_set_code(err, ERR_LIMIT, "command_limit",
		    "too many commands were signed in the last minute");
	if (!issue_command(signer, &command, &jws, &object, err))
		return false;
	object.bytes = view_string(jws);
	signer_object_write(result, &object);
	return true;
}
