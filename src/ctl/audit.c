/* audit …: who did what, and whether the log of it is whole. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ctl/change.h"
#include "ctl/client.h"
#include "ctl/output.h"

#define AUDIT "/api/v1/audit"

static const struct table_column LIST[] = {
    {"ROW", "row"},
    {"TIME", "at"},
    {"ACTION", "action"},
    {"OUTCOME", "outcome"},
    {"BY", "actor.name"},
    {"KIND", "actor.kind"},
    {"FROM", "address"},
    {"TO", "target.name"},
    {"ID", "target.id"},
    {"TIMES", "occurrences"},
};

static const struct table_column ONE[] = {
    {"Row", "row"},
    {"Time", "at"},
    {"Action", "action"},
    {"Outcome", "outcome"},
    {"  code", "code"},
    {"Times", "occurrences"},
    {"By", "actor.name"},
    {"  kind", "actor.kind"},
    {"  id", "actor.id"},
    {"From", "address"},
    {"  listener", "listener"},
    {"To", "target.name"},
    {"  kind", "target.kind"},
    {"  id", "target.id"},
    {"Before", "before"},
    {"After", "after"},
    {"Hash", "hash"},
    {"  previous", "previous_hash"},
};

static const struct table_column VERDICT[] = {
    {"State", "state"},
    {"Fault", "fault"},
    {"First bad row", "first_bad"},
    {"  detail", "detail"},
    {"Rows checked", "checked"},
    {"Newest row", "head"},
    {"  known to the signer", "mirrored"},
    {"Cut off up to row", "checkpoint"},
};

/* A time as it is, or how long ago as one; allocated, NULL: not given. */
static enum ctl_exit
time_of(const struct ctl *ctl, const char *option, char **out)
{
	const char *text = ctl_value(ctl, option);
	char time[RFC3339_SIZE];
	int64_t seconds, at;
	enum ctl_exit result;

	if (text == NULL)
		return CTL_OK;
	if (clock_parse_rfc3339(view_string(text), &at)) {
		*out = memory_string(text);
		return CTL_OK;
	}
	result = output_duration(text, &seconds);
	if (result != CTL_OK)
		return result;
	clock_format_rfc3339(clock_wall_ms() - seconds * 1000, time);
	*out = memory_string(time);
	return CTL_OK;
}

/* The address of a list or an export with what narrows it; allocated. */
static enum ctl_exit
narrow(struct ctl *ctl, const char *path, const char *format, char **out)
{
	scoped(memory_freep) char *from = NULL;
	scoped(memory_freep) char *until = NULL;
	enum ctl_exit result = time_of(ctl, "since", &from);

	if (result == CTL_OK)
		result = time_of(ctl, "until", &until);
	if (result != CTL_OK)
		return result;
	*out = client_path(path, "format", format, "from", from, "until", until,
	    "actor", ctl_value(ctl, "actor"), "action",
	    ctl_value(ctl, "action"), "target", ctl_value(ctl, "target"),
	    "outcome", ctl_value(ctl, "outcome"), "address",
	    ctl_value(ctl, "from"), NULL);
	return CTL_OK;
}

enum ctl_exit
audit_list(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = narrow(ctl, AUDIT, NULL, &path);

	return result != CTL_OK
	    ? result
	    : output_get_list(ctl, path, LIST, array_length(LIST));
}

enum ctl_exit
audit_show(struct ctl *ctl)
{
	uint64_t row;
	scoped(memory_freep) char *path = NULL;

	if (!view_to_u64(view_string(ctl->arguments[0]), INT64_MAX, &row))
		return ctl_misuse("\"%s\" is no row", ctl->arguments[0]);
	path = memory_format(AUDIT "/rows/%" PRIu64, row);
	return output_get_one(ctl, path, ONE, array_length(ONE));
}

enum ctl_exit
audit_export(struct ctl *ctl)
{
	const char *format = ctl_value(ctl, "format");
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result;

	if (format == NULL)
		format = "jsonl";
	result = narrow(ctl, AUDIT "/export", format, &path);
	return result != CTL_OK ? result : client_copy(ctl, path, stdout);
}

static int64_t
number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void
tell_progress(const struct ctl *ctl, const json_t *verdict)
{
	if (ctl_is_set(ctl, "quiet") || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%" PRId64 " of %" PRId64 " rows",
	    number_of(verdict, "to"), number_of(verdict, "head"));
	if (json_is_null(json_object_get(verdict, "next_cursor")))
		fputc('\n', stderr);
}

static enum ctl_exit
verify_part(struct ctl *ctl, const char *cursor, json_t **out_verdict)
{
	scoped(memory_freep) char *path =
	    client_path(AUDIT "/verification", "cursor", cursor, NULL);
	enum ctl_exit result = client_ask(ctl, "GET", path, NULL, out_verdict);

	/* Not to be taken for "tampered". */
	return result == CTL_FAILED ? CTL_UNKNOWN : result;
}

enum ctl_exit
audit_verify(struct ctl *ctl)
{
	scoped(json_freep) json_t *verdict = NULL;
	scoped(memory_freep) char *cursor = NULL;
	int64_t checked = 0;
	const char *state;

	do {
		enum ctl_exit result;
		json_t *part = NULL;

		result = verify_part(ctl, cursor, &part);
		if (result != CTL_OK)
			return result;
		json_decref(verdict);
		verdict = part;
		free(cursor);
		cursor = NULL;
		checked += number_of(verdict, "checked");
		tell_progress(ctl, verdict);
		if (json_is_string(json_object_get(verdict, "next_cursor")))
			cursor = memory_string(json_string_value(
			    json_object_get(verdict, "next_cursor")));
	} while (cursor != NULL);
	json_set_integer(verdict, "checked", checked);
	output_one(ctl, VERDICT, array_length(VERDICT), verdict);
	state = json_string_value(json_object_get(verdict, "state"));
	return state != NULL && strcmp(state, "whole") == 0 ? CTL_OK
							    : CTL_FAILED;
}

enum ctl_exit
audit_retention(struct ctl *ctl)
{
	static const struct table_column DAYS[] = {
	    {"Days", "retention_days"}, {"Version", "version"}};
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;
	uint64_t days;

	if (ctl->argument_count == 0)
		return output_get_one(
		    ctl, AUDIT "/settings", DAYS, array_length(DAYS));
	if (!view_to_u64(view_string(ctl->arguments[0]), 1000000, &days))
		return ctl_misuse(
		    "\"%s\" is no number of days", ctl->arguments[0]);
	json_set_integer(body, "retention_days", (int64_t)days);
	result = change_now(ctl, "PUT", AUDIT "/settings", body, &answer);
	if (result == CTL_OK)
		output_one(ctl, DAYS, array_length(DAYS), answer);
	return result;
}
