/* Managed computers: list, one, office, refresh, revoke, retire. */
#include "api_operations.h"

#include "base/clock.h"
#include "server/core/alerts.h"
#include "server/core/api/answer.h"
#include "server/core/api/computer.h"
#include "server/core/live.h"
#include "store/group.h"
#include "store/office.h"

static void
set_facts(json_t *object, const struct store_computer *computer)
{
	api_set_text_or_null(object, "agent_version", computer->agent_version);
	api_set_text_or_null(object, "os_name", computer->os_name);
	api_set_text_or_null(object, "os_version", computer->os_version);
	api_set_text_or_null(object, "architecture", computer->architecture);
	api_set_text_or_null(
	    object, "hardware_serial", computer->hardware_serial);
	api_set_text_or_null(object, "address", computer->last_address);
	api_set_text_or_null(
	    object, "certificate_serial", computer->certificate_serial);
	json_set_integer(object, "acknowledged_publication",
	    computer->acknowledged_publication);
	json_set_integer(object, "software_count", computer->software_count);
}

/* That it is like another tells that there is another, wherever that is: an
 * agent could ask for names by taking them. */
static void
set_likeness(json_t *object, const struct store_computer *computer,
    const struct request_user *who)
{
	int64_t flags = who->scope.count > 0 ? 0 : computer->flags;

	json_set_bool(object, "has_duplicate_name",
	    (flags & STORE_COMPUTER_DUPLICATE_NAME) != 0);
	json_set_bool(object, "has_duplicate_hardware",
	    (flags & STORE_COMPUTER_DUPLICATE_HARDWARE) != 0);
}

static void
set_times(json_t *object, const struct store_computer *computer)
{
	json_set_time(object, "enrolled_at", computer->enrolled_at);
	api_set_time_or_null(object, "last_seen_at", computer->last_seen_at);
	api_set_time_or_null(object, "proved_at", computer->proved_at);
	api_set_time_or_null(
	    object, "last_mutual_at", computer->last_mutual_at);
	api_set_time_or_null(
	    object, "last_credential_at", computer->last_credential_at);
	api_set_time_or_null(object, "inventory_at", computer->inventory_at);
	api_set_time_or_null(
	    object, "refresh_requested_at", computer->refresh_requested_at);
}

/* How its agent was recognised when it last came. */
const char *
api_computer_last_seen_by(const struct store_computer *computer)
{
	if (computer->last_mutual_at == 0 && computer->last_credential_at == 0)
		return NULL;
	return computer->last_mutual_at >= computer->last_credential_at
	    ? "certificate"
	    : "credential";
}

static void
set_channel(json_t *object, const struct store_computer *computer)
{
	json_set_string_or_null(
	    object, "last_seen_by", api_computer_last_seen_by(computer));
	json_set_value(object, "proxy_in_environment",
	    computer->proxy_report == STORE_PROXY_UNKNOWN
		? json_null()
		: json_boolean(computer->proxy_report == STORE_PROXY_SET));
}

static json_t *
computer_json(
    const struct api_call *call, const struct store_computer *computer)
{
	json_t *object = json_object();

	json_set_string(object, "id", computer->id);
	json_set_string(object, "name", computer->name);
	json_set_string(object, "office_id", computer->office_id);
	json_set_string(
	    object, "state", store_computer_state_name(computer->state));
	json_set_string(
	    object, "profile", store_profile_name(computer->profile));
	json_set_bool(
	    object, "is_live", live_is_connected(call->core, computer->id));
	set_facts(object, computer);
	set_likeness(object, computer, &call->request->user);
	set_times(object, computer);
	set_channel(object, computer);
	return object;
}

struct sort_word {
	const char *word;
	enum store_computer_sort sort;
};

static const struct sort_word SORTS[] = {
    {"name", STORE_COMPUTER_BY_NAME},
    {"last_seen_at", STORE_COMPUTER_BY_LAST_SEEN},
    {"enrolled_at", STORE_COMPUTER_BY_ENROLLED},
    {"os", STORE_COMPUTER_BY_OS},
    {"state", STORE_COMPUTER_BY_STATE},
};

static void
fill_sort(struct store_computer_filter *filter, const char *word)
{
	filter->is_descending = word[0] == '-';
	if (filter->is_descending)
		word++;
	for (size_t i = 0; i < array_length(SORTS); i++)
		if (strcmp(SORTS[i].word, word) == 0)
			filter->sort = SORTS[i].sort;
}

