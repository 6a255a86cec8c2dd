/*
 * The audit log: who did what, when, from where, and what was before and after.
 *
 * Rows are numbered from 1 without a gap, and each carries the hash of the one
 * before it and its own (audit_chain.h), so that a row that is changed, taken
 * out or put in shows. A row is appended in the transaction of what it tells
 * of. Old rows are cut off behind a checkpoint that the signer has signed
 * (audit_checkpoint.h).
 *
 * Texts are data: they may hold anything that is UTF-8 without NUL, control
 * characters and script included, and who shows them makes them harmless.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/audit_words.h"
#include "store/store.h"

enum {
	STORE_AUDIT_WORD_SIZE = 33,
	STORE_AUDIT_ID_SIZE = 129,
	STORE_AUDIT_NAME_SIZE = 257,
	STORE_AUDIT_CODE_SIZE = 49,
	STORE_AUDIT_VALUE_SIZE = 2049, /* JSON, or "" */
};

struct store_audit_row {
	int64_t n;  /* set by the append */
	int64_t at; /* of the last one, where several were counted together */
	char actor_kind[STORE_AUDIT_WORD_SIZE];
	char actor_id[STORE_AUDIT_ID_SIZE];
	char actor_name[STORE_AUDIT_NAME_SIZE]; /* as it was then */
	char action[STORE_AUDIT_WORD_SIZE];
	char target_kind[STORE_AUDIT_WORD_SIZE];
	char target_id[STORE_AUDIT_ID_SIZE];
	char target_name[STORE_AUDIT_NAME_SIZE];
	char address[STORE_ADDRESS_SIZE];
	char listener[STORE_AUDIT_WORD_SIZE]; /* http, https, agents or "" */
	char outcome[STORE_AUDIT_WORD_SIZE];
	char code[STORE_AUDIT_CODE_SIZE]; /* of the refusal, or "" */
	int64_t occurrences;              /* that this row counts */
	char value_before[STORE_AUDIT_VALUE_SIZE];
	char value_after[STORE_AUDIT_VALUE_SIZE];
	char previous_hash[STORE_SHA256_SIZE]; /* set by the append */
	char hash[STORE_SHA256_SIZE];          /* likewise */
};

struct store_audit_list {
	struct store_audit_row *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_audit_list_done(struct store_audit_list *list);

must_use const char *store_audit_action_name(enum store_audit_action action);
must_use const char *store_audit_actor_name(enum store_audit_actor actor);
must_use const char *store_audit_target_name(enum store_audit_target target);
must_use const char *store_audit_outcome_name(enum store_audit_outcome outcome);

/* Append the row with the next number: n, previous_hash and hash are set in
 * it. Its actor_kind, action, target_kind and outcome are words of the tables;
 * another one is a bug. */
must_use bool store_audit_append(
    struct store_tx *tx, struct store_audit_row *row, struct err *err);

/* The end of the chain: number and hash of the newest row; n 0: none yet. */
struct store_audit_position {
	int64_t n;
	char hash[STORE_SHA256_SIZE];
};
must_use bool store_audit_head(struct store_reader *reader,
    struct store_audit_position *out_head, struct err *err);

/* ERR_NOT_FOUND audit_row_not_found. */
must_use bool store_audit_get(struct store_reader *reader, int64_t n,
    struct store_audit_row *out_row, struct err *err);

/* Members NULL or 0: any. */
struct store_audit_filter {
	int64_t from;      /* at or after */
	int64_t until;     /* before */
	const char *actor; /* its id, or its name as it was then */
	const char *action;
	const char *target; /* its id, or its name as it was then */
	const char *outcome;
	const char *address;
	bool is_ascending; /* else newest first */
};
must_use bool store_audit_list(struct store_reader *reader,
    const struct store_audit_filter *filter, const struct store_page *page,
    struct store_audit_list *out_list, struct err *err);

#endif
