/*
 * Sign-ins whose password was right and that wait for the second factor. Only
 * the SHA-256 of a ticket is kept; it is good for one sign-in, for a short
 * time, and for a few tries.
 */
#ifndef STORE_SIGN_IN_TICKET_H
#define STORE_SIGN_IN_TICKET_H

#include "store/session.h"

enum {
	STORE_TICKETS_OF_USER = 5, /* the oldest gives way */
};

struct store_sign_in_ticket {
	char hash[STORE_SHA256_SIZE];
	char user_id[ID_SIZE];
	enum store_listener listener; /* where the password was told */
	int64_t created_at;
	int64_t expires_at;
	int64_t tries;
};

/* Those that have expired by created_at go. ERR_NOT_FOUND user_not_found. */
must_use bool store_sign_in_ticket_create(struct store_tx *tx,
    const struct store_sign_in_ticket *ticket, struct err *err);
/* Count one more try; out_may: it was not more than most. ERR_NOT_FOUND
 * ticket_not_found. */
must_use bool store_sign_in_ticket_try(struct store_tx *tx, const char *hash,
    int64_t most, bool *out_may, struct err *err);
/* ERR_NOT_FOUND ticket_not_found: somebody else was faster. */
must_use bool store_sign_in_ticket_delete(
    struct store_tx *tx, const char *hash, struct err *err);
must_use bool store_sign_in_ticket_delete_of_user(
    struct store_tx *tx, const char *user_id, struct err *err);

/* Expired ones are found too: the caller judges. ERR_NOT_FOUND
 * ticket_not_found. */
must_use bool store_sign_in_ticket_get(struct store_reader *reader,
    const char *hash, struct store_sign_in_ticket *out, struct err *err);

#endif
