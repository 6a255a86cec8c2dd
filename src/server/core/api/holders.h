/*
 * Who is limited to a remote office or a group that was to be deleted: what the
 * refusal tells beside its code. Worker threads of core.
 */
#ifndef SERVER_CORE_API_HOLDERS_H
#define SERVER_CORE_API_HOLDERS_H

#include "base/err.h"
#include "server/core/api/operation.h"
#include "store/scope.h"

/* Give the refusal office_in_scope or group_in_scope (of another nothing is
 * told) user_count and api_token_count, and names of at most ten of each kind,
 * users and api_tokens, where the caller may read that kind. Returns false. */
bool holders_refuse(struct api_call *call, struct store_reader *reader,
    const char *place_id, struct err *err);

#endif
