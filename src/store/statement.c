/* One SQL statement with its bound values. */
#include "store/statement.h"

#include "base/check.h"
#include "base/text.h"
#include "store/reader.h"

void
statement_init(
    struct statement *statement, struct store_reader *reader, const char *sql)
{
	statement->reader = reader;
	statement->sql = sql;
	statement->count = 0;
	statement->has_invalid_text = false;
	statement->cursor = NULL;
}

void
statement_done(struct statement *statement)
{
	if (statement->cursor != NULL)
		reader_driver(statement->reader)->finish(statement->cursor);
	statement->cursor = NULL;
}

static unsigned
add(struct statement *statement, struct store_value value)
{
	check(statement->count < STATEMENT_VALUES_MAX);
	statement->values[statement->count++] = value;
	return statement->count;
}

unsigned
statement_integer(struct statement *statement, int64_t value)
{
	return add(statement,
	    (struct store_value){
		.kind = STORE_VALUE_INTEGER, .integer = value});
}

/* PostgreSQL refuses other text than UTF-8 without NUL; SQLite would keep it
 * and trip over it later. */
unsigned
statement_text(struct statement *statement, const char *text)
{
	struct view bytes = view_string(text);

	if (!utf8_is_valid(bytes) || view_has_nul(bytes))
		statement->has_invalid_text = true;
	return add(statement,
	    (struct store_value){.kind = STORE_VALUE_TEXT,
		.is_null = text == NULL,
		.bytes = bytes});
}

unsigned
statement_reference(struct statement *statement, const char *text)
{
	return statement_text(
	    statement, text == NULL || *text == '\0' ? NULL : text);
}

unsigned
statement_blob(struct statement *statement, struct view blob)
{
	return add(statement,
	    (struct store_value){.kind = STORE_VALUE_BLOB, .bytes = blob});
}

unsigned
statement_value(struct statement *statement, const struct store_value *value)
{
	return add(statement, *value);
}

static bool
start(struct statement *statement, struct err *err)
{
	struct store_reader *reader = statement->reader;

	if (statement->has_invalid_text)
		return err_set_code(err, ERR_MALFORMED, "text_invalid",
		    "a text for the database is not valid UTF-8");
	return reader_driver(reader)->query(reader->connection, statement->sql,
	    statement->values, statement->count, &statement->cursor, err);
}

bool
statement_next(struct statement *statement, bool *out_has_row, struct err *err)
{
	if ((statement->cursor == NULL && !start(statement, err)) ||
	    !reader_driver(statement->reader)
		 ->next(statement->cursor, out_has_row, err)) {
		reader_note_failure(statement->reader, err);
		return false;
	}
	return true;
}

static struct store_value
column_value(struct statement *statement, unsigned column)
{
	struct store_value value;

	reader_driver(statement->reader)
	    ->column(statement->cursor, column, &value);
	return value;
}

int64_t
statement_column_integer(struct statement *statement, unsigned column)
{
	struct store_value value = column_value(statement, column);

	check(value.is_null || value.kind == STORE_VALUE_INTEGER);
	return value.integer;
}

struct view
statement_column_view(struct statement *statement, unsigned column)
{
	struct store_value value = column_value(statement, column);

	check(value.is_null || value.kind != STORE_VALUE_INTEGER);
	return value.bytes;
}

void
statement_column_text(
    struct statement *statement, unsigned column, char *out, size_t out_size)
{
	struct view text = statement_column_view(statement, column);
	size_t length = text.length < out_size ? text.length : out_size - 1;

	if (length > 0)
		memcpy(out, text.data, length);
	out[length] = '\0';
}

bool
statement_run(
    struct statement *statement, int64_t *out_changes, struct err *err)
{
	bool has_row = false;

	if (!statement_next(statement, &has_row, err))
		return false;
	check(!has_row);
	*out_changes =
	    reader_driver(statement->reader)->changes(statement->cursor);
	return true;
}

bool
statement_not_found(const char *noun, struct err *err)
{
	char code[ERR_CODE_MAX];
	char words[ERR_CODE_MAX];

	snprintf(code, sizeof(code), "%s_not_found", noun);
	snprintf(words, sizeof(words), "%s", noun);
	for (char *at = words; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	return err_set_code(
	    err, ERR_NOT_FOUND, code, "there is no such %s", words);
}

bool
statement_run_found(
    struct statement *statement, const char *noun, struct err *err)
{
	int64_t changes = 0;

	if (!statement_run(statement, &changes, err))
		return false;
	return changes > 0 || statement_not_found(noun, err);
}

bool
statement_exists(struct store_reader *reader, const char *sql, const char *text,
    bool *out_exists, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, reader, sql);
	statement_text(&statement, text);
	return statement_next(&statement, out_exists, err);
}
