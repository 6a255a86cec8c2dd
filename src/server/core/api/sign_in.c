/* Passwords under lock-out, sessions and API tokens. */
#include "server/core/api/sign_in.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "server/core/api/browser.h"
#include "server/core/api/lockout.h"
#include "server/core/api/password.h"
#include "server/core/api/people.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "server/core/enforcement.h"
#include "server/core/settings.h"
#include "store/api_token.h"
#include "store/known_device.h"

void
sign_in_make_token(const char *prefix, char out_token[SIGN_IN_TOKEN_SIZE],
    char out_hash[STORE_SHA256_SIZE])
{
	scoped(secret_freep) struct secret *random = secret_random(32);
	scoped(memory_freep) char *text = base64url_encode(secret_view(random));

	snprintf(out_token, SIGN_IN_TOKEN_SIZE, "%s%s", prefix, text);
	digest_sha256_hex(view_string(out_token), out_hash);
	explicit_bzero(text, strlen(text));
}

struct attempt {
	const struct request *request;
	struct sign_in_claim *claim;
	struct lockout lockout;
	bool has_user;
	struct store_user user;
};

static bool
check_locks(
    const struct attempt *attempt, int64_t *out_retry_ms, struct err *err)
{
	int64_t left_ms = lockout_left_ms(&attempt->lockout);

	if (left_ms <= 0)
		return true;
	*out_retry_ms = left_ms;
	return err_set_code(err, ERR_LIMIT, "locked",
	    "too many attempts failed; try again in %lld seconds",
	    (long long)((left_ms + 999) / 1000));
}

static bool
find_user(struct attempt *attempt, struct err *err)
{
	struct sign_in_claim *claim = attempt->claim;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct err reason = ERR_INIT;

	if (!store_reader_open(attempt->request->core->store, &reader, err))
		return false;
	attempt->has_user = store_user_get_by_name(
	    reader, claim->user_name, &attempt->user, &reason);
	if (attempt->has_user)
		return claim->device_hash == NULL ||
		    store_known_device_exists(reader, attempt->user.id,
			claim->device_hash, &claim->is_known_device, err);
	if (reason.category == ERR_NOT_FOUND ||
	    reason.category == ERR_MALFORMED)
		return true;
	*err = reason;
	return false;
}

/* Who asks within a session of the same user is no stranger either: somebody
 * who hammers the account does not keep its owner from changing the password.
 */
static void
begin_counting(struct attempt *attempt)
{
	const struct request_user *who = &attempt->request->user;
	const struct sign_in_claim *claim = attempt->claim;
	const char *device = NULL;

	if (attempt->has_user && who->session_id[0] != '\0' &&
	    strcmp(who->user_id, attempt->user.id) == 0)
		device = who->session_id;
	else if (claim->is_known_device)
		device = claim->device_hash;
	lockout_init(&attempt->lockout, attempt->request, claim->user_name,
	    attempt->has_user ? &attempt->user : NULL, device);
}

struct lock {
	const char *user_id; /* NULL: only a device is locked */
	int64_t at;
	int64_t length_ms;
};

static bool
record_lock(struct store_tx *tx, void *context, struct err *err)
{
	const struct lock *lock = context;

	return lock->user_id == NULL ||
	    store_user_record_failure(
		tx, lock->user_id, lock->at, 1, lock->length_ms, err);
}

/* The count in memory decides, for it knows names without account as well; the
 * database carries a lock over a restart. Should that fail, the lock stands as
 * long as this process. */
static void
keep_lock(const struct attempt *attempt, enum lockout_step step)
{
	const struct request *request = attempt->request;
	bool is_device = step == LOCKOUT_LOCKS_DEVICE;
	struct lock lock = {is_device ? NULL : attempt->user.id,
	    request->received_ms, settings_lockout_ms(request->core)};
	struct audit audit;
	struct err err = ERR_INIT;

	audit_init_request(&audit, request, STORE_AUDIT_SIGN_IN_LOCK);
	audit_target(&audit, STORE_AUDIT_TARGET_USER, attempt->user.id,
	    attempt->user.name);
	audit_after(&audit,
	    json_pack("{s:s, s:I}", "locked",
		is_device ? "known_device" : "strangers", "seconds",
		(json_int_t)(lock.length_ms / 1000)));
	ignore_result(
	    audit_write(request->core, &audit, record_lock, &lock, &err));
}

