/* office …: the remote offices. */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"

#define OFFICES "/api/v1/offices"

static const struct table_column LIST[] = {
    {"NAME", "name"},
    {"COMPUTERS", "computer_count"},
    {"MADE", "created_at"},
    {"ID", "id"},
};

static const struct table_column ONE[] = {
    {"Name", "name"},
    {"Id", "id"},
    {"Local Office", "is_local"},
    {"Computers", "computer_count"},
    {"Made", "created_at"},
};

enum ctl_exit
office_list(struct ctl *ctl)
{
	return output_get_list(ctl, OFFICES, LIST, array_length(LIST));
}

enum ctl_exit
office_find(struct ctl *ctl, const char *id_or_name, char **out_id)
{
	scoped(json_freep) json_t *list = NULL;
	const json_t *items;
	enum ctl_exit result;

	if (id_is_valid(view_string(id_or_name))) {
		*out_id = memory_string(id_or_name);
		return CTL_OK;
	}
	result = client_list(ctl, OFFICES, &list);
	if (result != CTL_OK)
		return result;
	items = json_object_get(list, "items");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *name =
		    json_string_value(json_object_get(item, "name"));

		if (name == NULL || strcasecmp(name, id_or_name) != 0)
			continue;
		*out_id = memory_string(
		    json_string_value(json_object_get(item, "id")));
		return CTL_OK;
	}
	ctl_complain("there is no office \"%s\"", id_or_name);
	return CTL_FAILED;
}

static enum ctl_exit
path_of(struct ctl *ctl, char **out_path)
{
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result = office_find(ctl, ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(OFFICES "/%s", id);
	return result;
}

enum ctl_exit
office_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, &path);

	return result != CTL_OK
	    ? result
	    : output_get_one(ctl, path, ONE, array_length(ONE));
}

static enum ctl_exit
send_name(
    struct ctl *ctl, const char *method, const char *path, const char *name)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;

	json_set_string(body, "name", name);
	result = client_ask(ctl, method, path, body, &answer);
	if (result == CTL_OK)
		output_one(ctl, ONE, array_length(ONE), answer);
	return result;
}

enum ctl_exit
office_create(struct ctl *ctl)
{
	return send_name(ctl, "POST", OFFICES, ctl->arguments[0]);
}

enum ctl_exit
office_rename(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, &path);

	return result != CTL_OK
	    ? result
	    : send_name(ctl, "PATCH", path, ctl->arguments[1]);
}

enum ctl_exit
office_delete(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, &path);

	if (result != CTL_OK)
		return result;
	if (!output_confirm(ctl, "Delete the office %s?", ctl->arguments[0]))
		return CTL_FAILED;
	result = client_ask(ctl, "DELETE", path, NULL, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "Deleted.");
	return result;
}
