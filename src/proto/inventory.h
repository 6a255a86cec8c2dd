/*
 * Inventory sections: what a computer says about itself, and how a difference
 * between two states of one section is written, checked and applied.
 *
 * A section is a JSON object from key to item, an item is a JSON object. A
 * section that has one item uses the key "this". Its digest is the SHA-256, in
 * lower-case hexadecimal, of the section as compact JSON with sorted members
 * (json_write); computing it is the caller's, because this folder has no
 * cryptography. Pure functions: used by the agent's channel and by core.
 *
 * Limits are part of the protocol: see docs/protocol/agent.md.
 */
#ifndef PROTO_INVENTORY_H
#define PROTO_INVENTORY_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

enum inventory_section {
	INVENTORY_HARDWARE,
	INVENTORY_PROCESSORS,
	INVENTORY_MEMORY,
	INVENTORY_DISKS,
	INVENTORY_FILESYSTEMS,
	INVENTORY_INTERFACES,
	INVENTORY_OPERATING_SYSTEM,
	INVENTORY_PACKAGES,
	INVENTORY_SERVICES,
	INVENTORY_USERS,
	INVENTORY_SECTIONS, /* how many there are */
};

enum {
	INVENTORY_KEY_MAX = 512,          /* bytes of a key */
	INVENTORY_ITEM_MEMBERS_MAX = 64,  /* members of an item */
	INVENTORY_ITEM_BYTES_MAX = 32768, /* an item as compact JSON */
	INVENTORY_SECTION_BYTES_MAX = 8 * 1024 * 1024, /* a section as that */
	INVENTORY_DIGEST_SIZE = 65, /* hexadecimal SHA-256 and its end */
};

/* "packages"; and back: false for a word that names no section. */
must_use const char *inventory_section_name(enum inventory_section section);
must_use bool
inventory_section_find(const char *name, enum inventory_section *out_section);
/* How many items the section may have. */
must_use size_t inventory_section_max(enum inventory_section section);

/* What a refresh says about one section. */
struct inventory_change {
	bool has_base; /* false: JSON null, nothing is known to be there */
	bool is_full;  /* set replaces the whole section; no base, no remove */
	char base[INVENTORY_DIGEST_SIZE];   /* digest before */
	char digest[INVENTORY_DIGEST_SIZE]; /* digest after */
	json_t *set;                        /* object of key → item; owned */
	json_t *remove;                     /* array of keys; owned */
};

void inventory_change_done(struct inventory_change *change);

/* Read one member of "sections": types, key lengths, item forms and counts are
 * checked. ERR_MALFORMED "inventory_malformed", ERR_LIMIT
 * "inventory_too_large"; the sentence names section and member. */
must_use bool inventory_change_read(enum inventory_section section,
    const json_t *value, struct inventory_change *out, struct err *err);
/* The JSON form, for the agent. New reference. */
must_use json_t *inventory_change_json(const struct inventory_change *change);

/* The section after the change: base (NULL or ignored when the change is full)
 * with its keys set and removed. Removing what is not there is fine: the
 * digest decides. A new reference in *out_section; base stays as it is. */
must_use bool inventory_apply(enum inventory_section section,
    const json_t *base, const struct inventory_change *change,
    json_t **out_section, struct err *err);

/* The change that turns base into current: full when base is NULL. The digests
 * are left empty for the caller. */
void inventory_diff(
    const json_t *base, const json_t *current, struct inventory_change *out);

/* Whether two sections are the same, member by member. */
must_use bool inventory_equal(const json_t *a, const json_t *b);

#endif
