/* Signing in and out, and who is signed in. */
#include "api_operations.h"

#include <stdio.h>

#include "crypto/digest.h"
#include "server/core/api/answer.h"
#include "server/core/api/browser.h"
#include "server/core/api/people.h"
#include "server/core/api/second_factor.h"
#include "server/core/api/sign_in.h"
#include "server/core/api/sign_in_ticket.h"
#include "server/core/api/user.h"
#include "server/core/enforcement.h"
#include "server/core/settings.h"
#include "store/api_token.h"
#include "store/known_device.h"
#include "store/session.h"
#include "store/user.h"

/* What is the same for sessions and API tokens; request->user is filled. */
static bool
common_json(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, json_t **out_object, struct err *err)
{
	const struct request_user *who = &call->request->user;
	unsigned owners = who->scope.count;
	struct policy_levels levels =
	    policy_levels_scoped(&who->levels, owners > 0);
	json_t *object, *about, *scope;

	/* The narrowest is the last: that of the API token. */
	if (!people_scope_json(reader,
		owners > 0 ? who->scope.owners[owners - 1] : "", owners > 0,
		&scope, err))
		return false;
	if (!api_user_json(call, reader, user, &about, err)) {
		json_decref(scope);
		return false;
	}
	object = json_object();
	json_set_value(object, "user", about);
	json_set_value(object, "permissions", people_levels_json(&levels));
	json_set_value(object, "scope", scope);
	json_set_bool(
	    object, "must_set_up_two_factor", api_must_set_up_two_factor(who));
	*out_object = object;
	return true;
}

static bool
session_json(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, const struct store_session *session,
    json_t **out_object, struct err *err)
{
	struct sign_in_life life = sign_in_life(call->core);
	json_t *object;

	if (!common_json(call, reader, user, &object, err))
		return false;
	json_set_string(object, "kind", "session");
	json_set_bool(
	    object, "secure", session->listener == STORE_LISTENER_HTTPS);
	json_set_time(object, "created_at", session->created_at);
	json_set_time(
	    object, "expires_at", sign_in_session_end(session, &life));
	json_set_integer(object, "idle_seconds", life.idle_ms / 1000);
	*out_object = object;
	return true;
}

static bool
api_token_session_json(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, const struct store_api_token *token,
    json_t **out_object, struct err *err)
{
	json_t *object;

	if (!common_json(call, reader, user, &object, err))
		return false;
	json_set_string(object, "kind", "api_token");
	json_set_bool(
	    object, "secure", call->request->listener != LISTENER_HTTP);
	json_set_time(object, "created_at", token->created_at);
	api_set_time_or_null(object, "expires_at", token->expires_at);
	json_set_value(object, "idle_seconds", json_null());
	*out_object = object;
	return true;
}

/* The device token of a sign-in: what the client keeps, if it keeps one. */
struct device {
	bool is_kept;
	char token[SIGN_IN_TOKEN_SIZE]; /* the one that it sent, or "" */
	char hash[STORE_SHA256_SIZE];   /* of it */
};

struct new_session {
	const struct api_call *call;
	struct store_user user;
	struct store_session session;
	struct second_factor factor;
	char ticket[STORE_SHA256_SIZE];      /* its hash, or "" */
	char device_hash[STORE_SHA256_SIZE]; /* "": it keeps no token */
	struct device device;
	char known_device[STORE_SHA256_SIZE]; /* its hash; "": a stranger's */
};

/* The user may have got a second factor since the password was checked. */
static bool
check_factor(
    struct store_tx *tx, const struct new_session *made, struct err *err)
{
	struct store_user user;
	json_t *used;

	if (!store_user_get(store_tx_reader(tx), made->user.id, &user, err))
		return false;
	if (!made->user.has_two_factor)
		return !user.has_two_factor ||
		    err_set_code(err, ERR_DENIED, "ticket_invalid",
			"the account was changed meanwhile; sign in again");
	if (!second_factor_use(tx, &made->factor, err) ||
	    !second_factor_json(tx, &made->factor, &used, err))
		return false;
	audit_after(made->call->audit, used);
	return made->ticket[0] == '\0' ||
	    sign_in_ticket_use(tx, made->ticket, err);
}

