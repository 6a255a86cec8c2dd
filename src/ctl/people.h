/* What the commands on users, roles and API tokens share. */
#ifndef CTL_PEOPLE_H
#define CTL_PEOPLE_H

#include "ctl/command.h"

/* The id of what has the name in the list at path; ids are taken as they are.
 * Allocated. */
enum ctl_exit people_find(struct ctl *ctl, const char *path, const char *noun,
    const char *id_or_name, char **out_id);

/* The id of the place that --office or --group names; NULL where neither is
 * given. Allocated. */
enum ctl_exit people_find_place(struct ctl *ctl, char **out_id);

/* --role as role_id, --scope as scope ("all", or offices and "group:NAME",
 * separated by commas) into a body; nothing where they are not given. */
enum ctl_exit people_add_role(struct ctl *ctl, json_t *body);
enum ctl_exit people_add_scope(struct ctl *ctl, json_t *body);

/* For tables: the member "scope" as names. With --json nothing is done. */
void people_tell_scopes(struct ctl *ctl, json_t *objects);
void people_tell_scope(struct ctl *ctl, json_t *object);

#endif
