/*
 * The lines of the journal: JSON, a space, the chained hash, a newline.
 *
 * JSON is one object in the canonical form of json_write() with the members
 * epoch, n, time and type, and those of its type. The hash is SHA-256 over the
 * previous line's hash (32 zero bytes before the first) and the JSON's bytes,
 * as 64 lower-case hexadecimal digits. n counts from 1 without a gap; epoch
 * never falls. Pure: no file is touched here.
 */
#ifndef SERVER_SIGNER_JOURNAL_LINE_H
#define SERVER_SIGNER_JOURNAL_LINE_H

#include "base/json.h"
#include "ipc/signer_types.h"
#include "server/signer/journal_entry.h"

enum {
	JOURNAL_LINE_MAX = 64 * 1024, /* bytes with the newline */
};

/* Append the line that follows head, and move head onto it. Sets the members
 * epoch, n and time of entry. On failure nothing has changed but entry. */
must_use bool journal_line_write(struct buf *out, struct signer_head *head,
    json_t *entry, int64_t now_ms, struct err *err);

/* Read the line (without its newline) that must follow head: out_entry borrows
 * from the line, head moves onto it. ERR_MALFORMED with the reason; head is
 * then untouched. */
must_use bool journal_line_read(struct view line, struct signer_head *head,
    struct journal_entry *out_entry, struct err *err);

/* The entry of a line whose place in the chain does not matter. */
must_use bool journal_line_entry(
    struct view line, struct journal_entry *out_entry, struct err *err);
/* Its JSON alone. */
must_use bool
journal_line_json(struct view line, struct view *out_json, struct err *err);

/* The hash at its end, unchecked. */
must_use bool journal_line_hash(
    struct view line, uint8_t out[SIGNER_HASH_BYTES], struct err *err);

/* "EPOCH:N:HASH", allocated; and back. */
must_use char *journal_head_text(const struct signer_head *head);
must_use bool
journal_head_parse(struct view text, struct signer_head *out, struct err *err);

/* Walk the lines of a file's bytes: false at the end, when rest is what follows
 * the last newline (empty, or a line that was never finished). */
struct journal_scan {
	struct view rest;
	uint64_t offset; /* of rest in the file */
};
must_use bool journal_scan_next(
    struct journal_scan *scan, struct view *out_line, uint64_t *out_offset);

#endif
