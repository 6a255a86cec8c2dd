/*
 * API tokens of users. Only the SHA-256 of a token is kept.
 */
#ifndef STORE_API_TOKEN_H
#define STORE_API_TOKEN_H

#include "store/store.h"

struct store_api_token {
	char id[ID_SIZE];
	char user_id[ID_SIZE];
	char name[STORE_NAME_SIZE];
	char token_hash[STORE_SHA256_SIZE];
	int64_t created_at;
	int64_t expires_at;
	int64_t last_used_at;
	bool is_seen_over_http;
	char role_id[ID_SIZE];
	bool is_scoped; /* limited to its places (store/scope.h) */
};

struct store_api_token_list {
	struct store_api_token *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_api_token_list_done(struct store_api_token_list *list);

/* ERR_NOT_FOUND user_not_found. */
must_use bool store_api_token_create(
    struct store_tx *tx, const struct store_api_token *token, struct err *err);
/* over_http is remembered for good. */
must_use bool store_api_token_touch(struct store_tx *tx, const char *id,
    int64_t at, bool over_http, struct err *err);
/* With its scope. */
must_use bool
store_api_token_delete(struct store_tx *tx, const char *id, struct err *err);

must_use bool store_api_token_get(struct store_reader *reader, const char *id,
    struct store_api_token *out_token, struct err *err);
must_use bool store_api_token_get_by_hash(struct store_reader *reader,
    const char *token_hash, struct store_api_token *out_token, struct err *err);
/* NULL: not narrowed by it. */
struct store_api_token_filter {
	const char *user_id;
	const char *search;   /* part of the name, without regard to case */
	const char *place_id; /* among what the token is limited to */
};

/* Newest first. A search reads every token that else fits: a user has at most a
 * hundred. */
must_use bool store_api_token_list(struct store_reader *reader,
    const struct store_api_token_filter *filter, const struct store_page *page,
    struct store_api_token_list *out_list, struct err *err);

#endif
