/*
 * Remote offices. Every computer and every token of an office belongs to one;
 * the Local Office always exists.
 */
#ifndef STORE_OFFICE_H
#define STORE_OFFICE_H

#include "store/store.h"

#define STORE_OFFICE_LOCAL_ID "00000000-0000-7000-8000-000000000001"

struct store_office {
	char id[ID_SIZE];
	char name[STORE_NAME_SIZE]; /* unique, case-insensitively */
	int64_t created_at;
	int64_t version;        /* counts changes, from 1 */
	int64_t computer_count; /* not removed; filled when read */
};

struct store_office_list {
	struct store_office *items;
	size_t count;
	char next[STORE_CURSOR_SIZE]; /* "": this was the last part */
};

void store_office_list_done(struct store_office_list *list);

/* id, name and created_at are given, the version is 1. ERR_CONFLICT
 * office_exists. */
must_use bool store_office_create(
    struct store_tx *tx, const struct store_office *office, struct err *err);
/* ERR_CONFLICT office_exists; the Local Office may be renamed. */
must_use bool store_office_rename(
    struct store_tx *tx, const char *id, const char *name, struct err *err);
/* ERR_CONFLICT office_not_empty (a computer or an enrolment token refers to
 * it), office_in_scope or office_is_local. */
must_use bool
store_office_delete(struct store_tx *tx, const char *id, struct err *err);
must_use bool store_office_get(struct store_reader *reader, const char *id,
    struct store_office *out_office, struct err *err);
/* Sorted by name without regard to case. */
must_use bool
store_office_list(struct store_reader *reader, const struct store_page *page,
    struct store_office_list *out_list, struct err *err);

#endif
