/*
 * What the operations on sessions and on users share. Worker threads of core.
 */
#ifndef SERVER_CORE_API_USER_H
#define SERVER_CORE_API_USER_H

#include "base/attributes.h"
#include "server/core/api/operation.h"
#include "server/core/api/sign_in.h"
#include "store/user.h"

/* The user with role and scope. */
must_use bool
api_user_json(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, json_t **out_object, struct err *err);

/* Check a password; sets Retry-After where it is locked. Errors of
 * sign_in_check_password. */
must_use bool api_check_password(struct api_call *call,
    struct sign_in_claim *claim, struct store_user *out_user, struct err *err);

/* The locks alone, for what counts like a password. */
must_use bool api_check_locks(struct api_call *call,
    const struct store_user *user, const char *known_device, struct err *err);
/* The same password once more, by who is signed in: ERR_DENIED password_wrong.
 */
must_use bool api_check_own_password(struct api_call *call, const char *member,
    struct store_user *out_user, struct err *err);

#endif
