/*
 * A second factor that came with a request: a code of the user's device, or one
 * of the recovery codes. It is judged and taken in the transaction of what it
 * allows, so that of two requests with one code only one gets through.
 *
 * The body's members are "code" and "recovery_code". Worker threads of core.
 */
#ifndef SERVER_CORE_API_SECOND_FACTOR_H
#define SERVER_CORE_API_SECOND_FACTOR_H

#include "base/attributes.h"
#include "base/secret.h"
#include "server/core/api/operation.h"
#include "store/two_factor.h"
#include "store/user.h"

enum {
	SECOND_FACTOR_CODES = 10, /* recovery codes at a time */
	/* "abcd-efgh-jkmn-pqrs": 79 random bits */
	SECOND_FACTOR_RECOVERY_SIZE = 20,
};

struct second_factor {
	char user_id[ID_SIZE];
	int64_t now_ms;
	const char *code; /* borrowed from the body, or NULL */
	char recovery_hash[STORE_SHA256_SIZE];
	char sealed[STORE_SEALED_SIZE]; /* what secret was opened from */
	struct secret *secret;
};

/* Whether the body has one at all. */
must_use bool second_factor_is_sent(const struct api_call *call);
/* Make ready what was sent, outside of a transaction. ERR_MALFORMED
 * member_missing or member_not_allowed (not exactly one); ERR_SYSTEM
 * secret_unreadable (recovery codes still work). */
must_use bool second_factor_open(const struct api_call *call,
    const char *user_id, struct second_factor *out, struct err *err);
void second_factor_done(struct second_factor *factor); /* wipes */
/* Take it, inside the transaction. ERR_DENIED code_wrong: wrong, or taken
 * before. */
must_use bool second_factor_use(
    struct store_tx *tx, const struct second_factor *factor, struct err *err);
/* For the audit log: {second_factor: "code"}, or "recovery_code" with
 * recovery_codes_left. After second_factor_use. */
must_use bool second_factor_json(struct store_tx *tx,
    const struct second_factor *factor, json_t **out_object, struct err *err);

/* The secret of a user, sealed and opened. */
must_use bool second_factor_seal(const struct core *core, const char *user_id,
    struct view secret, char out[STORE_SEALED_SIZE], struct err *err);
must_use bool second_factor_unseal(const struct core *core, const char *user_id,
    const char *sealed, struct secret **out, struct err *err);

/* New recovery codes, and what the store keeps of them. */
struct recovery_codes {
	char texts[SECOND_FACTOR_CODES][SECOND_FACTOR_RECOVERY_SIZE];
	char hashes[SECOND_FACTOR_CODES][STORE_SHA256_SIZE];
};
void recovery_codes_make(const char *user_id, struct recovery_codes *out);
/* As somebody types it: case, blanks and dashes do not matter. */
void recovery_code_hash(
    const char *user_id, const char *typed, char out[STORE_SHA256_SIZE]);

static inline void
second_factor_donep(struct second_factor *factor)
{
	second_factor_done(factor);
}

#endif
