/* The signed-in user, the own password, and the first administrator. */
#include "server/core/api/user.h"

#include <stdio.h>

#include "api_operations.h"
#include "base/memory.h"
#include "base/secret.h"
#include "os/file.h"
#include "server/core/api/answer.h"
#include "server/core/api/lockout.h"
#include "server/core/api/password.h"
#include "server/core/api/password_set.h"
#include "server/core/api/people.h"
#include "server/core/api/sign_in.h"
#include "store/session.h"

#define INITIAL_PASSWORD_FILE "initial-password"

bool
api_user_json(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, json_t **out_object, struct err *err)
{
	json_t *object, *role, *scope;

	if (!people_role_json(reader, user->role_id, &role, err))
		return false;
	if (!people_scope_json(
		reader, user->id, user->is_scoped, &scope, err)) {
		json_decref(role);
		return false;
	}
	object = json_object();
	json_set_string(object, "id", user->id);
	json_set_string(object, "name", user->name);
	json_set_value(object, "role", role);
	json_set_value(object, "scope", scope);
	json_set_bool(object, "is_disabled", user->is_disabled);
	json_set_bool(
	    object, "must_change_password", user->must_change_password);
	json_set_bool(object, "two_factor", user->has_two_factor);
	json_set_time(object, "created_at", user->created_at);
	api_set_time_or_null(
	    object, "password_changed_at", user->password_changed_at);
	api_set_time_or_null(object, "last_sign_in_at", user->last_sign_in_at);
	api_set_time_or_null(object, "locked_until",
	    lockout_stored_until(call->core, user, core_now_ms(call->core)));
	json_set_integer(object, "version", user->version);
	*out_object = object;
	return true;
}

static void
tell_retry(struct api_call *call, int64_t retry_ms)
{
	if (retry_ms > 0)
		response_header(call->response, "Retry-After", "%lld",
		    (long long)((retry_ms + 999) / 1000));
}

bool
api_check_password(struct api_call *call, struct sign_in_claim *claim,
    struct store_user *out_user, struct err *err)
{
	int64_t retry_ms = 0;

	if (sign_in_check_password(
		call->request, claim, out_user, &retry_ms, err))
		return true;
	tell_retry(call, retry_ms);
	return false;
}

bool
api_check_locks(struct api_call *call, const struct store_user *user,
    const char *known_device, struct err *err)
{
	int64_t retry_ms = 0;

	if (sign_in_check_locks(
		call->request, user, known_device, &retry_ms, err))
		return true;
	tell_retry(call, retry_ms);
	return false;
}

bool
api_check_own_password(struct api_call *call, const char *member,
    struct store_user *out_user, struct err *err)
{
	struct sign_in_claim claim = {
	    .user_name = call->request->user.user_name,
	    .password = api_body_string(call, member)};

	if (api_check_password(call, &claim, out_user, err))
		return true;
	return strcmp(err->code, "sign_in_failed") == 0
	    ? err_set_code(err, ERR_DENIED, "password_wrong",
		  "the current password is wrong")
	    : false;
}

bool
api_user_me(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_user user;
	json_t *object;

	if (!api_reader_open(call, &reader, err) ||
	    !store_user_get(reader, call->request->user.user_id, &user, err) ||
	    !api_user_json(call, reader, &user, &object, err))
		return false;
	response_json(call->response, 200, object);
	return true;
}

struct password_change {
	const struct request *request;
	struct new_password password;
};

static bool
write_password(struct store_tx *tx, void *context, struct err *err)
{
	const struct password_change *change = context;
	const struct request_user *user = &change->request->user;

	return password_set_write(tx, user->user_id, &change->password, false,
		   change->request->received_ms, err) &&
	    store_session_delete_of_user(
		tx, user->user_id, user->session_id, err);
}

