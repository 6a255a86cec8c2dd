/*
 * Inventory, per computer and section: canonical JSON, compressed with zstd.
 *
 * Packing is work, so callers do it in their own thread before the write.
 */
#ifndef STORE_INVENTORY_H
#define STORE_INVENTORY_H

#include "base/bytes.h"
#include "store/store.h"

enum {
	STORE_SECTION_SIZE = 33,
	STORE_SECTIONS_MAX = 64,                    /* of one computer */
	STORE_INVENTORY_JSON_MAX = 64 * 1024 * 1024 /* unpacked, per section */
};

struct store_inventory {
	char section[STORE_SECTION_SIZE];
	char digest[STORE_SHA256_SIZE]; /* of the unpacked JSON */
	int64_t item_count;
	int64_t updated_at;
};

/* Append the packed form of json to out; ERR_LIMIT above the maximum. */
must_use bool
store_inventory_pack(struct view json, struct buf *out, struct err *err);
/* Append the JSON to out (whose maximum also holds); ERR_MALFORMED. */
must_use bool
store_inventory_unpack(struct view packed, struct buf *out, struct err *err);

/* What is counted of the section "packages" is brought up to date by
 * store_software_set, in the same transaction. ERR_NOT_FOUND
 * computer_not_found. */
must_use bool store_inventory_put(struct store_tx *tx, const char *computer_id,
    const struct store_inventory *inventory, struct view packed,
    struct err *err);
/* Of the section "packages" nothing is counted any more then. */
must_use bool store_inventory_delete(struct store_tx *tx,
    const char *computer_id, const char *section, struct err *err);

/* Appends the JSON to out_json, unpacked. ERR_NOT_FOUND section_not_found. */
must_use bool
store_inventory_get(struct store_reader *reader, const char *computer_id,
    const char *section, struct store_inventory *out_inventory,
    struct buf *out_json, struct err *err);

struct store_inventory_list {
	struct store_inventory *items; /* sorted by section */
	size_t count;
};
void store_inventory_list_done(struct store_inventory_list *list);
must_use bool
store_inventory_list(struct store_reader *reader, const char *computer_id,
    struct store_inventory_list *out_list, struct err *err);

#endif
