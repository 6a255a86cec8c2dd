/*
 * Where inventory is read from: the file tree of a computer, below a prefix.
 *
 * The executor reads "/" (prefix ""); tests read a fixture tree. Everything
 * here is bounded: a file gives at most the asked number of bytes, a folder at
 * most SOURCE_ITEMS_MAX names. What is not there is not an error: files of
 * /proc and /sys differ from host to host, so a missing one gives NULL.
 */
#ifndef AGENT_INVENTORY_SOURCE_H
#define AGENT_INVENTORY_SOURCE_H

#include <sys/stat.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/json.h"

enum {
	SOURCE_VALUE_MAX = 4096,            /* one value of /sys or the like */
	SOURCE_FILE_MAX = 64 * 1024 * 1024, /* the package database */
	SOURCE_TEXT_MAX = 1024,             /* one text of an item */
	SOURCE_ITEMS_MAX = 20000,           /* names of a folder, items */
};

struct source {
	const char *prefix; /* "" for the computer itself */
	bool is_live;       /* system calls about this computer may be used */
};

/* "/" itself when prefix is "". The prefix is borrowed. */
struct source source_open(const char *prefix);
/* The path below the prefix; allocated, free() it. */
must_use char *source_path(const struct source *source, const char *path);
/* The whole file, NUL-terminated, or NULL when it is missing, unreadable or
 * longer than max; allocated. */
must_use char *source_read(const struct source *source, const char *path,
    size_t max, size_t *out_length);
/* One value: first line, trimmed; NULL when missing or empty; allocated. The
 * path is a format. */
must_use char *source_value(
    const struct source *source, const char *format, ...) printf_like(2, 3);
/* The same as a number; false when it is none. */
must_use bool source_number(const struct source *source, uint64_t *out,
    const char *format, ...) printf_like(3, 4);
must_use bool source_exists(
    const struct source *source, const char *format, ...) printf_like(2, 3);
must_use bool
source_stat(const struct source *source, const char *path, struct stat *out);
/* Where a symbolic link points, as it is written; NULL when none. */
must_use char *source_link(const struct source *source, const char *path);

/* Names of a folder without "." and "..", sorted. NULL list when missing. */
struct source_names {
	char **names;
	size_t count;
};
void source_names_add(struct source_names *names, const char *name);
void source_names_sort(struct source_names *names);
void source_names_done(struct source_names *names);
struct source_names source_list(const struct source *source, const char *path);

/* Lines of a text that is borrowed: false at the end. */
must_use bool source_line(struct view *rest, struct view *out_line);

/* Set a text member cut to SOURCE_TEXT_MAX bytes and mended to UTF-8; a NULL
 * or empty text sets nothing. */
void source_set(json_t *item, const char *name, const char *text);
void source_set_view(json_t *item, const char *name, struct view text);
/* Add an item to a section unless that is full, the item is larger than
 * INVENTORY_ITEM_BYTES_MAX, or the key, mended to UTF-8, is empty or longer
 * than INVENTORY_KEY_MAX. Takes ownership of item. */
void source_add(json_t *section, const char *key, json_t *item);

#endif
