/* The list of computers as CSV. */
#include "server/core/computer_export.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/memory.h"
#include "server/core/api/computer.h"
#include "server/core/core.h"
#include "server/core/csv.h"
#include "server/core/export_file.h"
#include "server/core/live.h"
#include "store/office.h"
#include "store/scope.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* What a row is made of. */
struct row {
	const struct store_computer *computer;
	const char *office;
	bool is_live;
};

/* A column is a text of the computer, a time, a number, or made. */
struct computer_export_column {
	const char *word; /* in the parameter and in the header line */
	enum column_kind {
		COLUMN_TEXT,
		COLUMN_TIME,
		COLUMN_NUMBER,
		COLUMN_MADE,
	} kind;
	size_t offset;
	const char *(*make)(const struct row *row);
};

static const char *
make_state(const struct row *row)
{
	return store_computer_state_name(row->computer->state);
}

static const char *
make_live(const struct row *row)
{
	return row->is_live ? "yes" : "no";
}

static const char *
make_office(const struct row *row)
{
	return row->office;
}

static const char *
make_profile(const struct row *row)
{
	return store_profile_name(row->computer->profile);
}

static const char *
make_last_seen_by(const struct row *row)
{
	const char *word = api_computer_last_seen_by(row->computer);

	return word != NULL ? word : "";
}

#define MEMBER(word, kind, member)                                             \
	{                                                                      \
		word, kind, offsetof(struct store_computer, member), NULL      \
	}
#define MADE(word, make)                                                       \
	{                                                                      \
		word, COLUMN_MADE, 0, make                                     \
	}

static const struct computer_export_column COLUMNS[] = {
    MEMBER("name", COLUMN_TEXT, name),
    MEMBER("id", COLUMN_TEXT, id),
    MADE("state", make_state),
    MADE("live", make_live),
    MADE("office", make_office),
    MEMBER("office_id", COLUMN_TEXT, office_id),
    MEMBER("os_name", COLUMN_TEXT, os_name),
    MEMBER("os_version", COLUMN_TEXT, os_version),
    MEMBER("architecture", COLUMN_TEXT, architecture),
    MEMBER("address", COLUMN_TEXT, last_address),
    MEMBER("agent_version", COLUMN_TEXT, agent_version),
    MEMBER("last_seen_at", COLUMN_TIME, last_seen_at),
    MADE("last_seen_by", make_last_seen_by),
    MEMBER("enrolled_at", COLUMN_TIME, enrolled_at),
    MEMBER("proved_at", COLUMN_TIME, proved_at),
    MEMBER("inventory_at", COLUMN_TIME, inventory_at),
    MEMBER("refresh_requested_at", COLUMN_TIME, refresh_requested_at),
    MEMBER("software_count", COLUMN_NUMBER, software_count),
    MEMBER("hardware_serial", COLUMN_TEXT, hardware_serial),
    MADE("profile", make_profile),
    MEMBER("certificate_serial", COLUMN_TEXT, certificate_serial),
};

static const struct computer_export_column *
find_column(struct view word)
{
	for (size_t i = 0; i < array_length(COLUMNS); i++)
		if (view_equal_string(word, COLUMNS[i].word))
			return &COLUMNS[i];
	return NULL;
}

static bool
is_chosen(const struct computer_export_columns *columns,
    const struct computer_export_column *column)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->of[i] == column)
			return true;
	return false;
}

bool
computer_export_choose(const char *words,
    struct computer_export_columns *out_columns, struct err *err)
{
	struct computer_export_columns columns = {.count = 0};
	struct view rest = view_string(words), word;
	bool has_more = true;

	while (has_more) {
		const struct computer_export_column *column;

		has_more = view_cut(rest, ',', &word, &rest);
		column = find_column(word);
		if (column == NULL || is_chosen(&columns, column))
			return err_set_code(err, ERR_MALFORMED, "bad_parameter",
			    column == NULL
				? "\"columns\" names a column that there is not"
				: "\"columns\" names a column twice");
		columns.of[columns.count++] = column;
	}
	*out_columns = columns;
	return true;
}

static bool
append_cell(const struct computer_export_column *column, const struct row *row,
    struct buf *out, struct err *err)
{
	const char *member = (const char *)row->computer + column->offset;
	char time[RFC3339_SIZE];
	int64_t number = 0;

	switch (column->kind) {
	case COLUMN_TEXT:
		return csv_append_cell(member, out, err);
	case COLUMN_MADE:
		return csv_append_cell(column->make(row), out, err);
	case COLUMN_TIME:
	case COLUMN_NUMBER:
		break;
	}
	memcpy(&number, member, sizeof(number));
	if (column->kind == COLUMN_NUMBER)
		return buf_append_format(out, err, "%lld", (long long)number);
	if (number == 0)
		return true;
	clock_format_rfc3339(number, time);
	return buf_append_string(out, time, err);
}

