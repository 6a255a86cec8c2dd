/*
 * An entry of the journal as a flat list of members, borrowed from its text.
 *
 * The journal's objects are flat and canonical (sorted names, no blanks; texts
 * and integers only), so reading them needs no tree: a start with hundreds of
 * thousands of entries takes a second or two. Anything else is ERR_MALFORMED.
 */
#ifndef SERVER_SIGNER_JOURNAL_ENTRY_H
#define SERVER_SIGNER_JOURNAL_ENTRY_H

#include "base/bytes.h"

enum {
	JOURNAL_MEMBERS_MAX = 24,
};

struct journal_member {
	struct view name;
	struct view value; /* of a text: what stands between the quotes */
	bool is_text;
	bool has_escape;
};

struct journal_entry {
	struct journal_member members[JOURNAL_MEMBERS_MAX];
	size_t count;
};

must_use bool journal_entry_read(
    struct view json, struct journal_entry *out, struct err *err);

/* NULL where there is none. */
must_use const struct journal_member *
journal_entry_find(const struct journal_entry *entry, const char *name);
/* A text without escapes; missing ones are ERR_MALFORMED, as all below. */
must_use bool journal_entry_text(const struct journal_entry *entry,
    const char *name, struct view *out, struct err *err);
must_use bool journal_entry_integer(const struct journal_entry *entry,
    const char *name, uint64_t max, uint64_t *out, struct err *err);
must_use bool journal_entry_hex(const struct journal_entry *entry,
    const char *name, void *out, size_t size, struct err *err);
must_use bool journal_entry_uuid(const struct journal_entry *entry,
    const char *name, uint8_t *out, struct err *err);
must_use bool journal_entry_time(const struct journal_entry *entry,
    const char *name, int64_t *out, struct err *err);

#endif
