/*
 * The index of a console bundle: one file with all files of the web console in
 * it, each with the codings it was compressed in beforehand. Made by
 * console/scripts/bundle.mjs, replaced as a whole. No I/O here.
 *
 * Layout, big-endian: the 8 bytes "WRFCNSL1"; u32 length of the index; the
 * index; then contents. Index: u32 count of files; for each, in ascending order
 * of its path: path, media type, ETag (each u32 length and bytes), u8 flags, u8
 * count of forms; for each form, the preferred first: u8 coding, u64 offset in
 * the bundle, u64 length. A path is looked up whole: nothing is made of it, so
 * none leads anywhere else.
 */
#ifndef SERVER_GATEWAY_CONSOLE_INDEX_H
#define SERVER_GATEWAY_CONSOLE_INDEX_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

#define CONSOLE_MAGIC "WRFCNSL1"

enum {
	CONSOLE_HEAD_BYTES = 12, /* magic and the index's length */
	CONSOLE_INDEX_MAX = 1 << 20,
	CONSOLE_FILES_MAX = 4096,
	CONSOLE_FORMS_MAX = 3,
	CONSOLE_TEXT_MAX = 256,
};

enum console_flag {
	CONSOLE_IMMUTABLE = 1, /* its name changes with its contents */
	CONSOLE_PAGE = 2,      /* what every address of the app shows */
};

enum console_coding {
	CONSOLE_IDENTITY,
	CONSOLE_GZIP,
	CONSOLE_BROTLI,
	CONSOLE_CODINGS,
};

struct console_form {
	enum console_coding coding;
	uint64_t offset;
	uint64_t length;
};

struct console_file {
	char *path; /* "/assets/index-3f2a.js" */
	char *type;
	char *etag;
	unsigned flags; /* of enum console_flag */
	struct console_form forms[CONSOLE_FORMS_MAX];
	size_t form_count; /* one of them is identity */
};

struct console_index {
	struct console_file *files;
	size_t count;
	const struct console_file *page; /* never NULL once read */
};

/* The length of the index from the bundle's first CONSOLE_HEAD_BYTES. */
must_use bool
console_head_read(struct view head, size_t *out_length, struct err *err);
/* total: bytes of the bundle; every form lies within, behind the index. */
must_use bool console_index_read(struct console_index *index, struct view bytes,
    uint64_t total, struct err *err);
void console_index_done(struct console_index *index);

/* NULL where there is none. */
must_use const struct console_file *
console_index_find(const struct console_index *index, struct view path);

#endif