static void
tell_failure(const struct attempt *attempt, bool is_locked_now)
{
	const struct request *request = attempt->request;

	core_event(request->core,
	    &(struct core_event){.level = LOG_LEVEL_WARNING,
		.kind = is_locked_now ? "sign_in_locked" : "sign_in_failed",
		.sentence = is_locked_now
		    ? "too many sign-ins failed: locked for a while"
		    : "a sign-in failed",
		.user_id = attempt->has_user ? attempt->user.id : NULL,
		.user_name = attempt->has_user ? attempt->user.name : NULL,
		.address = request->address});
}

static void
count_failure(const struct attempt *attempt)
{
	enum lockout_step step = lockout_fail(&attempt->lockout);

	tell_failure(attempt, step != LOCKOUT_COUNTED);
	if (attempt->has_user &&
	    (step == LOCKOUT_LOCKS_ACCOUNT || step == LOCKOUT_LOCKS_DEVICE))
		keep_lock(attempt, step);
}

bool
sign_in_check_password(const struct request *request,
    struct sign_in_claim *claim, struct store_user *out_user,
    int64_t *out_retry_ms, struct err *err)
{
	struct attempt attempt = {.request = request, .claim = claim};
	const char *stored = NULL;
	bool matches;

	claim->is_known_device = false;
	if (!find_user(&attempt, err))
		return false;
	begin_counting(&attempt);
	if (!check_locks(&attempt, out_retry_ms, err))
		return false;
	if (attempt.has_user && !attempt.user.is_disabled)
		stored = attempt.user.password_hash;
	if (!password_verify(stored, claim->password, &matches, err))
		return false;
	if (!matches) {
		count_failure(&attempt);
		return err_set_code(err, ERR_DENIED, "sign_in_failed",
		    "the user or the password is wrong");
	}
	*out_user = attempt.user;
	return true;
}

struct sign_in_life
sign_in_life(const struct core *core)
{
	return (struct sign_in_life){
	    settings_session_idle_ms(core), settings_session_longest_ms(core)};
}

int64_t
sign_in_session_end(
    const struct store_session *session, const struct sign_in_life *life)
{
	int64_t longest = session->created_at + life->longest_ms;

	return session->expires_at < longest ? session->expires_at : longest;
}

static void
begin_known(struct attempt *attempt, const struct store_user *user,
    const char *known_device)
{
	const struct request_user *who = &attempt->request->user;
	bool is_own =
	    who->session_id[0] != '\0' && strcmp(who->user_id, user->id) == 0;

	attempt->has_user = true;
	attempt->user = *user;
	lockout_init(&attempt->lockout, attempt->request, user->name, user,
	    is_own ? who->session_id : known_device);
}

bool
sign_in_check_locks(const struct request *request,
    const struct store_user *user, const char *known_device,
    int64_t *out_retry_ms, struct err *err)
{
	struct attempt attempt = {.request = request};

	begin_known(&attempt, user, known_device);
	return check_locks(&attempt, out_retry_ms, err);
}

void
sign_in_count_failure(const struct request *request,
    const struct store_user *user, const char *known_device)
{
	struct attempt attempt = {.request = request};

	begin_known(&attempt, user, known_device);
	count_failure(&attempt);
}

void
sign_in_forget_failures(const struct request *request,
    const struct store_user *user, const char *known_device)
{
	struct attempt attempt = {.request = request};

	begin_known(&attempt, user, known_device);
	lockout_succeed(&attempt.lockout);
}

static bool
not_signed_in(const char *sentence, struct err *err)
{
	return err_set_code(err, ERR_DENIED, "not_signed_in", "%s", sentence);
}

