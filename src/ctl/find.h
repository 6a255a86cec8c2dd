/* What the commands on computers, offices and groups ask of each other. */
#ifndef CTL_FIND_H
#define CTL_FIND_H

#include "ctl/command.h"

/* What has a name may be given by name instead of id: its id, allocated in
 * out_id. */
enum ctl_exit
office_find(struct ctl *ctl, const char *id_or_name, char **out_id);
enum ctl_exit
group_find(struct ctl *ctl, const char *id_or_name, char **out_id);
enum ctl_exit
computer_find(struct ctl *ctl, const char *id_or_name, char **out_id);

/* computer list, of this group (by name or id; NULL: of all). */
enum ctl_exit computer_list_of_group(struct ctl *ctl, const char *wanted_group);

#endif
