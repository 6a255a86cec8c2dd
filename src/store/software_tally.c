/* Titles and versions of the computers in a scope, counted. */
#include "store/software_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/scope_table.h"
#include "store/software_pairs.h"

enum {
	FIRST_BITS = 12, /* of a table's size */
	WORD_BITS = 64,
};

/* Open addressing; an empty slot has the number 0. */
struct slot {
	int64_t number;
	int64_t computers;
	int64_t versions; /* of a title */
};

struct slots {
	struct slot *items;
	unsigned bits;
	size_t count;
};

struct software_tally {
	struct slots titles;
	struct slots versions;
};

static const struct table TABLE = {
    .name = "software_packed",
    .noun = "software_title",
    .source = "software_computer JOIN software_packed"
	      " ON packed_number = number",
};

static void
slots_init(struct slots *slots, unsigned bits)
{
	slots->bits = bits;
	slots->count = 0;
	slots->items = memory_array((size_t)1 << bits, sizeof(*slots->items));
}

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): numbers that follow each other are
 * spread. */
static struct slot *
slots_find(const struct slots *slots, int64_t number)
{
	size_t mask = ((size_t)1 << slots->bits) - 1;
	size_t at = (size_t)((uint64_t)number * UINT64_C(0x9e3779b97f4a7c15) >>
	    (WORD_BITS - slots->bits));

	while (
	    slots->items[at].number != 0 && slots->items[at].number != number)
		at = (at + 1) & mask;
	return &slots->items[at];
}

static void
slots_grow(struct slots *slots)
{
	struct slots larger;

	slots_init(&larger, slots->bits + 1);
	larger.count = slots->count;
	for (size_t i = 0; i < (size_t)1 << slots->bits; i++)
		if (slots->items[i].number != 0)
			*slots_find(&larger, slots->items[i].number) =
			    slots->items[i];
	free(slots->items);
	*slots = larger;
}

/* The slot of a number, which is new where its count is 0; valid until the
 * next call. */
static struct slot *
slots_take(struct slots *slots, int64_t number)
{
	struct slot *slot = slots_find(slots, number);

	if (slot->number != 0)
		return slot;
	if (slots->count * 2 >= (size_t)1 << slots->bits) {
		slots_grow(slots);
		slot = slots_find(slots, number);
	}
	slot->number = number;
	slots->count++;
	return slot;
}

static void
count_pair(struct software_tally *tally, const struct software_pair *pair,
    bool is_other_title)
{
	struct slot *title = slots_take(&tally->titles, pair->title_id);
	struct slot *version = slots_take(&tally->versions, pair->version_id);

	if (is_other_title)
		title->computers++;
	if (version->computers++ == 0)
		title->versions++;
}

static bool
count_computer(struct statement *row, void *context, struct err *err)
{
	struct software_unpacker unpacker;
	struct software_pair pair;
	int64_t last_title = 0;

	software_unpacker_init(&unpacker, statement_column_view(row, 0));
	while (software_unpacker_next(&unpacker, &pair)) {
		count_pair(context, &pair, pair.title_id != last_title);
		last_title = pair.title_id;
	}
	return !unpacker.has_failed ||
	    err_set_code(err, ERR_SYSTEM, "database_foreign",
		"the software of a computer cannot be read");
}

bool
software_tally_make(struct store_reader *reader,
    struct software_tally **out_tally, struct err *err)
{
	scoped(software_tally_freep) struct software_tally *tally =
	    memory_zeroed(sizeof(*tally));
	scoped(list_query_done) struct list_query query;

	slots_init(&tally->titles, FIRST_BITS);
	slots_init(&tally->versions, FIRST_BITS);
	list_query_init(&query, &TABLE, reader);
	scope_where_computer(&query, "computer_id");
	if (!list_each(&query, "pairs", "", count_computer, tally, err))
		return false;
	*out_tally = take(tally);
	return true;
}

void
software_tally_free(struct software_tally *tally)
{
	if (tally == NULL)
		return;
	free(tally->titles.items);
	free(tally->versions.items);
	free(tally);
}

int64_t
software_tally_title(
    const struct software_tally *tally, int64_t title_id, int64_t *out_versions)
{
	const struct slot *slot = slots_find(&tally->titles, title_id);

	*out_versions = slot->versions;
	return slot->computers;
}

int64_t
software_tally_version(const struct software_tally *tally, int64_t version_id)
{
	return slots_find(&tally->versions, version_id)->computers;
}
