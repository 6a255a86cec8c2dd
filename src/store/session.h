/*
 * Signed-in sessions. Only the SHA-256 of a session's token is kept.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/store.h"

enum store_listener {
	STORE_LISTENER_HTTP,
	STORE_LISTENER_HTTPS,
};

enum {
	STORE_USER_AGENT_SIZE = 257,
};

struct store_session {
	char id[ID_SIZE];
	char user_id[ID_SIZE];
	char token_hash[STORE_SHA256_SIZE];
	enum store_listener listener; /* where it was made */
	int64_t created_at;
	int64_t last_used_at;
	int64_t expires_at;
	char address[STORE_ADDRESS_SIZE];
	char user_agent[STORE_USER_AGENT_SIZE]; /* as it was told; or "" */
};

/* Which sessions count: those past any of these have ended, though their rows
 * may still be there. */
struct store_session_life {
	int64_t now;
	int64_t used_after;
	int64_t made_after;
};

struct store_session_list {
	struct store_session *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_session_list_done(struct store_session_list *list);

/* ERR_NOT_FOUND user_not_found. */
must_use bool store_session_create(
    struct store_tx *tx, const struct store_session *session, struct err *err);
/* last_used_at, and expires_at when it is not 0. */
must_use bool store_session_touch(struct store_tx *tx, const char *id,
    int64_t at, int64_t expires_at, struct err *err);
must_use bool
store_session_delete(struct store_tx *tx, const char *id, struct err *err);
/* All of a user but except_id (NULL: all). */
must_use bool store_session_delete_of_user(struct store_tx *tx,
    const char *user_id, const char *except_id, struct err *err);
must_use bool
store_session_delete_expired(struct store_tx *tx, int64_t now, struct err *err);
/* Every session ends so long after it was made. */
must_use bool store_session_set_longest(
    struct store_tx *tx, int64_t longest_ms, struct err *err);

/* Expired ones are found too: the caller judges. */
must_use bool store_session_get_by_token(struct store_reader *reader,
    const char *token_hash, struct store_session *out_session, struct err *err);
must_use bool store_session_get(struct store_reader *reader, const char *id,
    struct store_session *out_session, struct err *err);
/* Newest first; life NULL: ended ones, too. */
must_use bool
store_session_list(struct store_reader *reader, const char *user_id,
    const struct store_session_life *life, const struct store_page *page,
    struct store_session_list *out_list, struct err *err);

#endif