bool
computer_export_row(const struct computer_export_columns *columns,
    const struct store_computer *computer, const char *office, bool is_live,
    struct buf *out, struct err *err)
{
	struct row row = {computer, office, is_live};

	for (size_t i = 0; i < columns->count; i++)
		if ((i > 0 && !buf_append(out, ",", 1, err)) ||
		    !(computer == NULL
			    ? buf_append_string(out, columns->of[i]->word, err)
			    : append_cell(columns->of[i], &row, out, err)))
			return false;
	return buf_append(out, "\r\n", 2, err);
}

/* Offices that were looked up, by their ids. */
struct office_name {
	char id[ID_SIZE];
	char name[STORE_NAME_SIZE];
	UT_hash_handle hh;
};

struct export
{
	struct core *core;
	struct store_reader *reader;
	const struct computer_export_columns *columns;
	struct export_file file;
	struct office_name *offices;
	uint64_t rows;
};

static void
forget_offices(struct export *export)
{
	struct office_name *each, *next;

	HASH_ITER (hh, export->offices, each, next) {
		HASH_DEL(export->offices, each);
		free(each);
	}
}

/* One reader is one snapshot: the office of a computer in it is in it too. Who
 * sees the computer by a group alone does not see it. */
static bool
read_office(struct store_reader *reader, const char *id,
    struct store_office *out_office, struct err *err)
{
	if (store_office_get(reader, id, out_office, err))
		return true;
	if (err->category != ERR_NOT_FOUND || !store_reader_is_limited(reader))
		return false;
	err_reset(err);
	*out_office = (struct store_office){.name = ""};
	return true;
}

static bool
name_office(struct export *export, const char *id, const char **out_name,
    struct err *err)
{
	struct office_name *found = NULL;
	struct store_office office;

	HASH_FIND_STR(export->offices, id, found);
	if (found == NULL) {
		if (!read_office(export->reader, id, &office, err))
			return false;
		found = memory_zeroed(sizeof(*found));
		store_text_copy(found->id, sizeof(found->id), id);
		store_text_copy(found->name, sizeof(found->name), office.name);
		HASH_ADD_STR(export->offices, id, found);
	}
	*out_name = found->name;
	return true;
}

static bool
add_row(struct export *export, const struct store_computer *computer,
    struct err *err)
{
	const char *office = NULL;

	if (++export->rows > COMPUTER_EXPORT_ROWS_MAX)
		return err_set_code(err, ERR_LIMIT, "export_too_large",
		    "more than %d computers fit; narrow the list",
		    COMPUTER_EXPORT_ROWS_MAX);
	return name_office(export, computer->office_id, &office, err) &&
	    export_file_room(&export->file, err) &&
	    computer_export_row(export->columns, computer, office,
		live_is_connected(export->core, computer->id),
		&export->file.chunk, err);
}

static bool
add_part(struct export *export, const struct store_computer_list *list,
    struct err *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (!add_row(export, &list->items[i], err))
			return false;
	return true;
}

static bool
add_all(struct export *export, const struct store_computer_filter *filter,
    struct err *err)
{
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_page page = {.cursor = cursor, .limit = STORE_PAGE_MAX};
	bool is_ok;

	do {
		struct store_computer_list list = {0};

		if (!store_computer_list(
			export->reader, filter, &page, &list, err))
			return false;
		is_ok = add_part(export, &list, err);
		memcpy(cursor, list.next, sizeof(cursor));
		store_computer_list_done(&list);
	} while (is_ok && cursor[0] != '\0');
	return is_ok;
}

static bool
add_head(struct export *export, bool has_mark, struct err *err)
{
	struct buf *chunk = &export->file.chunk;

	return (!has_mark || buf_append_string(chunk, BYTE_ORDER_MARK, err)) &&
	    computer_export_row(export->columns, NULL, NULL, false, chunk, err);
}

bool
computer_export(struct core *core, struct store_reader *reader,
    const struct store_computer_filter *filter,
    const struct computer_export_columns *columns, bool has_mark, int *out_file,
    uint64_t *out_length, struct err *err)
{
	static atomic_int running;
	struct export export = {.core = core,
	    .reader = reader,
	    .columns = columns,
	    .file = EXPORT_FILE_INIT};
	bool is_ok;

	if (atomic_fetch_add(&running, 1) >= COMPUTER_EXPORTS_AT_ONCE) {
		atomic_fetch_sub(&running, 1);
		return err_set_code(err, ERR_LIMIT, "export_busy",
		    "others are exporting; try again shortly");
	}
	is_ok = export_file_open(&export.file, core, err) &&
	    add_head(&export, has_mark, err) && add_all(&export, filter, err) &&
	    export_file_finish(&export.file, out_file, out_length, err);
	export_file_done(&export.file);
	forget_offices(&export);
	atomic_fetch_sub(&running, 1);
	return is_ok;
}
