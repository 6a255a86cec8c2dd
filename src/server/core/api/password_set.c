/* Passwords checked, hashed and written. */
#include "server/core/api/password_set.h"

#include <string.h>

#include "server/core/api/answer.h"
#include "server/core/settings.h"
#include "store/password_history.h"

static bool
check_policy(struct api_call *call, const char *user_name, const char *wanted,
    struct err *err)
{
	int64_t minimum =
	    settings_value(call->core, SETTING_PASSWORD_MINIMUM_LENGTH);

	if (password_check_policy(user_name, wanted, (size_t)minimum, err))
		return true;
	if (strcmp(err->code, "password_too_short") == 0) {
		json_decref(call->more);
		call->more = json_object();
		json_set_integer(call->more, "minimum_length", minimum);
	}
	return false;
}

bool
password_set_first(struct api_call *call, const char *user_name,
    const char *wanted, char out[PASSWORD_HASH_SIZE], struct err *err)
{
	return check_policy(call, user_name, wanted, err) &&
	    password_hash(wanted, out, err);
}

static bool
check_unlike(
    const char *hash, const char *wanted, int64_t remembered, struct err *err)
{
	bool matches;

	if (!password_verify(hash, wanted, &matches, err))
		return false;
	return !matches ||
	    err_set_code(err, ERR_MALFORMED, "password_used_before",
		"this is one of the last %lld passwords; choose another",
		(long long)remembered);
}

static bool
read_history(const struct api_call *call, const char *user_id,
    struct store_password_history *out_history, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    store_password_history_get(reader, user_id, out_history, err);
}

/* The current one is the first of those remembered. */
static bool
check_history(const struct api_call *call, const struct store_user *user,
    const char *wanted, int64_t remembered, struct err *err)
{
	struct store_password_history history;

	if (remembered == 0)
		return true;
	if (!read_history(call, user->id, &history, err) ||
	    !check_unlike(user->password_hash, wanted, remembered, err))
		return false;
	for (size_t i = 0; i < history.count && (int64_t)i + 1 < remembered;
	     i++)
		if (!check_unlike(history.hashes[i], wanted, remembered, err))
			return false;
	return true;
}

bool
password_set_prepare(struct api_call *call, const struct store_user *user,
    const char *wanted, struct new_password *out_password, struct err *err)
{
	int64_t remembered =
	    settings_value(call->core, SETTING_PASSWORD_HISTORY);

	memset(out_password, 0, sizeof(*out_password));
	store_text_copy(out_password->replaced, sizeof(out_password->replaced),
	    user->password_hash);
	out_password->keep = remembered > 0 ? (unsigned)remembered - 1 : 0;
	return check_policy(call, user->name, wanted, err) &&
	    check_history(call, user, wanted, remembered, err) &&
	    password_hash(wanted, out_password->hash, err);
}

bool
password_set_write(struct store_tx *tx, const char *user_id,
    const struct new_password *password, bool must_change, int64_t at,
    struct err *err)
{
	struct store_user user;

	if (!store_user_get(store_tx_reader(tx), user_id, &user, err))
		return false;
	if (strcmp(user.password_hash, password->replaced) != 0)
		return err_set_code(err, ERR_CONFLICT, "version_mismatch",
		    "the password was changed meanwhile");
	return store_password_history_add(
		   tx, user_id, password->replaced, at, password->keep, err) &&
	    store_user_set_password(
		tx, user_id, password->hash, must_change, at, err);
}
