/*
 * A sign-in between password and second factor: the ticket that stands for the
 * right password.
 *
 * "wfk_" and 43 characters of base64url; the store knows its SHA-256 alone. It
 * is good on its listener, for five minutes, for one sign-in and a few tries,
 * and no longer once the password, the account or the second factor was
 * changed. Worker threads of core.
 */
#ifndef SERVER_CORE_API_SIGN_IN_TICKET_H
#define SERVER_CORE_API_SIGN_IN_TICKET_H

#include "base/attributes.h"
#include "server/core/api/sign_in.h"

enum {
	SIGN_IN_TICKET_MS = 5 * 60 * 1000,
	SIGN_IN_TICKET_TRIES = 5,
};

must_use bool sign_in_ticket_make(const struct request *request,
    const char *user_id, char out_ticket[SIGN_IN_TOKEN_SIZE],
    int64_t *out_expires_at, struct err *err);
/* Whose it is. ERR_DENIED ticket_invalid, whatever is wrong with it. */
must_use bool sign_in_ticket_find(const struct request *request,
    const char *ticket, struct store_user *out_user,
    char out_hash[STORE_SHA256_SIZE], struct err *err);
/* One more try, counted before it is made. ERR_DENIED ticket_invalid. */
must_use bool sign_in_ticket_try(
    const struct request *request, const char *hash, struct err *err);
/* Used up, in the transaction of the sign-in. ERR_DENIED ticket_invalid. */
must_use bool
sign_in_ticket_use(struct store_tx *tx, const char *hash, struct err *err);

#endif
