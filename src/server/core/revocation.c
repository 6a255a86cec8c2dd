/* Revoking and retiring: signer, database, gateways, connections, in order. */
#include "server/core/revocation.h"

#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "ipc/signer_client.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "server/core/live.h"
#include "server/core/trust.h"
#include "store/certificate.h"
#include "store/computer.h"

struct change {
	struct audit *audit;
	const char *computer_id;
	enum store_computer_state state;
	bool revokes_certificates;
	int64_t at_ms;
	const char *reason;
};

static json_t *
state_json(enum store_computer_state state, const char *reason)
{
	json_t *object = json_object();

	json_set_string(object, "state", store_computer_state_name(state));
	if (reason != NULL && reason[0] != '\0')
		json_set_string(object, "reason", reason);
	return object;
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	const struct change *change = context;
	struct store_computer computer;

	/* One that only the signer knows is revoked all the same. */
	if (store_computer_get(
		store_tx_reader(tx), change->computer_id, &computer, err))
		audit_before(change->audit, state_json(computer.state, NULL));
	else if (err->category != ERR_NOT_FOUND)
		return false;
	err_reset(err);
	audit_after(change->audit, state_json(change->state, change->reason));
	return store_computer_set_state(
		   tx, change->computer_id, change->state, err) &&
	    (!change->revokes_certificates ||
		store_certificate_mark_revoked_all(tx, change->computer_id,
		    change->at_ms, change->reason, err));
}

static bool
get_computer(struct core *core, const char *id, struct store_computer *out,
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return store_reader_open(core->store, &reader, err) &&
	    store_computer_get(reader, id, out, err);
}

static void
tell(struct core *core, const char *kind, const char *sentence,
    const char *computer_id, const struct revocation_actor *actor)
{
	struct core_event event = {.level = LOG_LEVEL_WARNING,
	    .kind = kind,
	    .sentence = sentence,
	    .computer_id = computer_id,
	    .user_id = actor->user_id,
	    .user_name = actor->user_name,
	    .address = actor->address,
	    .detail = json_object()};

	json_set_string_or_null(event.detail, "reason", actor->reason);
	core_event(core, &event);
}

static struct signer_agent_order
order_of(const char *computer_id, const struct revocation_actor *actor)
{
	struct signer_agent_order order = {0};

	store_text_copy(order.agent_id, sizeof(order.agent_id), computer_id);
	order.by = view_slice(
	    view_string(actor->user_name != NULL ? actor->user_name : "core"),
	    0, SIGNER_WORD_MAX);
	return order;
}

/* The gateways come before the database: a database that is away must not
 * keep a revocation from being in force. */
static bool
revoke(struct core *core, const struct change *change,
    const struct revocation_actor *actor, struct err *err)
{
	struct signer_agent_order order = order_of(change->computer_id, actor);
	struct err not_applied = ERR_INIT;
	uint64_t revision = 0;
	bool is_applied;

	if (!signer_client_revoke(core->signer, &order, &revision, err))
		return false;
	is_applied = trust_push_and_wait(core, TRUST_DEADLINE_MS, &not_applied);
	live_close(core, change->computer_id, "this computer is revoked");
	if (!audit_write(core, change->audit, write_change,
		(void *)(uintptr_t)change, err))
		return false;
	tell(core, "computer_revoked", "a computer was revoked",
	    change->computer_id, actor);
	if (!is_applied)
		*err = not_applied;
	return is_applied;
}

bool
revocation_revoke(struct core *core, const char *computer_id,
    const struct revocation_actor *actor, struct err *err)
{
	struct store_computer computer;
	struct change change = {.computer_id = computer_id,
	    .audit = actor->audit,
	    .state = STORE_COMPUTER_REVOKED,
	    .revokes_certificates = true,
	    .at_ms = core_now_ms(core),
	    .reason = actor->reason != NULL ? actor->reason : ""};

	if (!get_computer(core, computer_id, &computer, err) &&
	    err->category == ERR_NOT_FOUND)
		return false;
	err_reset(err);
	return revoke(core, &change, actor, err);
}

bool
revocation_remove(struct core *core, const char *computer_id,
    const struct revocation_actor *actor, struct err *err)
{
	struct change change = {.computer_id = computer_id,
	    .audit = actor->audit,
	    .state = STORE_COMPUTER_REMOVED,
	    .revokes_certificates = true,
	    .at_ms = core_now_ms(core),
	    .reason = actor->reason != NULL ? actor->reason : ""};

	return revoke(core, &change, actor, err);
}

bool
revocation_retire(struct core *core, const char *computer_id,
    const struct revocation_actor *actor, struct err *err)
{
	struct signer_agent_order order = order_of(computer_id, actor);
	struct change change = {.computer_id = computer_id,
	    .audit = actor->audit,
	    .state = STORE_COMPUTER_RETIRED};
	struct store_computer computer;
	uint64_t revision = 0;

	if (!get_computer(core, computer_id, &computer, err))
		return false;
	if (computer.state == STORE_COMPUTER_REVOKED ||
	    computer.state == STORE_COMPUTER_REMOVED)
		return err_set_code(err, ERR_CONFLICT, "computer_revoked",
		    "the computer is revoked");
	if (!signer_client_retire(core->signer, &order, &revision, err) ||
	    !audit_write(core, change.audit, write_change, &change, err))
		return false;
	tell(core, "computer_retired", "a computer was retired", computer_id,
	    actor);
	/* One that is not connected hears of it in its next refresh. */
	ignore_result(live_knock(core, computer_id));
	return true;
}
