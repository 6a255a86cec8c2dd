/*
 * Configuration files: INI text into the members of a struct, by a table.
 *
 * The table of options says section, key, kind, range or choices, default and
 * help; the struct is zeroed before config_defaults() and released by
 * config_done(). A file's drop-ins are the *.conf files of FILE.d in the order
 * of their names; later values replace earlier ones. Every fault is
 * ERR_MALFORMED, code "configuration", with file, line and what is allowed.
 * Used at start only.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

enum config_kind {
	CONFIG_TEXT,     /* char * , never NULL; "" where empty */
	CONFIG_NUMBER,   /* int64_t; a size may end in K, M or G (of 1024) */
	CONFIG_DURATION, /* int64_t ms; "90min", "5 s", "500ms", "2h", "14d" */
	CONFIG_BOOLEAN,  /* bool; yes/no, true/false, on/off, 1/0 */
	CONFIG_CHOICE,   /* int64_t; the index in choices */
	CONFIG_LIST, /* char **, ended by NULL; parted by blanks or commas */
};

struct config_option {
	const char *section;
	const char *key;
	enum config_kind kind;
	size_t offset;       /* of the member */
	int64_t least, most; /* numbers; durations in ms; lengths of text */
	const char *const *choices; /* ended by NULL */
	const char *standard;       /* the default, as it would be written */
	const char *argument;       /* "--http-port", or NULL */
	const char *help;           /* one sentence */
};

void config_defaults(
    const struct config_option *options, size_t count, void *target);
/* name stands in messages for the file. */
must_use bool config_parse(const struct config_option *options, size_t count,
    void *target, const char *name, struct view text, struct err *err);
/* The same text without a table, in its order: section runs for every line
 * "[section]" (NULL: not wanted), pair for every "key = value". where is
 * "NAME:LINE", as config_set takes it; false ends the walk. */
struct config_walker {
	bool (*section)(void *context, const char *where, const char *section,
	    struct err *err);
	bool (*pair)(void *context, const char *where, const char *section,
	    const char *key, const char *value, struct err *err);
};
must_use bool config_walk(const struct config_walker *walker, void *context,
    const char *name, struct view text, struct err *err);
/* The file and its drop-ins. */
must_use bool config_load(const struct config_option *options, size_t count,
    void *target, const char *path, struct err *err);
/* One value; where ("FILE:LINE" or "--http-port") begins the message. */
must_use bool config_set(const struct config_option *options, size_t count,
    void *target, const char *where, const char *section, const char *key,
    const char *value, struct err *err);
/* The option of a command line argument, or NULL. */
must_use const struct config_option *config_find_argument(
    const struct config_option *options, size_t count, const char *argument);
/* All values in force, with the help as comments, readable by config_parse. */
must_use bool config_print(const struct config_option *options, size_t count,
    const void *target, struct buf *out, struct err *err);
void
config_done(const struct config_option *options, size_t count, void *target);

#endif
