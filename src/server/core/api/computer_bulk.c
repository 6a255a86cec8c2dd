/* What is done to many computers at once: refresh, move, revoke, retire. */
#include "api_operations.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "server/core/api/answer.h"
#include "server/core/api/computer.h"
#include "server/core/knocks.h"
#include "store/office.h"
#include "store/trust_event.h"

enum {
	/* Of one transaction, and of one snapshot of the trust: what others
	 * write waits no longer than that takes. */
	PART = 50,
	/* No part is begun after this; what is left is to be asked again. */
	BUDGET_MS = 8000,
};

enum outcome {
	LEFT, /* not done, and not refused: ask again */
	DONE,
	ALREADY, /* it was so before */
	REFUSED,
	OUTCOMES,
};

static const char *const OUTCOME_WORDS[OUTCOMES] = {
    [LEFT] = "left",
    [DONE] = "done",
    [ALREADY] = "already",
    [REFUSED] = "refused",
};

struct item {
	const char *id;
	char name[STORE_HOSTNAME_SIZE]; /* "": not found, or not looked at */
	enum outcome outcome;
	bool is_audited;
	bool is_live; /* it is knocked at */
	struct err err;
};

struct bulk;

/* An action: what happens to a part. False: all of the part failed alike. */
struct action {
	bool (*run)(struct bulk *bulk, struct item *items, size_t count,
	    struct err *err);
	bool is_knocking;         /* the answer tells who is knocked at */
	const char *satisfied_by; /* the code of what is so already, or NULL */
};

struct bulk {
	struct api_call *call;
	const struct action *action;
	struct item *items;
	size_t count;
	int64_t until_ms; /* monotonic */
	/* One for each of a part. */
	struct audit *audits;
};

/* The part that a closure works on. */
struct part {
	struct bulk *bulk;
	struct item *items;
	size_t count;
	int64_t at;
};

static struct audit *
audit_of(const struct part *part, const struct item *item)
{
	return &part->bulk->audits[item - part->items];
}

static void
begin_audit(const struct part *part, const struct item *item)
{
	struct api_call *call = part->bulk->call;
	struct audit *audit = audit_of(part, item);

	audit_init_request(audit, call->request,
	    (enum store_audit_action)call->operation->audit);
	audit_target(audit, STORE_AUDIT_TARGET_COMPUTER, item->id,
	    item->name[0] != '\0' ? item->name : NULL);
}

/* What one computer alone is the reason of. */
static bool
is_of_one(const struct err *err)
{
	return err->category == ERR_NOT_FOUND || err->category == ERR_CONFLICT;
}

static void
settle(const struct bulk *bulk, struct item *item, const struct err *err)
{
	const char *satisfied = bulk->action->satisfied_by;

	item->err = *err;
	if (err->category == ERR_NONE ||
	    strcmp(err->code, "trust_not_applied") == 0)
		item->outcome = DONE;
	else if (satisfied != NULL && strcmp(err->code, satisfied) == 0)
		item->outcome = ALREADY;
	else if (is_of_one(err) || err->category == ERR_DENIED)
		item->outcome = REFUSED;
	else
		item->outcome = LEFT;
}

typedef bool item_fn(struct store_tx *tx, const struct part *part,
    struct item *item, const struct store_computer *computer, struct err *err);

/* One computer in a closure: looked up in the caller's scope, changed, and
 * recorded. */
static bool
write_item(struct store_tx *tx, const struct part *part, struct item *item,
    item_fn *fn, struct err *err)
{
	struct store_computer computer;

	item->name[0] = '\0';
	begin_audit(part, item);
	if (!store_computer_get(store_tx_reader(tx), item->id, &computer, err))
		return false;
	store_text_copy(item->name, sizeof(item->name), computer.name);
	begin_audit(part, item);
	return fn(tx, part, item, &computer, err) &&
	    audit_append(tx, audit_of(part, item), err);
}

/* A computer that stands in the way of itself alone does not stop others. */
static bool
write_items(
    struct store_tx *tx, const struct part *part, item_fn *fn, struct err *err)
{
	for (size_t i = 0; i < part->count; i++) {
		struct err reason = ERR_INIT;

		if (!write_item(tx, part, &part->items[i], fn, &reason) &&
		    !is_of_one(&reason)) {
			*err = reason;
			return false;
		}
		settle(part->bulk, &part->items[i], &reason);
	}
	return true;
}

