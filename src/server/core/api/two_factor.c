/* The own second factor: set up, confirmed, taken away; another's taken away
 * by who manages users. */
#include "api_operations.h"

#include <string.h>

#include "base/memory.h"
#include "server/config.h"
#include "server/core/api/answer.h"
#include "server/core/api/people.h"
#include "server/core/api/second_factor.h"
#include "server/core/api/sign_in.h"
#include "server/core/api/user.h"
#include "server/core/enforcement.h"
#include "server/core/totp.h"
#include "store/session.h"

enum {
	PENDING_MS = 60 * 60 * 1000, /* a set-up is begun anew after that */
};

static bool
is_required(const struct api_call *call, bool *out_is, struct err *err)
{
	return enforcement_is(
	    call->core, SIGNER_SETTING_TWO_FACTOR, out_is, err);
}

static bool
is_pending(const struct api_call *call, const struct store_two_factor *stored)
{
	return stored->pending[0] != '\0' &&
	    call->request->received_ms - stored->pending_at < PENDING_MS;
}

bool
api_two_factor_get(struct api_call *call, struct err *err)
{
	const char *user_id = call->request->user.user_id;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_two_factor stored;
	bool required = false;
	int64_t left = 0;
	json_t *object;

	if (!is_required(call, &required, err) ||
	    !api_reader_open(call, &reader, err) ||
	    !store_two_factor_get(reader, user_id, &stored, err) ||
	    !store_recovery_code_count(reader, user_id, &left, err))
		return false;
	object = json_object();
	json_set_bool(object, "enabled", stored.secret[0] != '\0');
	api_set_time_or_null(object, "enabled_at", stored.enabled_at);
	json_set_bool(object, "pending", is_pending(call, &stored));
	json_set_integer(object, "recovery_codes_left", left);
	json_set_bool(object, "required", required);
	response_json(call->response, 200, object);
	return true;
}

/* One of the own account's operations. */
struct own {
	const struct api_call *call;
	struct store_user user;
	bool needs_factor; /* the one in force is asked for as well */
	struct second_factor factor;
	bool (*write)(
	    struct store_tx *tx, const struct own *own, struct err *err);
	const void *context;
};

static bool
write_own(struct store_tx *tx, void *context, struct err *err)
{
	const struct own *own = context;

	return (!own->needs_factor ||
		   second_factor_use(tx, &own->factor, err)) &&
	    own->write(tx, own, err);
}

static void
set_target(const struct api_call *call, const struct store_user *user)
{
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_USER, user->id, user->name);
}

static bool
run_own(struct api_call *call, struct own *own, struct err *err)
{
	bool is_fine = !own->needs_factor ||
	    second_factor_open(call, own->user.id, &own->factor, err);

	is_fine = is_fine && api_write(call, write_own, own, err);
	second_factor_done(&own->factor);
	if (is_fine)
		sign_in_forget_failures(call->request, &own->user, NULL);
	else if (strcmp(err->code, "code_wrong") == 0)
		sign_in_count_failure(call->request, &own->user, NULL);
	return is_fine;
}

/* Who has a session need not be who owns it: the password is asked for again.
 */
static bool
begin_own(struct api_call *call, struct own *own, struct err *err)
{
	const struct request_user *who = &call->request->user;

	audit_target(
	    call->audit, STORE_AUDIT_TARGET_USER, who->user_id, who->user_name);
	own->call = call;
	return api_check_own_password(call, "password", &own->user, err);
}

static json_t *
state_json(const char *state)
{
	json_t *object = json_object();

	json_set_string(object, "state", state);
	return object;
}

static bool
write_pending(struct store_tx *tx, const struct own *own, struct err *err)
{
	audit_after(own->call->audit, state_json("pending"));
	return store_two_factor_prepare(tx, own->user.id, own->context,
	    own->call->request->received_ms, err);
}

static void
answer_pending(const struct api_call *call, const struct store_user *user,
    struct view secret)
{
	scoped(memory_freep) char *issuer =
	    memory_format("Warifu %s", call->core->config->names[0]);
	scoped(memory_freep) char *uri = totp_uri(secret, issuer, user->name);
	json_t *object = json_object();
	char text[TOTP_BASE32_SIZE];

