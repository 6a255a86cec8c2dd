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

/* SQL that roles are sorted by: those that are always there come first, in the
 * order of what they may, and each language has its own names for them; then
 * the others by name. Their ids are the least, in that order. */
#define STORE_ROLE_RANK                                                        \
	"CASE WHEN role.id < '00000000-0000-7000-8000-000000000100'"           \
	" THEN role.id ELSE '~' || role.name_key END"

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
/* Sorted by STORE_ROLE_RANK. */
must_use bool
store_role_list(struct store_reader *reader, const struct store_page *page,
    struct store_role_list *out_list, struct err *err);

#endif
