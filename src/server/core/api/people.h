/*
 * What roles and scopes come to, and how they look in answers. Worker threads
 * of core.
 */
#ifndef SERVER_CORE_API_PEOPLE_H
#define SERVER_CORE_API_PEOPLE_H

#include "base/attributes.h"
#include "base/err.h"
#include "base/json.h"
#include "policy/authorize.h"
#include "store/role.h"
#include "store/store.h"

/* The levels of a role: of one that is always there those of the program, of
 * another the stored ones, and never more than such a role may have. */
void people_levels_of(
    const struct store_role *role, struct policy_levels *out_levels);
/* The same by id. A role that is gone has none. */
must_use bool people_levels(struct store_reader *reader, const char *role_id,
    struct policy_levels *out_levels, struct err *err);

/* Whether somebody with these levels may hand out the role, or change what has
 * it: ERR_DENIED above_own_role names the module. */
must_use bool people_check_below(const struct policy_levels *own,
    const struct policy_levels *wanted, struct err *err);
/* The same by the role's id. ERR_NOT_FOUND role_not_found. */
must_use bool people_check_role(struct store_reader *reader,
    const struct policy_levels *own, const char *role_id, struct err *err);

/* The body's member "scope": the owner's places. out_is_scoped is left as it is
 * where the member is absent. */
struct api_call;
must_use bool
people_write_scope(const struct api_call *call, struct store_tx *tx,
    const char *owner_id, bool *out_is_scoped, struct err *err);

/* {id, name, built_in} */
must_use bool people_role_json(struct store_reader *reader, const char *role_id,
    json_t **out_object, struct err *err);
/* [{kind, id}], or null where is_scoped is false. */
must_use bool people_scope_json(struct store_reader *reader,
    const char *owner_id, bool is_scoped, json_t **out_scope, struct err *err);
/* {computers: "full", …}: every module. */
json_t *people_levels_json(const struct policy_levels *levels);

#endif
