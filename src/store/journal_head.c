/* Heads of the signer's journal as core has seen them. */
#include "store/journal_head.h"

#include <inttypes.h>

#include "store/table.h"

enum {
	HEADS_KEPT = 1000
};

#define COLUMN(member, kind) TABLE_COLUMN(store_journal_head, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(n, TABLE_INTEGER),
    COLUMN(hash, TABLE_TEXT),
    COLUMN(seen_at, TABLE_INTEGER),
};

static const struct table TABLE = {"journal_head", "journal_head", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_journal_head), NULL};

static bool
forget_old(struct store_tx *tx, int64_t n, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM journal_head WHERE n < ?1");
	statement_integer(&statement, n - HEADS_KEPT);
	return statement_run(&statement, &changes, err);
}

bool
store_journal_head_put(
    struct store_tx *tx, const struct store_journal_head *head, struct err *err)
{
	struct store_journal_head known;
	bool is_new = false;

	if (!table_insert(&TABLE, tx, head, NULL, &is_new, err))
		return false;
	if (is_new)
		return forget_old(tx, head->n, err);
	if (!store_journal_head_get(store_tx_reader(tx), head->n, &known, err))
		return false;
	return strcmp(known.hash, head->hash) == 0 ||
	    err_set_code(err, ERR_CONFLICT, "journal_forked",
		"entry %" PRId64 " of the journal had another hash before",
		head->n);
}

bool
store_journal_head_latest(struct store_reader *reader,
    struct store_journal_head *out_head, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT n, hash, seen_at FROM journal_head"
	    " ORDER BY n DESC LIMIT 1");
	if (!statement_next(&statement, &has_row, err))
		return false;
	memset(out_head, 0, sizeof(*out_head));
	return !has_row || table_load(&TABLE, &statement, out_head, err);
}

bool
store_journal_head_get(struct store_reader *reader, int64_t n,
    struct store_journal_head *out_head, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT n, hash, seen_at FROM journal_head WHERE n = ?1");
	statement_integer(&statement, n);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("journal_head", err);
	return table_load(&TABLE, &statement, out_head, err);
}
