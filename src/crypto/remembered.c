/* Certificates whose chain was found sound, in sets of a few by their hash. */
#include "crypto/remembered.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"

enum {
	WAYS = 8,        /* places where one hash may be */
	SETS_FIRST = 32, /* before it has grown */
};

/* until_ms 0: empty. */
struct entry {
	uint8_t sha256[SHA256_SIZE];
	struct chain_window window;
};

struct remembered {
	struct entry *entries; /* set_count * WAYS */
	size_t set_count;      /* a power of two, or 0 */
	size_t set_max;
	size_t count;
	unsigned turn; /* whose place is taken next in a full set */
};

struct remembered *
remembered_new(size_t max)
{
	struct remembered *remembered = memory_zeroed(sizeof(*remembered));

	remembered->set_max = max < WAYS ? 0 : 1;
	while (remembered->set_max > 0 && remembered->set_max <= max / WAYS / 2)
		remembered->set_max *= 2;
	return remembered;
}

void
remembered_free(struct remembered *remembered)
{
	if (remembered == NULL)
		return;
	free(remembered->entries);
	free(remembered);
}

void
remembered_clear(struct remembered *remembered)
{
	free(take(remembered->entries));
	remembered->set_count = 0;
	remembered->count = 0;
}

size_t
remembered_count(const struct remembered *remembered)
{
	return remembered->count;
}

static struct entry *
set_of(const struct remembered *remembered, const uint8_t *sha256)
{
	uint64_t number;

	memcpy(&number, sha256, sizeof(number));
	return remembered->entries +
	    (number & (remembered->set_count - 1)) * WAYS;
}

static bool
is_empty(const struct entry *entry)
{
	return entry->window.until_ms == 0;
}

static struct entry *
find(const struct remembered *remembered, const uint8_t *sha256)
{
	struct entry *set;

	if (remembered->set_count == 0)
		return NULL;
	set = set_of(remembered, sha256);
	for (size_t i = 0; i < WAYS; i++)
		if (!is_empty(&set[i]) &&
		    memcmp(set[i].sha256, sha256, SHA256_SIZE) == 0)
			return &set[i];
	return NULL;
}

bool
remembered_find(const struct remembered *remembered,
    const uint8_t sha256[SHA256_SIZE], struct chain_window *out)
{
	const struct entry *entry = find(remembered, sha256);

	if (entry == NULL)
		return false;
	*out = entry->window;
	return true;
}

static void
put(struct remembered *remembered, const struct entry *new)
{
	struct entry *set = set_of(remembered, new->sha256);

	for (size_t i = 0; i < WAYS; i++) {
		if (!is_empty(&set[i]))
			continue;
		set[i] = *new;
		remembered->count++;
		return;
	}
	set[remembered->turn++ % WAYS] = *new;
}

static void
grow(struct remembered *remembered)
{
	struct entry *old = take(remembered->entries);
	size_t old_count = remembered->set_count * WAYS;

	remembered->set_count =
	    remembered->set_count == 0 ? SETS_FIRST : remembered->set_count * 2;
	if (remembered->set_count > remembered->set_max)
		remembered->set_count = remembered->set_max;
	remembered->entries = memory_array(
	    remembered->set_count * WAYS, sizeof(*remembered->entries));
	remembered->count = 0;
	for (size_t i = 0; i < old_count; i++)
		if (!is_empty(&old[i]))
			put(remembered, &old[i]);
	free(old);
}

void
remembered_add(struct remembered *remembered, const uint8_t sha256[SHA256_SIZE],
    const struct chain_window *window)
{
	struct entry new = {.window = *window};

	if (remembered->set_max == 0 || window->until_ms <= 0 ||
	    find(remembered, sha256) != NULL)
		return;
	/* Half full: hashes are spread, so that most still find a place. */
	if (remembered->count >= remembered->set_count * WAYS / 2 &&
	    remembered->set_count < remembered->set_max)
		grow(remembered);
	memcpy(new.sha256, sha256, SHA256_SIZE);
	put(remembered, &new);
}
