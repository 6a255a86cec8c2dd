/*
 * Doing something to many computers, whose ids stand in a file: in parts that
 * the server takes, asked again for what is left, refusals told by name.
 */
#ifndef CTL_BULK_H
#define CTL_BULK_H

#include "base/attributes.h"
#include "base/json.h"
#include "ctl/command.h"

/* The ids of --list FILE ("-": standard input), one a line, as an array; also
 * the output of "computer export --columns id". CTL_USAGE with a complaint. */
enum ctl_exit bulk_read(struct ctl *ctl, json_t **out_ids);

/* POST them to "/api/v1/computers/ACTION" with the members of more (borrowed,
 * or NULL), and print what became of them. CTL_FAILED where not all of them are
 * done. */
enum ctl_exit bulk_run(
    struct ctl *ctl, const char *action, const json_t *more, const json_t *ids);

#endif
