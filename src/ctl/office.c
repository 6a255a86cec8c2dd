/* office …: the remote offices. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/change.h"
#include "ctl/client.h"
#include "ctl/find.h"
#include "ctl/output.h"
#include "ctl/people.h"

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
    {"Version", "version"},
};

enum ctl_exit
office_list(struct ctl *ctl)
{
	return output_get_list(ctl, OFFICES, LIST, array_length(LIST));
}

enum ctl_exit
office_find(struct ctl *ctl, const char *id_or_name, char **out_id)
{
	return people_find(ctl, OFFICES, "office", id_or_name, out_id);
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
show(struct ctl *ctl, enum ctl_exit result, const json_t *office)
{
	if (result == CTL_OK)
		output_one(ctl, ONE, array_length(ONE), office);
	return result;
}

enum ctl_exit
office_create(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;

	json_set_string(body, "name", ctl->arguments[0]);
	result = client_ask(ctl, "POST", OFFICES, body, &answer);
	return show(ctl, result, answer);
}

enum ctl_exit
office_rename(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, &path);

	if (result != CTL_OK)
		return result;
	json_set_string(body, "name", ctl->arguments[1]);
	result = change_now(ctl, "PATCH", path, body, &answer);
	return show(ctl, result, answer);
}

enum ctl_exit
office_delete(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, &path);

	return result != CTL_OK ? result : change_delete(ctl, "office", path);
}