static bool
write_session(struct store_tx *tx, void *context, struct err *err)
{
	const struct new_session *made = context;
	int64_t now = made->session.created_at;

	return check_factor(tx, made, err) &&
	    store_session_delete_expired(tx, now, err) &&
	    store_user_record_sign_in(tx, made->user.id, now, err) &&
	    store_session_create(tx, &made->session, err) &&
	    (made->device_hash[0] == '\0' ||
		store_known_device_put(
		    tx, made->user.id, made->device_hash, now, err));
}

/* Only a name that there is: others are passwords in the wrong field. */
static void
set_user_target(const struct api_call *call, const char *name)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_user user;
	struct err err = ERR_INIT;

	if (store_reader_open(call->core->store, &reader, &err) &&
	    store_user_get_by_name(reader, name, &user, &err))
		audit_target(
		    call->audit, STORE_AUDIT_TARGET_USER, user.id, user.name);
}

/* A stranger's text: what is not plain ASCII becomes a question mark, what is
 * too long is cut. */
static void
copy_printable(char *out, size_t size, const char *text)
{
	size_t i = 0;

	for (; text != NULL && text[i] != '\0' && i < size - 1; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
}

static bool
wants_cookie(const struct api_call *call)
{
	return json_is_true(json_object_get(call->body, "cookie"));
}

static void
fill_session(const struct api_call *call, struct new_session *made,
    char token[SIGN_IN_TOKEN_SIZE])
{
	const struct request *request = call->request;
	struct store_session *session = &made->session;

	id_make(session->id);
	snprintf(
	    session->user_id, sizeof(session->user_id), "%s", made->user.id);
	sign_in_make_token("wfs_", token, session->token_hash);
	session->listener = request->listener == LISTENER_HTTP
	    ? STORE_LISTENER_HTTP
	    : STORE_LISTENER_HTTPS;
	session->created_at = request->received_ms;
	session->last_used_at = request->received_ms;
	session->expires_at =
	    request->received_ms + settings_session_longest_ms(call->core);
	store_text_copy(
	    session->address, sizeof(session->address), request->address);
	copy_printable(session->user_agent, sizeof(session->user_agent),
	    request_header(request, "user-agent"));
	made->user.last_sign_in_at = request->received_ms;
}

static void
tell_sign_in(const struct api_call *call, const struct store_user *user)
{
	core_event(call->core,
	    &(struct core_event){.level = LOG_LEVEL_INFO,
		.kind = "signed_in",
		.sentence = "a user signed in",
		.user_id = user->id,
		.user_name = user->name,
		.address = call->request->address});
}

/* The user may have been changed since the password was checked: what is told
 * is what counts from the next request on. */
static bool
new_session_json(const struct api_call *call, const struct new_session *made,
    json_t **out_object, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct request_user *who = &call->request->user;
	struct store_user user;

	if (!api_reader_open(call, &reader, err) ||
	    !store_user_get(reader, made->user.id, &user, err) ||
	    !sign_in_set_user(who, reader, user.id, err) ||
	    !enforcement_is(call->core, SIGNER_SETTING_TWO_FACTOR,
		&who->is_two_factor_required, err))
		return false;
	store_text_copy(
	    who->session_id, sizeof(who->session_id), made->session.id);
	return session_json(
	    call, reader, &user, &made->session, out_object, err);
}

static void
set_known_user(const struct api_call *call, const struct store_user *user)
{
	audit_actor(call->audit, STORE_AUDIT_ACTOR_USER, user->id, user->name);
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_USER, user->id, user->name);
}

