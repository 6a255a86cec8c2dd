/* Titles and versions by their texts. */
#include "store/software_numbers.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/fold.h"
#include "store/table.h"

enum {
	LIST_MAX = 250, /* numbers in one statement */
	FIND_ROWS = 48, /* of entries in one statement */
	MAKE_ROWS = 48,
	FIND_COLUMNS = 5,
	TITLE_COLUMNS = 4,
	VERSION_COLUMNS = 3,
	KEY_SIZE = STORE_SOFTWARE_NAME_SIZE,
};

bool
software_numbers_take(struct store_tx *tx, const char *kind, size_t count,
    int64_t *out_first, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE software_number SET next = next + ?2 WHERE kind = ?1"
	    " RETURNING next");
	statement_text(&statement, kind);
	statement_integer(&statement, (int64_t)count);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return err_set_code(err, ERR_SYSTEM, "database_foreign",
		    "the database does not number its software");
	*out_first = statement_column_integer(&statement, 0) - (int64_t)count;
	/* Nothing is done before the last row was asked for. */
	return statement_next(&statement, &has_row, err);
}

/* Few numbers of rows, so that the same statements come again and stay
 * prepared; what is left over repeats the last one. */
static size_t
rows_for(size_t count, size_t most)
{
	return count == 1 ? 1 : count <= 8 && most > 8 ? 8 : most;
}

/* "(?1, ?2), (?3, ?4)" */
static bool
append_rows(size_t rows, unsigned columns, struct buf *sql, struct err *err)
{
	for (size_t i = 0; i < rows * columns; i++) {
		if (!buf_append_format(sql, err, "%s%s?%zu%s",
			i == 0 ? "" : ", ", i % columns == 0 ? "(" : "", i + 1,
			i % columns == columns - 1 ? ")" : ""))
			return false;
	}
	return true;
}

/* ROWS in the place of "%s", ended by NUL. */
static bool
compose(const char *format, size_t rows, unsigned columns, struct buf *sql,
    struct err *err)
{
	const char *place = strstr(format, "%s");

	check(place != NULL);
	return buf_append(sql, format, (size_t)(place - format), err) &&
	    append_rows(rows, columns, sql, err) &&
	    buf_append_string(sql, place + 2, err) &&
	    buf_append(sql, "", 1, err);
}

bool
software_numbers_run(struct store_tx *tx, const char *sql, int64_t extra,
    const int64_t *numbers, size_t count, struct err *err)
{
	const char *place = strstr(sql, "%s");
	size_t first = extra != 0 ? 2 : 1;

	check(place != NULL);
	for (size_t at = 0; at < count;) {
		size_t some = count - at < LIST_MAX ? count - at : LIST_MAX;
		size_t rows = rows_for(some, LIST_MAX);
		scoped(buf_donep) struct buf text = BUF_INIT(TABLE_SQL_MAX);
		scoped(statement_done) struct statement statement = {0};
		int64_t changes = 0;

		if (!buf_append(&text, sql, (size_t)(place - sql), err))
			return false;
		for (size_t i = 0; i < rows; i++)
			if (!buf_append_format(&text, err, "%s?%zu",
				i == 0 ? "" : ",", first + i))
				return false;
		if (!buf_append_string(&text, place + 2, err) ||
		    !buf_append(&text, "", 1, err))
			return false;
		statement_init(
		    &statement, store_tx_reader(tx), (const char *)text.data);
		if (extra != 0)
			statement_integer(&statement, extra);
		for (size_t i = 0; i < rows; i++)
			statement_integer(&statement,
			    numbers[at + (i < some ? i : some - 1)]);
		if (!statement_run(&statement, &changes, err))
			return false;
		at += some;
	}
	return true;
}

/* keys: room for the folded name, until the statement has run. */
static void
bind_title(
    struct statement *statement, const struct software_entry *entry, char *key)
{
	fold_text(entry->name, key, KEY_SIZE);
	statement_text(statement, key);
	statement_text(statement, entry->name);
	statement_text(statement, entry->format);
}

static bool
take_found(struct statement *find, const struct software_entry *const *entries,
    size_t count, struct software_pair *out_pairs, struct err *err)
{
	bool has_row = true;

	while (has_row) {
		size_t index;

		if (!statement_next(find, &has_row, err))
			return false;
		if (!has_row)
			return true;
		index = (size_t)statement_column_integer(find, 0);
		check(index < count);
		out_pairs[index].title_id = statement_column_integer(find, 1);
		out_pairs[index].version_id = statement_column_integer(find, 2);
	}
	return true;
}

/* At most FIND_ROWS of them. */
static bool
find_some(struct store_tx *tx, const struct software_entry *const *entries,
    size_t count, struct software_pair *out_pairs, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement find = {0};
	scoped(memory_freep) char *keys = memory_array(FIND_ROWS, KEY_SIZE);
	size_t rows = rows_for(count, FIND_ROWS);

	if (!compose("SELECT said.column5, title.id,"
		     " (SELECT version.id FROM software_version AS version"
		     " WHERE version.title_id = title.id"
		     " AND version.version = said.column4)"
		     " FROM (VALUES %s) AS said CROSS JOIN software_title"
		     " AS title WHERE title.name_key = said.column1"
		     " AND title.name = said.column2"
		     " AND title.format = said.column3",
		rows, FIND_COLUMNS, &sql, err))
		return false;
	statement_init(&find, store_tx_reader(tx), (const char *)sql.data);
	for (size_t i = 0; i < rows; i++) {
		size_t index = i < count ? i : count - 1;

		bind_title(&find, entries[index], keys + i * KEY_SIZE);
		statement_text(&find, entries[index]->version);
		statement_integer(&find, (int64_t)index);
	}
	return take_found(&find, entries, count, out_pairs, err);
}

