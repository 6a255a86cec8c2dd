/* How the server and its parts are doing. */
#include "api_operations.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/signer_client.h"
#include "server/core/api/answer.h"
#include "server/capacity.h"
#include "server/core/facts.h"
#include "server/core/health.h"
#include "server/core/live.h"
#include "store/computer.h"

static const char *const SIGNER_STATES[] = {
    [SIGNER_OK] = "ok",
    [SIGNER_JOURNAL_FULL] = "journal_full",
    [SIGNER_JOURNAL_BROKEN] = "journal_broken",
    [SIGNER_JOURNAL_ROLLED_BACK] = "journal_rolled_back",
};

static json_t *
certificate_json(const struct facts_certificate *certificate)
{
	json_t *object = json_object();

	api_set_text_or_null(object, "sha256", certificate->sha256);
	api_set_time_or_null(object, "not_after", certificate->not_after_ms);
	return object;
}

static json_t *
head_json(const struct signer_head *head)
{
	scoped(memory_freep) char *hash =
	    hex_encode(view_of(head->hash, sizeof(head->hash)));
	json_t *object = json_object();

	json_set_integer(object, "epoch", head->epoch);
	json_set_integer(object, "count", (int64_t)head->n);
	json_set_string(object, "hash", hash);
	return object;
}

/* Of the whole fleet: not for who is limited to a part of it. */
static void
set_number(json_t *object, const char *member, uint64_t number, bool is_limited)
{
	json_set_value(object, member,
	    is_limited ? json_null() : json_integer((json_int_t)number));
}

static json_t *
signer_json(
    const char *state, const struct signer_status *status, bool is_limited)
{
	scoped(memory_freep) char *detail = view_to_string(status->sentence);
	json_t *object = json_object();

	json_set_string(object, "state", state);
	api_set_text_or_null(object, "detail", detail);
	set_number(object, "certificates", status->certificates, is_limited);
	set_number(object, "agents", status->agents, is_limited);
	set_number(
	    object, "revoked_agents", status->revoked_agents, is_limited);
	return object;
}

/* A signer that is away is a state to show and not a failure to show it. */
static void
set_signer(json_t *object, struct core *core, bool is_limited)
{
	static const struct signer_head nothing_seen;
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_status status = {0};
	struct err err = ERR_INIT;
	const char *state = "away";

	if (signer_client_status(
		core->signer, &nothing_seen, &reply, &status, &err))
		state = SIGNER_STATES[status.health];
	else
		status.sentence = view_string(err_sentence(&err));
	json_set_value(
	    object, "signer", signer_json(state, &status, is_limited));
	/* It grows with each computer that comes or goes. */
	json_set_value(object, "journal",
	    is_limited ? json_null() : head_json(&status.head));
}

static void
set_database(json_t *object, struct core *core)
{
	struct err err = ERR_INIT;
	bool is_there = store_ping(core->store, &err) &&
	    store_ping_write(core->store, &err);
	struct store_status status;
	json_t *database = json_object();

	store_status(core->store, &status);
	json_set_string(database, "driver", status.driver);
	json_set_string(
	    database, "state", health_database_state(is_there, &err));
	json_set_integer(database, "schema_version", status.schema_version);
	api_set_text_or_null(database, "error", err_sentence(&err));
	json_set_value(object, "database", database);
}

static void
set_limits(json_t *object, const struct server_config *config)
{
	struct limits_in_force limits;
	json_t *list = json_object();

	limits_in_force(config, &limits);
	for (size_t i = 0; i < LIMITS_IN_FORCE; i++)
		json_set_integer(
		    list, limits.items[i].name, limits.items[i].value);
	json_set_value(object, "limits", list);
}

/* As many as there are, or 0 while the database is away. */
static int64_t
count_computers(const struct api_call *call)
{
	static const struct store_computer_filter filter;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct err err = ERR_INIT;
	int64_t count = 0;

	if (!api_reader_open(call, &reader, &err) ||
	    !store_computer_count(reader, &filter, &count, &err))
		return 0;
	return count;
}

bool
api_server_status(struct api_call *call, struct err *err)
{
	bool is_limited = call->request->user.scope.count > 0;
	struct core *core = call->core;
	json_t *object = json_object();
	struct facts facts;

	facts_get(core, &facts);
	json_set_string(object, "version", WARIFU_VERSION);
	json_set_time(object, "started_at", core->started_ms);
	json_set_integer(object, "uptime_s",
	    (clock_boottime_ms() - core->started_boot_ms) / 1000);
	api_set_text_or_null(object, "fleet_id", facts.fleet_id);
	json_set_value(
	    object, "server_certificate", certificate_json(&facts.server));
	json_set_value(object, "agent_ca", certificate_json(&facts.agent_ca));
	set_signer(object, core, is_limited);
	set_database(object, core);
	json_set_integer(object, "gateways", facts.gateways);
	/* Connections are not counted by office. */
	set_number(object, "live_agents", live_count(core), is_limited);
	json_set_integer(object, "computers", count_computers(call));
	json_set_string(object, "sandbox", facts.sandbox);
	set_limits(object, core->config);
	response_json(call->response, 200, object);
	return true;
}
