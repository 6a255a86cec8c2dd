/* Health: alive, ready, and the numbers. */
#include "server/core/health.h"

#include <string.h>

#include "base/json.h"
#include "ipc/gateway_control.h"
#include "server/capacity.h"
#include "server/config.h"
#include "server/core/api/sign_in.h"
#include "server/core/core.h"
#include "server/core/gateways.h"
#include "server/core/live.h"
#include "server/core/metrics.h"
#include "server/core/signer_link.h"
#include "server/core/trust.h"
#include "server/core/workers.h"
#include "store/store.h"

enum {
	METRICS_MAX = 1024 * 1024, /* bytes of the text */
};

bool
metrics_before(struct request *request, struct response *response)
{
	struct err err = ERR_INIT;

	if (request_is_from_loopback(request))
		return true;
	if (!request->core->config->has_remote_metrics)
		err_set_code(&err, ERR_DENIED, "loopback_only",
		    "metrics are served to this computer alone");
	else if (sign_in_authenticate(request, &err))
		return true;
	if (response_status_of(&err) == 401)
		response_header(
		    response, "WWW-Authenticate", "Bearer realm=\"warifu\"");
	response_error(response, &err);
	return false;
}

void
health_alive(struct request *request, struct response *response)
{
	response_header(response, "Cache-Control", "no-store");
	response_text(response, 200, "ok\n");
}

static void
set_part(json_t *parts, const char *name, bool is_well, bool *all)
{
	json_set_string(parts, name, is_well ? "ok" : "away");
	*all = *all && is_well;
}

/* "full": reads go on, writes do not, until there is room again. */
static void
set_database(json_t *parts, struct store *store, bool *all)
{
	struct err err = ERR_INIT;
	bool is_well = store_ping(store, &err) && store_ping_write(store, &err);

	json_set_string(
	    parts, "database", health_database_state(is_well, &err));
	*all = *all && is_well;
}

const char *
health_database_state(bool is_well, const struct err *err)
{
	if (is_well)
		return "ok";
	if (strcmp(err->code, "database_full") == 0)
		return "full";
	return strcmp(err->code, "database_busy") == 0 ? "busy" : "away";
}

void
health_ready(struct request *request, struct response *response)
{
	struct core *core = request->core;
	json_t *parts = json_object();
	bool is_ready = true;

	set_database(parts, core->store, &is_ready);
	set_part(parts, "signer", signer_link_is_attached(core->signer_link),
	    &is_ready);
	set_part(parts, "identity", atomic_load(&core->has_begun), &is_ready);
	json_set_bool(parts, "ready", is_ready);
	response_header(response, "Cache-Control", "no-store");
	response_json(response, is_ready ? 200 : 503, parts);
}

static bool
write_number(struct buf *out, const char *name, const char *type,
    const char *help, uint64_t value, struct err *err)
{
	return buf_append_format(out, err,
	    "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type,
	    name, (unsigned long long)value);
}

/* Sum of what the gateways counted. */
static bool
write_gateways(struct core *core, struct buf *out, struct err *err)
{
	struct ipc_counters counters;

	gateways_counters(core->gateways, &counters);
#define X(name)                                                                \
	if (!write_number(out, "warifu_gateway_" #name,                        \
		strstr(#name, "_open") != NULL ? "gauge" : "counter",          \
		"As the gateways count it.", counters.name, err))              \
		return false;
	IPC_COUNTERS(X)
#undef X
	return write_number(out, "warifu_gateways", "gauge",
	    "Gateways that are attached.", gateways_count(core->gateways), err);
}

static bool
write_store(struct core *core, struct buf *out, struct err *err)
{
	struct store_status status;

	store_status(core->store, &status);
	return write_number(out, "warifu_database_writable", "gauge",
		   "Whether the last write to the database worked.",
		   status.write_error[0] == '\0', err) &&
	    write_number(out, "warifu_database_available", "gauge",
		"Whether the last access to the database worked.",
		status.is_available, err) &&
	    write_number(out, "warifu_database_writes_total", "counter",
		"Writes that were committed.", status.writes, err) &&
	    write_number(out, "warifu_database_commits_total", "counter",
		"Transactions that were committed.", status.commits, err) &&
	    write_number(out, "warifu_database_failures_total", "counter",
		"Writes that failed.", status.write_failures, err);
}

static bool
write_core(struct core *core, struct buf *out, struct err *err)
{
	return write_number(out, "warifu_live_agents", "gauge",
		   "Agents that are connected now.", live_count(core), err) &&
	    write_number(out, "warifu_queue_length", "gauge",
		"Requests that wait for a worker.",
		workers_queued(core->workers), err) &&
	    write_number(out, "warifu_queue_length_agents", "gauge",
		"Of them, requests of agents.",
		workers_queued_of(core->workers, WORKER_AGENTS), err) &&
	    write_number(out, "warifu_workers_busy", "gauge",
		"Workers that answer a request now.",
		workers_busy(core->workers), err) &&
	    write_number(out, "warifu_journal_length", "gauge",
		"Entries of the signer's journal, as last mirrored.",
		core_trust_journal_length(core), err) &&
	    write_number(out, "warifu_trust_number", "counter",
		"Number of the trust snapshot in force.",
		core_trust_number(core), err) &&
	    write_number(out, "warifu_signer_attached", "gauge",
		"Whether the signer is there.",
		signer_link_is_attached(core->signer_link), err);
}

/* What is in force, so that a graph can show how near it is. */
static bool
write_limits(struct core *core, struct buf *out, struct err *err)
{
	struct limits_in_force limits;

	limits_in_force(core->config, &limits);
	if (!buf_append_string(out,
		"# HELP warifu_limit Limits in force (docs/limits.md).\n"
		"# TYPE warifu_limit gauge\n",
		err))
		return false;
	for (size_t i = 0; i < LIMITS_IN_FORCE; i++)
		if (!buf_append_format(out, err,
			"warifu_limit{name=\"%s\"} %lld\n",
			limits.items[i].name, (long long)limits.items[i].value))
			return false;
	return true;
}

void
health_metrics(struct request *request, struct response *response)
{
	struct core *core = request->core;
	scoped(buf_donep) struct buf text = BUF_INIT(METRICS_MAX);
	struct err err = ERR_INIT;

	if (!metrics_write(core->metrics, &text, &err) ||
	    !write_gateways(core, &text, &err) ||
	    !write_store(core, &text, &err) || !write_core(core, &text, &err) ||
	    !write_limits(core, &text, &err)) {
		response_error(response, &err);
		return;
	}
	response_header(response, "Cache-Control", "no-store");
	response_bytes(response, 200,
	    "text/plain; version=0.0.4; charset=utf-8", buf_view(&text));
}