static bool
is_device_token(struct view token)
{
	return token.length == SIGN_IN_TOKEN_SIZE - 1 &&
	    view_starts_with(token, "wfd_");
}

static void
read_device(const struct api_call *call, struct device *device)
{
	bool is_browser = wants_cookie(call);
	const char *told = api_body_string(call, "device");
	struct view token = view_string(told);

	device->is_kept = is_browser || told != NULL;
	if (is_browser && !browser_device(call->request, &token))
		return;
	if (!device->is_kept || !is_device_token(token))
		return;
	memcpy(device->token, token.data, token.length);
	device->token[token.length] = '\0';
	digest_sha256_hex(token, device->hash);
}

/* One that was unknown for this user may have been planted by somebody who
 * knows it, too: a new one takes its place. */
static void
keep_device(struct new_session *made)
{
	struct device *device = &made->device;

	if (!device->is_kept)
		return;
	if (made->known_device[0] == '\0')
		sign_in_make_token("wfd_", device->token, device->hash);
	memcpy(made->device_hash, device->hash, sizeof(made->device_hash));
}

static const char *
known_device(const struct new_session *made)
{
	return made->known_device[0] != '\0' ? made->known_device : NULL;
}

static bool
write_made(
    const struct api_call *call, struct new_session *made, struct err *err)
{
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_SESSION, made->session.id, NULL);
	if (api_write(call, write_session, made, err)) {
		sign_in_forget_failures(
		    call->request, &made->user, known_device(made));
		return true;
	}
	set_known_user(call, &made->user);
	if (strcmp(err->code, "code_wrong") == 0)
		sign_in_count_failure(
		    call->request, &made->user, known_device(made));
	return false;
}

/* session is taken. */
static void
answer_new_session(const struct api_call *call, json_t *session,
    const char *token, const struct device *device)
{
	bool is_browser = wants_cookie(call);
	json_t *object = json_object();

	if (is_browser) {
		browser_set_cookie(call->request, call->response, token);
		browser_set_device(
		    call->request, call->response, device->token);
	}
	json_set_string_or_null(object, "token", is_browser ? NULL : token);
	json_set_string_or_null(object, "device",
	    is_browser || !device->is_kept ? NULL : device->token);
	json_set_value(object, "session", session);
	response_json(call->response, 201, object);
}

/* All was asked for and has come. */
static bool
answer_session(struct api_call *call, struct new_session *made, struct err *err)
{
	char token[SIGN_IN_TOKEN_SIZE];
	json_t *session;

	keep_device(made);
	fill_session(call, made, token);
	if (!write_made(call, made, err))
		return false;
	tell_sign_in(call, &made->user);
	if (!new_session_json(call, made, &session, err))
		return false;
	answer_new_session(call, session, token, &made->device);
	explicit_bzero(token, sizeof(token));
	return true;
}

static bool
finish(struct api_call *call, struct new_session *made, struct err *err)
{
	bool is_fine = !made->user.has_two_factor ||
	    second_factor_open(call, made->user.id, &made->factor, err);

	is_fine = is_fine && answer_session(call, made, err);
	second_factor_done(&made->factor);
	explicit_bzero(&made->device, sizeof(made->device));
	return is_fine;
}

/* The password was right, and only who knows it is told this. */
static bool
ask_second_factor(
    struct api_call *call, const struct store_user *user, struct err *err)
{
	char ticket[SIGN_IN_TOKEN_SIZE];
	int64_t expires_at;
	json_t *more;

	if (!sign_in_ticket_make(
		call->request, user->id, ticket, &expires_at, err))
		return false;
	more = json_object();
	json_set_string(more, "ticket", ticket);
	json_set_time(more, "expires_at", expires_at);
	call->more = json_object();
	json_set_value(call->more, "two_factor", more);
	explicit_bzero(ticket, sizeof(ticket));
	return err_set_code(err, ERR_DENIED, "two_factor_needed",
	    "the password is right; the account has a second factor");
}

