/*
 * Software: the titles that active computers have, with versions and counts.
 *
 * A title is a name in a format (dpkg, rpm). What is counted follows the
 * section "packages" of a computer's inventory in the transaction that applies
 * it, by differences; a computer that is not active any more is taken out, and
 * one that comes back is counted again from its stored section. Titles and
 * versions that nobody has any more go. Their numbers are never given twice.
 *
 * For readers without a scope the counts stand with titles and versions; for
 * limited ones they are counted when asked for, from the packed rows of the
 * computers in the scope. What no computer of the scope has is not found.
 */
#ifndef STORE_SOFTWARE_H
#define STORE_SOFTWARE_H

#include "store/software_set.h"
#include "store/store.h"

#define STORE_SOFTWARE_SECTION "packages"

/* A computer's section as it was and as it will be. */
struct store_software_change {
	const char *computer_id;
	/* What `before` was read from: its digest; NULL: it is not known, and
	 * all is written anew. */
	const char *digest_before;
	const struct software_set *before;
	const char *digest;
	const struct software_set *after;
};
/* Of an active computer; of another one nothing is counted. ERR_NOT_FOUND
 * computer_not_found. */
must_use bool store_software_set(struct store_tx *tx,
    const struct store_software_change *change, struct err *err);
/* It counts no longer. */
must_use bool store_software_forget(
    struct store_tx *tx, const char *computer_id, struct err *err);
/* It is active (again): where its section is there and is not counted, it is
 * noted as one that is to be. */
must_use bool store_software_expect(
    struct store_tx *tx, const char *computer_id, struct err *err);

/* Those that are to be counted, at most max. */
must_use bool store_software_uncounted(struct store_reader *reader,
    char (*out_ids)[ID_SIZE], size_t max, size_t *out_count, struct err *err);
/* Count one of them from its stored section, unless that has changed meanwhile
 * (then who changed it has counted it). set NULL: its section cannot be read;
 * the next one will be counted. */
must_use bool
store_software_count_stored(struct store_tx *tx, const char *computer_id,
    const char *digest, const struct software_set *set, struct err *err);
struct store_software_progress {
	int64_t done;  /* computers that are counted */
	int64_t total; /* those and the ones that are to be; 0: none is */
};
/* The same for everybody: it says nothing of any computer. */
must_use bool store_software_progress(struct store_reader *reader,
    struct store_software_progress *out_progress, struct err *err);

struct store_software_title {
	int64_t id;
	char format[STORE_SOFTWARE_FORMAT_SIZE];
	char name[STORE_SOFTWARE_NAME_SIZE];
	int64_t computers; /* that have it in any version */
	int64_t versions;
};
enum store_software_sort {
	STORE_SOFTWARE_BY_NAME, /* without regard to case */
	STORE_SOFTWARE_BY_COMPUTERS,
};
struct store_software_filter {
	const char *text;  /* part of the name; NULL: any */
	bool is_beginning; /* what the name begins with */
	enum store_software_sort sort;
	bool is_descending; /* of equal counts the names ascend all the same */
};
struct store_software_title_list {
	struct store_software_title *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
	int64_t total; /* of all parts; -1 in any but the first */
};
void store_software_title_list_done(struct store_software_title_list *list);
must_use bool store_software_list(struct store_reader *reader,
    const struct store_software_filter *filter, const struct store_page *page,
    struct store_software_title_list *out_list, struct err *err);
/* Each title that fits, by name, until fn says no. */
typedef bool store_software_title_fn(
    const struct store_software_title *title, void *context, struct err *err);
must_use bool store_software_each(struct store_reader *reader,
    const struct store_software_filter *filter, store_software_title_fn *fn,
    void *context, struct err *err);
/* ERR_NOT_FOUND software_title_not_found. */
must_use bool store_software_get(struct store_reader *reader, int64_t title_id,
    struct store_software_title *out_title, struct err *err);

struct store_software_version {
	int64_t id;
	char version[STORE_SOFTWARE_VERSION_SIZE];
	int64_t computers;
};
struct store_software_version_list {
	struct store_software_version *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};
void store_software_version_list_done(struct store_software_version_list *list);
/* Those that most computers have come first. */
must_use bool store_software_versions(struct store_reader *reader,
    int64_t title_id, const struct store_page *page,
    struct store_software_version_list *out_list, struct err *err);

/* One version on one computer. */
struct store_software_computer {
	char computer_id[ID_SIZE];
	char name[STORE_HOSTNAME_SIZE];
	char office_id[ID_SIZE];
	char os_name[STORE_NAME_SIZE];
	char os_version[STORE_VERSION_SIZE];
	int64_t version_id;
	char version[STORE_SOFTWARE_VERSION_SIZE];
	int64_t installed_at; /* 0: not told */
};
struct store_software_computer_list {
	struct store_software_computer *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};
void
store_software_computer_list_done(struct store_software_computer_list *list);
/* By name. version_id 0: any. */
must_use bool store_software_computers(struct store_reader *reader,
    int64_t title_id, int64_t version_id, const struct store_page *page,
    struct store_software_computer_list *out_list, struct err *err);

#endif
