/* software …: titles, versions, who has them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"

#define SOFTWARE "/api/v1/software"

static const struct table_column LIST[] = {
    {"NAME", "name"},
    {"FORMAT", "format"},
    {"COMPUTERS", "computers"},
    {"VERSIONS", "versions"},
    {"ID", "id"},
};

static const struct table_column ONE[] = {
    {"Name", "name"},
    {"Id", "id"},
    {"Format", "format"},
    {"Computers", "computers"},
    {"Versions", "versions"},
};

static const struct table_column VERSIONS[] = {
    {"VERSION", "version"},
    {"COMPUTERS", "computers"},
    {"ID", "id"},
};

static const struct table_column COMPUTERS[] = {
    {"NAME", "name"},
    {"VERSION", "version"},
    {"INSTALLED", "installed_at"},
    {"OS", "os_name"},
    {"OS VERSION", "os_version"},
    {"ID", "computer_id"},
};

static int64_t
integer_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* That the numbers will grow. */
static void
tell_counting(const struct ctl *ctl, const json_t *list)
{
	const json_t *counting = json_object_get(list, "counting");

	if (json_is_object(counting) && !ctl_is_set(ctl, "quiet"))
		ctl_complain("stored inventories are being counted: %" PRId64
			     " of %" PRId64 " computers are done",
		    integer_of(counting, "done"),
		    integer_of(counting, "total"));
}

static const char *
match_of(const struct ctl *ctl)
{
	return ctl_value(ctl, "search") != NULL && ctl_is_set(ctl, "beginning")
	    ? "beginning"
	    : NULL;
}

enum ctl_exit
software_list(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    client_path(SOFTWARE, "sort", ctl_value(ctl, "sort"), "search",
		ctl_value(ctl, "search"), "match", match_of(ctl), NULL);
	scoped(json_freep) json_t *list = NULL;
	enum ctl_exit result = client_list(ctl, path, &list);

	if (result != CTL_OK)
		return result;
	output_list(ctl, LIST, array_length(LIST), list);
	tell_counting(ctl, list);
	return CTL_OK;
}

/* Those among the found ones that bear exactly this name. */
static size_t
count_named(const json_t *items, const char *name, int64_t *out_id)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *its =
		    json_string_value(json_object_get(item, "name"));

		if (its == NULL || strcasecmp(its, name) != 0)
			continue;
		*out_id = integer_of(item, "id");
		count++;
	}
	return count;
}

/* By number, or by name where only one title bears it. */
static enum ctl_exit
find(struct ctl *ctl, const char *id_or_name, int64_t *out_id)
{
	scoped(json_freep) json_t *page = NULL;
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result;
	uint64_t id;
	size_t count;

	if (view_to_u64(view_string(id_or_name), INT64_MAX, &id)) {
		*out_id = (int64_t)id;
		return CTL_OK;
	}
	path = client_path(SOFTWARE, "search", id_or_name, "match", "beginning",
	    "limit", "500", NULL);
	result = client_ask(ctl, "GET", path, NULL, &page);
	if (result != CTL_OK)
		return result;
	count = count_named(json_object_get(page, "items"), id_or_name, out_id);
	if (count == 1)
		return CTL_OK;
	if (count == 0)
		ctl_complain("there is no software \"%s\"", id_or_name);
	else
		ctl_complain("%zu titles are called \"%s\"; use the id", count,
		    id_or_name);
	return CTL_FAILED;
}

/* "/api/v1/software/ID" and what follows, for the first argument. */
static enum ctl_exit
path_of(struct ctl *ctl, const char *rest, char **out_path)
{
	int64_t id = 0;
	enum ctl_exit result = find(ctl, ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(SOFTWARE "/%" PRId64 "%s", id, rest);
	return result;
}

enum ctl_exit
software_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, "", &path);

	return result != CTL_OK
	    ? result
	    : output_get_one(ctl, path, ONE, array_length(ONE));
}

enum ctl_exit
software_versions(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, "/versions", &path);

	return result != CTL_OK
	    ? result
	    : output_get_list(ctl, path, VERSIONS, array_length(VERSIONS));
}

/* Of the title at path the version that is called so: its number as text;
 * NULL: none was asked for. */
static enum ctl_exit
version_of(struct ctl *ctl, char **out_id)
{
	const char *wanted = ctl_value(ctl, "version");
	scoped(memory_freep) char *path = NULL;
	scoped(json_freep) json_t *list = NULL;
	const json_t *items;
	enum ctl_exit result;

	if (wanted == NULL)
		return CTL_OK;
	result = path_of(ctl, "/versions", &path);
	if (result == CTL_OK)
		result = client_list(ctl, path, &list);
	if (result != CTL_OK)
		return result;
	items = json_object_get(list, "items");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *its =
		    json_string_value(json_object_get(item, "version"));

		if (its == NULL || strcmp(its, wanted) != 0)
			continue;
		*out_id = memory_format("%" PRId64, integer_of(item, "id"));
		return CTL_OK;
	}
	ctl_complain("nobody has the version \"%s\"", wanted);
	return CTL_FAILED;
}

/* Who has it: a list or its export. */
static enum ctl_exit
computers_path(struct ctl *ctl, const char *rest, char **out_path)
{
	scoped(memory_freep) char *version = NULL;
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, rest, &path);

	if (result == CTL_OK)
		result = version_of(ctl, &version);
	if (result == CTL_OK)
		*out_path = client_path(path, "version_id", version, NULL);
	return result;
}

enum ctl_exit
software_computers(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = computers_path(ctl, "/computers", &path);

	return result != CTL_OK
	    ? result
	    : output_get_list(ctl, path, COMPUTERS, array_length(COMPUTERS));
}

enum ctl_exit
software_export(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = CTL_OK;

	if (ctl->argument_count > 0)
		result = computers_path(ctl, "/export", &path);
	else if (ctl_value(ctl, "version") != NULL)
		return ctl_misuse("--version needs a TITLE");
	else
		path = client_path(SOFTWARE "/export", "search",
		    ctl_value(ctl, "search"), "match", match_of(ctl), NULL);
	return result != CTL_OK ? result : client_copy(ctl, path, stdout);
}
