/*
 * Scopes: the places that a user or an API token (the owner) is limited to.
 *
 * A place is a remote office or a static group of computers; several are seen
 * together. A reader that is limited by scopes finds the computers of their
 * places alone, with certificates, inventory and events: get, list and count
 * alike; and of offices (with their enrolment tokens) and groups those that are
 * places themselves. What lies outside is not found, and neither a filter nor
 * a cursor tells that it is there. The places are read in the same snapshot as
 * the rest.
 */
#ifndef STORE_SCOPE_H
#define STORE_SCOPE_H

#include "store/store.h"

enum {
	STORE_SCOPE_OWNERS_MAX = 2,
	STORE_SCOPE_PLACES_MAX = 500, /* of one owner */
};

/* What a reader is limited by: each owner's places; none: not limited. An owner
 * without places sees nothing. */
struct store_scope {
	unsigned count;
	char owners[STORE_SCOPE_OWNERS_MAX][ID_SIZE];
	/* No group is looked for: that is quicker. */
	bool are_offices[STORE_SCOPE_OWNERS_MAX];
};

void store_scope_add(struct store_scope *scope, const char *owner_id);
/* The same for an owner whose kinds of places are looked up now. Groups that it
 * gets later are not seen by this scope. */
must_use bool store_scope_add_known(struct store_reader *reader,
    struct store_scope *scope, const char *owner_id, struct err *err);

/* It sees a part alone. */
bool store_reader_is_limited(const struct store_reader *reader);
/* From now on; NULL: not limited. Copied. */
void store_reader_limit(
    struct store_reader *reader, const struct store_scope *scope);

enum store_place_kind {
	STORE_PLACE_OFFICE,
	STORE_PLACE_GROUP, /* a static one */
};

struct store_place {
	enum store_place_kind kind;
	char id[ID_SIZE];
};

struct store_place_list {
	struct store_place *items;
	size_t count;
	char next[STORE_CURSOR_SIZE]; /* "": they are never more than a part */
};

must_use const char *store_place_kind_name(enum store_place_kind kind);
must_use bool
store_place_kind_parse(const char *word, enum store_place_kind *out_kind);
void store_place_list_done(struct store_place_list *list);

/* The owner's places are these and no others. ERR_NOT_FOUND office_not_found,
 * group_not_found: also for what the transaction's own scope hides.
 * ERR_CONFLICT group_not_static. */
must_use bool store_scope_set(struct store_tx *tx, const char *owner_id,
    const struct store_place *places, size_t count, struct err *err);
must_use bool store_scope_get(struct store_reader *reader, const char *owner_id,
    struct store_place_list *out_list, struct err *err);

/* How many are limited to the place, alone or among others. */
struct store_scope_holders {
	int64_t users;
	int64_t api_tokens;
};
must_use bool
store_scope_count_holders(struct store_reader *reader, const char *place_id,
    struct store_scope_holders *out_holders, struct err *err);

#endif
