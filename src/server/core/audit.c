/* Entries of the audit log, put together and written. */
#include "server/core/audit.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "server/core/request.h"

/* Valid UTF-8 as json_set_string makes it, cut to fit. */
static void
copy_text(char *out, size_t out_size, const char *text)
{
	scoped(json_freep) json_t *holder = NULL;

	if (text == NULL || utf8_is_valid(view_string(text))) {
		store_text_copy(out, out_size, text);
		return;
	}
	holder = json_object();
	json_set_string(holder, "text", text);
	store_text_copy(
	    out, out_size, json_string_value(json_object_get(holder, "text")));
}

static void
init(struct audit *audit, enum store_audit_action action)
{
	memset(audit, 0, sizeof(*audit));
	audit->row.occurrences = 1;
	store_text_copy(audit->row.action, sizeof(audit->row.action),
	    store_audit_action_name(action));
	store_text_copy(audit->row.outcome, sizeof(audit->row.outcome),
	    store_audit_outcome_name(STORE_AUDIT_OUTCOME_DONE));
	audit_target(audit, STORE_AUDIT_TARGET_NOTHING, NULL, NULL);
}

void
audit_init_server(struct audit *audit, enum store_audit_action action)
{
	init(audit, action);
	audit_actor(audit, STORE_AUDIT_ACTOR_SERVER, NULL, NULL);
}

static const char *
listener_word(enum listener listener)
{
	return listener == LISTENER_HTTP ? "http"
	    : listener == LISTENER_HTTPS ? "https"
					 : "agents";
}

void
audit_init_request(struct audit *audit, const struct request *request,
    enum store_audit_action action)
{
	const struct request_user *user = &request->user;

	init(audit, action);
	if (user->api_token_id[0] != '\0')
		audit_actor(audit, STORE_AUDIT_ACTOR_API_TOKEN,
		    user->api_token_id, user->user_name);
	else if (user->user_id[0] != '\0')
		audit_actor(audit, STORE_AUDIT_ACTOR_USER, user->user_id,
		    user->user_name);
	else if (request->peer.has_certificate)
		audit_actor(audit, STORE_AUDIT_ACTOR_AGENT,
		    request->peer.agent_id, NULL);
	else
		audit_actor(audit, STORE_AUDIT_ACTOR_STRANGER, NULL, NULL);
	audit_origin(audit, request->address, request->listener);
}

void
audit_origin(struct audit *audit, const char *address, enum listener listener)
{
	copy_text(audit->row.address, sizeof(audit->row.address), address);
	store_text_copy(audit->row.listener, sizeof(audit->row.listener),
	    listener_word(listener));
}

void
audit_actor(struct audit *audit, enum store_audit_actor kind, const char *id,
    const char *name)
{
	struct store_audit_row *row = &audit->row;

	store_text_copy(row->actor_kind, sizeof(row->actor_kind),
	    store_audit_actor_name(kind));
	copy_text(row->actor_id, sizeof(row->actor_id), id);
	copy_text(row->actor_name, sizeof(row->actor_name), name);
}

void
audit_target(struct audit *audit, enum store_audit_target kind, const char *id,
    const char *name)
{
	struct store_audit_row *row = &audit->row;

	store_text_copy(row->target_kind, sizeof(row->target_kind),
	    store_audit_target_name(kind));
	copy_text(row->target_id, sizeof(row->target_id), id);
	copy_text(row->target_name, sizeof(row->target_name), name);
}

/* A member that tells something secret, by its name. Ids, times and counts of
 * such things are none. */
static bool
is_secret(const char *name)
{
	static const char *const WORDS[] = {"password", "new_password",
	    "current_password", "secret", "token", "hash", "password_hash",
	    "token_hash", "credential", "credential_hash", "private_key",
	    "passphrase", "pin", "recovery_code", "recovery_codes",
	    "totp_secret", "cookie", "authorization"};

	for (size_t i = 0; i < array_length(WORDS); i++)
		if (strcasecmp(name, WORDS[i]) == 0)
			return true;
	return false;
}

/* Depth is bounded: values come from our own code or through json_read. */
static void
hide_secrets(json_t *value)
{
	const char *name;
	json_t *member;
	void *next;
	size_t i;

	json_object_foreach_safe (value, next, name, member) {
		if (is_secret(name) && !json_is_null(member))
			json_set_string(value, name, "(not recorded)");
		else
			hide_secrets(member);
	}
	json_array_foreach (value, i, member)
		hide_secrets(member);
}

static void
set_value(char out[STORE_AUDIT_VALUE_SIZE], json_t *taken)
{
	scoped(json_freep) json_t *value = taken;
	scoped(memory_freep) char *text = NULL;
	char digest[SHA256_HEX_SIZE];

	out[0] = '\0';
	if (value == NULL)
		return;
	hide_secrets(value);
	text = json_write(value);
	if (strlen(text) < STORE_AUDIT_VALUE_SIZE) {
		memcpy(out, text, strlen(text) + 1);
		return;
	}
	digest_sha256_hex(view_string(text), digest);
	snprintf(out, STORE_AUDIT_VALUE_SIZE,
	    "{\"too_long\":%zu,\"sha256\":\"%s\"}", strlen(text), digest);
}

void
audit_before(struct audit *audit, json_t *value)
{
	set_value(audit->row.value_before, value);
}

void
audit_after(struct audit *audit, json_t *value)
{
	set_value(audit->row.value_after, value);
}

bool
audit_append(struct store_tx *tx, struct audit *audit, struct err *err)
{
	if (audit->row.at == 0)
		audit->row.at = clock_wall_ms();
	return store_audit_append(tx, &audit->row, err);
}

struct write {
	struct audit *audit;
	store_write_fn *fn;
	void *context;
};

static bool
run_write(struct store_tx *tx, void *context, struct err *err)
{
	struct write *write = context;

	return (write->fn == NULL || write->fn(tx, write->context, err)) &&
	    audit_append(tx, write->audit, err);
}

bool
audit_write(struct core *core, struct audit *audit, store_write_fn *fn,
    void *context, struct err *err)
{
	struct write write = {audit, fn, context};

	if (!store_write(core->store, run_write, &write, err))
		return false;
	audit->is_recorded = true;
	changes_raise(core, TOPIC_AUDIT);
	return true;
}