bool
software_numbers_find(struct store_tx *tx,
    const struct software_entry *const *entries, size_t count,
    struct software_pair *out_pairs, struct err *err)
{
	memset(out_pairs, 0, count * sizeof(*out_pairs));
	for (size_t at = 0; at < count; at += FIND_ROWS) {
		size_t some = count - at < FIND_ROWS ? count - at : FIND_ROWS;

		if (!find_some(tx, entries + at, some, out_pairs + at, err))
			return false;
	}
	return true;
}

/* Whether the entry's title is the one of the entry before: they are sorted. */
static bool
is_same_title(const struct software_entry *const *entries, size_t i)
{
	return i > 0 && software_entry_has_title(entries[i], entries[i - 1]);
}

static bool
insert_titles(struct store_tx *tx, const struct software_entry *const *entries,
    const int64_t *ids, size_t count, struct err *err)
{
	for (size_t at = 0; at < count; at += MAKE_ROWS) {
		scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
		scoped(statement_done) struct statement insert = {0};
		scoped(memory_freep) char *keys =
		    memory_array(MAKE_ROWS, KEY_SIZE);
		size_t some = count - at < MAKE_ROWS ? count - at : MAKE_ROWS;
		size_t rows = rows_for(some, MAKE_ROWS);
		int64_t changes = 0;

		if (!compose("INSERT INTO software_title"
			     " (id, name_key, name, format, computers)"
			     " SELECT column1, column2, column3, column4, 0"
			     " FROM (VALUES %s) AS said WHERE 1 = 1"
			     " ON CONFLICT DO NOTHING",
			rows, TITLE_COLUMNS, &sql, err))
			return false;
		statement_init(
		    &insert, store_tx_reader(tx), (const char *)sql.data);
		for (size_t i = 0; i < rows; i++) {
			size_t index = at + (i < some ? i : some - 1);

			statement_integer(&insert, ids[index]);
			bind_title(
			    &insert, entries[index], keys + i * KEY_SIZE);
		}
		if (!statement_run(&insert, &changes, err))
			return false;
	}
	return true;
}

static bool
insert_versions(struct store_tx *tx,
    const struct software_entry *const *entries,
    const struct software_pair *pairs, const size_t *which, size_t count,
    struct err *err)
{
	for (size_t at = 0; at < count; at += MAKE_ROWS) {
		scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
		scoped(statement_done) struct statement insert = {0};
		size_t some = count - at < MAKE_ROWS ? count - at : MAKE_ROWS;
		size_t rows = rows_for(some, MAKE_ROWS);
		int64_t changes = 0;

		if (!compose("INSERT INTO software_version"
			     " (id, title_id, version, computers)"
			     " SELECT column1, column2, column3, 0"
			     " FROM (VALUES %s) AS said WHERE 1 = 1"
			     " ON CONFLICT DO NOTHING",
			rows, VERSION_COLUMNS, &sql, err))
			return false;
		statement_init(
		    &insert, store_tx_reader(tx), (const char *)sql.data);
		for (size_t i = 0; i < rows; i++) {
			size_t index = which[at + (i < some ? i : some - 1)];

			statement_integer(&insert, pairs[index].version_id);
			statement_integer(&insert, pairs[index].title_id);
			statement_text(&insert, entries[index]->version);
		}
		if (!statement_run(&insert, &changes, err))
			return false;
	}
	return true;
}

static bool
make_titles(struct store_tx *tx, const struct software_entry *const *entries,
    size_t count, struct software_pair *pairs, struct err *err)
{
	scoped(memory_freep) const struct software_entry **missing =
	    memory_array(count + 1, sizeof(struct software_entry *));
	scoped(memory_freep) int64_t *ids =
	    memory_array(count + 1, sizeof(*ids));
	size_t missing_count = 0;
	int64_t first = 0;

	for (size_t i = 0; i < count; i++)
		if (pairs[i].title_id == 0 && !is_same_title(entries, i))
			missing[missing_count++] = entries[i];
	if (missing_count == 0)
		return true;
	if (!software_numbers_take(tx, "title", missing_count, &first, err))
		return false;
	for (size_t i = 0, next = 0; i < count; i++) {
		if (pairs[i].title_id != 0)
			continue;
		if (is_same_title(entries, i)) {
			pairs[i].title_id = pairs[i - 1].title_id;
			continue;
		}
		ids[next] = first + (int64_t)next;
		pairs[i].title_id = ids[next++];
	}
	return insert_titles(tx, missing, ids, missing_count, err);
}

static bool
make_versions(struct store_tx *tx, const struct software_entry *const *entries,
    size_t count, struct software_pair *pairs, struct err *err)
{
	scoped(memory_freep) size_t *missing =
	    memory_array(count + 1, sizeof(*missing));
	size_t missing_count = 0;
	int64_t first = 0;

	for (size_t i = 0; i < count; i++)
		if (pairs[i].version_id == 0)
			missing[missing_count++] = i;
	if (missing_count == 0)
		return true;
	if (!software_numbers_take(tx, "version", missing_count, &first, err))
		return false;
	for (size_t i = 0; i < missing_count; i++)
		pairs[missing[i]].version_id = first + (int64_t)i;
	return insert_versions(tx, entries, pairs, missing, missing_count, err);
}

bool
software_numbers_make(struct store_tx *tx,
    const struct software_entry *const *entries, size_t count,
    struct software_pair *out_pairs, struct err *err)
{
	return software_numbers_find(tx, entries, count, out_pairs, err) &&
	    make_titles(tx, entries, count, out_pairs, err) &&
	    make_versions(tx, entries, count, out_pairs, err);
}
