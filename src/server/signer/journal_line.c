/* Writing, reading and chaining the lines of the journal. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "server/signer/journal_line.h"

enum {
	HASH_DIGITS = 2 * SIGNER_HASH_BYTES,
};

static void
chain(const uint8_t *previous, struct view json, uint8_t *out)
{
	struct digest *digest = digest_new();

	digest_update(digest, view_of(previous, SIGNER_HASH_BYTES));
	digest_update(digest, json);
	digest_finish(digest, out);
}

bool
journal_line_write(struct buf *out, struct signer_head *head, json_t *entry,
    int64_t now_ms, struct err *err)
{
	struct signer_head next = {.epoch = head->epoch, .n = head->n + 1};
	scoped(memory_freep) char *json = NULL;
	scoped(memory_freep) char *digits = NULL;

	json_set_integer(entry, "epoch", next.epoch);
	json_set_integer(entry, "n", (int64_t)next.n);
	json_set_time(entry, "time", now_ms);
	json = json_write(entry);
	if (strlen(json) + 1 + HASH_DIGITS + 1 > JOURNAL_LINE_MAX)
		return err_set(err, ERR_LIMIT,
		    "an entry of the journal would be longer than %d bytes",
		    JOURNAL_LINE_MAX);
	chain(head->hash, view_string(json), next.hash);
	digits = hex_encode(view_of(next.hash, sizeof(next.hash)));
	if (!buf_append_format(out, err, "%s %s\n", json, digits))
		return false;
	*head = next;
	return true;
}

/* Cut the line into its JSON and its hash. */
static bool
take_apart(
    struct view line, struct view *out_json, uint8_t *out_hash, struct err *err)
{
	size_t json_length;

	if (line.length < HASH_DIGITS + 3)
		return err_set(err, ERR_MALFORMED, "the line is too short");
	json_length = line.length - HASH_DIGITS - 1;
	if (line.data[json_length] != ' ' ||
	    !hex_decode(view_slice(line, json_length + 1, HASH_DIGITS),
		out_hash, SIGNER_HASH_BYTES))
		return err_set(
		    err, ERR_MALFORMED, "the line does not end in a hash");
	*out_json = view_slice(line, 0, json_length);
	return true;
}

static bool
read_place(const struct journal_entry *entry, const struct signer_head *before,
    struct signer_head *next, struct err *err)
{
	uint64_t epoch;

	if (!journal_entry_integer(entry, "epoch", UINT32_MAX, &epoch, err) ||
	    !journal_entry_integer(entry, "n", INT64_MAX, &next->n, err))
		return false;
	if (next->n != before->n + 1)
		return err_set(err, ERR_MALFORMED,
		    "entry %llu is followed by entry %llu",
		    (unsigned long long)before->n, (unsigned long long)next->n);
	if (epoch < before->epoch)
		return err_set(err, ERR_MALFORMED,
		    "epoch %u is followed by epoch %llu", before->epoch,
		    (unsigned long long)epoch);
	next->epoch = (uint32_t)epoch;
	return true;
}

bool
journal_line_read(struct view line, struct signer_head *head,
    struct journal_entry *out_entry, struct err *err)
{
	uint8_t stated[SIGNER_HASH_BYTES];
	struct signer_head next = {0};
	struct view json;

	if (!take_apart(line, &json, stated, err))
		return false;
	chain(head->hash, json, next.hash);
	if (memcmp(stated, next.hash, sizeof(stated)) != 0)
		return err_set(err, ERR_MALFORMED,
		    "the hash does not fit the entry and the line before it");
	if (!journal_entry_read(json, out_entry, err) ||
	    !read_place(out_entry, head, &next, err))
		return false;
	*head = next;
	return true;
}

bool
journal_line_json(struct view line, struct view *out_json, struct err *err)
{
	uint8_t stated[SIGNER_HASH_BYTES];

	return take_apart(line, out_json, stated, err);
}

bool
journal_line_entry(
    struct view line, struct journal_entry *out_entry, struct err *err)
{
	struct view json;

	return journal_line_json(line, &json, err) &&
	    journal_entry_read(json, out_entry, err);
}

bool
journal_line_hash(
    struct view line, uint8_t out[SIGNER_HASH_BYTES], struct err *err)
{
	struct view json;

	return take_apart(line, &json, out, err);
}

char *
journal_head_text(const struct signer_head *head)
{
	scoped(memory_freep) char *digits =
	    hex_encode(view_of(head->hash, sizeof(head->hash)));

	return memory_format(
	    "%u:%llu:%s", head->epoch, (unsigned long long)head->n, digits);
}

bool
journal_head_parse(struct view text, struct signer_head *out, struct err *err)
{
	struct signer_head head = {0};
	struct view epoch;
	struct view n;
	struct view digits;
	uint64_t number;

	if (!view_cut(text, ':', &epoch, &digits) ||
	    !view_cut(digits, ':', &n, &digits) ||
	    !view_to_u64(epoch, UINT32_MAX, &number) ||
	    !view_to_u64(n, INT64_MAX, &head.n) ||
	    !hex_decode(digits, head.hash, sizeof(head.hash)))
		return err_set(err, ERR_MALFORMED,
		    "a head of the journal is written EPOCH:N:HASH");
	head.epoch = (uint32_t)number;
	*out = head;
	return true;
}

bool
journal_scan_next(
    struct journal_scan *scan, struct view *out_line, uint64_t *out_offset)
{
	const uint8_t *end = scan->rest.length == 0
	    ? NULL
	    : memchr(scan->rest.data, '\n', scan->rest.length);
	size_t length;

	if (end == NULL)
		return false;
	length = (size_t)(end - scan->rest.data);
	*out_line = view_slice(scan->rest, 0, length);
	*out_offset = scan->offset;
	scan->rest = view_slice(scan->rest, length + 1, scan->rest.length);
	scan->offset += length + 1;
	return true;
}
