/* Bounded reading of a computer's file tree below a prefix. */
#include "agent/inventory/source.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/memory.h"
#include "proto/inventory.h"

struct source
source_open(const char *prefix)
{
	return (struct source){.prefix = prefix, .is_live = prefix[0] == '\0'};
}

char *
source_path(const struct source *source, const char *path)
{
	return memory_format("%s%s", source->prefix, path);
}

/* Read until the end or max bytes; -1 when there is more or it fails. */
static ssize_t
read_all(int fd, char **data, size_t max)
{
	size_t used = 0, size = 4096;
	ssize_t got;

	*data = memory_zeroed(size + 1);
	for (;;) {
		if (used == size) {
			size = size * 2;
			*data = memory_resize(*data, size + 1, 1);
		}
		got = read(fd, *data + used, size - used);
		if (got <= 0)
			break;
		used += (size_t)got;
		if (used > max)
			return -1;
	}
	(*data)[used] = '\0';
	return got < 0 ? -1 : (ssize_t)used;
}

char *
source_read(const struct source *source, const char *path, size_t max,
    size_t *out_length)
{
	scoped(memory_freep) char *whole = source_path(source, path);
	scoped(memory_freep) char *data = NULL;
	/* Not blocking: a FIFO in a strange place must not hold the agent. */
	int fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t length;

	if (fd < 0)
		return NULL;
	length = read_all(fd, &data, max);
	close(fd);
	if (length < 0)
		return NULL;
	if (out_length != NULL)
		*out_length = (size_t)length;
	return take(data);
}

static char *
first_value(const struct source *source, const char *path)
{
	scoped(memory_freep) char *data = NULL;
	struct view line, rest;
	size_t length = 0;

	data = source_read(source, path, SOURCE_VALUE_MAX, &length);
	if (data == NULL)
		return NULL;
	/* Device-tree values end with NUL, those of sysfs with a newline. */
	view_cut(view_of(data, strnlen(data, length)), '\n', &line, &rest);
	line = view_trim(line);
	return line.length == 0 ? NULL : view_to_string(line);
}

char *
source_value(const struct source *source, const char *format, ...)
{
	scoped(memory_freep) char *path = NULL;
	va_list arguments;

	va_start(arguments, format);
	path = memory_format_v(format, arguments);
	va_end(arguments);
	return first_value(source, path);
}

bool
source_number(
    const struct source *source, uint64_t *out, const char *format, ...)
{
	scoped(memory_freep) char *path = NULL;
	scoped(memory_freep) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	path = memory_format_v(format, arguments);
	va_end(arguments);
	text = first_value(source, path);
	return text != NULL && view_to_u64(view_string(text), INT64_MAX, out);
}

bool
source_exists(const struct source *source, const char *format, ...)
{
	scoped(memory_freep) char *path = NULL;
	struct stat status;
	va_list arguments;

	va_start(arguments, format);
	path = memory_format_v(format, arguments);
	va_end(arguments);
	return source_stat(source, path, &status);
}

bool
source_stat(const struct source *source, const char *path, struct stat *out)
{
	scoped(memory_freep) char *whole = source_path(source, path);

	return stat(whole, out) == 0;
}

char *
source_link(const struct source *source, const char *path)
{
	scoped(memory_freep) char *whole = source_path(source, path);
	char target[SOURCE_VALUE_MAX];
	ssize_t length = readlink(whole, target, sizeof(target) - 1);

	if (length <= 0)
		return NULL;
	return memory_string_n(target, (size_t)length);
}

void
source_names_done(struct source_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct source_names){NULL, 0};
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
source_names_sort(struct source_names *names)
{
	if (names->count > 0)
		qsort(
		    names->names, names->count, sizeof(char *), compare_names);
}

void
source_names_add(struct source_names *names, const char *name)
{
	if (names->count % 64 == 0)
		names->names = memory_resize(
		    names->names, names->count + 64, sizeof(char *));
	names->names[names->count++] = memory_string(name);
}

struct source_names
source_list(const struct source *source, const char *path)
{
	scoped(memory_freep) char *whole = source_path(source, path);
	struct source_names names = {NULL, 0};
	struct dirent *entry;
	DIR *folder = opendir(whole);

	if (folder == NULL)
		return names;
	while (
	    names.count < SOURCE_ITEMS_MAX && (entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			source_names_add(&names, entry->d_name);
	closedir(folder);
	source_names_sort(&names);
	return names;
}

bool
source_line(struct view *rest, struct view *out_line)
{
	if (rest->length == 0)
		return false;
	view_cut(*rest, '\n', out_line, rest);
	return true;
}

void
source_set_view(json_t *item, const char *name, struct view text)
{
	scoped(memory_freep) char *copy = NULL;
	size_t length = text.length;

	if (length > SOURCE_TEXT_MAX) {
		/* Not inside a character: its bytes would be mended. */
		length = SOURCE_TEXT_MAX;
		while (length > 0 && (text.data[length] & 0xc0) == 0x80)
			length--;
	}
	copy = view_to_string(view_slice(text, 0, length));
	if (copy[0] != '\0')
		json_set_string(item, name, copy);
}

void
source_set(json_t *item, const char *name, const char *text)
{
	if (text != NULL)
		source_set_view(item, name, view_string(text));
}

void
source_add(json_t *section, const char *key, json_t *item)
{
	scoped(json_freep) json_t *mended = json_object();

	if (strlen(key) <= INVENTORY_KEY_MAX)
		source_set(mended, "key", key);
	/* One item that the server does not take would cost all of them. */
	if (json_dumpb(item, NULL, 0, JSON_COMPACT) >
		INVENTORY_ITEM_BYTES_MAX ||
	    json_object_size(mended) == 0 ||
	    strlen(json_string_value(json_object_get(mended, "key"))) >
		INVENTORY_KEY_MAX ||
	    json_object_size(section) >= SOURCE_ITEMS_MAX) {
		json_decref(item);
		return;
	}
	json_set_value(
	    section, json_string_value(json_object_get(mended, "key")), item);
}