/* The file told a password that now opens nothing; it goes with it. */
static void
remove_initial_password(const struct core *core)
{
	scoped(memory_freep) char *path =
	    file_join(core->state_directory, INITIAL_PASSWORD_FILE);
	struct err err = ERR_INIT;

	if (!file_remove(path, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "the used initial password stays in its file", &err);
}

static bool
prepare_change(
    struct api_call *call, struct password_change *change, struct err *err)
{
	const char *wanted = api_body_string(call, "new_password");
	struct store_user user;

	if (!api_check_own_password(call, "current_password", &user, err))
		return false;
	/* Else it would let somebody who has the session guess codes. */
	if (!user.has_two_factor)
		sign_in_forget_failures(call->request, &user, NULL);
	if (strcmp(wanted, api_body_string(call, "current_password")) == 0)
		return err_set_code(err, ERR_MALFORMED, "password_unchanged",
		    "the new password is the current one");
	return password_set_prepare(
	    call, &user, wanted, &change->password, err);
}

bool
api_user_change_password(struct api_call *call, struct err *err)
{
	struct password_change change = {.request = call->request};

	audit_target(call->audit, STORE_AUDIT_TARGET_USER,
	    call->request->user.user_id, call->request->user.user_name);
	if (!prepare_change(call, &change, err) ||
	    !api_write(call, write_password, &change, err))
		return false;
	remove_initial_password(call->core);
	api_event(call, "password_changed", "a user changed the password", NULL,
	    NULL);
	response_empty(call->response, 204);
	return true;
}

struct first_user {
	struct store_user user;
	struct audit audit;
	bool is_made;
};

static bool
write_first_user(struct store_tx *tx, void *context, struct err *err)
{
	struct first_user *first = context;
	int64_t count;

	if (!store_user_count(store_tx_reader(tx), &count, err))
		return false;
	first->is_made = count == 0;
	return count > 0 ||
	    (store_user_create(tx, &first->user, err) &&
		audit_append(tx, &first->audit, err));
}

static bool
has_users(struct core *core, bool *out_has, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	int64_t count;

	if (!store_reader_open(core->store, &reader, err) ||
	    !store_user_count(reader, &count, err))
		return false;
	*out_has = count > 0;
	return true;
}

/* The file comes first: a user whose password nobody can read is lost, a file
 * without user is written anew at the next start. */
static bool
write_initial_password(
    const struct core *core, const char *password, struct err *err)
{
	scoped(memory_freep) char *path =
	    file_join(core->state_directory, INITIAL_PASSWORD_FILE);
	scoped(memory_freep) char *line = memory_format("%s\n", password);
	bool is_written = file_write_atomic(path, view_string(line), 0600, err);

	explicit_bzero(line, strlen(line));
	return is_written;
}

bool
users_first_start(struct core *core, struct err *err)
{
	char password[PASSWORD_INITIAL_SIZE];
	struct first_user first = {.user = {.name = "admin",
				       .must_change_password = true,
				       .created_at = core_now_ms(core)}};
	bool has = true, is_fine;

	if (!has_users(core, &has, err))
		return false;
	if (has)
		return true;
	id_make(first.user.id);
	store_text_copy(first.user.role_id, sizeof(first.user.role_id),
	    POLICY_ADMINISTRATOR->id);
	audit_init_server(&first.audit, STORE_AUDIT_USER_CREATE);
	audit_target(&first.audit, STORE_AUDIT_TARGET_USER, first.user.id,
	    first.user.name);
	audit_after(&first.audit,
	    json_pack("{s:s, s:s}", "name", first.user.name, "role",
		POLICY_ADMINISTRATOR->name));
	password_make_initial(password);
	is_fine = password_hash(password, first.user.password_hash, err) &&
	    write_initial_password(core, password, err) &&
	    store_write(core->store, write_first_user, &first, err);
	explicit_bzero(password, sizeof(password));
	if (is_fine && first.is_made)
		log_info("made the first administrator; the password is in "
			 "the state directory and must be changed",
		    "user", first.user.name, "file", INITIAL_PASSWORD_FILE);
	return is_fine;
}
