/* A section of packages as titles and versions. */
#include "store/software_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/store.h"

static const char *const FORMATS[] = {"dpkg", "rpm"};

static const char *
format_of(const json_t *item)
{
	const char *word = json_string_value(json_object_get(item, "format"));

	for (size_t i = 0; word != NULL && i < array_length(FORMATS); i++)
		if (strcmp(FORMATS[i], word) == 0)
			return FORMATS[i];
	return "other";
}

/* What tells no name is known by its key. */
static const char *
name_of(const char *key, const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "name"));

	return name != NULL && name[0] != '\0' ? name : key;
}

static const char *
version_of(const json_t *item)
{
	const char *text = json_string_value(json_object_get(item, "version"));

	return text != NULL ? text : "";
}

static int64_t
installed_at_of(const json_t *item)
{
	const char *text =
	    json_string_value(json_object_get(item, "installed_at"));
	int64_t at = 0;

	if (text == NULL || !clock_parse_rfc3339(view_string(text), &at) ||
	    at < 0)
		return 0;
	return at - at % 1000;
}

static size_t
room_for(const char *text, size_t max)
{
	size_t length = strlen(text);

	return (length < max ? length : max) + 1;
}

static size_t
texts_size(const json_t *section)
{
	size_t size = 1;
	const char *key;
	json_t *item;

	json_object_foreach ((json_t *)(uintptr_t)section, key, item)
		size += room_for(name_of(key, item), LIMIT_SOFTWARE_NAME) +
		    room_for(version_of(item), LIMIT_SOFTWARE_VERSION);
	return size;
}

/* Cut to fit; *at goes behind its end. */
static const char *
keep(char **at, const char *text, size_t size)
{
	char *kept = *at;

	store_text_copy(kept, size, text);
	*at += strlen(kept) + 1;
	return kept;
}

static struct software_entry
read_entry(const char *key, const json_t *item, char **at)
{
	struct software_entry entry = {
	    .format = format_of(item), .installed_at = installed_at_of(item)};

	entry.name = keep(at, name_of(key, item), STORE_SOFTWARE_NAME_SIZE);
	entry.version = keep(at, version_of(item), STORE_SOFTWARE_VERSION_SIZE);
	return entry;
}

int
software_entry_compare(
    const struct software_entry *a, const struct software_entry *b)
{
	int order = strcmp(a->format, b->format);

	if (order == 0)
		order = strcmp(a->name, b->name);
	return order != 0 ? order : strcmp(a->version, b->version);
}

bool
software_entry_has_title(
    const struct software_entry *a, const struct software_entry *b)
{
	return strcmp(a->format, b->format) == 0 &&
	    strcmp(a->name, b->name) == 0;
}

static int
compare(const void *a, const void *b)
{
	return software_entry_compare(a, b);
}

/* Of doubles the one that was installed last tells when. */
static void
merge_doubles(struct software_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct software_entry *one = &set->entries[i];
		struct software_entry *last = &set->entries[kept];

		if (kept == 0 || software_entry_compare(last - 1, one) != 0) {
			*last = *one;
			kept++;
		} else if (one->installed_at > last[-1].installed_at) {
			last[-1].installed_at = one->installed_at;
		}
	}
	set->count = kept;
}

void
software_set_read(const json_t *section, struct software_set *out_set)
{
	struct software_set set = {0};
	const char *key;
	json_t *item;
	char *at;

	set.entries =
	    memory_array(json_object_size(section) + 1, sizeof(*set.entries));
	set.texts = memory_zeroed(texts_size(section));
	at = set.texts;
	json_object_foreach ((json_t *)(uintptr_t)section, key, item)
		set.entries[set.count++] = read_entry(key, item, &at);
	qsort(set.entries, set.count, sizeof(*set.entries), compare);
	merge_doubles(&set);
	if (set.count > LIMIT_SOFTWARE_PER_COMPUTER) {
		set.left_off = set.count - LIMIT_SOFTWARE_PER_COMPUTER;
		set.count = LIMIT_SOFTWARE_PER_COMPUTER;
	}
	*out_set = set;
}

void
software_set_done(struct software_set *set)
{
	free(set->entries);
	free(set->texts);
	memset(set, 0, sizeof(*set));
}

static void
note(struct software_difference *out, const struct software_entry *old,
    const struct software_entry *new, int order)
{
	if (order < 0)
		out->removed[out->removed_count++] = old;
	else if (order > 0)
		out->added[out->added_count++] = new;
	else if (old->installed_at != new->installed_at)
		out->touched[out->touched_count++] = new;
}

void
software_difference_make(const struct software_set *before,
    const struct software_set *after, struct software_difference *out)
{
	size_t i = 0, j = 0;

	*out = (struct software_difference){
	    .removed = memory_array(before->count + 1, sizeof(*out->removed)),
	    .added = memory_array(after->count + 1, sizeof(*out->added)),
	    .touched = memory_array(after->count + 1, sizeof(*out->touched))};
	while (i < before->count || j < after->count) {
		int order = i == before->count ? 1
		    : j == after->count
		    ? -1
		    : software_entry_compare(
			  &before->entries[i], &after->entries[j]);

		note(out, &before->entries[i], &after->entries[j], order);
		i += order <= 0;
		j += order >= 0;
	}
}

void
software_difference_done(struct software_difference *difference)
{
	free(difference->removed);
	free(difference->added);
	free(difference->touched);
	memset(difference, 0, sizeof(*difference));
}
