/* The audit log: read, exported, verified; how long it is kept. */
#include "api_operations.h"

#include "base/clock.h"
#include "os/fd.h"
#include "server/core/alerts.h"
#include "server/core/api/answer.h"
#include "server/core/audit_export.h"
#include "server/core/audit_keep.h"
#include "server/core/audit_verify.h"
#include "store/audit_checkpoint.h"
#include "store/setting.h"

static bool
read_time(const struct api_call *call, const char *name, int64_t *out,
    struct err *err)
{
	const char *text = api_query(call, name);

	return text == NULL || clock_parse_rfc3339(view_string(text), out) ||
	    err_set_code(err, ERR_MALFORMED, "bad_parameter",
		"\"%s\" is not a time as in RFC 3339, such as "
		"2026-01-31T12:00:00Z",
		name);
}

static bool
read_filter(const struct api_call *call, struct store_audit_filter *out,
    struct err *err)
{
	*out = (struct store_audit_filter){.actor = api_query(call, "actor"),
	    .action = api_query(call, "action"),
	    .target = api_query(call, "target"),
	    .outcome = api_query(call, "outcome"),
	    .address = api_query(call, "address")};
	return read_time(call, "from", &out->from, err) &&
	    read_time(call, "until", &out->until, err);
}

bool
api_audit_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_audit_list list = {0};
	struct store_audit_filter filter;
	json_t *items;

	if (!read_filter(call, &filter, err) ||
	    !api_reader_open(call, &reader, err) ||
	    !store_audit_list(reader, &filter, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, audit_row_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_audit_list_done(&list);
	return true;
}

bool
api_audit_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_audit_row row;
	uint64_t n = 0;

	/* Its form was checked. */
	ignore_result(view_to_u64(
	    view_string(request_path(call->request, "row")), INT64_MAX, &n));
	if (!api_reader_open(call, &reader, err) ||
	    !store_audit_get(reader, (int64_t)n, &row, err))
		return false;
	response_json(call->response, 200, audit_row_json(&row));
	return true;
}

static void
set_wish(json_t *object, const struct api_call *call, const char *name)
{
	const char *value = api_query(call, name);

	if (value != NULL)
		json_set_string(object, name, value);
}

/* Who takes all of it away is worth a row, with what was asked for. */
static json_t *
wish_json(const struct api_call *call)
{
	static const char *const NAMES[] = {"format", "from", "until", "actor",
	    "action", "target", "outcome", "address"};
	json_t *object = json_object();

	for (size_t i = 0; i < array_length(NAMES); i++)
		set_wish(object, call, NAMES[i]);
	return object;
}

bool
api_audit_export(struct api_call *call, struct err *err)
{
	bool is_csv = strcmp(api_query(call, "format"), "csv") == 0;
	struct store_audit_filter filter;
	scoped(fd_closep) int file = -1;
	uint64_t length = 0;

	audit_target(call->audit, STORE_AUDIT_TARGET_AUDIT, NULL, NULL);
	audit_after(call->audit, wish_json(call));
	if (!read_filter(call, &filter, err) ||
	    !audit_export(call->core, filter,
		is_csv ? AUDIT_CSV : AUDIT_JSON_LINES, &file, &length, err) ||
	    !api_write(call, NULL, NULL, err))
		return false;
	response_header(call->response, "Content-Disposition",
	    "attachment; filename=\"audit.%s\"", is_csv ? "csv" : "jsonl");
	response_file(call->response, 200,
	    is_csv ? "text/csv; charset=utf-8; header=present"
		   : "application/jsonl",
	    fd_take(&file), 0, length);
	return true;
}

static void
set_row_or_null(json_t *object, const char *name, int64_t n)
{
	if (n == 0)
		json_set_value(object, name, json_null());
	else
		json_set_integer(object, name, n);
}

static json_t *
verdict_json(const struct audit_verdict *verdict)
{
	bool is_whole = verdict->fault == AUDIT_WHOLE;
	json_t *object = json_object();

	json_set_string(object, "state",
	    !is_whole                  ? "tampered"
		: verdict->is_finished ? "whole"
				       : "unfinished");
	json_set_string_or_null(object, "fault",
	    is_whole ? NULL : audit_fault_name(verdict->fault));
	set_row_or_null(object, "first_bad", is_whole ? 0 : verdict->first_bad);
	api_set_text_or_null(object, "detail", verdict->sentence);
	json_set_integer(object, "from", verdict->from);
	json_set_integer(object, "to", verdict->to);
	json_set_integer(object, "checked", (int64_t)verdict->checked);
	json_set_integer(object, "head", verdict->head);
	set_row_or_null(object, "mirrored", verdict->mirrored);
	set_row_or_null(object, "checkpoint", verdict->checkpoint);
	api_set_text_or_null(object, "next_cursor", verdict->next);
	return object;
}

bool
api_audit_verification(struct api_call *call, struct err *err)
{
	struct audit_verdict verdict;

	if (!audit_verify(call->core, api_query(call, "cursor"),
		(unsigned)api_query_integer(call, "rows"), &verdict, err) ||
	    !alerts_note_verdict(call->core, &verdict, err))
		return false;
	response_json(call->response, 200, verdict_json(&verdict));
	return true;
}

static json_t *
settings_json(int64_t days)
{
	json_t *object = json_object();

	json_set_integer(object, "retention_days", days);
	return object;
}

/* The version counts from 1, also of what nobody has set yet. */
static bool
read_retention(struct store_reader *reader, int64_t *out_days,
    int64_t *out_version, struct err *err)
{
	struct store_setting setting;

	if (!store_setting_get(reader, AUDIT_RETENTION_SETTING, &setting, err))
		return false;
	*out_version = setting.version + 1;
	return audit_retention_days(reader, out_days, err);
}

static void
answer_retention(const struct api_call *call, int64_t days, int64_t version)
{
	json_t *object = settings_json(days);

	json_set_integer(object, "version", version);
	api_answer_etag(call, version);
	response_json(call->response, 200, object);
}

bool
api_audit_settings_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	int64_t days, version;

	if (!api_reader_open(call, &reader, err) ||
	    !read_retention(reader, &days, &version, err))
		return false;
	answer_retention(call, days, version);
	return true;
}

struct change {
	struct api_call *call;
	int64_t days;
	int64_t version; /* comes out */
};

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct api_call *call = change->call;
	struct api_thing thing = {
	    .kind = "setting", .id = AUDIT_RETENTION_SETTING};
	struct store_setting setting = {.key = AUDIT_RETENTION_SETTING,
	    .integer = change->days,
	    .version = STORE_SETTING_ANY_VERSION,
	    .changed_at = call->request->received_ms};
	int64_t before;

	if (!read_retention(store_tx_reader(tx), &before, &thing.version, err))
		return false;
	audit_before(call->audit, settings_json(before));
	audit_after(call->audit, settings_json(change->days));
	if (!api_check_version(call, store_tx_reader(tx), &thing, err))
		return false;
	change->version = thing.version;
	if (before == change->days)
		return true;
	change->version++;
	return store_setting_put(tx, &setting, err) &&
	    api_record_version(call, tx, &thing, "retention_days", err);
}

bool
api_audit_settings_change(struct api_call *call, struct err *err)
{
	struct change change = {.call = call,
	    .days =
		api_body_integer(call, "retention_days", AUDIT_RETENTION_DAYS)};

	audit_target(call->audit, STORE_AUDIT_TARGET_SETTING,
	    AUDIT_RETENTION_SETTING, NULL);
	if (!api_write(call, write_change, &change, err))
		return false;
	answer_retention(call, change.days, change.version);
	return true;
}
