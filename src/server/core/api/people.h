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

/* {id, name, built_in} */
must_use bool people_role_json(struct store_reader *reader, const char *role_id,
    json_t **out_object, struct err *err);
/* [{kind, id}], or null where is_scoped is false. */
must_use bool people_scope_json(struct store_reader *reader,
    const char *owner_id, bool is_scoped, json_t **out_scope, struct err *err);
/* {computers: "full", …}: every module. */
json_t *people_levels_json(const struct policy_levels *levels);

#endif
