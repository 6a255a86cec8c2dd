/* What the operations on groups share. Worker threads of core. */
#ifndef SERVER_CORE_API_GROUP_H
#define SERVER_CORE_API_GROUP_H

#include "server/core/api/operation.h"
#include "store/group.h"

/* computer_count: -1 where it was not counted. */
must_use json_t *
api_group_json(const struct store_group *group, int64_t computer_count);

#endif
