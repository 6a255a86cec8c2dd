/* Counting from stored sections: what an older database, or a computer that
 * came back, has there already. */
#include "store/software.h"
#include "store/statement.h"

bool
store_software_uncounted(struct store_reader *reader, char (*out_ids)[ID_SIZE],
    size_t max, size_t *out_count, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = true;
	size_t count = 0;

	statement_init(&statement, reader,
	    "SELECT computer_id FROM software_uncounted"
	    " ORDER BY computer_id LIMIT ?1");
	statement_integer(&statement, (int64_t)max);
	while (count < max && has_row) {
		if (!statement_next(&statement, &has_row, err))
			return false;
		if (has_row)
			statement_column_text(
			    &statement, 0, out_ids[count++], ID_SIZE);
	}
	*out_count = count;
	return true;
}

static const char DUE_SQL[] =
    "SELECT 1 FROM computer WHERE id = ?1 AND state = 'active'"
    " AND NOT EXISTS (SELECT 1 FROM software_computer WHERE computer_id = id)";
static const char CURRENT_SQL[] =
    "SELECT 1 FROM inventory WHERE computer_id = ?1"
    " AND section = 'packages' AND digest = ?2";

static bool
has_row(struct store_tx *tx, const char *sql, const char *computer_id,
    const char *digest, bool *out_has_row, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx), sql);
	statement_text(&statement, computer_id);
	if (digest != NULL)
		statement_text(&statement, digest);
	return statement_next(&statement, out_has_row, err);
}

static bool
expect_no_longer(struct store_tx *tx, const char *computer_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM software_uncounted WHERE computer_id = ?1");
	statement_text(&statement, computer_id);
	return statement_run(&statement, &changes, err);
}

bool
store_software_count_stored(struct store_tx *tx, const char *computer_id,
    const char *digest, const struct software_set *set, struct err *err)
{
	struct store_software_change change = {
	    .computer_id = computer_id, .digest = digest, .after = set};
	bool is_due = false, is_current = false;

	if (set != NULL &&
	    (!has_row(tx, DUE_SQL, computer_id, NULL, &is_due, err) ||
		!has_row(
		    tx, CURRENT_SQL, computer_id, digest, &is_current, err)))
		return false;
	if (!is_due)
		return expect_no_longer(tx, computer_id, err);
	/* One that has another section by now comes again. */
	return !is_current || store_software_set(tx, &change, err);
}

static bool
count_rows(struct store_reader *reader, const char *sql, int64_t *out_count,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader, sql);
	if (!statement_next(&statement, &has_row, err))
		return false;
	*out_count = statement_column_integer(&statement, 0);
	return true;
}

bool
store_software_progress(struct store_reader *reader,
    struct store_software_progress *out_progress, struct err *err)
{
	struct store_software_progress progress = {0};
	int64_t left = 0;

	if (!count_rows(reader, "SELECT count(*) FROM software_uncounted",
		&left, err) ||
	    (left > 0 &&
		!count_rows(reader, "SELECT count(*) FROM software_computer",
		    &progress.done, err)))
		return false;
	progress.total = progress.done + left;
	*out_progress = progress;
	return true;
}