/* The same that alerts count. */
static void
fill_rare(const struct api_call *call, struct store_computer_filter *filter)
{
	const char *word = api_query(call, "certificate");
	struct store_computer_filter rare = {0};

	if (word != NULL &&
	    alerts_filter(strcmp(word, "expired") == 0
		    ? ALERT_CERTIFICATE_EXPIRED
		    : ALERT_CERTIFICATE_EXPIRING,
		call->request->received_ms, &rare)) {
		filter->certificate_at = rare.certificate_at;
		filter->certificate_within_ms = rare.certificate_within_ms;
		filter->certificate_part = rare.certificate_part;
	}
	filter->is_flagged_only = api_query(call, "duplicate") != NULL;
	filter->agent_version = api_query(call, "agent_version");
}

struct store_computer_filter
api_computer_filter(const struct api_call *call)
{
	struct store_computer_filter filter = {
	    .office_id = api_query(call, "office_id"),
	    .os_name = api_query(call, "os_name"),
	    .text = api_query(call, "search")};
	int64_t days = api_query_integer_or(call, "not_seen_days", 0);
	const char *word = api_query(call, "state");
	enum store_computer_state state;

	fill_sort(&filter, api_query(call, "sort"));
	if (days > 0)
		filter.not_seen_since =
		    call->request->received_ms - DAYS_MS(days);
	if (word != NULL && store_computer_state_parse(word, &state))
		filter.states = 1u << state;
	fill_rare(call, &filter);
	return filter;
}

/* Counting reads every row that matches: only the first page says the total,
 * and one that holds them all needs no counting. */
static bool
count_all(struct store_reader *reader,
    const struct store_computer_filter *filter, const struct store_page *page,
    const struct store_computer_list *list, json_t **out_total, struct err *err)
{
	int64_t total = (int64_t)list->count;

	if (page->cursor != NULL) {
		*out_total = json_null();
		return true;
	}
	if (list->next[0] != '\0' && list->total >= 0)
		total = list->total;
	else if (list->next[0] != '\0' &&
	    !store_computer_count(reader, filter, &total, err))
		return false;
	*out_total = json_integer(total);
	return true;
}

bool
api_check_likeness(const struct api_call *call, bool is_asked, struct err *err)
{
	return !is_asked || call->request->user.scope.count == 0 ||
	    err_set_code(err, ERR_DENIED, "outside_scope",
		"whether another computer is like one is for who sees all "
		"computers");
}

bool
api_computer_narrow(const struct api_call *call, struct store_reader *reader,
    struct criteria *criteria, struct store_computer_filter *filter,
    struct err *err)
{
	const char *id = api_query(call, "group_id");

	if (!api_check_likeness(call, filter->is_flagged_only, err))
		return false;
	return id == NULL ||
	    (api_check_level(
		 &call->request->user, POLICY_GROUPS, POLICY_READ, err) &&
		store_group_filter(reader, id, call->request->received_ms,
		    criteria, filter, err));
}

bool
api_computer_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_computer_filter filter = api_computer_filter(call);
	struct store_page page = api_page(call);
	struct store_computer_list list = {0};
	json_t *items, *object, *total = NULL;
	struct criteria criteria;
	bool is_fine;

	if (!api_reader_open(call, &reader, err) ||
	    !api_computer_narrow(call, reader, &criteria, &filter, err) ||
	    !store_computer_list(reader, &filter, &page, &list, err))
		return false;
	is_fine = count_all(reader, &filter, &page, &list, &total, err);
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(
		    items, computer_json(call, &list.items[i]));
	object = api_page_object(items, list.next);
	store_computer_list_done(&list);
	if (is_fine) {
		json_set_value(object, "total", total);
		response_json(call->response, 200, take(object));
	}
	json_decref(object);
	return is_fine;
}

static const char *
computer_id_of(const struct api_call *call)
{
	return request_path(call->request, "computer_id");
}

static bool
read_computer(
    struct api_call *call, struct store_computer *out, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    store_computer_get(reader, computer_id_of(call), out, err);
}

/* 200 with the computer as it is now. */
static bool
answer_computer(struct api_call *call, struct err *err)
{
	struct store_computer computer;

	if (!read_computer(call, &computer, err))
		return false;
	response_json(call->response, 200, computer_json(call, &computer));
	return true;
}

bool
api_computer_get(struct api_call *call, struct err *err)
{
	return answer_computer(call, err);
}

struct move {
	struct audit *audit;
	const char *id;
	const char *office_id;
};

void
api_computer_target(struct audit *audit, const struct store_computer *computer)
{
	audit_target(
	    audit, STORE_AUDIT_TARGET_COMPUTER, computer->id, computer->name);
}

json_t *
api_computer_office(const char *office_id)
{
	json_t *object = json_object();

	json_set_string(object, "office_id", office_id);
	return object;
}

