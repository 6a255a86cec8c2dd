/* Open addressing with linear probing, at most two thirds full. */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/secret.h"
#include "server/signer/index.h"

enum {
	FIRST_SLOTS = 64,
};

void
index_init(struct index *index, size_t key_size,
    const uint8_t *(*key_of)(const void *owner, uint32_t row),
    const void *owner)
{
	check(key_size >= sizeof(uint64_t));
	*index = (struct index){
	    .slots = memory_array(FIRST_SLOTS, sizeof(uint32_t)),
	    .slot_count = FIRST_SLOTS,
	    .key_size = key_size,
	    .key_of = key_of,
	    .owner = owner,
	};
	random_fill(&index->salt, sizeof(index->salt));
}

void
index_done(struct index *index)
{
	free(index->slots);
	index->slots = NULL;
	index->slot_count = 0;
	index->used = 0;
}

static size_t
slot_of(const struct index *index, const uint8_t *key)
{
	uint64_t value;

	memcpy(&value, key + index->key_size - sizeof(value), sizeof(value));
	value ^= index->salt;
	value *= 0x9e3779b97f4a7c15u;
	value ^= value >> 32;
	value *= 0xd6e8feb86659fd93u;
	value ^= value >> 32;
	return (size_t)value & (index->slot_count - 1);
}

static void
place(struct index *index, uint32_t row)
{
	const uint8_t *key = index->key_of(index->owner, row);
	size_t slot = slot_of(index, key);

	while (index->slots[slot] != 0)
		slot = (slot + 1) & (index->slot_count - 1);
	index->slots[slot] = row + 1;
}

static void
grow(struct index *index)
{
	uint32_t *old = index->slots;
	size_t old_count = index->slot_count;

	index->slot_count = old_count * 2;
	index->slots = memory_array(index->slot_count, sizeof(uint32_t));
	for (size_t i = 0; i < old_count; i++) {
		if (old[i] != 0)
			place(index, old[i] - 1);
	}
	free(old);
}

uint32_t
index_find(const struct index *index, const uint8_t *key)
{
	size_t slot = slot_of(index, key);

	while (index->slots[slot] != 0) {
		uint32_t row = index->slots[slot] - 1;

		if (memcmp(index->key_of(index->owner, row), key,
			index->key_size) == 0)
			return row;
		slot = (slot + 1) & (index->slot_count - 1);
	}
	return INDEX_NONE;
}

void
index_add(struct index *index, uint32_t row)
{
	check(row < INDEX_ROWS_MAX);
	if ((index->used + 1) * 3 > index->slot_count * 2)
		grow(index);
	place(index, row);
	index->used++;
}
