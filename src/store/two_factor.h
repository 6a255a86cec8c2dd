/*
 * Second factors: a sealed secret for each user, the newest code that was
 * taken, recovery codes by their hashes.
 *
 * The caller seals secrets, judges codes and hashes recovery codes; the store
 * keeps the texts, and sees to it that each is taken once: of several closures
 * that take the same, one is told that it was first. store_user.has_two_factor
 * says whether a user has one.
 */
#ifndef STORE_TWO_FACTOR_H
#define STORE_TWO_FACTOR_H

#include "store/store.h"

enum {
	STORE_SEALED_SIZE = 129,
};

struct store_two_factor {
	char user_id[ID_SIZE];
	char secret[STORE_SEALED_SIZE]; /* "": not set up */
	int64_t last_step;
	int64_t enabled_at;
	char pending[STORE_SEALED_SIZE]; /* not confirmed yet, or "" */
	int64_t pending_at;
};

/* Of a user who never had one: all empty. */
must_use bool store_two_factor_get(struct store_reader *reader,
    const char *user_id, struct store_two_factor *out, struct err *err);
/* Put a secret aside until a code confirms it; one that was put aside before is
 * gone, the one in force stays. ERR_NOT_FOUND user_not_found. */
must_use bool store_two_factor_prepare(struct store_tx *tx, const char *user_id,
    const char *sealed, int64_t at, struct err *err);
/* What was put aside comes into force, with this step taken. ERR_CONFLICT
 * two_factor_not_pending when something else is put aside now. */
must_use bool store_two_factor_enable(struct store_tx *tx, const char *user_id,
    const char *pending, int64_t step, int64_t at, struct err *err);
/* Take the step's code; out_is_first: no newer one, nor this, was taken, and
 * the secret is still the one in force. */
must_use bool store_two_factor_use(struct store_tx *tx, const char *user_id,
    const char *secret, int64_t step, bool *out_is_first, struct err *err);
/* Take the second factor away, with what was put aside, recovery codes and
 * sign-ins that wait. Nothing there: no error. */
must_use bool store_two_factor_clear(
    struct store_tx *tx, const char *user_id, struct err *err);

/* Those who can sign in by password and are not disabled. */
struct store_two_factor_count {
	int64_t users;
	int64_t without; /* of them */
};
must_use bool store_two_factor_count(struct store_reader *reader,
    struct store_two_factor_count *out, struct err *err);

/* In place of those there are. */
must_use bool store_recovery_codes_set(struct store_tx *tx, const char *user_id,
    char (*hashes)[STORE_SHA256_SIZE], size_t count, struct err *err);
must_use bool store_recovery_code_use(struct store_tx *tx, const char *user_id,
    const char *hash, bool *out_is_first, struct err *err);
must_use bool store_recovery_code_count(struct store_reader *reader,
    const char *user_id, int64_t *out_count, struct err *err);

#endif
