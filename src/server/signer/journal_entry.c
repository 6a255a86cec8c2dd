/* A scanner for flat canonical JSON, and getters of its members. */
#include "server/signer/journal_entry.h"

#include "base/clock.h"
#include "base/text.h"
#include "ipc/signer_messages.h"

struct scan {
	struct view rest;
};

static bool
malformed(struct err *err, const char *what)
{
	return err_set(
	    err, ERR_MALFORMED, "the entry is not in order: %s", what);
}

static bool
take_byte(struct scan *scan, uint8_t byte)
{
	if (scan->rest.length == 0 || scan->rest.data[0] != byte)
		return false;
	scan->rest = view_slice(scan->rest, 1, scan->rest.length);
	return true;
}

/* The end of a text that begins at data; length when there is none. */
static size_t
text_end(struct view rest, bool *out_has_escape)
{
	size_t at = 0;

	*out_has_escape = false;
	while (at < rest.length && rest.data[at] != '"') {
		if (rest.data[at] < 0x20)
			return rest.length;
		if (rest.data[at] == '\\') {
			*out_has_escape = true;
			at++;
		}
		at++;
	}
	return at < rest.length ? at : rest.length;
}

static bool
take_text(struct scan *scan, struct view *out, bool *out_has_escape)
{
	size_t end;

	if (!take_byte(scan, '"'))
		return false;
	end = text_end(scan->rest, out_has_escape);
	*out = view_slice(scan->rest, 0, end);
	scan->rest = view_slice(scan->rest, end, scan->rest.length);
	return take_byte(scan, '"');
}

static bool
take_integer(struct scan *scan, struct view *out)
{
	size_t first =
	    scan->rest.length > 0 && scan->rest.data[0] == '-' ? 1 : 0;
	size_t end = first;

	while (end < scan->rest.length && scan->rest.data[end] >= '0' &&
	    scan->rest.data[end] <= '9')
		end++;
	*out = view_slice(scan->rest, 0, end);
	scan->rest = view_slice(scan->rest, end, scan->rest.length);
	return end > first;
}

static bool
take_member(struct scan *scan, struct journal_member *out)
{
	bool has_escape;

	if (!take_text(scan, &out->name, &has_escape) || has_escape ||
	    !take_byte(scan, ':'))
		return false;
	out->is_text = scan->rest.length > 0 && scan->rest.data[0] == '"';
	return out->is_text ? take_text(scan, &out->value, &out->has_escape)
			    : take_integer(scan, &out->value);
}

static bool
is_sorted(struct view before, struct view after)
{
	size_t common =
	    before.length < after.length ? before.length : after.length;
	int order = common == 0 ? 0 : memcmp(before.data, after.data, common);

	return order < 0 || (order == 0 && before.length < after.length);
}

static bool
read_members(struct scan *scan, struct journal_entry *entry, struct err *err)
{
	do {
		struct journal_member *member = &entry->members[entry->count];

		if (entry->count == JOURNAL_MEMBERS_MAX)
			return malformed(err, "too many members");
		if (!take_member(scan, member))
			return malformed(err, "a member is not name and value");
		if (entry->count > 0 &&
		    !is_sorted(member[-1].name, member->name))
			return malformed(err, "the members are not sorted");
		entry->count++;
	} while (take_byte(scan, ','));
	return true;
}

bool
journal_entry_read(struct view json, struct journal_entry *out, struct err *err)
{
	struct scan scan = {.rest = json};

	out->count = 0;
	if (!take_byte(&scan, '{'))
		return malformed(err, "it is not an object");
	if (!read_members(&scan, out, err))
		return false;
	if (!take_byte(&scan, '}') || scan.rest.length > 0)
		return malformed(err, "it does not end where it should");
	return true;
}

const struct journal_member *
journal_entry_find(const struct journal_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->count; i++) {
		if (view_equal_string(entry->members[i].name, name))
			return &entry->members[i];
	}
	return NULL;
}

bool
journal_entry_text(const struct journal_entry *entry, const char *name,
    struct view *out, struct err *err)
{
	const struct journal_member *member = journal_entry_find(entry, name);

	if (member == NULL || !member->is_text || member->has_escape)
		return err_set(
		    err, ERR_MALFORMED, "%s is not a plain text", name);
	*out = member->value;
	return true;
}

bool
journal_entry_integer(const struct journal_entry *entry, const char *name,
    uint64_t max, uint64_t *out, struct err *err)
{
	const struct journal_member *member = journal_entry_find(entry, name);
	uint64_t value;

	if (member == NULL || member->is_text ||
	    !view_to_u64(member->value, max, &value) || value == 0)
		return err_set(err, ERR_MALFORMED,
		    "%s is not a number from 1 to %llu", name,
		    (unsigned long long)max);
	*out = value;
	return true;
}

bool
journal_entry_hex(const struct journal_entry *entry, const char *name,
    void *out, size_t size, struct err *err)
{
	struct view text;

	if (!journal_entry_text(entry, name, &text, err))
		return false;
	if (!hex_decode(text, out, size))
		return err_set(err, ERR_MALFORMED,
		    "%s is not %zu bytes in hexadecimal", name, size);
	return true;
}

bool
journal_entry_uuid(const struct journal_entry *entry, const char *name,
    uint8_t *out, struct err *err)
{
	char copy[ID_SIZE];
	struct view text;

	if (!journal_entry_text(entry, name, &text, err))
		return false;
	if (text.length == ID_SIZE - 1) {
		memcpy(copy, text.data, text.length);
		copy[text.length] = '\0';
		if (signer_uuid_bytes(copy, out))
			return true;
	}
	return err_set(err, ERR_MALFORMED, "%s is not a UUID", name);
}

bool
journal_entry_time(const struct journal_entry *entry, const char *name,
    int64_t *out, struct err *err)
{
	struct view text;

	if (!journal_entry_text(entry, name, &text, err))
		return false;
	if (!clock_parse_rfc3339(text, out))
		return err_set(err, ERR_MALFORMED, "%s is not a time", name);
	return true;
}
