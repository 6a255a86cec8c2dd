/* Pairs of title and version, packed. */
#include "store/software_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
	BITS = 7,
	HIGH = 0x80,
	NUMBER_BITS = 63, /* of an identifier */
};

void
software_pairs_done(struct software_pairs *pairs)
{
	free(pairs->items);
	memset(pairs, 0, sizeof(*pairs));
}

void
software_pairs_add(struct software_pairs *pairs, struct software_pair one)
{
	if (pairs->count == pairs->capacity) {
		pairs->capacity =
		    pairs->capacity == 0 ? 64 : pairs->capacity * 2;
		pairs->items = memory_resize(
		    pairs->items, pairs->capacity, sizeof(*pairs->items));
	}
	pairs->items[pairs->count++] = one;
}

static int
compare(const void *one, const void *other)
{
	const struct software_pair *a = one, *b = other;

	if (a->title_id != b->title_id)
		return a->title_id < b->title_id ? -1 : 1;
	return (a->version_id > b->version_id) -
	    (a->version_id < b->version_id);
}

void
software_pairs_sort(struct software_pairs *pairs)
{
	size_t kept = 0;

	if (pairs->count == 0)
		return;
	qsort(pairs->items, pairs->count, sizeof(*pairs->items), compare);
	for (size_t i = 1; i < pairs->count; i++)
		if (compare(&pairs->items[kept], &pairs->items[i]) != 0)
			pairs->items[++kept] = pairs->items[i];
	pairs->count = kept + 1;
}

static int
compare_titles(const void *one, const void *other)
{
	const struct software_pair *a = one, *b = other;

	return (a->title_id > b->title_id) - (a->title_id < b->title_id);
}

static bool
find(const struct software_pairs *pairs, const struct software_pair *one,
    int (*order)(const void *, const void *))
{
	return pairs->count > 0 &&
	    bsearch(one, pairs->items, pairs->count, sizeof(*pairs->items),
		order) != NULL;
}

bool
software_pairs_have(
    const struct software_pairs *pairs, const struct software_pair *one)
{
	return find(pairs, one, compare);
}

bool
software_pairs_have_title(const struct software_pairs *pairs, int64_t title_id)
{
	return find(
	    pairs, &(struct software_pair){title_id, 0}, compare_titles);
}

static bool
pack_number(uint64_t number, struct buf *out, struct err *err)
{
	uint8_t bytes[(64 + BITS - 1) / BITS];
	size_t count = 0;

	do {
		bytes[count] = (uint8_t)(number & (HIGH - 1));
		number >>= BITS;
		if (number > 0)
			bytes[count] |= HIGH;
		count++;
	} while (number > 0);
	return buf_append(out, bytes, count, err);
}

static uint64_t
zigzag(int64_t number)
{
	return number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1;
}

static int64_t
unzigzag(uint64_t number)
{
	return (int64_t)(number >> 1 ^ (0 - (number & 1)));
}

bool
software_pairs_pack(
    const struct software_pairs *pairs, struct buf *out, struct err *err)
{
	struct software_pair last = {0};

	for (size_t i = 0; i < pairs->count; i++) {
		const struct software_pair *one = &pairs->items[i];

		if (!pack_number(
			(uint64_t)(one->title_id - last.title_id), out, err) ||
		    !pack_number(
			zigzag(one->version_id - last.version_id), out, err))
			return false;
		last = *one;
	}
	return true;
}

void
software_unpacker_init(struct software_unpacker *unpacker, struct view packed)
{
	*unpacker = (struct software_unpacker){.rest = packed};
}

static uint64_t
unpack_number(struct software_unpacker *unpacker)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < NUMBER_BITS + 1; shift += BITS) {
		uint8_t byte;

		if (unpacker->rest.length == 0)
			break;
		byte = unpacker->rest.data[0];
		unpacker->rest =
		    view_slice(unpacker->rest, 1, unpacker->rest.length - 1);
		number |= (uint64_t)(byte & (HIGH - 1)) << shift;
		if ((byte & HIGH) == 0)
			return number;
	}
	unpacker->has_failed = true;
	return 0;
}

/* Whether a number stays one of ours when so much is added. */
static bool
add(int64_t *number, int64_t more)
{
	return !__builtin_add_overflow(*number, more, number) && *number > 0;
}

bool
software_unpacker_next(
    struct software_unpacker *unpacker, struct software_pair *out)
{
	uint64_t title, version;

	if (unpacker->rest.length == 0 || unpacker->has_failed)
		return false;
	title = unpack_number(unpacker);
	version = unpack_number(unpacker);
	if (unpacker->has_failed || title > INT64_MAX ||
	    !add(&unpacker->last.title_id, (int64_t)title) ||
	    !add(&unpacker->last.version_id, unzigzag(version))) {
		unpacker->has_failed = true;
		return false;
	}
	*out = unpacker->last;
	return true;
}

bool
software_pairs_unpack(
    struct view packed, struct software_pairs *out_pairs, struct err *err)
{
	struct software_unpacker unpacker;
	struct software_pairs pairs = {0};
	struct software_pair one;

	software_unpacker_init(&unpacker, packed);
	while (software_unpacker_next(&unpacker, &one))
		software_pairs_add(&pairs, one);
	if (unpacker.has_failed) {
		software_pairs_done(&pairs);
		return err_set_code(err, ERR_SYSTEM, "database_foreign",
		    "the software of a computer cannot be read");
	}
	*out_pairs = pairs;
	return true;
}