static bool
write_move(struct store_tx *tx, void *context, struct err *err)
{
	const struct move *move = context;
	struct store_reader *reader = store_tx_reader(tx);
	struct store_computer computer;
	struct store_office office;

	/* Both must be in the scope of who asks. */
	if (!store_computer_get(reader, move->id, &computer, err) ||
	    !store_office_get(reader, move->office_id, &office, err))
		return false;
	api_computer_target(move->audit, &computer);
	audit_before(move->audit, api_computer_office(computer.office_id));
	return store_computer_set_office(tx, move->id, move->office_id, err);
}

bool
api_computer_move(struct api_call *call, struct err *err)
{
	struct move move = {call->audit, computer_id_of(call),
	    api_body_string(call, "office_id")};

	audit_target(call->audit, STORE_AUDIT_TARGET_COMPUTER, move.id, NULL);
	audit_after(call->audit, api_computer_office(move.office_id));
	if (!api_write(call, write_move, &move, err))
		return false;
	api_event(call, "computer_moved", "a user moved a computer", move.id,
	    json_pack("{s:s}", "office_id", move.office_id));
	return answer_computer(call, err);
}

struct wish {
	const char *id;
	int64_t at;
};

static bool
write_wish(struct store_tx *tx, void *context, struct err *err)
{
	const struct wish *wish = context;

	return store_computer_request_refresh(tx, wish->id, wish->at, err);
}

bool
api_check_computer_lives(
    const struct store_computer *computer, bool may_be_retired, struct err *err)
{
	if (computer->state == STORE_COMPUTER_REVOKED ||
	    computer->state == STORE_COMPUTER_REMOVED)
		return err_set_code(err, ERR_CONFLICT, "computer_revoked",
		    "the computer %s is revoked, for good", computer->id);
	if (computer->state == STORE_COMPUTER_RETIRED && !may_be_retired)
		return err_set_code(err, ERR_CONFLICT, "computer_retired",
		    "the computer %s is already retired", computer->id);
	return true;
}

/* The computer that something is done to. */
static bool
read_target(struct api_call *call, struct store_computer *out, struct err *err)
{
	audit_target(call->audit, STORE_AUDIT_TARGET_COMPUTER,
	    computer_id_of(call), NULL);
	if (!read_computer(call, out, err))
		return false;
	api_computer_target(call->audit, out);
	return true;
}

bool
api_computer_refresh(struct api_call *call, struct err *err)
{
	struct wish wish = {computer_id_of(call), call->request->received_ms};
	struct store_computer computer;
	json_t *object;

	if (!read_target(call, &computer, err) ||
	    !api_check_computer_lives(&computer, true, err) ||
	    !api_write(call, write_wish, &wish, err))
		return false;
	object = json_object();
	json_set_bool(object, "live", live_knock(call->core, wish.id));
	response_json(call->response, 202, object);
	return true;
}

struct revocation_actor
api_computer_actor(const struct api_call *call)
{
	const struct request *request = call->request;

	return (struct revocation_actor){.user_id = request->user.user_id,
	    .user_name = request->user.user_name,
	    .address = request->address};
}

/* The computer whose trust is to end. */
struct ending {
	struct api_call *call;
	bool may_be_retired;
	struct store_computer computer;
};

static bool
look_at_ending(struct store_reader *reader, void *context, struct err *err)
{
	struct ending *ending = context;

	return store_computer_get(reader, computer_id_of(ending->call),
		   &ending->computer, err) &&
	    api_check_computer_lives(
		&ending->computer, ending->may_be_retired, err);
}

static bool
end_trust(struct api_call *call, enum revocation_kind kind, const char *reason,
    struct err *err)
{
	struct revocation_actor actor = api_computer_actor(call);
	struct ending ending = {
	    .call = call, .may_be_retired = kind == REVOCATION_REVOKE};

	actor.reason = reason;
	audit_target(call->audit, STORE_AUDIT_TARGET_COMPUTER,
	    computer_id_of(call), NULL);
	if (!api_decide(call, look_at_ending, &ending, err))
		return false;
	api_computer_target(call->audit, &ending.computer);
	return revocation_run_one(
	    call->core, kind, ending.computer.id, call->audit, &actor, err);
}

bool
api_computer_revoke(struct api_call *call, struct err *err)
{
	return end_trust(call, REVOCATION_REVOKE,
		   api_body_string(call, "reason"), err) &&
	    answer_computer(call, err);
}

bool
api_computer_retire(struct api_call *call, struct err *err)
{
	if (!end_trust(call, REVOCATION_RETIRE, NULL, err))
		return false;
	/* One that is not connected hears of it in its next refresh. */
	ignore_result(live_knock(call->core, computer_id_of(call)));
	return answer_computer(call, err);
}
