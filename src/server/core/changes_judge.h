/*
 * Whether somebody may still be told of changes, and of which. Worker threads.
 */
#ifndef SERVER_CORE_CHANGES_JUDGE_H
#define SERVER_CORE_CHANGES_JUDGE_H

#include "base/attributes.h"
#include "base/err.h"
#include "base/listener.h"
#include "server/core/request.h"
#include "server/core/topics.h"

struct changes_ticket {
	struct request_user user;
	enum listener listener;
	/* As they were judged last: */
	int64_t user_version;
	topic_set readable;
	int64_t ends_at; /* wall clock: the session's or the token's end */
};

/* Judge it as the store has it now, and fill in the rest. ERR_DENIED
 * not_signed_in, session_expired, not_permitted …; the store's. */
must_use bool changes_judge(struct core *core, struct store_reader *reader,
    struct changes_ticket *ticket, struct err *err);

/* Do they say the same about the user's rights? */
must_use bool changes_same_rights(
    const struct changes_ticket *a, const struct changes_ticket *b);

#endif
