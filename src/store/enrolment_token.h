/*
 * What core may show of enrolment tokens. The secret's hash, the uses and the
 * expiry that count are the signer's; no secret and no hash is here.
 */
#ifndef STORE_ENROLMENT_TOKEN_H
#define STORE_ENROLMENT_TOKEN_H

#include "store/store.h"

enum store_token_kind {
	STORE_TOKEN_COMPUTER, /* re-enrols one computer, once */
	STORE_TOKEN_OFFICE,   /* makes new computers of an office */
};

struct store_enrolment_token {
	char id[ID_SIZE];
	enum store_token_kind kind;
	char office_id[ID_SIZE];
	char computer_id[ID_SIZE]; /* "" for an office's */
	char comment[STORE_COMMENT_SIZE];
	int64_t uses_allowed;
	int64_t uses_left;
	int64_t expires_at;
	int64_t created_at;
	char created_by[STORE_NAME_SIZE];
	int64_t revoked_at; /* 0: not revoked */
};

struct store_enrolment_token_list {
	struct store_enrolment_token *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

must_use const char *store_token_kind_name(enum store_token_kind kind);
void store_enrolment_token_list_done(struct store_enrolment_token_list *list);

/* ERR_NOT_FOUND office_not_found, computer_not_found. */
must_use bool store_enrolment_token_create(struct store_tx *tx,
    const struct store_enrolment_token *token, struct err *err);
/* As the signer says it after a use. */
must_use bool store_enrolment_token_set_uses_left(
    struct store_tx *tx, const char *id, int64_t uses_left, struct err *err);
/* The first revocation's time stays. */
must_use bool store_enrolment_token_mark_revoked(
    struct store_tx *tx, const char *id, int64_t at, struct err *err);
must_use bool store_enrolment_token_delete(
    struct store_tx *tx, const char *id, struct err *err);

must_use bool store_enrolment_token_get(struct store_reader *reader,
    const char *id, struct store_enrolment_token *out_token, struct err *err);

struct store_enrolment_token_filter {
	const char *office_id;   /* NULL: any */
	const char *computer_id; /* NULL: any */
	int64_t
	    usable_at; /* with uses left, unexpired then, unrevoked; 0: any */
};
/* Newest first. */
must_use bool store_enrolment_token_list(struct store_reader *reader,
    const struct store_enrolment_token_filter *filter,
    const struct store_page *page, struct store_enrolment_token_list *out_list,
    struct err *err);

#endif
