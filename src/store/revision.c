/* Who changed what of a thing that two people may edit. */
#include "store/revision.h"

#include "base/memory.h"
#include "store/list.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_revision, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(kind, TABLE_TEXT),
    COLUMN(thing_id, TABLE_TEXT),
    COLUMN(version, TABLE_INTEGER),
    COLUMN(at, TABLE_INTEGER),
    COLUMN(actor, TABLE_TEXT),
    COLUMN(members, TABLE_TEXT),
};

static const struct table TABLE = {"revision", "revision", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_revision), NULL};

static const struct list_order BY_VERSION = {
    101, 1, {{"version", STORE_VALUE_INTEGER}}};

DEFINE_LIST_DONE(store_revision)

static bool
forget(struct store_tx *tx, const char *kind, const char *thing_id,
    int64_t up_to, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM revision WHERE kind = ?1 AND thing_id = ?2"
	    " AND version <= ?3");
	statement_text(&statement, kind);
	statement_text(&statement, thing_id);
	statement_integer(&statement, up_to);
	return statement_run(&statement, &changes, err);
}

bool
store_revision_add(
    struct store_tx *tx, const struct store_revision *revision, struct err *err)
{
	bool is_new = false;

	if (!table_insert(&TABLE, tx, revision, NULL, &is_new, err))
		return false;
	if (!is_new)
		return err_set_code(err, ERR_CONFLICT, "revision_exists",
		    "somebody else made this version");
	return forget(tx, revision->kind, revision->thing_id,
	    revision->version - STORE_REVISIONS_KEPT, err);
}

bool
store_revision_delete_all(struct store_tx *tx, const char *kind,
    const char *thing_id, struct err *err)
{
	return forget(tx, kind, thing_id, INT64_MAX, err);
}

bool
store_revision_list_since(struct store_reader *reader, const char *kind,
    const char *thing_id, int64_t version, struct store_revision_list *out_list,
    struct err *err)
{
	struct store_page page = {.limit = STORE_REVISIONS_KEPT};
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "kind", "=", kind);
	list_where_text(&query, "thing_id", "=", thing_id);
	list_where_integer(&query, "version", ">", version);
	if (!list_run(&query, &BY_VERSION, true, &page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
