/*
 * Local users. The password's hash is made and checked by the caller; the
 * store keeps the text.
 */
#ifndef STORE_USER_H
#define STORE_USER_H

#include "store/store.h"

enum {
	STORE_PASSWORD_HASH_SIZE = 160,
};

struct store_user {
	char id[ID_SIZE];
	char name[STORE_NAME_SIZE]; /* unique, case-insensitively */
	char password_hash[STORE_PASSWORD_HASH_SIZE];
	bool must_change_password;
	char role_id[ID_SIZE];
	bool is_scoped; /* limited to its places (store/scope.h) */
	bool is_disabled;
	int64_t failed_attempts; /* since the last success */
	int64_t locked_until;    /* 0: not locked */
	int64_t created_at;
	int64_t password_changed_at;
	int64_t last_sign_in_at;
	int64_t version; /* counts changes of name, role, scope, disabling */
	int64_t unlocks; /* how often it was unlocked */
	bool has_two_factor; /* changed by store/two_factor.h alone */
};

struct store_user_list {
	struct store_user *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

enum store_user_sort {
	STORE_USER_BY_NAME,
	STORE_USER_BY_ROLE,         /* as roles are sorted, then by name */
	STORE_USER_BY_LAST_SIGN_IN, /* never: the earliest */
};

/* NULL members leave nothing out. */
struct store_user_filter {
	const char *role_id;
	const char *search;   /* part of the name, without regard to case */
	const char *place_id; /* among what the user is limited to */
	enum store_user_sort sort;
	bool is_descending;
};

void store_user_list_done(struct store_user_list *list);

/* The version is 1. ERR_CONFLICT user_exists. */
must_use bool store_user_create(
    struct store_tx *tx, const struct store_user *user, struct err *err);
/* Replaces everything but id, created_at and unlocks; the version counts up.
 * ERR_CONFLICT user_exists. */
must_use bool store_user_update(
    struct store_tx *tx, const struct store_user *user, struct err *err);
must_use bool store_user_set_password(struct store_tx *tx, const char *id,
    const char *password_hash, bool must_change, int64_t at, struct err *err);
/* Adds one failure; at `lock_after` failures the account is locked until
 * at + lock_ms and the count begins anew. */
must_use bool store_user_record_failure(struct store_tx *tx, const char *id,
    int64_t at, int64_t lock_after, int64_t lock_ms, struct err *err);
/* Clears failures, and a lock that is over. */
must_use bool store_user_record_sign_in(
    struct store_tx *tx, const char *id, int64_t at, struct err *err);
/* Clears failures and lock, and counts one more unlocking. */
must_use bool
store_user_unlock(struct store_tx *tx, const char *id, struct err *err);
/* With its sessions and API tokens, and with the scopes of all of them. */
must_use bool
store_user_delete(struct store_tx *tx, const char *id, struct err *err);

must_use bool store_user_get(struct store_reader *reader, const char *id,
    struct store_user *out_user, struct err *err);
must_use bool store_user_get_by_name(struct store_reader *reader,
    const char *name, struct store_user *out_user, struct err *err);
must_use bool store_user_count(
    struct store_reader *reader, int64_t *out_count, struct err *err);
/* Those with the role who are neither disabled nor scoped, except one (NULL:
 * nobody). */
must_use bool
store_user_count_unlimited(struct store_reader *reader, const char *role_id,
    const char *except_id, int64_t *out_count, struct err *err);
/* Names sort without regard to case. */
must_use bool store_user_list(struct store_reader *reader,
    const struct store_user_filter *filter, const struct store_page *page,
    struct store_user_list *out_list, struct err *err);

#endif
