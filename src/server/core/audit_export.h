/*
 * Rows of the audit log for others: as the API's JSON, as JSON lines, as CSV.
 *
 * CSV has a header line, and cells that no spreadsheet runs (csv.h). JSON has
 * the exact texts. Worker threads.
 */
#ifndef SERVER_CORE_AUDIT_EXPORT_H
#define SERVER_CORE_AUDIT_EXPORT_H

#include "base/attributes.h"
#include "base/json.h"
#include "store/audit.h"

struct core;

enum audit_format {
	AUDIT_CSV,
	AUDIT_JSON_LINES,
};

enum {
	AUDIT_EXPORT_ROWS_MAX = 1000 * 1000,
	AUDIT_EXPORTS_AT_ONCE = 2,
};

must_use json_t *audit_row_json(const struct store_audit_row *row);

/* One row, or the header for NULL, appended with its line's end. */
must_use bool audit_row_csv(
    const struct store_audit_row *row, struct buf *out, struct err *err);

/* The rows that fit, oldest first, in a file without a name on the state's
 * disk; the caller closes it. Memory does not depend on how many there are.
 * ERR_LIMIT export_too_large, export_busy; the store's; ERR_SYSTEM. */
must_use bool audit_export(struct core *core, struct store_audit_filter filter,
    enum audit_format format, int *out_file, uint64_t *out_length,
    struct err *err);

#endif
