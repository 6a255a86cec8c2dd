/* The audit log as JSON, JSON lines and CSV. */
#include "server/core/audit_export.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "os/fd.h"
#include "server/core/core.h"

enum {
	PART_ROWS = 500,
	CHUNK_BYTES = 1024 * 1024, /* written at once */
	ROW_BYTES_MAX = 64 * 1024,
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

/* The character at text (valid UTF-8), and its bytes. */
static uint32_t
character_at(const uint8_t *text, size_t *out_bytes)
{
	size_t count = text[0] < 0x80 ? 1
	    : text[0] < 0xe0          ? 2
	    : text[0] < 0xf0          ? 3
				      : 4;
	uint32_t value = count == 1 ? text[0] : text[0] & (0x7fu >> count);

	for (size_t i = 1; i < count; i++)
		value = value << 6 | (text[i] & 0x3f);
	*out_bytes = count;
	return value;
}

/* Controls, and what turns the direction of writing (UAX 9). */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static bool
append_character(const uint8_t *at, size_t count, uint32_t c, struct buf *out,
    struct err *err)
{
	if (c == '"')
		return buf_append(out, "\"\"", 2, err);
	return is_unsafe(c) ? buf_append_format(out, err, "\\u%04X", c)
			    : buf_append(out, at, count, err);
}

/* ,"TEXT" */
static bool
append_cell(const char *text, struct buf *out, struct err *err)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t count;

	if (!buf_append(out, ",\"", 2, err))
		return false;
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL &&
	    !buf_append(out, "'", 1, err))
		return false;
	for (; *at != '\0'; at += count) {
		uint32_t c = character_at(at, &count);

		if (!append_character(at, count, c, out, err))
			return false;
	}
	return buf_append(out, "\"", 1, err);
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
	int file;
	struct buf chunk;
	uint64_t length;
	uint64_t rows;
};

static bool
flush(struct export *export, struct err *err)
{
	if (!fd_write_all(export->file, buf_view(&export->chunk), err))
		return err_prefix(err, "writing the export");
	export->length += export->chunk.length;
	buf_clear(&export->chunk);
	return true;
}

static bool
add_row(
    struct export *export, const struct store_audit_row *row, struct err *err)
{
	if (++export->rows > AUDIT_EXPORT_ROWS_MAX)
		return err_set_code(err, ERR_LIMIT, "export_too_large",
		    "more than %d rows fit; ask for a shorter time",
		    AUDIT_EXPORT_ROWS_MAX);
	if (export->chunk.length + ROW_BYTES_MAX > CHUNK_BYTES &&
	    !flush(export, err))
		return false;
	return export->format == AUDIT_CSV
	    ? audit_row_csv(row, &export->chunk, err)
	    : row_line(row, &export->chunk, err);
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
		!audit_row_csv(NULL, &export->chunk, err)))
		return false;
	do {
		struct store_audit_list list = {0};

		if (!store_audit_list(reader, filter, &page, &list, err))
			return false;
		is_ok = add_part(export, &list, err);
		memcpy(cursor, list.next, sizeof(cursor));
		store_audit_list_done(&list);
	} while (is_ok && cursor[0] != '\0');
	return is_ok && flush(export, err);
}

/* Nobody finds it, and it is gone with its last descriptor. */
static bool
open_nameless(const struct core *core, int *out_file, struct err *err)
{
	scoped(memory_freep) char *path =
	    memory_format("%s/export-XXXXXX", core->state_directory);
	int file = mkostemp(path, O_CLOEXEC);

	if (file < 0)
		return err_set_errno(err, "cannot make a file for an export");
	if (unlink(path) != 0) {
		err_set_errno(err, "cannot make a nameless file");
		fd_close(file);
		return false;
	}
	*out_file = file;
	return true;
}

static bool
run_export(struct export *export, struct core *core,
    const struct store_audit_filter *filter, struct err *err)
{
	bool is_ok;

	if (!open_nameless(core, &export->file, err))
		return false;
	buf_init(&export->chunk, CHUNK_BYTES + ROW_BYTES_MAX);
	is_ok = add_all(export, core, filter, err);
	buf_done(&export->chunk);
	if (!is_ok)
		fd_close(fd_take(&export->file));
	return is_ok;
}

bool
audit_export(struct core *core, struct store_audit_filter filter,
    enum audit_format format, int *out_file, uint64_t *out_length,
    struct err *err)
{
	static atomic_int running;
	struct export export = {.format = format, .file = -1};
	bool is_ok;

	filter.is_ascending = true;
	if (atomic_fetch_add(&running, 1) >= AUDIT_EXPORTS_AT_ONCE) {
		atomic_fetch_sub(&running, 1);
		return err_set_code(err, ERR_LIMIT, "export_busy",
		    "others are exporting; try again shortly");
	}
	is_ok = run_export(&export, core, &filter, err);
	atomic_fetch_sub(&running, 1);
	if (!is_ok)
		return false;
	*out_file = export.file;
	*out_length = export.length;
	return true;
}
