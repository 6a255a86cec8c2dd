/* Trust events: logged once, kept in the event list. */
#include "server/core/observe.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/gateway_control.h"
#include "server/core/audit.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "server/core/metrics.h"
#include "server/core/workers.h"
#include "store/trust_event.h"

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static bool
append(struct store_tx *tx, void *context, struct err *err)
{
	return store_trust_event_append(tx, context, err);
}

void
core_event_row(struct core *core, const struct core_event *event,
    struct store_trust_event *out_row)
{
	struct store_trust_event row = {.at = core_now_ms(core)};
	char *detail = event->detail != NULL ? json_write(event->detail) : NULL;

	store_text_copy(row.kind, sizeof(row.kind), event->kind);
	store_text_copy(
	    row.subject, sizeof(row.subject), or_empty(event->computer_id));
	/* A detail that is too long to be kept whole would be no JSON. */
	store_text_copy(row.detail, sizeof(row.detail),
	    detail != NULL && strlen(detail) < sizeof(row.detail) ? detail
								  : "");
	store_text_copy(
	    row.actor, sizeof(row.actor), or_empty(event->user_name));
	store_text_copy(
	    row.address, sizeof(row.address), or_empty(event->address));
	free(detail);
	*out_row = row;
}

static void
keep(struct core *core, const struct core_event *event)
{
	struct store_trust_event row;
	struct err err = ERR_INIT;
	static struct log_budget budget;

	core_event_row(core, event, &row);
	if (store_write(core->store, append, &row, &err))
		changes_raise(core, TOPIC_EVENTS);
	else if (log_budget_take(&budget, LOG_LEVEL_ERROR))
		log_failure(LOG_LEVEL_ERROR,
		    "an event could not be kept in the database", &err);
}

enum {
	LINE_PAIRS_MAX = 10,
};

/* The pairs of a log line, without those that have no value. */
struct line {
	const char *words[2 * LINE_PAIRS_MAX + 1];
	size_t used;
	char *numbers[LINE_PAIRS_MAX];
	size_t number_count;
};

static void
line_add(struct line *line, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0' ||
	    line->used == 2 * LINE_PAIRS_MAX)
		return;
	line->words[line->used++] = key;
	line->words[line->used++] = value;
}

static void
line_add_detail(struct line *line, const json_t *detail)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)detail, key, value) {
		if (json_is_integer(value) &&
		    line->number_count < LINE_PAIRS_MAX) {
			char *number = memory_format(
			    "%lld", (long long)json_integer_value(value));

			line->numbers[line->number_count++] = number;
			line_add(line, key, number);
		} else {
			line_add(line, key, json_string_value(value));
		}
	}
}

static void
tell(const struct core_event *event)
{
	struct line line = {0};
	const char *const *w = line.words;

	line_add(&line, "event", event->kind);
	line_add(&line, "computer", event->computer_id);
	line_add(&line, "by", event->user_name);
	line_add(&line, "address", event->address);
	line_add_detail(&line, event->detail);
	log_event(event->level, event->sentence, w[0], w[1], w[2], w[3], w[4],
	    w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14],
	    w[15], w[16], w[17], w[18], w[19], NULL);
	for (size_t i = 0; i < line.number_count; i++)
		free(line.numbers[i]);
}

void
core_event_written(const struct core_event *event)
{
	static struct log_budget budget;

	if (log_budget_take(&budget, event->level))
		tell(event);
}

void
core_event(struct core *core, const struct core_event *event)
{
	core_event_written(event);
	keep(core, event);
	json_decref(event->detail);
}

struct report {
	struct core *core;
	char kind[STORE_EVENT_KIND_SIZE];
	char reason[IPC_MAX_REASON + 1];
	char agent_id[ID_SIZE];
	char address[IPC_ADDRESS_SIZE];
	char *subject;
	uint32_t suppressed;
	enum listener listener;
};

static json_t *
subject_json(const char *subject)
{
	json_t *object = json_object();

	json_set_string(object, "subject", subject);
	return object;
}

/* A handshake or a request that a gateway has refused. */
static void
audit_report(const struct report *report)
{
	struct err refusal = ERR_INIT;
	struct audit audit;

	audit_init_server(&audit, STORE_AUDIT_CONNECTION);
	audit_actor(&audit, STORE_AUDIT_ACTOR_STRANGER, NULL, NULL);
	if (report->agent_id[0] != '\0')
		audit_target(&audit, STORE_AUDIT_TARGET_COMPUTER,
		    report->agent_id, NULL);
	audit_after(&audit,
	    report->subject[0] != '\0' ? subject_json(report->subject) : NULL);
	audit_origin(&audit, report->address, report->listener);
	audit.row.occurrences = 1 + (int64_t)report->suppressed;
	err_set_code(
	    &refusal, ERR_DENIED, report->reason, "%s", report->reason);
	audit_refuse(report->core, &audit, &refusal);
}

static void
keep_report(void *context)
{
	struct report *report = context;
	struct core_event event = {
	    .level = LOG_LEVEL_WARNING,
	    .kind = report->kind,
	    .sentence = "a connection was refused",
	    .computer_id =
		report->agent_id[0] != '\0' ? report->agent_id : NULL,
	    .address = report->address,
	    .detail = json_object(),
	};

	json_set_string(event.detail, "reason", report->reason);
	if (report->subject[0] != '\0')
		json_set_string(event.detail, "subject", report->subject);
	if (report->suppressed > 0)
		json_set_integer(
		    event.detail, "suppressed", report->suppressed);
	/* The gateway has logged it. */
	keep(report->core, &event);
	audit_report(report);
	json_decref(event.detail);
	free(report->subject);
	free(report);
}

static void
copy_view(char *out, size_t size, struct view text)
{
	size_t length = text.length < size - 1 ? text.length : size - 1;

	if (length > 0)
		memcpy(out, text.data, length);
	out[length] = '\0';
}

static struct report *
report_of(struct core *core, const struct ipc_event *event)
{
	struct report *report = memory_zeroed(sizeof(*report));

	report->core = core;
	copy_view(report->reason, sizeof(report->reason), event->reason);
	snprintf(report->kind, sizeof(report->kind), "%s",
	    event->kind == IPC_EVENT_HANDSHAKE_REFUSED ? "handshake_refused"
						       : "request_refused");
	snprintf(report->agent_id, sizeof(report->agent_id), "%s",
	    event->peer.agent_id);
	snprintf(report->address, sizeof(report->address), "%s",
	    event->peer.address);
	report->subject = view_to_string(event->subject);
	report->suppressed = event->suppressed;
	report->listener = event->listener;
	return report;
}

/* Strangers who speak no TLS are counted; a certificate that was refused is a
 * decision worth keeping. */
static bool
is_worth_keeping(const struct ipc_event *event)
{
	return event->kind == IPC_EVENT_HANDSHAKE_REFUSED &&
	    !view_equal_string(event->reason, "tls_handshake");
}

bool
observe_event(struct core *core, struct view body, struct err *err)
{
	struct ipc_event event;
	struct report *report;

	if (!ipc_event_read(body, &event, err))
		return false;
	report = report_of(core, &event);
	if (event.kind == IPC_EVENT_HANDSHAKE_REFUSED)
		metrics_handshake_refused(core->metrics, report->reason);
	else
		metrics_refusal(core->metrics, report->reason);
	if (is_worth_keeping(&event) &&
	    workers_submit(core->workers, WORKER_AGENTS, keep_report, report))
		return true;
	free(report->subject);
	free(report);
	return true;
}
