/* Inventory, per computer and section. */
#include "store/inventory.h"

#include <inttypes.h>
#include <zstd.h>

#include "base/memory.h"
#include "store/scope_table.h"
#include "store/software.h"

enum {
	ZSTD_LEVEL = 3
};

#define COLUMN(member, kind) TABLE_COLUMN(store_inventory, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(section, TABLE_TEXT),
    COLUMN(digest, TABLE_TEXT),
    COLUMN(item_count, TABLE_INTEGER),
    COLUMN(updated_at, TABLE_INTEGER),
};

static const struct table TABLE = {"inventory", "section", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_inventory), NULL};

static const struct list_order BY_SECTION = {
    41, 1, {{"section", STORE_VALUE_TEXT}}};

bool
store_inventory_pack(struct view json, struct buf *out, struct err *err)
{
	size_t bound = ZSTD_compressBound(json.length);
	size_t packed;

	if (json.length > STORE_INVENTORY_JSON_MAX)
		return err_set_code(err, ERR_LIMIT, "inventory_too_large",
		    "an inventory section is larger than %d bytes",
		    STORE_INVENTORY_JSON_MAX);
	if (!buf_reserve(out, bound, err))
		return false;
	packed = ZSTD_compress(
	    out->data + out->length, bound, json.data, json.length, ZSTD_LEVEL);
	if (ZSTD_isError(packed))
		return err_set(err, ERR_SYSTEM,
		    "an inventory section cannot be packed (%s)",
		    ZSTD_getErrorName(packed));
	out->length += packed;
	return true;
}

static bool
is_damaged(struct err *err)
{
	return err_set_code(err, ERR_MALFORMED, "inventory_damaged",
	    "a stored inventory section is damaged");
}

bool
store_inventory_unpack(struct view packed, struct buf *out, struct err *err)
{
	unsigned long long size =
	    ZSTD_getFrameContentSize(packed.data, packed.length);
	size_t got;

	if (size == ZSTD_CONTENTSIZE_UNKNOWN ||
	    size == ZSTD_CONTENTSIZE_ERROR || size > STORE_INVENTORY_JSON_MAX)
		return is_damaged(err);
	if (!buf_reserve(out, (size_t)size, err))
		return false;
	got =
	    ZSTD_decompress(out->data == NULL ? NULL : out->data + out->length,
		(size_t)size, packed.data, packed.length);
	if (ZSTD_isError(got) || got != size)
		return is_damaged(err);
	out->length += got;
	return true;
}

bool
store_inventory_put(struct store_tx *tx, const char *computer_id,
    const struct store_inventory *inventory, struct view packed,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool exists = false;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO inventory (computer_id, section, digest, item_count,"
	    " updated_at, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT (computer_id, section) DO UPDATE SET"
	    " digest = excluded.digest, item_count = excluded.item_count,"
	    " updated_at = excluded.updated_at, content = excluded.content");
	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM computer WHERE id = ?1", computer_id, &exists,
		err))
		return false;
	if (!exists)
		return statement_not_found("computer", err);
	statement_text(&statement, computer_id);
	statement_text(&statement, inventory->section);
	statement_text(&statement, inventory->digest);
	statement_integer(&statement, inventory->item_count);
	statement_integer(&statement, inventory->updated_at);
	statement_blob(&statement, packed);
	return statement_run(&statement, &changes, err);
}

bool
store_inventory_delete(struct store_tx *tx, const char *computer_id,
    const char *section, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM inventory WHERE computer_id = ?1 AND section = ?2");
	statement_text(&statement, computer_id);
	statement_text(&statement, section);
	return statement_run_found(&statement, "section", err) &&
	    (strcmp(section, STORE_SOFTWARE_SECTION) != 0 ||
		store_software_forget(tx, computer_id, err));
}

bool
store_inventory_get(struct store_reader *reader, const char *computer_id,
    const char *section, struct store_inventory *out_inventory,
    struct buf *out_json, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct store_inventory inventory;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT section, digest, item_count, updated_at, content"
	    " FROM inventory WHERE computer_id = ?1 AND section = ?2");
	statement_text(&statement, computer_id);
	statement_text(&statement, section);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("section", err);
	if (!scope_check_computer(reader, computer_id, "section", err) ||
	    !table_load(&TABLE, &statement, &inventory, err) ||
	    !store_inventory_unpack(
		statement_column_view(&statement, 4), out_json, err))
		return false;
	*out_inventory = inventory;
	return true;
}

DEFINE_LIST_DONE(store_inventory)

bool
store_inventory_list(struct store_reader *reader, const char *computer_id,
    struct store_inventory_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct store_page page = {.limit = STORE_SECTIONS_MAX};
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_text(&query, "computer_id", "=", computer_id);
	scope_where_computer(&query, "computer_id");
	if (!list_run(&query, &BY_SECTION, false, &page, &result, err))
		return false;
	out_list->items = result.items;
	out_list->count = result.count;
	return true;
}