/* What a closure that was undone said of them is void. */
static bool
forget(const struct part *part)
{
	for (size_t i = 0; i < part->count; i++)
		part->items[i] = (struct item){.id = part->items[i].id};
	return false;
}

/* The closure's rows are on the disk, or nothing was done. */
static bool
write_part(const struct part *part, store_write_fn *fn, struct err *err)
{
	if (!api_write_rows(part->bulk->call, fn, (void *)(uintptr_t)part, err))
		return forget(part);
	for (size_t i = 0; i < part->count; i++)
		part->items[i].is_audited = part->items[i].outcome == DONE;
	return true;
}

static bool
refresh_item(struct store_tx *tx, const struct part *part, struct item *item,
    const struct store_computer *computer, struct err *err)
{
	return api_check_computer_lives(computer, true, err) &&
	    store_computer_request_refresh(tx, item->id, part->at, err);
}

static bool
write_refreshes(struct store_tx *tx, void *context, struct err *err)
{
	return write_items(tx, context, refresh_item, err);
}

static void
knock_at_done(struct bulk *bulk, struct item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].outcome == DONE)
			items[i].is_live =
			    knocks_add(bulk->call->core->knocks, items[i].id);
}

static bool
refresh_part(
    struct bulk *bulk, struct item *items, size_t count, struct err *err)
{
	struct part part = {
	    bulk, items, count, bulk->call->request->received_ms};

	if (!write_part(&part, write_refreshes, err))
		return false;
	knock_at_done(bulk, items, count);
	return true;
}

static struct core_event
move_event(const struct api_call *call, const struct item *item)
{
	const struct request *request = call->request;

	return (struct core_event){.level = LOG_LEVEL_INFO,
	    .kind = "computer_moved",
	    .sentence = "a user moved a computer",
	    .computer_id = item->id,
	    .user_id = request->user.user_id,
	    .user_name = request->user.user_name,
	    .address = request->address,
	    .detail = api_computer_office(api_body_string(call, "office_id"))};
}

static bool
move_item(struct store_tx *tx, const struct part *part, struct item *item,
    const struct store_computer *computer, struct err *err)
{
	const struct api_call *call = part->bulk->call;
	const char *office_id = api_body_string(call, "office_id");
	struct core_event event = move_event(call, item);
	struct audit *audit = audit_of(part, item);
	struct store_trust_event row;

	core_event_row(call->core, &event, &row);
	json_decref(event.detail);
	audit_before(audit, api_computer_office(computer->office_id));
	audit_after(audit, api_computer_office(office_id));
	return store_computer_set_office(tx, item->id, office_id, err) &&
	    store_trust_event_append(tx, &row, err);
}

static bool
write_moves(struct store_tx *tx, void *context, struct err *err)
{
	const struct part *part = context;
	struct store_office office;

	/* It must be in the scope of who asks, as each computer must. */
	return store_office_get(store_tx_reader(tx),
		   api_body_string(part->bulk->call, "office_id"), &office,
		   err) &&
	    write_items(tx, part, move_item, err);
}

