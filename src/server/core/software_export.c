/* Software as CSV. */
#include "server/core/software_export.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "server/core/csv.h"
#include "server/core/export_file.h"

enum {
	PART_ROWS = 1000,
};

struct export
{
	struct export_file file;
	uint64_t rows;
};

static bool
append_comma_cell(const char *text, struct buf *out, struct err *err)
{
	return buf_append(out, ",", 1, err) && csv_append_cell(text, out, err);
}

bool
software_title_csv(
    const struct store_software_title *title, struct buf *out, struct err *err)
{
	if (title == NULL)
		return buf_append_string(
		    out, "name,format,computers,versions\r\n", err);
	return csv_append_cell(title->name, out, err) &&
	    append_comma_cell(title->format, out, err) &&
	    buf_append_format(out, err, ",%" PRId64 ",%" PRId64 "\r\n",
		title->computers, title->versions);
}

bool
software_computer_csv(const struct store_software_computer *computer,
    struct buf *out, struct err *err)
{
	char time[RFC3339_SIZE] = "";

	if (computer == NULL)
		return buf_append_string(out,
		    "computer,computer_id,office_id,os_name,os_version,"
		    "version,installed_at\r\n",
		    err);
	if (computer->installed_at != 0)
		clock_format_rfc3339(computer->installed_at, time);
	return csv_append_cell(computer->name, out, err) &&
	    append_comma_cell(computer->computer_id, out, err) &&
	    append_comma_cell(computer->office_id, out, err) &&
	    append_comma_cell(computer->os_name, out, err) &&
	    append_comma_cell(computer->os_version, out, err) &&
	    append_comma_cell(computer->version, out, err) &&
	    buf_append_format(out, err, ",%s\r\n", time);
}

static bool
begin_row(struct export *export, struct err *err)
{
	if (++export->rows > SOFTWARE_EXPORT_ROWS_MAX)
		return err_set_code(err, ERR_LIMIT, "export_too_large",
		    "more than %d rows fit; ask for fewer",
		    SOFTWARE_EXPORT_ROWS_MAX);
	return export_file_room(&export->file, err);
}

static bool
add_title(
    const struct store_software_title *title, void *context, struct err *err)
{
	struct export *export = context;

	return begin_row(export, err) &&
	    software_title_csv(title, &export->file.chunk, err);
}

static bool
add_computers(struct export *export,
    const struct store_software_computer_list *list, struct err *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (!begin_row(export, err) ||
		    !software_computer_csv(
			&list->items[i], &export->file.chunk, err))
			return false;
	return true;
}

static bool
add_all_computers(struct export *export, struct store_reader *reader,
    int64_t title_id, int64_t version_id, struct err *err)
{
	char cursor[STORE_CURSOR_SIZE] = "";
	struct store_page page = {.cursor = cursor, .limit = PART_ROWS};
	bool is_fine;

	do {
		struct store_software_computer_list list = {0};

		if (!store_software_computers(
			reader, title_id, version_id, &page, &list, err))
			return false;
		is_fine = add_computers(export, &list, err);
		memcpy(cursor, list.next, sizeof(cursor));
		store_software_computer_list_done(&list);
	} while (is_fine && cursor[0] != '\0');
	return is_fine;
}

/* What is to be written: all titles, or who has one. */
struct wish {
	struct store_reader *reader;
	const struct store_software_filter *filter; /* NULL: who has title_id */
	int64_t title_id;
	int64_t version_id;
};

static bool
write_rows(struct export *export, const struct wish *wish, struct err *err)
{
	struct buf *chunk = &export->file.chunk;

	if (wish->filter != NULL)
		return software_title_csv(NULL, chunk, err) &&
		    store_software_each(
			wish->reader, wish->filter, add_title, export, err);
	return software_computer_csv(NULL, chunk, err) &&
	    add_all_computers(
		export, wish->reader, wish->title_id, wish->version_id, err);
}

static bool
run(struct core *core, const struct wish *wish, int *out_file,
    uint64_t *out_length, struct err *err)
{
	static atomic_int running;
	struct export export = {.file = EXPORT_FILE_INIT};
	bool is_done = false;

	if (atomic_fetch_add(&running, 1) >= SOFTWARE_EXPORTS_AT_ONCE)
		err_set_code(err, ERR_LIMIT, "export_busy",
		    "others are exporting; try again shortly");
	else
		is_done = export_file_open(&export.file, core, err) &&
		    write_rows(&export, wish, err) &&
		    export_file_finish(&export.file, out_file, out_length, err);
	export_file_done(&export.file);
	atomic_fetch_sub(&running, 1);
	return is_done;
}

bool
software_export_titles(struct core *core, struct store_reader *reader,
    const struct store_software_filter *filter, int *out_file,
    uint64_t *out_length, struct err *err)
{
	struct wish wish = {.reader = reader, .filter = filter};

	return run(core, &wish, out_file, out_length, err);
}

bool
software_export_computers(struct core *core, struct store_reader *reader,
    int64_t title_id, int64_t version_id, int *out_file, uint64_t *out_length,
    struct err *err)
{
	struct wish wish = {
	    .reader = reader, .title_id = title_id, .version_id = version_id};

	return run(core, &wish, out_file, out_length, err);
}
