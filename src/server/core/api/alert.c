/* Alerts: which there are, and who has acknowledged them. */
#include "api_operations.h"

#include "base/check.h"
#include "server/core/alerts.h"
#include "server/core/api/answer.h"
#include "server/core/changes.h"
#include "store/alert.h"

static bool
has_level(const struct request_user *user, enum alert_kind kind,
    enum policy_level level)
{
	const struct policy_facts facts = {.levels = user->levels,
	    .is_scoped = user->scope.count > 0,
	    .module = alert_kind_module(kind),
	    .level = level};

	return policy_judge(&facts).decision == POLICY_ALLOW;
}

static const struct store_alert *
kept_of(const struct store_alert_list *kept, enum alert_kind kind)
{
	for (size_t i = 0; i < kept->count; i++)
		if (strcmp(kept->items[i].kind, alert_kind_word(kind)) == 0)
			return &kept->items[i];
	return NULL;
}

static bool
is_acknowledged(const struct alert *alert, const struct store_alert *kept)
{
	return kept != NULL && kept->acknowledged_at != 0 &&
	    alert_is_covered(alert,
		(enum alert_severity)kept->acknowledged_severity,
		kept->acknowledged_count);
}

static json_t *
acknowledgement_json(const struct alert *alert, const struct store_alert *kept)
{
	json_t *object;

	if (!is_acknowledged(alert, kept))
		return json_null();
	object = json_object();
	json_set_string(object, "by", kept->acknowledged_by);
	json_set_time(object, "at", kept->acknowledged_at);
	return object;
}

/* The parameters of GET /api/v1/computers that list those concerned. */
static json_t *
computers_json(enum alert_kind kind)
{
	static const struct {
		enum alert_kind kind;
		const char *name;
		const char *word; /* NULL: the days */
	} QUERIES[] = {
	    {ALERT_CERTIFICATE_EXPIRED, "certificate", "expired"},
	    {ALERT_CERTIFICATE_EXPIRING, "certificate", "expiring"},
	    {ALERT_NOT_SEEN, "not_seen_days", NULL},
	    {ALERT_DUPLICATE, "duplicate", "any"},
	};
	json_t *object;

	for (size_t i = 0; i < array_length(QUERIES); i++) {
		if (QUERIES[i].kind != kind)
			continue;
		object = json_object();
		json_set_string(object, "state", "active");
		if (QUERIES[i].word != NULL)
			json_set_string(
			    object, QUERIES[i].name, QUERIES[i].word);
		else
			json_set_integer(
			    object, QUERIES[i].name, ALERT_NOT_SEEN_DAYS);
		return object;
	}
	return json_null();
}

/* Which kinds say something by their value; of the others it means nothing. */
static json_t *
value_json(const struct alert *alert)
{
	bool has_value = alert->kind == ALERT_CERTIFICATE_EXPIRING ||
	    alert->kind == ALERT_NOT_SEEN ||
	    alert->kind == ALERT_SERVER_CERTIFICATE ||
	    (alert->kind == ALERT_AUDIT_CHAIN && alert->value != 0) ||
	    alert->kind == ALERT_DISK || alert->kind == ALERT_CLOCK;

	return has_value ? json_integer((json_int_t)alert->value) : json_null();
}

static json_t *
alert_json(
    const struct alert *alert, const struct store_alert *kept, int64_t since)
{
	json_t *object = json_object();

	json_set_string(object, "kind", alert_kind_word(alert->kind));
	json_set_string(
	    object, "severity", alert_severity_word(alert->severity));
	json_set_integer(object, "count", alert->count);
	if (since != 0)
		json_set_time(object, "since", since);
	else
		json_set_value(object, "since", json_null());
	api_set_text_or_null(object, "reason", alert->reason);
	json_set_value(object, "value", value_json(alert));
	json_set_value(object, "computers", computers_json(alert->kind));
	json_set_value(
	    object, "acknowledged", acknowledgement_json(alert, kept));
	return object;
}

/* 0: not for who sees a part of it, as another may have begun it. */
static int64_t
since_of(const struct request *request, const struct store_alert *kept)
{
	if (request->user.scope.count > 0)
		return 0;
	return kept != NULL ? kept->since : request->received_ms;
}

