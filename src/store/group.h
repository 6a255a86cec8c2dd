/*
 * Groups of computers. A static group has the members that people put into it;
 * what belongs to one by criteria follows from what is known of each computer
 * at that moment.
 *
 * A static group may be a place of scopes (store/scope.h): who is limited sees
 * the groups that are such places themselves, and no other. One by criteria may
 * not, for agents decide by what they say whether it has them.
 */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include "store/computer.h"
#include "store/criteria.h"
#include "store/store.h"

enum {
	STORE_GROUPS_MAX = 1000,
	STORE_GROUP_MEMBERS_MAX = 100000,
	STORE_COMPUTER_GROUPS_MAX = 100,      /* static ones of one computer */
	STORE_GROUP_BATCH_MAX = 1000,         /* members added at once */
	STORE_DESCRIPTION_SIZE = 4 * 256 + 1, /* 256 characters */
};

enum store_group_kind {
	STORE_GROUP_STATIC,
	STORE_GROUP_CRITERIA,
};

struct store_group {
	char id[ID_SIZE];
	char name[STORE_NAME_SIZE]; /* unique, case-insensitively */
	char description[STORE_DESCRIPTION_SIZE];
	enum store_group_kind kind;
	char criteria[CRITERIA_TEXT_SIZE]; /* JSON; "" of a static one */
	int64_t member_count;              /* of a static one */
	int64_t created_at;
	int64_t version; /* counts changes of all but the members, from 1 */
	bool is_scope;   /* somebody is limited to it; filled when read */
};

struct store_group_list {
	struct store_group *items;
	size_t count;
	char next[STORE_CURSOR_SIZE]; /* "": this was the last part */
};

void store_group_list_done(struct store_group_list *list);
must_use const char *store_group_kind_name(enum store_group_kind kind);

/* id, name, description, kind, criteria and created_at are given. ERR_CONFLICT
 * group_exists, too_many_groups. */
must_use bool store_group_create(
    struct store_tx *tx, const struct store_group *group, struct err *err);
/* Name, description and criteria; the version counts up. ERR_CONFLICT
 * group_exists. */
must_use bool store_group_update(
    struct store_tx *tx, const struct store_group *group, struct err *err);
/* Its computers stay. ERR_CONFLICT group_in_scope. */
must_use bool
store_group_delete(struct store_tx *tx, const char *id, struct err *err);
must_use bool store_group_get(struct store_reader *reader, const char *id,
    struct store_group *out_group, struct err *err);
/* Sorted by name without regard to case. */
must_use bool
store_group_list(struct store_reader *reader, const struct store_page *page,
    struct store_group_list *out_list, struct err *err);
/* The static ones that a computer is in. ERR_NOT_FOUND computer_not_found. */
must_use bool store_group_list_of_computer(struct store_reader *reader,
    const char *computer_id, struct store_group_list *out_list,
    struct err *err);

/* Narrow a filter to a group: criteria is where its criteria are kept, as long
 * as the filter. now: what their days count back from. */
must_use bool store_group_filter(struct store_reader *reader, const char *id,
    int64_t now, struct criteria *criteria,
    struct store_computer_filter *filter, struct err *err);

/* Which computers go in or out, at most STORE_GROUP_BATCH_MAX. All or none. */
struct store_membership {
	const char *group_id;
	const char *const *computer_ids;
	size_t count;
	bool *is_missing; /* as many: comes out with computer_not_found */
	int64_t changes;  /* comes out: those that were not in it, or were */
};
/* Members already in it are fine. ERR_NOT_FOUND group_not_found,
 * computer_not_found (one that is removed, or outside of the scope);
 * ERR_CONFLICT group_not_static, group_full, computer_in_too_many_groups. */
must_use bool store_group_add_members(
    struct store_tx *tx, struct store_membership *members, struct err *err);
/* Those that are not in it are fine. ERR_NOT_FOUND and group_not_static as
 * above. */
must_use bool store_group_remove_members(
    struct store_tx *tx, struct store_membership *members, struct err *err);
/* Out of every group, when it is removed. */
must_use bool store_group_forget_computer(
    struct store_tx *tx, const char *computer_id, struct err *err);

#endif
