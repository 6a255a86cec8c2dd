/* An account opened again from a root shell. */
#include "server/core/reset.h"

#include "base/clock.h"
#include "base/json.h"
#include "policy/authorize.h"
#include "server/core/audit.h"
#include "server/core/settings.h"
#include "store/known_device.h"
#include "store/password_history.h"
#include "store/scope.h"
#include "store/session.h"
#include "store/two_factor.h"
#include "store/user.h"

static json_t *
account_json(const struct store_user *user)
{
	const struct policy_role *role = policy_role_by_id(user->role_id);
	json_t *object = json_object();

	json_set_string(
	    object, "role", role != NULL ? role->name : user->role_id);
	json_set_bool(object, "is_scoped", user->is_scoped);
	json_set_bool(object, "is_disabled", user->is_disabled);
	json_set_bool(object, "two_factor", user->has_two_factor);
	return object;
}

/* Somebody has to be able to give others their rights. */
static bool
restore_rights(struct store_tx *tx, struct store_user *user, struct err *err)
{
	int64_t others;

	user->is_disabled = false;
	if (!store_user_count_unlimited(store_tx_reader(tx),
		POLICY_ADMINISTRATOR->id, user->id, &others, err))
		return false;
	if (others == 0) {
		store_text_copy(user->role_id, sizeof(user->role_id),
		    POLICY_ADMINISTRATOR->id);
		user->is_scoped = false;
	}
	return store_user_update(tx, user, err) &&
	    (user->is_scoped || store_scope_set(tx, user->id, NULL, 0, err));
}

static bool
replace_password(struct store_tx *tx, const struct store_user *user,
    const char *password_hash, struct err *err)
{
	int64_t now = clock_wall_ms(), remembered;
	struct settings_values settings;

	if (!settings_read(store_tx_reader(tx), &settings, err))
		return false;
	/* The current one is one of them. */
	remembered = settings.of[SETTING_PASSWORD_HISTORY];
	return store_password_history_add(tx, user->id, user->password_hash,
		   now, remembered > 0 ? (unsigned)remembered - 1 : 0, err) &&
	    store_user_set_password(
		tx, user->id, password_hash, true, now, err);
}

bool
reset_open_account(struct store_tx *tx, const char *user_name,
    const char *password_hash, struct audit *audit, struct err *err)
{
	struct store_user user;

	if (!store_user_get_by_name(store_tx_reader(tx), user_name, &user, err))
		return false;
	/* Hashes begin so; "*" is that of who never signs in. */
	if (user.password_hash[0] != '$')
		return err_set_code(err, ERR_DENIED, "user_has_no_password",
		    "\"%s\" belongs to the server itself and never signs in",
		    user.name);
	audit_target(audit, STORE_AUDIT_TARGET_USER, user.id, user.name);
	audit_before(audit, account_json(&user));
	if (!restore_rights(tx, &user, err) ||
	    !replace_password(tx, &user, password_hash, err) ||
	    !store_user_unlock(tx, user.id, err) ||
	    !store_session_delete_of_user(tx, user.id, NULL, err) ||
	    !store_known_device_delete_of_user(tx, user.id, err) ||
	    !store_two_factor_clear(tx, user.id, err))
		return false;
	user.has_two_factor = false;
	audit_after(audit, account_json(&user));
	return true;
}
