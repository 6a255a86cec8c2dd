/* The fleet at a glance: how many computers of which kind. */
#include "api_operations.h"

#include "base/clock.h"
#include "server/core/api/answer.h"
#include "server/core/live.h"
#include "store/certificate.h"
#include "store/fleet.h"

enum {
	TALLIES_MAX = 50,
	NOT_SEEN_DAYS = 7,
	EXPIRING_DAYS = 30,
};

static bool
count_not_seen(struct store_reader *reader, int64_t now_ms, int64_t *out_count,
    struct err *err)
{
	const struct store_computer_filter filter = {
	    .states = 1u << STORE_COMPUTER_ACTIVE,
	    .not_seen_since = now_ms - DAYS_MS(NOT_SEEN_DAYS)};

	return store_computer_count(reader, &filter, out_count, err);
}

static bool
count_expiring(struct store_reader *reader, int64_t now_ms, int64_t *out_count,
    struct err *err)
{
	const struct store_certificate_filter filter = {.is_current_only = true,
	    .not_after_from = now_ms,
	    .not_after_before = now_ms + DAYS_MS(EXPIRING_DAYS)};

	return store_certificate_count(reader, &filter, out_count, err);
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

static bool
put_counts(struct api_call *call, json_t *object, struct store_reader *reader,
    struct err *err)
{
	int64_t now = call->request->received_ms;
	int64_t states[STORE_COMPUTER_STATE_COUNT];
	int64_t not_seen, expiring;

	if (!store_fleet_count_states(reader, states, err) ||
	    !count_not_seen(reader, now, &not_seen, err) ||
	    !count_expiring(reader, now, &expiring, err))
		return false;
	json_set_integer(object, "managed", states[STORE_COMPUTER_ACTIVE]);
	json_set_integer(object, "retired", states[STORE_COMPUTER_RETIRED]);
	json_set_integer(object, "revoked", states[STORE_COMPUTER_REVOKED]);
	/* Connections are not counted by place. */
	json_set_value(object, "live",
	    call->request->user.scope.count > 0
		? json_null()
		: json_integer((json_int_t)live_count(call->core)));
	json_set_integer(object, "not_seen", not_seen);
	json_set_integer(object, "expiring_certificates", expiring);
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