static bool
move_part(struct bulk *bulk, struct item *items, size_t count, struct err *err)
{
	struct part part = {
	    bulk, items, count, bulk->call->request->received_ms};

	if (!write_part(&part, write_moves, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct core_event event;

		if (items[i].outcome != DONE)
			continue;
		event = move_event(bulk->call, &items[i]);
		core_event_written(&event);
		json_decref(event.detail);
	}
	return true;
}

struct ending {
	struct part part;
	bool may_be_retired;
};

/* Which of them may be revoked or retired; LEFT are those that go on. */
static bool
look_at_endings(struct store_reader *reader, void *context, struct err *err)
{
	const struct ending *ending = context;
	const struct part *part = &ending->part;

	for (size_t i = 0; i < part->count; i++) {
		struct item *item = &part->items[i];
		struct err reason = ERR_INIT;
		struct store_computer computer;

		item->name[0] = '\0';
		item->outcome = LEFT;
		if (store_computer_get(reader, item->id, &computer, &reason)) {
			store_text_copy(
			    item->name, sizeof(item->name), computer.name);
			ignore_result(api_check_computer_lives(
			    &computer, ending->may_be_retired, &reason));
		} else if (!is_of_one(&reason)) {
			*err = reason;
			return false;
		}
		if (reason.category != ERR_NONE)
			settle(part->bulk, item, &reason);
		begin_audit(part, item);
	}
	return true;
}

/* What became of each; false when the signer stopped half-way, and then all
 * that it did not get to stay LEFT. */
static bool
settle_targets(const struct part *part, const struct revocation_target *targets,
    struct item *const *of, size_t count, struct err *err)
{
	bool is_whole = true;

	for (size_t i = 0; i < count; i++) {
		if (!targets[i].is_tried)
			continue;
		settle(part->bulk, of[i], &targets[i].err);
		of[i]->is_audited = targets[i].is_written;
		if (of[i]->outcome == LEFT) {
			*err = targets[i].err;
			is_whole = false;
		}
	}
	return is_whole;
}

static bool
end_part(struct bulk *bulk, struct item *items, size_t count,
    enum revocation_kind kind, struct err *err)
{
	struct ending ending = {
	    {bulk, items, count, 0}, kind == REVOCATION_REVOKE};
	struct revocation_actor actor = api_computer_actor(bulk->call);
	struct revocation_target targets[PART] = {0};
	struct item *of[PART];
	size_t taken = 0;

	if (!api_decide(bulk->call, look_at_endings, &ending, err))
		return forget(&ending.part);
	for (size_t i = 0; i < count; i++) {
		if (items[i].outcome != LEFT)
			continue;
		targets[taken].computer_id = items[i].id;
		targets[taken].audit = audit_of(&ending.part, &items[i]);
		of[taken++] = &items[i];
	}
	if (taken == 0)
		return true;
	if (kind == REVOCATION_REVOKE)
		actor.reason = api_body_string(bulk->call, "reason");
	revocation_run(
	    bulk->call->core, kind, targets, taken, &actor, bulk->until_ms);
	return settle_targets(&ending.part, targets, of, taken, err);
}

static bool
revoke_part(
    struct bulk *bulk, struct item *items, size_t count, struct err *err)
{
	return end_part(bulk, items, count, REVOCATION_REVOKE, err);
}

/* Each hears of the order in its next refresh. */
static bool
retire_part(
    struct bulk *bulk, struct item *items, size_t count, struct err *err)
{
	bool is_fine = end_part(bulk, items, count, REVOCATION_RETIRE, err);

	knock_at_done(bulk, items, count);
	return is_fine;
}

static const struct action REFRESH = {refresh_part, true, NULL};
static const struct action MOVE = {move_part, false, NULL};
static const struct action REVOKE = {revoke_part, false, "computer_revoked"};
static const struct action RETIRE = {retire_part, true, "computer_retired"};

/* Refusals and failures are counted, as those of one computer are. */
static void
record_rest(struct bulk *bulk, struct item *items, size_t count)
{
	struct part part = {bulk, items, count, 0};

	for (size_t i = 0; i < count; i++) {
		if (items[i].is_audited || items[i].err.category == ERR_NONE)
			continue;
		begin_audit(&part, &items[i]);
		audit_refuse(bulk->call->core, audit_of(&part, &items[i]),
		    &items[i].err);
		items[i].is_audited = true;
	}
}

/* What failed for all of a part fails for those behind it too. */
static void
settle_rest(struct bulk *bulk, size_t from, const struct err *err)
{
	for (size_t i = from; i < bulk->count; i++)
		if (bulk->items[i].outcome == LEFT)
			settle(bulk, &bulk->items[i], err);
}

static bool
has_outcome(const struct bulk *bulk)
{
	for (size_t i = 0; i < bulk->count; i++)
		if (bulk->items[i].outcome != LEFT)
			return true;
	return false;
}

/* Part by part. False: nothing was done to any of them, for one reason. */
static bool
run_parts(struct bulk *bulk, struct err *err)
{
	for (size_t from = 0; from < bulk->count; from += PART) {
		struct item *items = bulk->items + from;
		size_t count =
		    bulk->count - from < PART ? bulk->count - from : PART;
		struct err reason = ERR_INIT;
		bool is_fine;

		if (from > 0 && clock_monotonic_ms() >= bulk->until_ms)
			return true;
		is_fine = bulk->action->run(bulk, items, count, &reason);
		if (!is_fine && !has_outcome(bulk)) {
			*err = reason;
			return false;
		}
		if (!is_fine)
			settle_rest(bulk, from, &reason);
		record_rest(bulk, items, count);
		if (!is_fine)
			return true;
	}
	return true;
}

static json_t *
item_json(const struct bulk *bulk, const struct item *item)
{
	const struct api_problem *problem;
	json_t *object = json_object();
	const char *detail;

	json_set_string(object, "computer_id", item->id);
	api_set_text_or_null(object, "name", item->name);
	json_set_string(object, "outcome", OUTCOME_WORDS[item->outcome]);
	json_set_value(object, "live",
	    bulk->action->is_knocking && item->outcome == DONE
		? json_boolean(item->is_live)
		: json_null());
	if (item->err.category == ERR_NONE) {
		json_set_value(object, "code", json_null());
		json_set_value(object, "detail", json_null());
		return object;
	}
	problem = api_problem_of(&item->err, &detail);
	json_set_string(object, "code", problem->code);
	json_set_string(object, "detail", detail);
	return object;
}

static json_t *
answer_json(const struct bulk *bulk)
{
	int64_t counts[OUTCOMES] = {0};
	json_t *object = json_object(), *results = json_array();

	for (size_t i = 0; i < bulk->count; i++) {
		json_array_append_new(
		    results, item_json(bulk, &bulk->items[i]));
		counts[bulk->items[i].outcome]++;
	}
	json_set_value(object, "results", results);
	for (size_t i = 0; i < OUTCOMES; i++)
		json_set_integer(object, OUTCOME_WORDS[i], counts[i]);
	return object;
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Done twice, the second time would be told as refused. */
static bool
check_twice(const struct bulk *bulk, struct err *err)
{
	scoped(memory_freep) const char **ids =
	    memory_array(bulk->count, sizeof(*ids));

	for (size_t i = 0; i < bulk->count; i++)
		ids[i] = bulk->items[i].id;
	qsort(ids, bulk->count, sizeof(*ids), compare_ids);
	for (size_t i = 1; i < bulk->count; i++)
		if (strcmp(ids[i - 1], ids[i]) == 0)
			return err_set_code(err, ERR_MALFORMED, "json_range",
			    "\"computer_ids\" has %s twice", ids[i]);
	return true;
}

static bool
run_bulk(struct bulk *bulk, struct err *err)
{
	struct api_call *call = bulk->call;

	if (!check_twice(bulk, err) || !run_parts(bulk, err))
		return false;
	/* Each has a row of its own, or is counted among the refusals. */
	call->audit->is_recorded = true;
	response_json(call->response, 200, answer_json(bulk));
	return true;
}

static bool
run(struct api_call *call, const struct action *action, struct err *err)
{
	const json_t *ids = json_object_get(call->body, "computer_ids");
	scoped(memory_freep) struct item *items = NULL;
	scoped(memory_freep) struct audit *audits =
	    memory_array(PART, sizeof(*audits));
	struct bulk bulk = {.call = call,
	    .action = action,
	    .count = json_array_size(ids),
	    .until_ms = clock_monotonic_ms() + BUDGET_MS,
	    .audits = audits};

	bulk.items = items = memory_array(bulk.count, sizeof(*items));
	for (size_t i = 0; i < bulk.count; i++)
		items[i].id = json_string_value(json_array_get(ids, i));
	return run_bulk(&bulk, err);
}

bool
api_computers_refresh(struct api_call *call, struct err *err)
{
	return run(call, &REFRESH, err);
}

bool
api_computers_move(struct api_call *call, struct err *err)
{
	return run(call, &MOVE, err);
}

bool
api_computers_revoke(struct api_call *call, struct err *err)
{
	return run(call, &REVOKE, err);
}

bool
api_computers_retire(struct api_call *call, struct err *err)
{
	return run(call, &RETIRE, err);
}
