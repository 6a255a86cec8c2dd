/*
 * Who is asking: passwords checked under lock-out, sessions and API tokens.
 *
 * A session token is "wfs_" and an API token "wfa_", each with 43 characters of
 * base64url behind it (256 random bits). The store knows their SHA-256 alone. A
 * session belongs to the listener it was made on. A device token is "wfd_" and
 * the same behind it: a browser or a program that has it is no stranger to
 * lock-out (lockout.h), and it opens nothing. Worker threads of core.
 */
#ifndef SERVER_CORE_API_SIGN_IN_H
#define SERVER_CORE_API_SIGN_IN_H

#include "base/attributes.h"
#include "base/err.h"
#include "server/core/request.h"
#include "store/session.h"
#include "store/user.h"

enum {
	SIGN_IN_TOKEN_SIZE = 48,          /* with the end */
	SIGN_IN_CLOCK_MS = 5 * 60 * 1000, /* steps of the clock back */
	SIGN_IN_TOUCH_MS = 60 * 1000,     /* last use is stored this exactly */
};

/* Fill request->user from "Authorization: Bearer", else from the browser's
 * cookie (browser.h). ERR_DENIED not_signed_in (nothing sent, or nothing known
 * by that token), session_expired or cross_site. */
must_use bool sign_in_authenticate(struct request *request, struct err *err);

/* Fill in that user as the store has it now: name, levels, scope. ERR_DENIED
 * not_signed_in where it is gone or disabled. */
must_use bool sign_in_set_user(struct request_user *who,
    struct store_reader *reader, const char *user_id, struct err *err);
/* The same for who is filled in already, API token included. */
must_use bool sign_in_set_again(
    struct request_user *who, struct store_reader *reader, struct err *err);

/* The SHA-256 of the token, sent either way; ERR_DENIED not_signed_in without
 * one. */
must_use bool sign_in_token_hash(const struct request *request,
    char out_hash[STORE_SHA256_SIZE], struct err *err);

/* Somebody who says who they are. */
struct sign_in_claim {
	const char *user_name;
	const char *password;
	/* SHA-256 of the device token that came with it, or NULL. Of a request
	 * with a session, that of the same user is the device. */
	const char *device_hash;
	bool is_known_device; /* comes out: for this user */
};

/* Check a user's password. ERR_DENIED sign_in_failed; ERR_LIMIT locked, with
 * the time until it makes sense to try again in out_retry_ms; ERR_LIMIT
 * sign_in_busy. A right one alone forgets no failures: where more is asked for,
 * it would let somebody who knows it guess the rest for ever. */
must_use bool sign_in_check_password(const struct request *request,
    struct sign_in_claim *claim, struct store_user *out_user,
    int64_t *out_retry_ms, struct err *err);

/* How long sessions live, as it is in force. */
struct sign_in_life {
	int64_t idle_ms;
	int64_t longest_ms;
};
must_use struct sign_in_life sign_in_life(const struct core *core);
/* When it ends however much it is used. */
must_use int64_t sign_in_session_end(
    const struct store_session *session, const struct sign_in_life *life);

/* The second factor counts like the password: whether it is locked (ERR_LIMIT
 * locked), and one more failure of it. known_device: the hash of a device token
 * that this user is known by, or NULL; in a session of the user that session is
 * the device. */
must_use bool sign_in_check_locks(const struct request *request,
    const struct store_user *user, const char *known_device,
    int64_t *out_retry_ms, struct err *err);
void sign_in_count_failure(const struct request *request,
    const struct store_user *user, const char *known_device);
/* All that was asked for was right. */
void sign_in_forget_failures(const struct request *request,
    const struct store_user *user, const char *known_device);

/* What judges a stored session at a time: ERR_DENIED not_signed_in for another
 * listener's, session_expired. */
must_use bool sign_in_judge_session(const struct store_session *session,
    enum listener listener, int64_t now_ms, const struct sign_in_life *life,
    struct err *err);

/* A new token with its prefix ("wfs_"), and the SHA-256 to store. */
void sign_in_make_token(const char *prefix, char out_token[SIGN_IN_TOKEN_SIZE],
    char out_hash[STORE_SHA256_SIZE]);

#endif
