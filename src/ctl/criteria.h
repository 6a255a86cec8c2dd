/*
 * Criteria of groups as people write them on the command line: "os=Debian
 * GNU/Linux", "name~web", "name^=web-", "state!=retired", "agent-version<1.2",
 * "last-seen>30d" (longer ago), "enrolled<7d" (within).
 */
#ifndef CTL_CRITERIA_H
#define CTL_CRITERIA_H

#include "ctl/command.h"

/* --criteria FILE, or --where and --any, as the member "criteria" of a body;
 * nothing where none is given. */
enum ctl_exit criteria_add(struct ctl *ctl, json_t *body);
/* For people: "all of: os=Debian; name~web". Allocated; offices by name where
 * they may be seen. */
must_use char *criteria_text(struct ctl *ctl, const json_t *criteria);

#endif
