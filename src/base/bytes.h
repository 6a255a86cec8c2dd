/*
 * Bytes: borrowed views, owned buffers with a ceiling, and a strict reader.
 *
 * A view never owns. A buf owns its memory and was born with a maximum: what
 * would go past it fails with ERR_LIMIT and changes nothing. The reader is
 * sticky: after the first short read every later read yields zeroes, and
 * reader_done() says at the end whether all was there and nothing was left.
 * Integers on the wire are big-endian.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

struct view {
	const uint8_t *data; /* may be NULL when length is 0 */
	size_t length;
};

#define VIEW_LITERAL(text)                                                     \
	((struct view){(const uint8_t *)(text), sizeof(text) - 1})

struct view view_of(const void *data, size_t length);
struct view view_string(const char *text); /* NULL gives an empty view */
must_use bool view_equal(struct view a, struct view b);
must_use bool view_equal_string(struct view a, const char *text);
must_use bool view_equal_string_nocase(struct view a, const char *text);
must_use bool view_starts_with(struct view whole, const char *prefix);
/* The part from offset, of at most length bytes; both are cut to fit. */
struct view view_slice(struct view whole, size_t offset, size_t length);
/* Cut at the first separator: the part before it in out_head, the part after
 * it in out_rest. False (all in out_head, rest empty) when there is none. */
bool view_cut(struct view whole, uint8_t separator, struct view *out_head,
    struct view *out_rest);
struct view view_trim(struct view text); /* spaces and tabs at both ends */
/* A decimal number without sign, blanks or leading zeroes, at most max. */
must_use bool view_to_u64(struct view digits, uint64_t max, uint64_t *out);
/* An allocated NUL-terminated copy; inner NULs are the caller's concern. */
must_use char *view_to_string(struct view text);
must_use bool view_has_nul(struct view text);

struct buf {
	uint8_t *data;
	size_t length;
	size_t capacity;
	size_t max; /* never more than this many bytes */
};

#define BUF_INIT(maximum)                                                      \
	{                                                                      \
		.max = (maximum)                                               \
	}

void buf_init(struct buf *buf, size_t max);
void buf_done(struct buf *buf);  /* frees; the buf is empty and usable again */
void buf_clear(struct buf *buf); /* length 0, memory kept */
void buf_wipe(struct buf *buf);  /* contents overwritten, then buf_done */
must_use bool buf_reserve(struct buf *buf, size_t more, struct err *err);
must_use bool
buf_append(struct buf *buf, const void *data, size_t length, struct err *err);
must_use bool
buf_append_view(struct buf *buf, struct view view, struct err *err);
must_use bool
buf_append_string(struct buf *buf, const char *text, struct err *err);
must_use bool buf_append_format(struct buf *buf, struct err *err,
    const char *format, ...) printf_like(3, 4);
void buf_consume(struct buf *buf, size_t length); /* drop from the front */
struct view buf_view(const struct buf *buf);
/* Memory leaves: the caller frees *out_data. */
void buf_take(struct buf *buf, uint8_t **out_data, size_t *out_length);

/* Writers into a buf. A failed write leaves the buf unusable for sending: the
 * error is sticky in the writer, so only writer_done() needs a check. */
struct writer {
	struct buf *buf;
	bool has_failed;
	struct err err;
};

void writer_init(struct writer *writer, struct buf *buf);
void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_u64(struct writer *writer, uint64_t value);
void writer_i64(struct writer *writer, int64_t value);
void writer_bool(struct writer *writer, bool value);
void writer_bytes(struct writer *writer, struct view bytes); /* u32 length */
void writer_string(struct writer *writer, const char *text); /* NULL: empty */
void writer_fixed(struct writer *writer, const void *data, size_t length);
must_use bool writer_done(struct writer *writer, struct err *err);

struct reader {
	struct view rest;
	bool has_failed;
};

void reader_init(struct reader *reader, struct view bytes);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
int64_t reader_i64(struct reader *reader);
bool reader_bool(struct reader *reader); /* anything but 0 and 1 fails */
/* A length-prefixed part of at most max bytes, borrowed from the input. */
struct view reader_bytes(struct reader *reader, size_t max);
/* The same as allocated text without NUL inside, never NULL; free() it. */
must_use char *reader_string(struct reader *reader, size_t max);
/* Exactly length bytes into out (zeroes after a failure). */
void reader_fixed(struct reader *reader, void *out, size_t length);
/* True when nothing failed and nothing is left over; else ERR_MALFORMED. */
must_use bool reader_done(const struct reader *reader, struct err *err);

static inline void
buf_donep(struct buf *buf)
{
	buf_done(buf);
}

static inline void
buf_wipep(struct buf *buf)
{
	buf_wipe(buf);
}

#endif
