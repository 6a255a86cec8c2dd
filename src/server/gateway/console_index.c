/* The index of a console bundle. */
#include "server/gateway/console_index.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static bool
broken(struct err *err, const char *what)
{
	return err_set_code(err, ERR_MALFORMED, "console_bundle",
	    "the console's bundle is damaged: %s", what);
}

bool
console_head_read(struct view head, size_t *out_length, struct err *err)
{
	char magic[sizeof(CONSOLE_MAGIC) - 1];
	struct reader reader;
	uint32_t length;

	reader_init(&reader, head);
	reader_fixed(&reader, magic, sizeof(magic));
	length = reader_u32(&reader);
	if (!reader_done(&reader, err) ||
	    memcmp(magic, CONSOLE_MAGIC, sizeof(magic)) != 0)
		return broken(err, "it does not begin as one");
	if (length > CONSOLE_INDEX_MAX)
		return broken(err, "its index is too long");
	*out_length = length;
	return true;
}

static bool
read_form(struct reader *reader, struct console_file *file, uint64_t first,
    uint64_t total, struct err *err)
{
	struct console_form *form = &file->forms[file->form_count];
	uint8_t coding = reader_u8(reader);

	form->offset = reader_u64(reader);
	form->length = reader_u64(reader);
	if (coding >= CONSOLE_CODINGS)
		return broken(err, "a coding is unknown");
	if (form->offset < first || form->offset > total ||
	    form->length > total - form->offset)
		return broken(err, "a file lies outside");
	form->coding = coding;
	file->form_count++;
	return true;
}

static bool
has_identity(const struct console_file *file)
{
	for (size_t i = 0; i < file->form_count; i++)
		if (file->forms[i].coding == CONSOLE_IDENTITY)
			return true;
	return false;
}

/* They become header values. */
static bool
check_texts(const struct console_file *file, struct err *err)
{
	const char *texts[] = {file->path, file->type, file->etag};

	for (size_t i = 0; i < array_length(texts); i++)
		if (texts[i] == NULL || texts[i][0] == '\0' ||
		    !text_is_printable(view_string(texts[i])))
			return broken(err, "a text cannot be sent");
	return file->path[0] == '/' || broken(err, "a path has no root");
}

static bool
read_file(struct reader *reader, struct console_file *file, uint64_t first,
    uint64_t total, struct err *err)
{
	size_t forms;

	file->path = reader_string(reader, CONSOLE_TEXT_MAX);
	file->type = reader_string(reader, CONSOLE_TEXT_MAX);
	file->etag = reader_string(reader, CONSOLE_TEXT_MAX);
	file->flags = reader_u8(reader);
	forms = reader_u8(reader);
	if (!check_texts(file, err))
		return false;
	if (forms > CONSOLE_FORMS_MAX)
		return broken(err, "a file has too many forms");
	for (size_t i = 0; i < forms; i++)
		if (!read_form(reader, file, first, total, err))
			return false;
	return has_identity(file) || broken(err, "a file has no plain form");
}

static bool
take_file(struct console_index *index, struct err *err)
{
	const struct console_file *file = &index->files[index->count - 1];

	if (index->count > 1 && strcmp(file[-1].path, file->path) >= 0)
		return broken(err, "its paths are not in order");
	if ((file->flags & CONSOLE_PAGE) == 0)
		return true;
	if (index->page != NULL)
		return broken(err, "it has two pages");
	index->page = file;
	return true;
}

static bool
read_index(struct console_index *index, struct view bytes, uint64_t total,
    struct err *err)
{
	struct reader reader;
	uint32_t count;

	reader_init(&reader, bytes);
	count = reader_u32(&reader);
	if (count > CONSOLE_FILES_MAX)
		return broken(err, "it has too many files");
	index->files = memory_array(count + 1, sizeof(*index->files));
	memset(index->files, 0, (count + 1) * sizeof(*index->files));
	while (index->count < count)
		if (!read_file(&reader, &index->files[index->count++],
			CONSOLE_HEAD_BYTES + bytes.length, total, err) ||
		    !take_file(index, err))
			return false;
	if (!reader_done(&reader, err))
		return broken(err, "its index is cut, or goes on");
	return index->page != NULL || broken(err, "it has no page");
}

bool
console_index_read(struct console_index *index, struct view bytes,
    uint64_t total, struct err *err)
{
	struct console_index fresh = {0};

	if (!read_index(&fresh, bytes, total, err)) {
		console_index_done(&fresh);
		return false;
	}
	*index = fresh;
	return true;
}

void
console_index_done(struct console_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		free(index->files[i].path);
		free(index->files[i].type);
		free(index->files[i].etag);
	}
	free(index->files);
	*index = (struct console_index){0};
}

static int
compare(const void *key, const void *member)
{
	const struct view *path = key;
	const struct console_file *file = member;
	size_t length = strlen(file->path);
	size_t least = path->length < length ? path->length : length;
	int order = memcmp(path->data, file->path, least);

	if (order != 0)
		return order;
	return (path->length > length) - (path->length < length);
}

const struct console_file *
console_index_find(const struct console_index *index, struct view path)
{
	if (index->count == 0 || path.length == 0)
		return NULL;
	return bsearch(
	    &path, index->files, index->count, sizeof(*index->files), compare);
}
