/* Configuration: INI lines into struct members, by a table of options. */
#include "base/config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>

#include "base/check.h"
#include "base/config_value.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

enum {
	LINE_SIZE = LIMIT_CONFIG_VALUE + 256,
	DROP_INS_MAX = 1000,
	SECTION_MAX = 48, /* inih would cut a longer one */
	WHERE_SIZE = 512,
};

/* In place of a value that is longer than inih's lines. */
#define LONG_VALUE "\x01"

/* One text on its way through inih, which calls line by line. */
struct parser {
	const struct config_walker *walker;
	void *context;
	const char *name;
	struct view rest;
	unsigned line;
	char *long_value;
	bool has_failed;
	struct err *err;
};

static bool
refuse_line(struct parser *parser, const char *why)
{
	parser->has_failed = true;
	return err_set_code(parser->err, ERR_MALFORMED, "configuration",
	    "%s:%u: %s", parser->name, parser->line, why);
}

/* Is it a comment or nothing at all? */
static bool
is_idle_line(struct view line)
{
	return line.length == 0 || line.data[0] == '#' || line.data[0] == ';';
}

static bool
check_line(struct parser *parser, struct view line, struct view trimmed)
{
	if (line.length >= LINE_SIZE)
		return refuse_line(parser, "the line is too long");
	if (view_has_nul(line) || !utf8_is_valid(line))
		return refuse_line(parser, "the line is not UTF-8 text");
	/* inih would take it for the going on of the value above. */
	if (trimmed.length > 0 && trimmed.data != line.data)
		return refuse_line(
		    parser, "a line must not begin with a blank");
	if (trimmed.length > 0 && trimmed.data[0] == '[' &&
	    (trimmed.length > SECTION_MAX ||
		memchr(trimmed.data, ']', trimmed.length) == NULL))
		return refuse_line(parser, "not a \"[section]\"");
	return true;
}

/* Keep a long value aside; what inih gets is KEY=LONG_VALUE. */
static bool
set_aside(struct parser *parser, struct view line, char *out, size_t size)
{
	struct view key, value;

	if (!view_cut(line, '=', &key, &value))
		return refuse_line(parser, "there is no '=' in the line");
	key = view_trim(key);
	if (key.length + sizeof("=" LONG_VALUE "\n") > size)
		return refuse_line(parser, "the key is too long");
	for (size_t i = 1; i < value.length; i++)
		if (value.data[i] == ';' && isblank(value.data[i - 1]))
			value.length = i;
	free(parser->long_value);
	parser->long_value = view_to_string(view_trim(value));
	snprintf(out, size, "%.*s=" LONG_VALUE "\n", (int)key.length,
	    (const char *)key.data);
	return true;
}

static void
say_where(const struct parser *parser, char *out, size_t size)
{
	snprintf(out, size, "%s:%u", parser->name, parser->line);
}

/* inih says nothing of a section that is empty or begun again: the line itself
 * does. */
static bool
announce(struct parser *parser, struct view trimmed)
{
	char where[WHERE_SIZE], section[SECTION_MAX + 1];
	struct view word, rest;

	if (parser->walker->section == NULL || trimmed.length == 0 ||
	    trimmed.data[0] != '[')
		return true;
	(void)view_cut(
	    view_slice(trimmed, 1, trimmed.length), ']', &word, &rest);
	snprintf(section, sizeof(section), "%.*s", (int)word.length,
	    (const char *)word.data);
	say_where(parser, where, sizeof(where));
	parser->has_failed = !parser->walker->section(
	    parser->context, where, section, parser->err);
	return !parser->has_failed;
}

/* The reader that inih calls in place of fgets(3). */
static char *
next_line(char *out, int size, void *context)
{
	struct parser *parser = context;
	struct view line, trimmed;

	if (parser->has_failed || parser->rest.length == 0)
		return NULL;
	(void)view_cut(parser->rest, '\n', &line, &parser->rest);
	parser->line++;
	if (line.length > 0 && line.data[line.length - 1] == '\r')
		line.length--;
	trimmed = view_trim(line);
	if (!check_line(parser, line, trimmed) || !announce(parser, trimmed))
		return NULL;
	if (is_idle_line(trimmed))
		snprintf(out, (size_t)size, "\n");
	else if (trimmed.length + 2 <= (size_t)size)
		snprintf(out, (size_t)size, "%.*s\n", (int)trimmed.length,
		    (const char *)trimmed.data);
	else if (!set_aside(parser, trimmed, out, (size_t)size))
		return NULL;
	return out;
}

/* The handler that inih calls for each pair; 0 stands for a fault. */
static int
take_pair(
    void *context, const char *section, const char *key, const char *value)
{
	struct parser *parser = context;
	char where[WHERE_SIZE];

	if (parser->has_failed)
		return 0;
	if (strcmp(value, LONG_VALUE) == 0 && parser->long_value != NULL)
		value = parser->long_value;
	say_where(parser, where, sizeof(where));
	parser->has_failed = !parser->walker->pair(
	    parser->context, where, section, key, value, parser->err);
	return parser->has_failed ? 0 : 1;
}

bool
config_walk(const struct config_walker *walker, void *context, const char *name,
    struct view text, struct err *err)
{
	struct parser parser = {.walker = walker,
	    .context = context,
	    .name = name,
	    .rest = text,
	    .err = err};
	int line;

