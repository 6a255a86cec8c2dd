/*
 * A compact index: from a random key of fixed size to a row number of an array
 * that the owner keeps. Four to eight bytes a row, open addressing; rows are
 * never removed.
 *
 * Keys end in bytes that are random or a hash, so their last eight serve as the
 * hash; they are mixed with a value of this process so that nobody outside can
 * choose keys that collide.
 */
#ifndef SERVER_SIGNER_INDEX_H
#define SERVER_SIGNER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

enum {
	INDEX_ROWS_MAX = 1 << 30,
};
#define INDEX_NONE UINT32_MAX

struct index {
	uint32_t *slots; /* row + 1, or 0 */
	size_t slot_count;
	size_t used;
	size_t key_size;
	/* The key of a row, borrowed from the owner's array. */
	const uint8_t *(*key_of)(const void *owner, uint32_t row);
	const void *owner;
	uint64_t salt;
};

void index_init(struct index *index, size_t key_size,
    const uint8_t *(*key_of)(const void *owner, uint32_t row),
    const void *owner);
void index_done(struct index *index);
/* The row with this key, or INDEX_NONE. */
must_use uint32_t index_find(const struct index *index, const uint8_t *key);
/* The row is in the owner's array already, its key in no other row. */
void index_add(struct index *index, uint32_t row);

#endif
