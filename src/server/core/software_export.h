/*
 * Titles, and who has one, as CSV in a file without a name on the state's disk.
 * Worker threads.
 */
#ifndef SERVER_CORE_SOFTWARE_EXPORT_H
#define SERVER_CORE_SOFTWARE_EXPORT_H

#include "base/attributes.h"
#include "store/software.h"

struct core;

enum {
	SOFTWARE_EXPORT_ROWS_MAX = 1000 * 1000,
	SOFTWARE_EXPORTS_AT_ONCE = 2,
};

/* One row, or the header for NULL, appended with its line's end. */
must_use bool software_title_csv(
    const struct store_software_title *title, struct buf *out, struct err *err);
must_use bool
software_computer_csv(const struct store_software_computer *computer,
    struct buf *out, struct err *err);

/* With the reader's scope; the caller closes the file. Memory does not depend
 * on how many rows there are. ERR_LIMIT export_too_large, export_busy; the
 * store's; ERR_SYSTEM. */
must_use bool software_export_titles(struct core *core,
    struct store_reader *reader, const struct store_software_filter *filter,
    int *out_file, uint64_t *out_length, struct err *err);
/* version_id 0: any. */
must_use bool software_export_computers(struct core *core,
    struct store_reader *reader, int64_t title_id, int64_t version_id,
    int *out_file, uint64_t *out_length, struct err *err);

#endif
