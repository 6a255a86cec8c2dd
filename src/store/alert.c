/* Alerts that are there, and what was acknowledged of them. */
#include "store/alert.h"

#include "store/table.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_alert, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(kind, TABLE_TEXT),
    COLUMN(since, TABLE_INTEGER),
    COLUMN(acknowledged_at, TABLE_INTEGER),
    COLUMN(acknowledged_by, TABLE_TEXT),
    COLUMN(acknowledged_severity, TABLE_INTEGER),
    COLUMN(acknowledged_count, TABLE_INTEGER),
};

static const struct table TABLE = {"alert", "alert", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_alert), NULL};

bool
store_alert_list(struct store_reader *reader, struct store_alert_list *out_list,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = true;

	out_list->count = 0;
	statement_init(&statement, reader,
	    "SELECT kind, since, acknowledged_at, acknowledged_by,"
	    " acknowledged_severity, acknowledged_count FROM alert"
	    " ORDER BY kind");
	while (out_list->count < STORE_ALERTS_MAX) {
		if (!statement_next(&statement, &has_row, err))
			return false;
		if (!has_row)
			break;
		if (!table_load(&TABLE, &statement,
			&out_list->items[out_list->count], err))
			return false;
		out_list->count++;
	}
	return true;
}

bool
store_alert_begin(
    struct store_tx *tx, const char *kind, int64_t since, struct err *err)
{
	struct store_alert row = {.since = since};
	bool is_new;

	store_text_copy(row.kind, sizeof(row.kind), kind);
	return table_insert(&TABLE, tx, &row, NULL, &is_new, err);
}

bool
store_alert_end(struct store_tx *tx, const char *kind, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM alert WHERE kind = ?1");
	statement_text(&statement, kind);
	return statement_run(&statement, &changes, err);
}

bool
store_alert_acknowledge(
    struct store_tx *tx, const struct store_alert *alert, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE alert SET acknowledged_at = ?2, acknowledged_by = ?3,"
	    " acknowledged_severity = ?4, acknowledged_count = ?5"
	    " WHERE kind = ?1");
	statement_text(&statement, alert->kind);
	statement_integer(&statement, alert->acknowledged_at);
	statement_text(&statement, alert->acknowledged_by);
	statement_integer(&statement, alert->acknowledged_severity);
	statement_integer(&statement, alert->acknowledged_count);
	return statement_run_found(&statement, "alert", err);
}

bool
store_alert_count_locked(struct store_reader *reader, int64_t now_ms,
    int64_t *out_count, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT count(*) FROM local_user WHERE locked_until > ?1");
	statement_integer(&statement, now_ms);
	if (!statement_next(&statement, &has_row, err))
		return false;
	*out_count = has_row ? statement_column_integer(&statement, 0) : 0;
	return true;
}
