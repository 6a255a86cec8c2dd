/* An append-only list of decisions about trust and access. */
#include "store/trust_event.h"

#include "base/memory.h"
#include "store/scope_table.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_trust_event, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(at, TABLE_INTEGER),
    COLUMN(kind, TABLE_TEXT),
    COLUMN(subject, TABLE_TEXT),
    COLUMN(detail, TABLE_TEXT),
    COLUMN(actor, TABLE_TEXT),
    COLUMN(address, TABLE_TEXT),
};

static const struct table TABLE = {"trust_event", "trust_event", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_trust_event), NULL};

static const struct list_order BY_ID = {71, 1, {{"id", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_trust_event)

bool
store_trust_event_append(
    struct store_tx *tx, const struct store_trust_event *event, struct err *err)
{
	struct store_trust_event row = *event;
	bool is_new = false;

	if (row.id[0] == '\0')
		id_make(row.id);
	if (!table_insert(&TABLE, tx, &row, NULL, &is_new, err))
		return false;
	return is_new ||
	    err_set_code(err, ERR_CONFLICT, "trust_event_exists",
		"there is already such an event");
}

bool
store_trust_event_delete_before(
    struct store_tx *tx, int64_t before, int64_t *out_count, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char bound[ID_SIZE];

	/* Ids begin with their time (RFC 9562 section 5.7), and are indexed. */
	snprintf(bound, sizeof(bound), "%08llx-%04llx-",
	    (unsigned long long)(before >> 16) & 0xffffffff,
	    (unsigned long long)before & 0xffff);
	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM trust_event WHERE id < ?1 AND at < ?2");
	statement_text(&statement, bound);
	statement_integer(&statement, before);
	return statement_run(&statement, out_count, err);
}

bool
store_trust_event_list(struct store_reader *reader, const char *subject,
    const char *kind, const struct store_page *page,
    struct store_trust_event_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "subject", "=", subject);
	list_where_text(&query, "kind", "=", kind);
	scope_where_computer(&query, "subject");
	if (!list_run(&query, &BY_ID, true, page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
