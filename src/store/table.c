/* A noun's table as data: INSERT, SELECT lists, loading of rows. */
#include "store/table.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/fold.h"
#include "store/version_key.h"

/* Keys are written only. */
static bool
is_key(const struct table_column *column)
{
	return column->kind == TABLE_KEY || column->kind == TABLE_VERSION_KEY;
}

/* Room for a key, with its end. */
static size_t
key_size(const struct table_column *column)
{
	return column->kind == TABLE_KEY ? column->size : VERSION_KEY_SIZE;
}

unsigned
table_readable_count(const struct table *table)
{
	unsigned count = 0;

	for (unsigned i = 0; i < table->column_count; i++)
		if (!is_key(&table->columns[i]))
			count++;
	return count;
}

bool
table_append_columns(
    const struct table *table, struct buf *sql, struct err *err)
{
	const char *separator = "";

	for (unsigned i = 0; i < table->column_count; i++) {
		if (is_key(&table->columns[i]))
			continue;
		if (!buf_append_format(sql, err, "%s%s", separator,
			table->columns[i].read_as != NULL
			    ? table->columns[i].read_as
			    : table->columns[i].name))
			return false;
		separator = ", ";
	}
	return true;
}

const char *
table_source(const struct table *table)
{
	return table->source != NULL ? table->source : table->name;
}

static bool
load_word(const struct table_column *column, struct statement *statement,
    unsigned index, void *member, struct err *err)
{
	struct view word = statement_column_view(statement, index);

	for (size_t i = 0; i < column->word_count; i++) {
		unsigned value = (unsigned)i;

		if (!view_equal_string(word, column->words[i]))
			continue;
		check(column->size == sizeof(value));
		memcpy(member, &value, sizeof(value));
		return true;
	}
	return err_set_code(err, ERR_SYSTEM, "database_foreign",
	    "the database holds an unknown word in column %s", column->name);
}

static bool
load_column(const struct table_column *column, struct statement *statement,
    unsigned index, uint8_t *row, struct err *err)
{
	void *member = row + column->offset;
	int64_t integer;

	switch (column->kind) {
	case TABLE_TEXT:
	case TABLE_REFERENCE:
		statement_column_text(statement, index, member, column->size);
		return true;
	case TABLE_INTEGER:
		integer = statement_column_integer(statement, index);
		memcpy(member, &integer, sizeof(integer));
		return true;
	case TABLE_BOOLEAN:
		*(bool *)member =
		    statement_column_integer(statement, index) != 0;
		return true;
	case TABLE_WORD:
		return load_word(column, statement, index, member, err);
	case TABLE_KEY:
	case TABLE_VERSION_KEY:
		break;
	}
	unreachable();
}

bool
table_load(const struct table *table, struct statement *statement,
    void *out_row, struct err *err)
{
	unsigned index = 0;

	for (unsigned i = 0; i < table->column_count; i++) {
		if (is_key(&table->columns[i]))
			continue;
		if (!load_column(
			&table->columns[i], statement, index++, out_row, err))
			return false;
	}
	return true;
}

/* keys: room for the folded texts, which must live until the statement ran. */
static void
bind_column(const struct table_column *column, struct statement *statement,
    const uint8_t *row, char **keys)
{
	const void *member = row + column->offset;
	int64_t integer;
	unsigned word;

	switch (column->kind) {
	case TABLE_TEXT:
		statement_text(statement, member);
		return;
	case TABLE_REFERENCE:
		statement_reference(statement, member);
		return;
	case TABLE_KEY:
		fold_text(member, *keys, column->size);
		statement_text(statement, *keys);
		*keys += key_size(column);
		return;
	case TABLE_VERSION_KEY:
		version_key(member, *keys);
		statement_text(statement, *keys);
		*keys += key_size(column);
		return;
	case TABLE_INTEGER:
		memcpy(&integer, member, sizeof(integer));
		statement_integer(statement, integer);
		return;
	case TABLE_BOOLEAN:
		statement_integer(statement, *(const bool *)member ? 1 : 0);
		return;
	case TABLE_WORD:
		memcpy(&word, member, sizeof(word));
		check(word < column->word_count);
		statement_text(statement, column->words[word]);
		return;
	}
	unreachable();
}

static bool
compose_insert(const struct table *table, const struct table_blob *extra,
    struct buf *sql, struct err *err)
{
	unsigned count = table->column_count + (extra == NULL ? 0 : 1);
	bool is_ok =
	    buf_append_format(sql, err, "INSERT INTO %s (", table->name);

	for (unsigned i = 0; is_ok && i < count; i++)
		is_ok = buf_append_format(sql, err, "%s%s", i == 0 ? "" : ", ",
		    i < table->column_count ? table->columns[i].name
					    : extra->column);
	is_ok = is_ok && buf_append_string(sql, ") VALUES (", err);
	for (unsigned i = 0; is_ok && i < count; i++)
		is_ok = buf_append_format(
		    sql, err, "%s?%u", i == 0 ? "" : ", ", i + 1);
	return is_ok &&
	    buf_append(sql, ") ON CONFLICT DO NOTHING",
		sizeof(") ON CONFLICT DO NOTHING"), err);
}

static size_t
keys_size(const struct table *table)
{
	size_t size = 1;

	for (unsigned i = 0; i < table->column_count; i++)
		if (is_key(&table->columns[i]))
			size += key_size(&table->columns[i]);
	return size;
}

bool
table_insert(const struct table *table, struct store_tx *tx, const void *row,
    const struct table_blob *extra, bool *out_is_new, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(memory_freep) char *keys = memory_zeroed(keys_size(table));
	scoped(statement_done) struct statement statement = {0};
	char *next_key = keys;
	int64_t changes = 0;

	if (!compose_insert(table, extra, &sql, err))
		return false;
	statement_init(&statement, store_tx_reader(tx), (const char *)sql.data);
	for (unsigned i = 0; i < table->column_count; i++)
		bind_column(&table->columns[i], &statement, row, &next_key);
	if (extra != NULL)
		statement_blob(&statement, extra->bytes);
	if (!statement_run(&statement, &changes, err))
		return false;
	*out_is_new = changes > 0;
	return true;
}

bool
table_get(const struct table *table, struct store_reader *reader,
    const char *condition, const char *text, void *out_row, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(memory_freep) void *row = memory_zeroed(table->row_size);
	scoped(statement_done) struct statement statement = {0};
	bool has_row = false;

	if (!buf_append_string(&sql, "SELECT ", err) ||
	    !table_append_columns(table, &sql, err) ||
	    !buf_append_format(&sql, err, " FROM %s WHERE %s",
		table_source(table), condition) ||
	    !buf_append(&sql, "", 1, err))
		return false;
	statement_init(&statement, reader, (const char *)sql.data);
	statement_text(&statement, text);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found(table->noun, err);
	if (!table_load(table, &statement, row, err))
		return false;
	memcpy(out_row, row, table->row_size);
	return true;
}
