/* Revoking and retiring: signer, gateways, connections, database, in order. */
#include "server/core/revocation.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "ipc/signer_client.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "server/core/live.h"
#include "server/core/trust.h"
#include "store/certificate.h"
#include "store/computer.h"
#include "store/trust_event.h"

/* What differs between the kinds. */
static const struct kind {
	enum store_computer_state state;
	bool is_retirement; /* certificates are good for the order alone */
	const char *event;
	const char *sentence;
} KINDS[] = {
    [REVOCATION_REVOKE] = {STORE_COMPUTER_REVOKED, false, "computer_revoked",
	"a computer was revoked"},
    [REVOCATION_RETIRE] = {STORE_COMPUTER_RETIRED, true, "computer_retired",
	"a computer was retired"},
    [REVOCATION_REMOVE] = {STORE_COMPUTER_REMOVED, false, "computer_revoked",
	"a computer was revoked"},
};

/* One run for some targets. */
struct run {
	struct core *core;
	const struct kind *kind;
	struct revocation_target *targets;
	size_t count;
	const struct revocation_actor *actor;
	int64_t at_ms;
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
is_ended(const struct store_computer *computer)
{
	return computer->state == STORE_COMPUTER_REVOKED ||
	    computer->state == STORE_COMPUTER_REMOVED;
}

/* Another request may have been faster than this one since it was decided:
 * what is revoked never becomes retired again. */
static bool
check_state(const struct kind *kind, const struct store_computer *computer,
    struct err *err)
{
	if (!is_ended(computer) || kind->state == STORE_COMPUTER_REMOVED ||
	    computer->state == kind->state)
		return true;
	return err_set_code(err, ERR_CONFLICT, "computer_revoked",
	    "the computer %s is revoked, for good", computer->id);
}

static struct core_event
event_of(const struct run *run, const struct revocation_target *target)
{
	struct core_event event = {.level = LOG_LEVEL_WARNING,
	    .kind = run->kind->event,
	    .sentence = run->kind->sentence,
	    .computer_id = target->computer_id,
	    .user_id = run->actor->user_id,
	    .user_name = run->actor->user_name,
	    .address = run->actor->address,
	    .detail = json_object()};

	json_set_string_or_null(event.detail, "reason", run->actor->reason);
	return event;
}

static bool
write_event(struct store_tx *tx, const struct run *run,
    const struct revocation_target *target, struct err *err)
{
	struct core_event event = event_of(run, target);
	struct store_trust_event row;

	core_event_row(run->core, &event, &row);
	json_decref(event.detail);
	return store_trust_event_append(tx, &row, err);
}

static bool
write_one(struct store_tx *tx, const struct run *run,
    struct revocation_target *target, struct err *err)
{
	const char *reason =
	    run->actor->reason != NULL ? run->actor->reason : "";
	const struct kind *kind = run->kind;
	struct store_computer computer;

	if (!store_computer_get(
		store_tx_reader(tx), target->computer_id, &computer, err) ||
	    !check_state(kind, &computer, err))
		return false;
	audit_before(target->audit, state_json(computer.state, NULL));
	audit_after(target->audit,
	    state_json(kind->state, kind->is_retirement ? NULL : reason));
	return store_computer_set_state(
		   tx, target->computer_id, kind->state, err) &&
	    (kind->is_retirement ||
		store_certificate_mark_revoked_all(
		    tx, target->computer_id, run->at_ms, reason, err)) &&
	    write_event(tx, run, target, err) &&
	    audit_append(tx, target->audit, err);
}

/* Journalled, and no one has said no to it since. */
static bool
is_under_way(const struct revocation_target *target)
{
	return target->is_tried && target->err.category == ERR_NONE;
}

/* The state of one alone may be in the way; what hinders the database hinders
 * all of them. */
static bool
write_all(struct store_tx *tx, void *context, struct err *err)
{
	const struct run *run = context;

	for (size_t i = 0; i < run->count; i++) {
		struct revocation_target *target = &run->targets[i];
		struct err reason = ERR_INIT;

		if (!target->is_written)
			continue;
		if (write_one(tx, run, target, &reason)) {
			err_reset(&target->err);
			continue;
		}
		target->err = reason;
		if (reason.category != ERR_CONFLICT &&
		    reason.category != ERR_NOT_FOUND) {
			*err = reason;
			return false;
		}
	}
	return true;
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

static bool
tell_signer(const struct run *run, struct revocation_target *target)
{
	struct signer_agent_order order =
	    order_of(target->computer_id, run->actor);
	struct signer_client *signer = run->core->signer;
	uint64_t revision = 0;

	return run->kind->is_retirement
	    ? signer_client_retire(signer, &order, &revision, &target->err)
	    : signer_client_revoke(signer, &order, &revision, &target->err);
}

/* How many the journal has. What the signer cannot do for one it cannot do for
 * the next. */
static size_t
journal_all(const struct run *run, int64_t until_ms)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		struct revocation_target *target = &run->targets[i];

		if (i > 0 && clock_monotonic_ms() >= until_ms)
			return count;
		target->is_tried = true;
		if (!tell_signer(run, target))
			return count;
		count++;
	}
	return count;
}

static void
close_all(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		if (is_under_way(&run->targets[i]))
			live_close(run->core, run->targets[i].computer_id,
			    "this computer is revoked");
}

/* Which are written is settled before the closure, which may run again. */
static void
record_all(struct run *run)
{
	struct err err = ERR_INIT;
	bool is_ok;

	for (size_t i = 0; i < run->count; i++)
		run->targets[i].is_written = is_under_way(&run->targets[i]);
	is_ok = store_write(run->core->store, write_all, run, &err);
	for (size_t i = 0; i < run->count; i++) {
		struct revocation_target *target = &run->targets[i];

		if (!target->is_written)
			continue;
		if (!is_ok)
			target->err = err;
		target->is_written = target->err.category == ERR_NONE;
		target->audit->is_recorded |= target->is_written;
	}
}

static void
log_all(const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct core_event event;

		if (!run->targets[i].is_written)
			continue;
		event = event_of(run, &run->targets[i]);
		core_event_written(&event);
		json_decref(event.detail);
	}
}

/* The gateways come before the database: a database that is away must not
 * keep a revocation from being in force. */
void
revocation_run(struct core *core, enum revocation_kind kind,
    struct revocation_target *targets, size_t count,
    const struct revocation_actor *actor, int64_t until_ms)
{
	struct run run = {
	    core, &KINDS[kind], targets, count, actor, core_now_ms(core)};
	struct err not_applied = ERR_INIT;
	bool is_applied = true;

	for (size_t i = 0; i < count; i++) {
		targets[i].is_tried = targets[i].is_written = false;
		err_reset(&targets[i].err);
	}
	if (journal_all(&run, until_ms) == 0)
		return;
	if (!run.kind->is_retirement) {
		is_applied =
		    trust_push_and_wait(core, TRUST_DEADLINE_MS, &not_applied);
		close_all(&run);
	}
	record_all(&run);
	log_all(&run);
	for (size_t i = 0; i < count && !is_applied; i++)
		if (targets[i].is_written)
			targets[i].err = not_applied;
}

bool
revocation_run_one(struct core *core, enum revocation_kind kind,
    const char *computer_id, struct audit *audit,
    const struct revocation_actor *actor, struct err *err)
{
	struct revocation_target target = {
	    .computer_id = computer_id, .audit = audit};

	revocation_run(core, kind, &target, 1, actor, INT64_MAX);
	if (target.err.category == ERR_NONE)
		return true;
	*err = target.err;
	return false;
}
