/* A waiting console's user, as the store has it now. */
#include "server/core/changes_judge.h"

#include <string.h>

#include "base/check.h"
#include "server/core/api/operation.h"
#include "server/core/api/sign_in.h"
#include "server/core/core.h"
#include "server/core/enforcement.h"
#include "store/api_token.h"

static bool
is_gone(struct err *err)
{
	return err->category == ERR_NOT_FOUND
	    ? err_set_code(err, ERR_DENIED, "not_signed_in",
		  "the session has been ended")
	    : false;
}

static bool
judge_session(struct core *core, struct store_reader *reader,
    struct changes_ticket *ticket, struct err *err)
{
	struct sign_in_life life = sign_in_life(core);
	struct store_session session;

	if (!store_session_get(reader, ticket->user.session_id, &session, err))
		return is_gone(err);
	if (!sign_in_judge_session(
		&session, ticket->listener, core_now_ms(core), &life, err))
		return false;
	ticket->ends_at = sign_in_session_end(&session, &life);
	if (session.last_used_at + life.idle_ms < ticket->ends_at)
		ticket->ends_at = session.last_used_at + life.idle_ms;
	return true;
}

static bool
judge_token(struct core *core, struct store_reader *reader,
    struct changes_ticket *ticket, struct err *err)
{
	struct store_api_token token;

	if (!store_api_token_get(
		reader, ticket->user.api_token_id, &token, err))
		return is_gone(err);
	if (token.expires_at != 0 && core_now_ms(core) >= token.expires_at)
		return err_set_code(err, ERR_DENIED, "session_expired",
		    "the API token has expired");
	ticket->ends_at = token.expires_at != 0 ? token.expires_at : INT64_MAX;
	return true;
}

static bool
judge_user(struct core *core, struct store_reader *reader,
    struct changes_ticket *ticket, struct err *err)
{
	const struct api_operation *operation =
	    api_operation_find("changes_get");
	struct store_user user;

	check(operation != NULL);
	if (!sign_in_set_again(&ticket->user, reader, err) ||
	    !enforcement_is(core, SIGNER_SETTING_TWO_FACTOR,
		&ticket->user.is_two_factor_required, err) ||
	    !api_check_security(operation, &ticket->user, err))
		return false;
	if (!store_user_get(reader, ticket->user.user_id, &user, err))
		return is_gone(err);
	ticket->user_version = user.version;
	ticket->readable =
	    topics_readable(&ticket->user.levels, ticket->user.scope.count > 0);
	return true;
}

bool
changes_judge(struct core *core, struct store_reader *reader,
    struct changes_ticket *ticket, struct err *err)
{
	return (ticket->user.session_id[0] != '\0'
		       ? judge_session(core, reader, ticket, err)
		       : judge_token(core, reader, ticket, err)) &&
	    judge_user(core, reader, ticket, err);
}

bool
changes_same_rights(
    const struct changes_ticket *a, const struct changes_ticket *b)
{
	return a->user_version == b->user_version &&
	    a->readable == b->readable &&
	    a->user.scope.count == b->user.scope.count &&
	    memcmp(&a->user.levels, &b->user.levels, sizeof(a->user.levels)) ==
	    0 &&
	    strcmp(a->user.role_id, b->user.role_id) == 0;
}
