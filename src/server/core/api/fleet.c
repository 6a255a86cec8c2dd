/* The fleet at a glance: how many computers of which kind. */
#include "api_operations.h"

#include "server/core/alerts.h"
#include "server/core/api/answer.h"
#include "server/core/live.h"
#include "store/fleet.h"
#include "store/scope.h"

enum {
	TALLIES_MAX = 50,
};

/* The same that alerts count, and lists show. */
static bool
put_count(json_t *object, const char *member, struct store_reader *reader,
    enum alert_kind kind, int64_t now_ms, struct err *err)
{
	struct store_computer_filter filter;
	int64_t count;

	if (!alerts_filter(kind, now_ms, &filter) ||
	    !store_computer_count(reader, &filter, &count, err))
		return false;
	json_set_integer(object, member, count);
	return true;
}

static bool
put_tallies(json_t *object, const char *member, struct store_reader *reader,
    enum store_tally_by by, struct err *err)
{
	struct store_tally tallies[TALLIES_MAX];
	json_t *items;
	size_t count;

	if (!store_fleet_tally(reader, by, tallies, TALLIES_MAX, &count, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *item = json_object();

		if (by == STORE_TALLY_BY_OS)
			api_set_text_or_null(item, "name", tallies[i].name);
		api_set_text_or_null(item, "version", tallies[i].version);
		json_set_integer(item, "count", tallies[i].count);
		json_array_append_new(items, item);
	}
	json_set_value(object, member, items);
	return true;
}

/* What they are like may be outside of the scope. */
static bool
put_duplicates(const struct api_call *call, json_t *object,
    struct store_reader *reader, struct err *err)
{
	if (!store_reader_is_limited(reader))
		return put_count(object, "duplicates", reader, ALERT_DUPLICATE,
		    call->request->received_ms, err);
	json_set_value(object, "duplicates", json_null());
	return true;
}

static bool
put_counts(struct api_call *call, json_t *object, struct store_reader *reader,
    struct err *err)
{
	int64_t now = call->request->received_ms;
	int64_t states[STORE_COMPUTER_STATE_COUNT];

	if (!store_fleet_count_states(reader, states, err) ||
	    !put_count(object, "not_seen", reader, ALERT_NOT_SEEN, now, err) ||
	    !put_count(object, "expiring_certificates", reader,
		ALERT_CERTIFICATE_EXPIRING, now, err) ||
	    !put_count(object, "expired_certificates", reader,
		ALERT_CERTIFICATE_EXPIRED, now, err) ||
	    !put_duplicates(call, object, reader, err))
		return false;
	json_set_integer(object, "managed", states[STORE_COMPUTER_ACTIVE]);
	json_set_integer(object, "retired", states[STORE_COMPUTER_RETIRED]);
	json_set_integer(object, "revoked", states[STORE_COMPUTER_REVOKED]);
	/* Connections are not counted by place. */
	json_set_value(object, "live",
	    call->request->user.scope.count > 0
		? json_null()
		: json_integer((json_int_t)live_count(call->core)));
	return true;
}

bool
api_fleet_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	json_t *object = json_object();

	if (!api_reader_open(call, &reader, err) ||
	    !put_counts(call, object, reader, err) ||
	    !put_tallies(
		object, "operating_systems", reader, STORE_TALLY_BY_OS, err) ||
	    !put_tallies(
		object, "agent_versions", reader, STORE_TALLY_BY_AGENT, err)) {
		json_decref(object);
		return false;
	}
	response_json(call->response, 200, object);
	return true;
}