static void
note_device(struct new_session *made, bool is_known)
{
	if (is_known)
		memcpy(made->known_device, made->device.hash,
		    sizeof(made->known_device));
}

static bool
judge_claim(struct api_call *call, struct new_session *made, struct err *err)
{
	struct sign_in_claim claim = {
	    .user_name = api_body_string(call, "user"),
	    .password = api_body_string(call, "password"),
	    .device_hash =
		made->device.hash[0] != '\0' ? made->device.hash : NULL};

	set_user_target(call, claim.user_name);
	if (!api_check_password(call, &claim, &made->user, err))
		return false;
	note_device(made, claim.is_known_device);
	return true;
}

/* In the second step the user is known by the ticket. */
static bool
judge_device(struct api_call *call, struct new_session *made, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	bool is_known = false;

	if (made->device.hash[0] == '\0')
		return true;
	if (!api_reader_open(call, &reader, err) ||
	    !store_known_device_exists(
		reader, made->user.id, made->device.hash, &is_known, err))
		return false;
	note_device(made, is_known);
	return true;
}

bool
api_session_create(struct api_call *call, struct err *err)
{
	struct new_session made = {.call = call};

	/* Nor may another site sign its own user in here. */
	if (wants_cookie(call) && !browser_check(call->request, err))
		return false;
	read_device(call, &made.device);
	if (!judge_claim(call, &made, err))
		return false;
	set_known_user(call, &made.user);
	return made.user.has_two_factor && !second_factor_is_sent(call)
	    ? ask_second_factor(call, &made.user, err)
	    : finish(call, &made, err);
}

bool
api_session_two_factor(struct api_call *call, struct err *err)
{
	struct new_session made = {.call = call};

	if (wants_cookie(call) && !browser_check(call->request, err))
		return false;
	if (!sign_in_ticket_find(call->request, api_body_string(call, "ticket"),
		&made.user, made.ticket, err))
		return false;
	set_known_user(call, &made.user);
	read_device(call, &made.device);
	return judge_device(call, &made, err) &&
	    api_check_locks(call, &made.user, known_device(&made), err) &&
	    sign_in_ticket_try(call->request, made.ticket, err) &&
	    finish(call, &made, err);
}

/* The session of this request, by the token that it came with. */
static bool
find_session(const struct api_call *call, struct store_reader *reader,
    struct store_session *out_session, struct err *err)
{
	char hash[STORE_SHA256_SIZE];

	return sign_in_token_hash(call->request, hash, err) &&
	    store_session_get_by_token(reader, hash, out_session, err);
}

bool
api_session_get(struct api_call *call, struct err *err)
{
	const struct request_user *who = &call->request->user;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_session session;
	struct store_api_token token;
	struct store_user user;
	json_t *object;
	bool is_session = who->session_id[0] != '\0';

	if (!api_reader_open(call, &reader, err) ||
	    !store_user_get(reader, who->user_id, &user, err) ||
	    !(is_session ? find_session(call, reader, &session, err)
			 : store_api_token_get(
			       reader, who->api_token_id, &token, err)))
		return false;
	if (!(is_session
		    ? session_json(call, reader, &user, &session, &object, err)
		    : api_token_session_json(
			  call, reader, &user, &token, &object, err)))
		return false;
	response_json(call->response, 200, object);
	return true;
}

static bool
delete_session(struct store_tx *tx, void *context, struct err *err)
{
	return store_session_delete(tx, context, err) ||
	    err->category == ERR_NOT_FOUND;
}

bool
api_session_delete(struct api_call *call, struct err *err)
{
	struct view cookie;

	audit_target(call->audit, STORE_AUDIT_TARGET_SESSION,
	    call->request->user.session_id, NULL);
	if (!api_write(
		call, delete_session, call->request->user.session_id, err))
		return false;
	if (browser_cookie(call->request, &cookie))
		browser_clear_cookie(call->request, call->response);
	response_empty(call->response, 204);
	return true;
}
