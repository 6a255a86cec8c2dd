/* The audit log as JSON, JSON lines and CSV. */
#include "server/core/audit_export.h"

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "server/core/core.h"
#include "server/core/csv.h"
#include "server/core/export_file.h"

enum {
	PART_ROWS = 500,
};

static json_t *
named_json(const char *kind, const char *id, const char *name)
{
	json_t *object;

	if (kind[0] == '\0')
		return json_null();
	object = json_object();
	json_set_string(object, "kind", kind);
	json_set_string_or_null(object, "id", id[0] != '\0' ? id : NULL);
	json_set_string_or_null(object, "name", name[0] != '\0' ? name : NULL);
	return object;
}

/* What somebody has changed behind our back may be no JSON. */
static json_t *
value_json(const char *text)
{
	struct err err = ERR_INIT;
	json_t *value;

	if (text[0] == '\0')
		return json_null();
	value = json_read(view_string(text), STORE_AUDIT_VALUE_SIZE, &err);
	return value != NULL ? value : json_null();
}

static void
set_text(json_t *object, const char *name, const char *text)
{
	json_set_string_or_null(object, name, text[0] != '\0' ? text : NULL);
}

json_t *
audit_row_json(const struct store_audit_row *row)
{
	json_t *object = json_object();

	json_set_integer(object, "row", row->n);
	json_set_time(object, "at", row->at);
	json_set_value(object, "actor",
	    named_json(row->actor_kind, row->actor_id, row->actor_name));
	json_set_string(object, "action", row->action);
	json_set_value(object, "target",
	    named_json(row->target_kind, row->target_id, row->target_name));
	set_text(object, "address", row->address);
	set_text(object, "listener", row->listener);
	json_set_string(object, "outcome", row->outcome);
	set_text(object, "code", row->code);
	json_set_integer(object, "occurrences", row->occurrences);
	json_set_value(object, "before", value_json(row->value_before));
	json_set_value(object, "after", value_json(row->value_after));
	json_set_string(object, "previous_hash", row->previous_hash);
	json_set_string(object, "hash", row->hash);
	return object;
}

/* The columns, and where their texts stand; NULL members are made. */
static const struct column {
	const char *title;
	size_t offset;
} COLUMNS[] = {
    {"actor_kind", offsetof(struct store_audit_row, actor_kind)},
    {"actor_id", offsetof(struct store_audit_row, actor_id)},
    {"actor_name", offsetof(struct store_audit_row, actor_name)},
    {"action", offsetof(struct store_audit_row, action)},
    {"target_kind", offsetof(struct store_audit_row, target_kind)},
    {"target_id", offsetof(struct store_audit_row, target_id)},
    {"target_name", offsetof(struct store_audit_row, target_name)},
    {"address", offsetof(struct store_audit_row, address)},
    {"listener", offsetof(struct store_audit_row, listener)},
    {"outcome", offsetof(struct store_audit_row, outcome)},
    {"code", offsetof(struct store_audit_row, code)},
    {"before", offsetof(struct store_audit_row, value_before)},
    {"after", offsetof(struct store_audit_row, value_after)},
    {"previous_hash", offsetof(struct store_audit_row, previous_hash)},
    {"hash", offsetof(struct store_audit_row, hash)},
};

/* ,"TEXT" */
static bool
append_cell(const char *text, struct buf *out, struct err *err)
{
	return buf_append(out, ",", 1, err) && csv_append_cell(text, out, err);
}

bool
audit_row_csv(
    const struct store_audit_row *row, struct buf *out, struct err *err)
{
	char time[RFC3339_SIZE] = "";
	bool is_ok;

	if (row != NULL)
		clock_format_rfc3339(row->at, time);
	is_ok = row == NULL
	    ? buf_append_string(out, "row,at,occurrences", err)
	    : buf_append_format(out, err, "%lld,%s,%lld", (long long)row->n,
		  time, (long long)row->occurrences);
	for (size_t i = 0; i < array_length(COLUMNS) && is_ok; i++)
		is_ok = row == NULL
		    ? buf_append_format(out, err, ",%s", COLUMNS[i].title)
		    : append_cell(
			  (const char *)row + COLUMNS[i].offset, out, err);
	return is_ok && buf_append(out, "\r\n", 2, err);
}

static bool
row_line(const struct store_audit_row *row, struct buf *out, struct err *err)
{
	scoped(json_freep) json_t *object = audit_row_json(row);
	scoped(memory_freep) char *text = json_write(object);

	return buf_append_string(out, text, err) &&
	    buf_append(out, "\n", 1, err);
}

struct export
{
	enum audit_format format;
	struct export_file file;
	uint64_t rows;
};

static bool
add_row(
    struct export *export, const struct store_audit_row *row, struct err *err)
{
	struct buf *chunk = &export->file.chunk;

	if (++export->rows > AUDIT_EXPORT_ROWS_MAX)
		return err_set_code(err, ERR_LIMIT, "export_too_large",
		    "more than %d rows fit; ask for a shorter time",
		    AUDIT_EXPORT_ROWS_MAX);
	return export_file_room(&export->file, err) &&
	    (export->format == AUDIT_CSV ? audit_row_csv(row, chunk, err)
					 : row_line(row, chunk, err));
}

static bool
add_part(
    struct export *export, const struct store_audit_list *list, struct err *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (!add_row(export, &list->items[i], err))
			return false;
	return true;
}

static bool
add_all(struct export *export, struct core *core,
    const struct store_audit_filter *filter, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_page page = {.cursor = cursor, .limit = PART_ROWS};
	bool is_ok;

	if (!store_reader_open(core->store, &reader, err) ||
	    (export->format == AUDIT_CSV &&
		!audit_row_csv(NULL, &export->file.chunk, err)))
		return false;
	do {
		struct store_audit_list list = {0};

		if (!store_audit_list(reader, filter, &page, &list, err))
			return false;
		is_ok = add_part(export, &list, err);
		memcpy(cursor, list.next, sizeof(cursor));
		store_audit_list_done(&list);
	} while (is_ok && cursor[0] != '\0');
	return is_ok;
}

bool
audit_export(struct core *core, struct store_audit_filter filter,
    enum audit_format format, int *out_file, uint64_t *out_length,
    struct err *err)
{
	static atomic_int running;
	struct export export = {.format = format, .file = EXPORT_FILE_INIT};
	bool is_ok;

	filter.is_ascending = true;
	if (atomic_fetch_add(&running, 1) >= AUDIT_EXPORTS_AT_ONCE) {
		atomic_fetch_sub(&running, 1);
		return err_set_code(err, ERR_LIMIT, "export_busy",
		    "others are exporting; try again shortly");
	}
	is_ok = export_file_open(&export.file, core, err) &&
	    add_all(&export, core, &filter, err) &&
	    export_file_finish(&export.file, out_file, out_length, err);
	export_file_done(&export.file);
	atomic_fetch_sub(&running, 1);
	return is_ok;
}