bool
sign_in_judge_session(const struct store_session *session,
    enum listener listener, int64_t now_ms, const struct sign_in_life *life,
    struct err *err)
{
	bool is_https = session->listener == STORE_LISTENER_HTTPS;

	if (is_https != (listener != LISTENER_HTTP))
		return not_signed_in("a session made over HTTP counts over "
				     "HTTP alone, and the other way round",
		    err);
	/* Of the future: the clock was ahead when it was made, and it would
	 * last as much longer. */
	if (now_ms >= sign_in_session_end(session, life) ||
	    now_ms - session->last_used_at >= life->idle_ms ||
	    session->created_at - now_ms > SIGN_IN_CLOCK_MS)
		return err_set_code(err, ERR_DENIED, "session_expired",
		    "the session has ended; sign in again");
	return true;
}

struct touch {
	const char *id;
	int64_t at;
	bool is_over_http;
};

static bool
touch_session(struct store_tx *tx, void *context, struct err *err)
{
	const struct touch *touch = context;

	return store_session_touch(tx, touch->id, touch->at, 0, err);
}

static bool
touch_api_token(struct store_tx *tx, void *context, struct err *err)
{
	const struct touch *touch = context;

	return store_api_token_touch(
	    tx, touch->id, touch->at, touch->is_over_http, err);
}

static bool
unknown_token(struct err *err)
{
	return err->category == ERR_NOT_FOUND
	    ? not_signed_in("this token is not known here", err)
	    : false;
}

bool
sign_in_set_user(struct request_user *who, struct store_reader *reader,
    const char *user_id, struct err *err)
{
	struct store_user user;

	if (!store_user_get(reader, user_id, &user, err))
		return err->category == ERR_NOT_FOUND
		    ? not_signed_in("the user is gone", err)
		    : false;
	if (user.is_disabled)
		return not_signed_in("the user is disabled", err);
	memcpy(who->user_id, user.id, sizeof(who->user_id));
	snprintf(who->user_name, sizeof(who->user_name), "%s", user.name);
	who->must_change_password = user.must_change_password;
	who->has_two_factor = user.has_two_factor;
	memcpy(who->role_id, user.role_id, sizeof(who->role_id));
	who->scope.count = 0;
	if (user.is_scoped &&
	    !store_scope_add_known(reader, &who->scope, user.id, err))
		return false;
	return people_levels(reader, user.role_id, &who->levels, err);
}

/* A token never does more than its user may now, whatever that was when it was
 * made. */
static bool
narrow_to_token(struct request_user *user, struct store_reader *reader,
    const struct store_api_token *token, struct err *err)
{
	struct policy_levels levels;

	if (!people_levels(reader, token->role_id, &levels, err))
		return false;
	memcpy(user->role_id, token->role_id, sizeof(user->role_id));
	user->levels = policy_levels_least(&user->levels, &levels);
	return !token->is_scoped ||
	    store_scope_add_known(reader, &user->scope, token->id, err);
}

bool
sign_in_set_again(
    struct request_user *who, struct store_reader *reader, struct err *err)
{
	struct store_api_token token;
	char user_id[ID_SIZE];

	memcpy(user_id, who->user_id, sizeof(user_id));
	if (!sign_in_set_user(who, reader, user_id, err))
		return false;
	if (who->api_token_id[0] == '\0')
		return true;
	if (!store_api_token_get(reader, who->api_token_id, &token, err))
		return unknown_token(err);
	return narrow_to_token(who, reader, &token, err);
}

/* Well before a session in use would look idle. */
static int64_t
touch_after_ms(const struct sign_in_life *life)
{
	int64_t quarter = life->idle_ms / 4;

	return quarter < SIGN_IN_TOUCH_MS ? quarter : SIGN_IN_TOUCH_MS;
}

