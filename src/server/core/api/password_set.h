/*
 * A password on its way into the store: checked against the policy that is in
 * force and against those that the user had before, hashed, and written.
 *
 * Comparing takes as much as a sign-in for each remembered password, one turn
 * at a time (password.h), at most SETTING_PASSWORD_HISTORY of them. Worker
 * threads of core.
 */
#ifndef SERVER_CORE_API_PASSWORD_SET_H
#define SERVER_CORE_API_PASSWORD_SET_H

#include "server/core/api/operation.h"
#include "server/core/api/password.h"
#include "store/user.h"

struct new_password {
	char hash[PASSWORD_HASH_SIZE];
	/* What it was checked beside, and how many such are remembered. */
	char replaced[STORE_PASSWORD_HASH_SIZE];
	unsigned keep;
};

/* Of a new user: the policy alone. Errors of password_check_policy, where
 * password_too_short tells minimum_length. */
must_use bool password_set_first(struct api_call *call, const char *user_name,
    const char *wanted, char out[PASSWORD_HASH_SIZE], struct err *err);
/* The same and ERR_MALFORMED password_used_before. */
must_use bool
password_set_prepare(struct api_call *call, const struct store_user *user,
    const char *wanted, struct new_password *out_password, struct err *err);
/* The prepared one replaces the user's. ERR_CONFLICT version_mismatch where
 * another has been set since. */
must_use bool password_set_write(struct store_tx *tx, const char *user_id,
    const struct new_password *password, bool must_change, int64_t at,
    struct err *err);

#endif
