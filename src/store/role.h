/*
 * Roles. The levels are a text that src/policy makes and reads; of the roles
 * that are always there it is "", for theirs stand in the program.
 */
#ifndef STORE_ROLE_H
#define STORE_ROLE_H

#include "store/store.h"

enum {
	STORE_LEVELS_SIZE = 257
};

struct store_role {
	char id[ID_SIZE];
	char name[STORE_NAME_SIZE]; /* unique, case-insensitively */
	char levels[STORE_LEVELS_SIZE];
	int64_t created_at; /* 0: it was always there */
	int64_t version;
	int64_t user_count;  /* who have it; filled when read */
	int64_t token_count; /* API tokens */
};

struct store_role_list {
	struct store_role *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_role_list_done(struct store_role_list *list);

/* The version is 1. ERR_CONFLICT role_exists. */
must_use bool store_role_create(
    struct store_tx *tx, const struct store_role *role, struct err *err);
/* Name and levels; the version counts up. ERR_CONFLICT role_exists. */
must_use bool store_role_update(
    struct store_tx *tx, const struct store_role *role, struct err *err);
/* ERR_CONFLICT role_in_use. */
must_use bool
store_role_delete(struct store_tx *tx, const char *id, struct err *err);

/* ERR_NOT_FOUND role_not_found. */
must_use bool store_role_get(struct store_reader *reader, const char *id,
    struct store_role *out_role, struct err *err);
/* Sorted by name without regard to case. */
must_use bool
store_role_list(struct store_reader *reader, const struct store_page *page,
    struct store_role_list *out_list, struct err *err);

#endif
