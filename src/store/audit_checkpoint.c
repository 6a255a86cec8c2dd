/* Cutting old rows off the audit log. */
#include "store/audit_checkpoint.h"

#include <inttypes.h>

#include "base/memory.h"
#include "store/audit_chain.h"
#include "store/table.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_audit_checkpoint, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(n, TABLE_INTEGER),
    COLUMN(hash, TABLE_TEXT),
    COLUMN(at, TABLE_INTEGER),
    COLUMN(statement, TABLE_TEXT),
};

static const struct table TABLE = {"audit_checkpoint", "audit_checkpoint",
    COLUMNS, array_length(COLUMNS), sizeof(struct store_audit_checkpoint),
    NULL};

bool
store_audit_checkpoint_latest(struct store_reader *reader,
    struct store_audit_checkpoint *out, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct store_audit_checkpoint latest = {.hash = AUDIT_CHAIN_BEGIN};
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT n, hash, at, statement FROM audit_checkpoint"
	    " ORDER BY n DESC LIMIT 1");
	if (!statement_next(&statement, &has_row, err) ||
	    (has_row && !table_load(&TABLE, &statement, &latest, err)))
		return false;
	*out = latest;
	return true;
}

static bool
find_integer(struct store_reader *reader, const char *sql, int64_t value,
    int64_t *out, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader, sql);
	statement_integer(&statement, value);
	if (!statement_next(&statement, &has_row, err))
		return false;
	*out = has_row ? statement_column_integer(&statement, 0) : 0;
	return true;
}

bool
store_audit_cut_bound(struct store_reader *reader, int64_t before, int64_t rows,
    int64_t *out_n, struct err *err)
{
	struct store_audit_position head;
	int64_t first, young;

	/* Times may step back, numbers do not: the first young row ends it. */
	if (!store_audit_head(reader, &head, err) ||
	    !audit_chain_first(reader, &first, err) ||
	    !find_integer(reader,
		"SELECT n FROM audit WHERE at >= ?1 ORDER BY n LIMIT 1", before,
		&young, err))
		return false;
	if (young == 0)
		young = head.n;
	*out_n = 0;
	if (first == 0 || young <= first)
		return true;
	*out_n = young - first > rows ? first + rows - 1 : young - 1;
	return true;
}

static bool
check_row(struct store_tx *tx, const struct store_audit_checkpoint *checkpoint,
    struct err *err)
{
	struct store_audit_row row;

	if (!store_audit_get(store_tx_reader(tx), checkpoint->n, &row, err))
		return false;
	return strcmp(row.hash, checkpoint->hash) == 0 ||
	    err_set_code(err, ERR_CONFLICT, "audit_forked",
		"row %" PRId64
		" of the audit log is not the one that the signer has seen",
		checkpoint->n);
}

bool
store_audit_cut(struct store_tx *tx,
    const struct store_audit_checkpoint *checkpoint, int64_t *out_count,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool is_new = false;

	statement_init(
	    &statement, store_tx_reader(tx), "DELETE FROM audit WHERE n <= ?1");
	statement_integer(&statement, checkpoint->n);
	return check_row(tx, checkpoint, err) &&
	    table_insert(&TABLE, tx, checkpoint, NULL, &is_new, err) &&
	    statement_run(&statement, out_count, err);
}
