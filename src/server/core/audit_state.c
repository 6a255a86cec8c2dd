/* Changes of the server's own trust, recorded once. */
#include "server/core/audit_state.h"

#include "base/clock.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "store/setting.h"

static const struct state_row {
	const char *setting; /* what was told last */
	enum store_audit_action action;
	enum store_audit_target target;
} STATES[] = {
    [AUDIT_STATE_SERVER_CERTIFICATE] = {"audit.server_certificate",
	STORE_AUDIT_SERVER_CERTIFICATE_CHANGE,
	STORE_AUDIT_TARGET_SERVER_CERTIFICATE},
    [AUDIT_STATE_PUBLICATION] = {"audit.publication",
	STORE_AUDIT_PUBLICATION_CHANGE, STORE_AUDIT_TARGET_PUBLICATION},
    [AUDIT_STATE_AGENT_CA] = {"audit.agent_ca", STORE_AUDIT_AGENT_CA_CHANGE,
	STORE_AUDIT_TARGET_AGENT_CA},
};

struct note {
	const struct state_row *row;
	const char *value;
	int64_t not_after_ms;
	struct audit audit;
};

static json_t *
value_json(const char *value, int64_t not_after_ms)
{
	json_t *object = json_object();

	json_set_string(object, "id", value);
	if (not_after_ms != 0)
		json_set_time(object, "not_after", not_after_ms);
	return object;
}

static bool
write_note(struct store_tx *tx, void *context, struct err *err)
{
	struct note *note = context;
	struct store_setting setting;

	if (!store_setting_get(
		store_tx_reader(tx), note->row->setting, &setting, err))
		return false;
	if (strcmp(setting.text, note->value) == 0)
		return true;
	audit_init_server(&note->audit, note->row->action);
	audit_target(&note->audit, note->row->target, note->value, NULL);
	if (setting.text[0] != '\0')
		audit_before(&note->audit, value_json(setting.text, 0));
	audit_after(&note->audit, value_json(note->value, note->not_after_ms));
	store_text_copy(setting.key, sizeof(setting.key), note->row->setting);
	store_text_copy(setting.text, sizeof(setting.text), note->value);
	setting.version = STORE_SETTING_ANY_VERSION;
	setting.changed_at = clock_wall_ms();
	return store_setting_put(tx, &setting, err) &&
	    audit_append(tx, &note->audit, err);
}

bool
audit_note_state(struct core *core, enum audit_state state, const char *value,
    int64_t not_after_ms, struct err *err)
{
	struct note note = {&STATES[state], value, not_after_ms, {{0}, false}};

	return store_write(core->store, write_note, &note, err);
}
