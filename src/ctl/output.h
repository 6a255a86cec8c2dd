/* How answers are printed: as JSON with --json, else as tables. */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include "base/attributes.h"
#include "ctl/command.h"
#include "ctl/table.h"

/* The whole value as JSON, indented. */
void output_json(const json_t *value);
/* {items, …}: a table of the items, or the whole as JSON. */
void output_list(struct ctl *ctl, const struct table_column *columns,
    size_t count, const json_t *list);
/* One object as labels and values, or as JSON. */
void output_one(struct ctl *ctl, const struct table_column *columns,
    size_t count, const json_t *object);

/* Ask for a list or an object and print it. */
enum ctl_exit output_get_list(struct ctl *ctl, const char *path,
    const struct table_column *columns, size_t count);
enum ctl_exit output_get_one(struct ctl *ctl, const char *path,
    const struct table_column *columns, size_t count);

/* A question before what cannot be undone; true with --yes. Without a terminal
 * it complains and is false. */
must_use bool
output_confirm(struct ctl *ctl, const char *format, ...) printf_like(2, 3);

/* The member "secret" alone on standard output, so that scripts can take it;
 * with --json the whole. */
void output_secret(struct ctl *ctl, const json_t *answer);

/* "90s", "15m", "24h", "7d" as seconds; CTL_USAGE with a complaint. */
enum ctl_exit output_duration(const char *text, int64_t *out_seconds);

#endif
