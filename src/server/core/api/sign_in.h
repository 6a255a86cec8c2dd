/*
 * Who is asking: passwords checked under lock-out, sessions and API tokens.
 *
 * A session token is "wfs_" and an API token "wfa_", each with 43 characters of
 * base64url behind it (256 random bits). The store knows their SHA-256 alone. A
 * session belongs to the listener it was made on. Lock-out counts per account
 * and per address; a name without account is counted and answered the same.
 * Worker threads of core.
 */
#ifndef SERVER_CORE_API_SIGN_IN_H
#define SERVER_CORE_API_SIGN_IN_H

#include "base/attributes.h"
#include "base/err.h"
#include "server/core/request.h"
#include "store/session.h"
#include "store/user.h"

enum {
	SIGN_IN_TOKEN_SIZE = 48, /* with the end */
	SIGN_IN_ACCOUNT_LIMIT = 5,
	SIGN_IN_ADDRESS_LIMIT = 20,
	SIGN_IN_LOCK_MS = 5 * 60 * 1000,
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

/* Check a user's password. ERR_DENIED sign_in_failed; ERR_LIMIT locked, with
 * the time until it makes sense to try again in out_retry_ms; ERR_LIMIT
 * sign_in_busy. */
must_use bool sign_in_check_password(const struct request *request,
    const char *user_name, const char *password, struct store_user *out_user,
    int64_t *out_retry_ms, struct err *err);

/* What judges a stored session at a time: ERR_DENIED not_signed_in for another
 * listener's, session_expired. */
must_use bool sign_in_judge_session(const struct store_session *session,
    enum listener listener, int64_t now_ms, int64_t idle_ms, struct err *err);

/* A new token with its prefix ("wfs_"), and the SHA-256 to store. */
void sign_in_make_token(const char *prefix, char out_token[SIGN_IN_TOKEN_SIZE],
    char out_hash[STORE_SHA256_SIZE]);

#endif
