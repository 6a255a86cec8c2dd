/*
 * Passwords of users: policy, Argon2id hashes (RFC 9106), the first password.
 *
 * A hash takes 64 MiB for some 0.1 s, so only a few run at a time in the whole
 * process and only a few threads wait for their turn; the rest is refused with
 * ERR_LIMIT "sign_in_busy" instead of taking all worker threads. Any thread of
 * core.
 */
#ifndef SERVER_CORE_API_PASSWORD_H
#define SERVER_CORE_API_PASSWORD_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
	PASSWORD_MIN = 8,   /* characters; a setting may ask for more */
	PASSWORD_MAX = 128, /* characters */
	PASSWORD_HASH_SIZE = 129,
	PASSWORD_INITIAL_SIZE = 25, /* 24 characters and the end */
};

/* May the user choose this one? ERR_MALFORMED password_too_short,
 * password_too_long, password_too_common. */
must_use bool password_check_policy(const char *user_name, const char *password,
    size_t minimum, struct err *err);

/* The hash's text form, to be stored. */
must_use bool password_hash(
    const char *password, char out[PASSWORD_HASH_SIZE], struct err *err);

/* Compare with a stored hash; NULL stands for a user who does not exist, and
 * any other text for one without password: the same work, and never a match.
 * False: no turn was to be had. */
must_use bool password_verify(const char *stored_or_null, const char *password,
    bool *out_matches, struct err *err);

/* A random one of lower-case letters and digits that are not mixed up. */
void password_make_initial(char out[PASSWORD_INITIAL_SIZE]);

#endif