static bool
by_session(struct request *request, struct store_reader *reader,
    const char *hash, struct touch *out_touch, struct err *err)
{
	struct sign_in_life life = sign_in_life(request->core);
	struct store_session session;
	int64_t now = request->received_ms;

	if (!store_session_get_by_token(reader, hash, &session, err))
		return unknown_token(err);
	if (!sign_in_judge_session(
		&session, request->listener, now, &life, err) ||
	    !sign_in_set_user(&request->user, reader, session.user_id, err))
		return false;
	snprintf(request->user.session_id, sizeof(request->user.session_id),
	    "%s", session.id);
	out_touch->at =
	    now - session.last_used_at >= touch_after_ms(&life) ? now : 0;
	return true;
}

static bool
by_api_token(struct request *request, struct store_reader *reader,
    const char *hash, struct touch *out_touch, struct err *err)
{
	struct store_api_token token;
	int64_t now = request->received_ms;
	bool is_over_http = request->listener == LISTENER_HTTP;

	if (!store_api_token_get_by_hash(reader, hash, &token, err))
		return unknown_token(err);
	if (token.expires_at != 0 && now >= token.expires_at)
		return err_set_code(err, ERR_DENIED, "session_expired",
		    "the API token has expired");
	if (!sign_in_set_user(&request->user, reader, token.user_id, err) ||
	    !narrow_to_token(&request->user, reader, &token, err))
		return false;
	snprintf(request->user.api_token_id, sizeof(request->user.api_token_id),
	    "%s", token.id);
	if (now - token.last_used_at >= SIGN_IN_TOUCH_MS ||
	    (is_over_http && !token.is_seen_over_http))
		out_touch->at = now;
	out_touch->is_over_http = is_over_http;
	return true;
}

/* A last use that cannot be stored ends no session: it is stored with the next
 * request. */
static void
touch(struct request *request, struct touch *touch)
{
	bool is_session = request->user.session_id[0] != '\0';
	struct err err = ERR_INIT;

	if (touch->at == 0)
		return;
	touch->id =
	    is_session ? request->user.session_id : request->user.api_token_id;
	ignore_result(store_write(request->core->store,
	    is_session ? touch_session : touch_api_token, touch, &err));
}

/* What follows the scheme's name. */
static bool
bearer_token(const struct request *request, struct view *out)
{
	static const char scheme[] = "bearer ";
	const char *header = request_header(request, "authorization");

	if (header == NULL || strncasecmp(header, scheme, strlen(scheme)) != 0)
		return false;
	*out = view_string(header + strlen(scheme));
	return true;
}

/* A header wins over the cookie: who can send it needs no cookie, and no other
 * site's page can. An API token is no browser's. */
static bool
is_by_cookie(const struct request *request, struct view *out)
{
	return request_header(request, "authorization") == NULL &&
	    browser_cookie(request, out) && view_starts_with(*out, "wfs_");
}

bool
sign_in_token_hash(const struct request *request,
    char out_hash[STORE_SHA256_SIZE], struct err *err)
{
	struct view token;

	if (!bearer_token(request, &token) && !is_by_cookie(request, &token))
		return not_signed_in("sign in first, or send an API token in "
				     "\"Authorization: Bearer\"",
		    err);
	digest_sha256_hex(token, out_hash);
	return true;
}

static bool
find_token(struct request *request, const char *hash, struct touch *out_touch,
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct view token;

	if (!store_reader_open(request->core->store, &reader, err))
		return false;
	return bearer_token(request, &token) && view_starts_with(token, "wfa_")
	    ? by_api_token(request, reader, hash, out_touch, err)
	    : by_session(request, reader, hash, out_touch, err);
}

bool
sign_in_authenticate(struct request *request, struct err *err)
{
	struct touch last_use = {0};
	char hash[STORE_SHA256_SIZE];
	struct view cookie;

	if (is_by_cookie(request, &cookie) && !browser_check(request, err))
		return false;
	if (!sign_in_token_hash(request, hash, err) ||
	    !find_token(request, hash, &last_use, err) ||
	    !enforcement_is(request->core, SIGNER_SETTING_TWO_FACTOR,
		&request->user.is_two_factor_required, err))
		return false;
	touch(request, &last_use);
	return true;
}
