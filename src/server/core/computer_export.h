/*
 * The list of computers as CSV, for spreadsheets.
 *
 * RFC 4180 with a header line, cells that no spreadsheet runs (csv.h), times as
 * RFC 3339 in UTC. Worker threads.
 */
#ifndef SERVER_CORE_COMPUTER_EXPORT_H
#define SERVER_CORE_COMPUTER_EXPORT_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "store/computer.h"

struct core;
struct store_reader;

enum {
	COMPUTER_EXPORT_COLUMNS_MAX = 32,
	COMPUTER_EXPORT_ROWS_MAX = 1000 * 1000,
	COMPUTER_EXPORTS_AT_ONCE = 2,
};

struct computer_export_column;

/* The chosen columns, in their order. */
struct computer_export_columns {
	const struct computer_export_column *of[COMPUTER_EXPORT_COLUMNS_MAX];
	size_t count;
};

/* "name,state,…". ERR_MALFORMED bad_parameter: no such column, or twice. */
must_use bool computer_export_choose(const char *words,
    struct computer_export_columns *out_columns, struct err *err);

/* One row with its line's end, or the header for a NULL computer; office: its
 * name. Appended. */
must_use bool computer_export_row(const struct computer_export_columns *columns,
    const struct store_computer *computer, const char *office, bool is_live,
    struct buf *out, struct err *err);

/* The computers that fit, in the filter's order, in a file without a name on
 * the state's disk; the caller closes it. reader: whose scope counts. Memory
 * does not depend on how many there are. ERR_LIMIT export_too_large,
 * export_busy; the store's; ERR_SYSTEM. */
must_use bool computer_export(struct core *core, struct store_reader *reader,
    const struct store_computer_filter *filter,
    const struct computer_export_columns *columns, bool has_mark, int *out_file,
    uint64_t *out_length, struct err *err);

#endif