	if (text.length > LIMIT_CONFIG_FILE)
		return err_set_code(err, ERR_MALFORMED, "configuration",
		    "%s: the file is over %d bytes", name, LIMIT_CONFIG_FILE);
	line = ini_parse_stream(next_line, &parser, take_pair, &parser);
	free(parser.long_value);
	if (!parser.has_failed && line != 0) {
		parser.line = (unsigned)line;
		(void)refuse_line(&parser,
		    "neither \"[section]\" nor \"key = value\" nor a comment");
	}
	return !parser.has_failed;
}

/* Where config_parse puts what it walks over. */
struct destination {
	const struct config_option *options;
	size_t count;
	void *target;
};

static bool
set_pair(void *context, const char *where, const char *section, const char *key,
    const char *value, struct err *err)
{
	struct destination *destination = context;

	return config_set(destination->options, destination->count,
	    destination->target, where, section, key, value, err);
}

bool
config_parse(const struct config_option *options, size_t count, void *target,
    const char *name, struct view text, struct err *err)
{
	static const struct config_walker walker = {.pair = set_pair};
	struct destination destination = {options, count, target};

	return config_walk(&walker, &destination, name, text, err);
}

static bool
read_text(const char *path, struct buf *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	uint8_t chunk[4096];
	size_t n;
	bool is_read = true;

	if (file == NULL)
		return err_set_errno(err, "cannot open %s", path);
	while (is_read && (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		is_read = buf_append(out, chunk, n, err);
	if (!is_read)
		(void)err_prefix(err, "%s", path);
	else if (ferror(file))
		is_read = err_set_errno(err, "cannot read %s", path);
	(void)fclose(file);
	return is_read;
}

static bool
load_file(const struct config_option *options, size_t count, void *target,
    const char *path, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(LIMIT_CONFIG_FILE);

	return read_text(path, &text, err) &&
	    config_parse(options, count, target, path, buf_view(&text), err);
}

static int
is_drop_in(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	    strcmp(entry->d_name + length - 5, ".conf") == 0;
}

/* By bytes: the order is the same in every locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool
config_load(const struct config_option *options, size_t count, void *target,
    const char *path, struct err *err)
{
	scoped(memory_freep) char *folder = memory_format("%s.d", path);
	struct dirent **names = NULL;
	bool is_loaded = load_file(options, count, target, path, err);
	int n;

	if (!is_loaded)
		return false;
	n = scandir(folder, &names, is_drop_in, by_name);
	if (n < 0)
		return errno == ENOENT ||
		    err_set_errno(err, "cannot read %s", folder);
	for (int i = 0; i < n; i++) {
		scoped(memory_freep) char *one =
		    memory_format("%s/%s", folder, names[i]->d_name);

		is_loaded = is_loaded && i < DROP_INS_MAX &&
		    load_file(options, count, target, one, err);
		free(names[i]);
	}
	free(names);
	return is_loaded;
}

static const struct config_option *
find(const struct config_option *options, size_t count, const char *section,
    const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i].section, section) == 0 &&
		    strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

/* "a, b and c" of a section's keys, or of all sections where it is NULL. */
static void
list_known(const struct config_option *options, size_t count,
    const char *section, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++) {
		const char *word =
		    section == NULL ? options[i].section : options[i].key;
		bool is_repeated = section == NULL && i > 0 &&
		    strcmp(options[i - 1].section, word) == 0;

		if (is_repeated ||
		    (section != NULL &&
			strcmp(options[i].section, section) != 0))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    used > 0 ? ", " : "", word);
	}
}

bool
config_set(const struct config_option *options, size_t count, void *target,
    const char *where, const char *section, const char *key, const char *value,
    struct err *err)
{
	const struct config_option *option = find(options, count, section, key);
	char known[320];

	if (option != NULL)
		return config_value_set(option, target, where, value, err);
	list_known(options, count, section, known, sizeof(known));
	if (known[0] != '\0')
		return err_set_code(err, ERR_MALFORMED, "configuration",
		    "%s: [%s] has no key \"%s\"; allowed are %s", where,
		    section, key, known);
	list_known(options, count, NULL, known, sizeof(known));
	return err_set_code(err, ERR_MALFORMED, "configuration",
	    "%s: there is no section [%s] (key \"%s\"); allowed are %s", where,
	    section, key, known);
}

const struct config_option *
config_find_argument(
    const struct config_option *options, size_t count, const char *argument)
{
	for (size_t i = 0; i < count; i++)
		if (options[i].argument != NULL &&
		    strcmp(options[i].argument, argument) == 0)
			return &options[i];
	return NULL;
}

void
config_defaults(const struct config_option *options, size_t count, void *target)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < count; i++)
		check(config_value_set(
		    &options[i], target, "default", options[i].standard, &err));
}

bool
config_print(const struct config_option *options, size_t count,
    const void *target, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct config_option *option = &options[i];
		scoped(memory_freep) char *value =
		    config_value_text(option, target);
		char allowed[256];

		config_value_allowed(option, allowed, sizeof(allowed));
		if ((i == 0 ||
			strcmp(options[i - 1].section, option->section) != 0) &&
		    !buf_append_format(out, err, "%s[%s]\n", i == 0 ? "" : "\n",
			option->section))
			return false;
		if (!buf_append_format(out, err,
			"# %s\n# Allowed: %s. Default: %s\n%s =%s%s\n",
			option->help, allowed,
			option->standard[0] != '\0' ? option->standard
						    : "empty",
			option->key, value[0] != '\0' ? " " : "", value))
			return false;
	}
	return true;
}

void
config_done(const struct config_option *options, size_t count, void *target)
{
	for (size_t i = 0; i < count; i++)
		config_value_done(&options[i], target);
}
