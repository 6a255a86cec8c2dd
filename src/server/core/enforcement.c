/* Settings in force for good, in the signer's journal and in the database. */
#include "server/core/enforcement.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/signer_client.h"
#include "server/core/api/operation.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "store/setting.h"

/* The database's key, which the audit log names as well. */
static const char *const KEYS[] = {
    [SIGNER_SETTING_TWO_FACTOR] = "two_factor.required",
};

static void
remember(struct core *core, enum signer_setting setting)
{
	atomic_fetch_or(
	    &core->enforcement.settings, UINT64_C(1) << (unsigned)setting);
}

static json_t *
value_json(bool is_enforced)
{
	json_t *object = json_object();

	json_set_bool(object, "required", is_enforced);
	return object;
}

struct copy {
	enum signer_setting setting;
	struct audit *audit;
	int64_t at;
	bool was_there; /* comes out */
};

static bool
put(struct store_tx *tx, struct copy *copy, struct err *err)
{
	const char *key = KEYS[copy->setting];
	struct store_setting setting;

	if (!store_setting_get(store_tx_reader(tx), key, &setting, err))
		return false;
	copy->was_there = setting.integer != 0;
	audit_before(copy->audit, value_json(copy->was_there));
	audit_after(copy->audit, value_json(true));
	if (copy->was_there)
		return true;
	setting.integer = 1;
	setting.version = STORE_SETTING_ANY_VERSION;
	setting.changed_at = copy->at;
	return store_setting_put(tx, &setting, err);
}

static bool
write_by_request(struct store_tx *tx, void *context, struct err *err)
{
	return put(tx, context, err);
}

/* What the signer knows and the database does not: it was set back. */
static bool
write_by_server(struct store_tx *tx, void *context, struct err *err)
{
	struct copy *copy = context;

	return put(tx, copy, err) &&
	    (copy->was_there || audit_append(tx, copy->audit, err));
}

static bool
tell_database(struct core *core, enum signer_setting setting, struct err *err)
{
	struct audit audit;
	struct copy copy = {setting, &audit, core_now_ms(core), false};

	audit_init_server(&audit, STORE_AUDIT_SETTING_CHANGE);
	audit_target(&audit, STORE_AUDIT_TARGET_SETTING, KEYS[setting], NULL);
	return store_write(core->store, write_by_server, &copy, err);
}

/* A signer that cannot take it down changes nothing about what is in force. */
static void
tell_signer(struct core *core, enum signer_setting setting)
{
	static struct log_budget budget;
	struct signer_enforce request = {
	    .setting = setting, .by = view_string("database")};
	struct err err = ERR_INIT;

	if (!signer_client_enforce(core->signer, &request, &err) &&
	    log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_failure(LOG_LEVEL_WARNING,
		    "a setting that is for good is not in the journal", &err);
}

static bool
load_one(struct core *core, const struct signer_enforced *told,
    enum signer_setting setting, bool is_stored, struct err *err)
{
	bool is_told = signer_is_enforced(told, setting);

	if (is_told || is_stored)
		remember(core, setting);
	if (is_stored && !is_told)
		tell_signer(core, setting);
	return is_stored || !is_told || tell_database(core, setting, err);
}

static bool
read_stored(struct core *core, enum signer_setting setting, bool *out_is,
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting stored;

	if (!store_reader_open(core->store, &reader, err) ||
	    !store_setting_get(reader, KEYS[setting], &stored, err))
		return false;
	*out_is = stored.integer != 0;
	return true;
}

bool
enforcement_load(struct core *core, struct err *err)
{
	struct signer_enforced told;

	if (!signer_client_enforced(core->signer, &told, err))
		return false;
	for (unsigned i = 1; i <= SIGNER_SETTING_LAST; i++) {
		enum signer_setting setting = (enum signer_setting)i;
		bool is_stored = false;

		if (!read_stored(core, setting, &is_stored, err) ||
		    !load_one(core, &told, setting, is_stored, err))
			return false;
	}
	atomic_store(&core->enforcement.is_known, true);
	return true;
}

bool
enforcement_is(struct core *core, enum signer_setting setting, bool *out_is,
    struct err *err)
{
	struct signer_enforced now;

	if (!atomic_load(&core->enforcement.is_known) &&
	    !enforcement_load(core, err))
		return false;
	now.settings = atomic_load(&core->enforcement.settings);
	*out_is = signer_is_enforced(&now, setting);
	return true;
}

bool
enforcement_set(
    const struct api_call *call, enum signer_setting setting, struct err *err)
{
	struct copy copy = {
	    setting, call->audit, call->request->received_ms, false};
	struct signer_enforce request = {.setting = setting,
	    .by = view_slice(view_string(call->request->user.user_name), 0,
		SIGNER_WORD_MAX)};

	audit_target(
	    call->audit, STORE_AUDIT_TARGET_SETTING, KEYS[setting], NULL);
	if (!signer_client_enforce(call->core->signer, &request, err))
		return false;
	remember(call->core, setting);
	return api_write(call, write_by_request, &copy, err);
}