	totp_base32(secret, text);
	json_set_string(object, "secret", text);
	json_set_string(object, "uri", uri);
	json_set_string(object, "issuer", issuer);
	json_set_string(object, "account", user->name);
	json_set_time(
	    object, "expires_at", call->request->received_ms + PENDING_MS);
	response_json(call->response, 201, object);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(uri, strlen(uri));
}

/* A new device takes the old one's place with a code of the old one. */
bool
api_two_factor_begin(struct api_call *call, struct err *err)
{
	scoped(secret_freep) struct secret *secret =
	    secret_random(TOTP_SECRET_BYTES);
	char sealed[STORE_SEALED_SIZE];
	struct own own = {.write = write_pending, .context = sealed};

	if (!begin_own(call, &own, err))
		return false;
	own.needs_factor = own.user.has_two_factor;
	if (!second_factor_seal(
		call->core, own.user.id, secret_view(secret), sealed, err) ||
	    !run_own(call, &own, err))
		return false;
	answer_pending(call, &own.user, secret_view(secret));
	return true;
}

static json_t *
codes_json(const struct recovery_codes *codes)
{
	json_t *object = json_object(), *list = json_array();

	for (size_t i = 0; i < SECOND_FACTOR_CODES; i++)
		json_array_append_new(list, json_string(codes->texts[i]));
	json_set_value(object, "recovery_codes", list);
	return object;
}

struct confirmation {
	const struct api_call *call;
	struct store_two_factor stored;
	int64_t step;
	struct recovery_codes codes;
};

static bool
write_confirmation(struct store_tx *tx, void *context, struct err *err)
{
	struct confirmation *confirmation = context;
	const struct request *request = confirmation->call->request;
	const struct request_user *who = &request->user;

	audit_after(confirmation->call->audit, state_json("enabled"));
	return store_two_factor_enable(tx, who->user_id,
		   confirmation->stored.pending, confirmation->step,
		   request->received_ms, err) &&
	    store_recovery_codes_set(tx, who->user_id,
		confirmation->codes.hashes, SECOND_FACTOR_CODES, err) &&
	    store_session_delete_of_user(
		tx, who->user_id, who->session_id, err);
}

static bool
read_pending(const struct api_call *call, struct store_user *out_user,
    struct store_two_factor *out_stored, struct err *err)
{
	const char *user_id = call->request->user.user_id;
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    store_user_get(reader, user_id, out_user, err) &&
	    store_two_factor_get(reader, user_id, out_stored, err) &&
	    (is_pending(call, out_stored) ||
		err_set_code(err, ERR_CONFLICT, "two_factor_not_pending",
		    "no set-up waits for this code; begin it again"));
}

/* The code proves that the device has the secret. It counts as a sign-in does:
 * who has taken over a session must not guess it. */
static bool
check_pending(struct api_call *call, const struct store_user *user,
    struct confirmation *confirmation, struct err *err)
{
	scoped(secret_freep) struct secret *secret = NULL;

	if (!api_check_locks(call, user, NULL, err) ||
	    !second_factor_unseal(call->core, user->id,
		confirmation->stored.pending, &secret, err))
		return false;
	if (totp_find(secret_view(secret), api_body_string(call, "code"),
		call->request->received_ms, -1, &confirmation->step))
		return true;
	sign_in_count_failure(call->request, user, NULL);
	return err_set_code(err, ERR_DENIED, "code_wrong", "the code is wrong");
}

bool
api_two_factor_confirm(struct api_call *call, struct err *err)
{
	struct confirmation confirmation = {.call = call};
	struct store_user user;
	bool is_fine;

	audit_target(call->audit, STORE_AUDIT_TARGET_USER,
	    call->request->user.user_id, call->request->user.user_name);
	if (!read_pending(call, &user, &confirmation.stored, err) ||
	    !check_pending(call, &user, &confirmation, err))
		return false;
	recovery_codes_make(user.id, &confirmation.codes);
	is_fine = api_write(call, write_confirmation, &confirmation, err);
	if (is_fine) {
		sign_in_forget_failures(call->request, &user, NULL);
		api_event(call, "two_factor_enabled",
		    "a user set up a second factor", NULL, NULL);
		response_json(
		    call->response, 200, codes_json(&confirmation.codes));
	}
	explicit_bzero(&confirmation.codes, sizeof(confirmation.codes));
	return is_fine;
}

static bool
check_enabled(const struct store_user *user, struct err *err)
{
	return user->has_two_factor ||
	    err_set_code(err, ERR_CONFLICT, "two_factor_not_enabled",
		"the account has no second factor");
}

