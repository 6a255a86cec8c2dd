/* Codes and recovery codes, judged and taken. */
#include "server/core/api/second_factor.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/digest.h"
#include "server/core/api/answer.h"
#include "server/core/seal.h"
#include "server/core/totp.h"

#define PURPOSE "totp"

enum {
	GROUP = 4, /* characters between two dashes */
};

bool
second_factor_is_sent(const struct api_call *call)
{
	return api_body_string(call, "code") != NULL ||
	    api_body_string(call, "recovery_code") != NULL;
}

bool
second_factor_seal(const struct core *core, const char *user_id,
    struct view secret, char out[STORE_SEALED_SIZE], struct err *err)
{
	return seal_close(
	    core->state_directory, PURPOSE, user_id, secret, out, err);
}

bool
second_factor_unseal(const struct core *core, const char *user_id,
    const char *sealed, struct secret **out, struct err *err)
{
	return seal_open(
	    core->state_directory, PURPOSE, user_id, sealed, out, err);
}

static bool
open_secret(
    const struct api_call *call, struct second_factor *factor, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_two_factor stored;

	if (!api_reader_open(call, &reader, err) ||
	    !store_two_factor_get(reader, factor->user_id, &stored, err))
		return false;
	memcpy(factor->sealed, stored.secret, sizeof(factor->sealed));
	/* Taken away meanwhile: no code is right. */
	return stored.secret[0] == '\0' ||
	    second_factor_unseal(call->core, factor->user_id, stored.secret,
		&factor->secret, err);
}

bool
second_factor_open(const struct api_call *call, const char *user_id,
    struct second_factor *out, struct err *err)
{
	const char *recovery = api_body_string(call, "recovery_code");

	*out = (struct second_factor){.now_ms = call->request->received_ms,
	    .code = api_body_string(call, "code")};
	store_text_copy(out->user_id, sizeof(out->user_id), user_id);
	if ((out->code == NULL) == (recovery == NULL))
		return recovery == NULL
		    ? err_set_code(err, ERR_MALFORMED, "member_missing",
			  "\"code\" or \"recovery_code\" is missing")
		    : err_set_code(err, ERR_MALFORMED, "member_not_allowed",
			  "send \"code\" or \"recovery_code\", not both");
	if (recovery == NULL)
		return open_secret(call, out, err);
	recovery_code_hash(user_id, recovery, out->recovery_hash);
	return true;
}

void
second_factor_done(struct second_factor *factor)
{
	secret_free(factor->secret);
	factor->secret = NULL;
}

static bool
use_code(struct store_tx *tx, const struct second_factor *factor,
    bool *out_is_first, struct err *err)
{
	int64_t step;

	*out_is_first = false;
	return factor->secret == NULL ||
	    !totp_find(secret_view(factor->secret), factor->code,
		factor->now_ms, -1, &step) ||
	    store_two_factor_use(
		tx, factor->user_id, factor->sealed, step, out_is_first, err);
}

bool
second_factor_use(
    struct store_tx *tx, const struct second_factor *factor, struct err *err)
{
	bool is_first = false;

	if (!(factor->code != NULL
		    ? use_code(tx, factor, &is_first, err)
		    : store_recovery_code_use(tx, factor->user_id,
			  factor->recovery_hash, &is_first, err)))
		return false;
	return is_first ||
	    err_set_code(err, ERR_DENIED, "code_wrong",
		"the code is wrong, or was used before");
}

bool
second_factor_json(struct store_tx *tx, const struct second_factor *factor,
    json_t **out_object, struct err *err)
{
	int64_t left = 0;

	if (factor->code == NULL &&
	    !store_recovery_code_count(
		store_tx_reader(tx), factor->user_id, &left, err))
		return false;
	*out_object = json_object();
	json_set_string(*out_object, "second_factor",
	    factor->code != NULL ? "code" : "recovery_code");
	if (factor->code == NULL)
		json_set_integer(*out_object, "recovery_codes_left", left);
	return true;
}

static void
make_recovery_code(char out[SECOND_FACTOR_RECOVERY_SIZE])
{
	static const char characters[] = "abcdefghjkmnpqrstuvwxyz23456789";

	for (size_t i = 0; i < SECOND_FACTOR_RECOVERY_SIZE - 1; i++)
		out[i] = i % (GROUP + 1) == GROUP
		    ? '-'
		    : characters[random_below(sizeof(characters) - 1)];
	out[SECOND_FACTOR_RECOVERY_SIZE - 1] = '\0';
}

void
recovery_codes_make(const char *user_id, struct recovery_codes *out)
{
	for (size_t i = 0; i < SECOND_FACTOR_CODES; i++) {
		make_recovery_code(out->texts[i]);
		recovery_code_hash(user_id, out->texts[i], out->hashes[i]);
	}
}

/* With the user's id, so that no two users' hashes are alike. So many random
 * bits need no slow hash. */
void
recovery_code_hash(
    const char *user_id, const char *typed, char out[STORE_SHA256_SIZE])
{
	scoped(memory_freep) char *text =
	    memory_format("warifu-recovery-1 %s %s", user_id, typed);
	size_t used = strlen(text) - strlen(typed);

	for (const char *at = typed; *at != '\0'; at++)
		if (*at != '-' && *at != ' ')
			text[used++] = (char)tolower((unsigned char)*at);
	digest_sha256_hex(view_of(text, used), out);
	explicit_bzero(text, strlen(text));
}
