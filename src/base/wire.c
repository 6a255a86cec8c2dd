/* The writer and the strict sticky reader of base/bytes.h. */
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/memory.h"

void
writer_init(struct writer *writer, struct buf *buf)
{
	writer->buf = buf;
	writer->has_failed = false;
	err_reset(&writer->err);
}

void
writer_fixed(struct writer *writer, const void *data, size_t length)
{
	if (writer->has_failed)
		return;
	if (!buf_append(writer->buf, data, length, &writer->err))
		writer->has_failed = true;
}

static void
write_integer(struct writer *writer, uint64_t value, size_t width)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
	writer_fixed(writer, bytes, width);
}

void
writer_u8(struct writer *writer, uint8_t value)
{
	write_integer(writer, value, 1);
}

void
writer_u16(struct writer *writer, uint16_t value)
{
	write_integer(writer, value, 2);
}

void
writer_u32(struct writer *writer, uint32_t value)
{
	write_integer(writer, value, 4);
}

void
writer_u64(struct writer *writer, uint64_t value)
{
	write_integer(writer, value, 8);
}

void
writer_i64(struct writer *writer, int64_t value)
{
	write_integer(writer, (uint64_t)value, 8);
}

void
writer_bool(struct writer *writer, bool value)
{
	writer_u8(writer, value ? 1 : 0);
}

void
writer_bytes(struct writer *writer, struct view bytes)
{
	check(bytes.length <= UINT32_MAX);
	writer_u32(writer, (uint32_t)bytes.length);
	writer_fixed(writer, bytes.data, bytes.length);
}

void
writer_string(struct writer *writer, const char *text)
{
	writer_bytes(writer, view_string(text));
}

bool
writer_done(struct writer *writer, struct err *err)
{
	if (!writer->has_failed)
		return true;
	*err = writer->err;
	return false;
}

void
reader_init(struct reader *reader, struct view bytes)
{
	reader->rest = bytes;
	reader->has_failed = false;
}

static struct view
read_part(struct reader *reader, size_t length)
{
	struct view part;

	if (reader->has_failed || length > reader->rest.length) {
		reader->has_failed = true;
		return (struct view){NULL, 0};
	}
	part = view_slice(reader->rest, 0, length);
	reader->rest = view_slice(reader->rest, length, reader->rest.length);
	return part;
}

static uint64_t
read_integer(struct reader *reader, size_t width)
{
	struct view part = read_part(reader, width);
	uint64_t value = 0;

	for (size_t i = 0; i < part.length; i++)
		value = value << 8 | part.data[i];
	return value;
}

uint8_t
reader_u8(struct reader *reader)
{
	return (uint8_t)read_integer(reader, 1);
}

uint16_t
reader_u16(struct reader *reader)
{
	return (uint16_t)read_integer(reader, 2);
}

uint32_t
reader_u32(struct reader *reader)
{
	return (uint32_t)read_integer(reader, 4);
}

uint64_t
reader_u64(struct reader *reader)
{
	return read_integer(reader, 8);
}

int64_t
reader_i64(struct reader *reader)
{
	return (int64_t)read_integer(reader, 8);
}

bool
reader_bool(struct reader *reader)
{
	uint8_t value = reader_u8(reader);

	if (value > 1)
		reader->has_failed = true;
	return value == 1;
}

struct view
reader_bytes(struct reader *reader, size_t max)
{
	uint32_t length = reader_u32(reader);

	if (length > max)
		reader->has_failed = true;
	return read_part(reader, length);
}

char *
reader_string(struct reader *reader, size_t max)
{
	struct view text = reader_bytes(reader, max);

	if (view_has_nul(text)) {
		reader->has_failed = true;
		text.length = 0;
	}
	return view_to_string(text);
}

void
reader_fixed(struct reader *reader, void *out, size_t length)
{
	struct view part = read_part(reader, length);

	memset(out, 0, length);
	if (part.length > 0)
		memcpy(out, part.data, part.length);
}

bool
reader_done(const struct reader *reader, struct err *err)
{
	if (reader->has_failed)
		return err_set(err, ERR_MALFORMED,
		    "the message is cut short or a part is out of its limits");
	if (reader->rest.length > 0)
		return err_set(err, ERR_MALFORMED,
		    "%zu bytes are left over after the message",
		    reader->rest.length);
	return true;
}