static bool
write_removal(struct store_tx *tx, const struct own *own, struct err *err)
{
	audit_before(own->call->audit, state_json("enabled"));
	audit_after(own->call->audit, state_json("disabled"));
	return store_two_factor_clear(tx, own->user.id, err);
}

bool
api_two_factor_remove(struct api_call *call, struct err *err)
{
	struct own own = {.write = write_removal, .needs_factor = true};
	bool required = false;

	if (!is_required(call, &required, err))
		return false;
	if (required)
		return err_set_code(err, ERR_CONFLICT, "two_factor_required",
		    "every user of this server needs a second factor");
	if (!begin_own(call, &own, err) || !check_enabled(&own.user, err) ||
	    !run_own(call, &own, err))
		return false;
	api_event(call, "two_factor_disabled",
	    "a user took the own second factor away", NULL, NULL);
	response_empty(call->response, 204);
	return true;
}

static bool
write_codes(struct store_tx *tx, const struct own *own, struct err *err)
{
	struct recovery_codes codes =
	    *(const struct recovery_codes *)own->context;
	bool is_written = store_recovery_codes_set(
	    tx, own->user.id, codes.hashes, SECOND_FACTOR_CODES, err);

	explicit_bzero(&codes, sizeof(codes));
	return is_written;
}

bool
api_two_factor_renew(struct api_call *call, struct err *err)
{
	struct recovery_codes codes;
	struct own own = {
	    .write = write_codes, .needs_factor = true, .context = &codes};
	bool is_fine;

	if (!begin_own(call, &own, err) || !check_enabled(&own.user, err))
		return false;
	recovery_codes_make(own.user.id, &codes);
	is_fine = run_own(call, &own, err);
	if (is_fine)
		response_json(call->response, 200, codes_json(&codes));
	explicit_bzero(&codes, sizeof(codes));
	return is_fine;
}

struct reset {
	const struct api_call *call;
	const char *id;
};

static bool
check_reset(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, struct err *err)
{
	const struct request_user *who = &call->request->user;
	struct policy_levels target;

	if (strcmp(who->user_id, user->id) == 0)
		return err_set_code(err, ERR_CONFLICT, "own_account",
		    "nobody resets the own second factor; ask another "
		    "administrator");
	return people_levels(reader, user->role_id, &target, err) &&
	    people_check_below(&who->levels, &target, err) &&
	    check_enabled(user, err);
}

static bool
write_reset(struct store_tx *tx, void *context, struct err *err)
{
	const struct reset *reset = context;
	struct store_reader *reader = store_tx_reader(tx);
	struct store_user user;

	if (!store_user_get(reader, reset->id, &user, err))
		return false;
	set_target(reset->call, &user);
	audit_before(reset->call->audit, state_json("enabled"));
	audit_after(reset->call->audit, state_json("disabled"));
	return check_reset(reset->call, reader, &user, err) &&
	    store_two_factor_clear(tx, user.id, err) &&
	    store_session_delete_of_user(tx, user.id, NULL, err);
}

bool
api_user_two_factor_reset(struct api_call *call, struct err *err)
{
	struct reset reset = {call, request_path(call->request, "user_id")};

	if (!api_write(call, write_reset, &reset, err))
		return false;
	api_event(call, "two_factor_reset",
	    "a user took a user's second factor away", NULL,
	    json_pack("{s:s}", "user_id", reset.id));
	response_empty(call->response, 204);
	return true;
}

static bool
answer_setting(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_two_factor_count count;
	bool required = false;
	json_t *object;

	if (!is_required(call, &required, err) ||
	    !api_reader_open(call, &reader, err) ||
	    !store_two_factor_count(reader, &count, err))
		return false;
	object = json_object();
	json_set_bool(object, "required", required);
	json_set_integer(object, "users", count.users);
	json_set_integer(object, "users_without", count.without);
	response_json(call->response, 200, object);
	return true;
}

bool
api_two_factor_setting_get(struct api_call *call, struct err *err)
{
	return answer_setting(call, err);
}

bool
api_two_factor_setting_require(struct api_call *call, struct err *err)
{
	if (!enforcement_set(call, SIGNER_SETTING_TWO_FACTOR, err))
		return false;
	api_event(call, "two_factor_required",
	    "every user needs a second factor from now on, for good", NULL,
	    NULL);
	return answer_setting(call, err);
}