static json_t *
list_json(const struct api_call *call, const struct alert_set *set,
    const struct store_alert_list *kept)
{
	const struct request *request = call->request;
	json_t *object = json_object(), *items = json_array();
	int64_t open = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct alert *alert = &set->items[i];
		const struct store_alert *of = kept_of(kept, alert->kind);

		if (!has_level(&request->user, alert->kind, POLICY_READ))
			continue;
		json_array_append_new(
		    items, alert_json(alert, of, since_of(request, of)));
		open += !is_acknowledged(alert, of);
	}
	json_set_value(object, "items", items);
	json_set_integer(object, "unacknowledged", open);
	return object;
}

bool
api_alert_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	bool is_scoped = call->request->user.scope.count > 0;
	struct store_alert_list kept;
	struct alert_set set;

	if (!api_reader_open(call, &reader, err) ||
	    !alerts_get(call->core, is_scoped ? reader : NULL, &set, err) ||
	    !store_alert_list(reader, &kept, err))
		return false;
	response_json(call->response, 200, list_json(call, &set, &kept));
	return true;
}

static bool
not_there(struct err *err)
{
	return err_set_code(err, ERR_NOT_FOUND, "alert_not_found",
	    "there is no such alert now");
}

/* An alert that is there and that the caller may see, as the whole server has
 * it. */
static bool
find(struct api_call *call, struct alert *out, struct err *err)
{
	const struct request *request = call->request;
	enum alert_kind kind;
	struct alert_set set;

	if (!alert_kind_parse(request_path(request, "kind"), &kind) ||
	    !has_level(&request->user, kind, POLICY_READ))
		return not_there(err);
	if (request->user.scope.count > 0)
		return err_set_code(err, ERR_DENIED, "outside_scope",
		    "who is limited to a scope sees a part of it and cannot "
		    "acknowledge the whole");
	if (!has_level(&request->user, kind, POLICY_WRITE))
		return err_set_code(err, ERR_DENIED, "not_permitted",
		    "this needs the level \"write\" in the module \"%s\"",
		    policy_module_name(alert_kind_module(kind)));
	/* Its row is written with the first look at it. */
	if (!alerts_keep(call->core, err) ||
	    !alerts_get(call->core, NULL, &set, err))
		return false;
	for (size_t i = 0; i < set.count; i++) {
		if (set.items[i].kind != kind)
			continue;
		*out = set.items[i];
		return true;
	}
	return not_there(err);
}

struct change {
	const struct api_call *call;
	const struct alert *alert;
	struct store_alert row;
};

static json_t *
row_json(const struct alert *alert, const struct store_alert *row)
{
	json_t *object = json_object();

	json_set_string(object, "kind", row->kind);
	api_set_text_or_null(object, "acknowledged_by", row->acknowledged_by);
	json_set_string(
	    object, "severity", alert_severity_word(alert->severity));
	json_set_integer(object, "count", alert->count);
	return object;
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct store_alert_list list;
	const struct store_alert *before;

	if (!store_alert_list(store_tx_reader(tx), &list, err))
		return false;
	before = kept_of(&list, change->alert->kind);
	if (before == NULL)
		return not_there(err);
	change->row.since = before->since;
	audit_target(change->call->audit, STORE_AUDIT_TARGET_ALERT,
	    before->kind, before->kind);
	audit_before(change->call->audit, row_json(change->alert, before));
	audit_after(change->call->audit, row_json(change->alert, &change->row));
	return store_alert_acknowledge(tx, &change->row, err);
}

static bool
change_alert(struct api_call *call, struct change *change, struct err *err)
{
	store_text_copy(change->row.kind, sizeof(change->row.kind),
	    alert_kind_word(change->alert->kind));
	change->call = call;
	if (!api_write(call, write_change, change, err))
		return false;
	changes_raise(call->core, TOPIC_ALERTS);
	return true;
}

bool
api_alert_acknowledge(struct api_call *call, struct err *err)
{
	struct change change = {
	    .row.acknowledged_at = call->request->received_ms};
	struct alert alert;

	if (!find(call, &alert, err))
		return false;
	change.alert = &alert;
	change.row.acknowledged_severity = alert.severity;
	change.row.acknowledged_count = alert.count;
	store_text_copy(change.row.acknowledged_by,
	    sizeof(change.row.acknowledged_by), call->request->user.user_name);
	if (!change_alert(call, &change, err))
		return false;
	response_json(call->response, 200,
	    alert_json(&alert, &change.row, change.row.since));
	return true;
}

bool
api_alert_acknowledgement_delete(struct api_call *call, struct err *err)
{
	struct change change = {0};
	struct alert alert;

	if (!find(call, &alert, err))
		return false;
	change.alert = &alert;
	if (!change_alert(call, &change, err))
		return false;
	response_empty(call->response, 204);
	return true;
}
