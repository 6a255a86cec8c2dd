/* group …: groups of computers. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/change.h"
#include "ctl/client.h"
#include "ctl/criteria.h"
#include "ctl/find.h"
#include "ctl/output.h"
#include "ctl/people.h"

#define GROUPS "/api/v1/groups"

static const struct table_column LIST[] = {
    {"NAME", "name"},
    {"KIND", "kind"},
    {"COMPUTERS", "computer_count"},
    {"SCOPE", "is_scope"},
    {"DESCRIPTION", "description"},
    {"ID", "id"},
};

static const struct table_column ONE[] = {
    {"Name", "name"},
    {"Id", "id"},
    {"Kind", "kind"},
    {"Description", "description"},
    {"Criteria", "criteria"},
    {"Computers", "computer_count"},
    {"Somebody's scope", "is_scope"},
    {"Made", "created_at"},
    {"Version", "version"},
};

static const struct table_column PREVIEW[] = {
    {"NAME", "name"},
    {"ID", "id"},
};

enum ctl_exit
group_find(struct ctl *ctl, const char *id_or_name, char **out_id)
{
	return people_find(ctl, GROUPS, "group", id_or_name, out_id);
}

static enum ctl_exit
path_of(struct ctl *ctl, const char *rest, char **out_path)
{
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result = group_find(ctl, ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(GROUPS "/%s%s", id, rest);
	return result;
}

enum ctl_exit
group_list(struct ctl *ctl)
{
	return output_get_list(ctl, GROUPS, LIST, array_length(LIST));
}

static enum ctl_exit
ask_and_show(
    struct ctl *ctl, const char *method, const char *path, const json_t *body)
{
	scoped(json_freep) json_t *group = NULL;
	enum ctl_exit result = strcmp(method, "PATCH") == 0
	    ? change_now(ctl, method, path, body, &group)
	    : client_ask(ctl, method, path, body, &group);
	const json_t *criteria = json_object_get(group, "criteria");

	if (result != CTL_OK)
		return result;
	if (!ctl_is_set(ctl, "json") && json_is_object(criteria)) {
		scoped(memory_freep) char *text = criteria_text(ctl, criteria);

		json_set_string(group, "criteria", text);
	}
	output_one(ctl, ONE, array_length(ONE), group);
	return CTL_OK;
}

enum ctl_exit
group_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, "", &path);

	return result != CTL_OK ? result : ask_and_show(ctl, "GET", path, NULL);
}

static void
add_text(const struct ctl *ctl, const char *name, json_t *body)
{
	if (ctl_is_set(ctl, name))
		json_set_string(body, name, ctl_value(ctl, name));
}

enum ctl_exit
group_create(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	enum ctl_exit result = criteria_add(ctl, body);

	if (result != CTL_OK)
		return result;
	json_set_string(body, "kind",
	    json_object_get(body, "criteria") != NULL ? "criteria" : "static");
	json_set_string(body, "name", ctl->arguments[0]);
	add_text(ctl, "description", body);
	return ask_and_show(ctl, "POST", GROUPS, body);
}

enum ctl_exit
group_update(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = criteria_add(ctl, body);

	add_text(ctl, "name", body);
	add_text(ctl, "description", body);
	if (result == CTL_OK && json_object_size(body) == 0)
		return ctl_misuse("say what to change: --name, --description, "
				  "--where or --criteria");
	if (result == CTL_OK)
		result = path_of(ctl, "", &path);
	return result != CTL_OK ? result
				: ask_and_show(ctl, "PATCH", path, body);
}

enum ctl_exit
group_delete(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	scoped(memory_freep) char *etag = NULL;
	enum ctl_exit result = path_of(ctl, "", &path);

	if (result == CTL_OK)
		result = change_begin(ctl, path, &etag);
	if (result != CTL_OK)
		return result;
	if (!output_confirm(ctl, "Delete the group %s? Its computers stay.",
		ctl->arguments[0]))
		return CTL_FAILED;
	result = change_send(ctl, "DELETE", path, NULL, etag, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "Deleted.");
	return result;
}

enum ctl_exit
group_preview(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = criteria_add(ctl, body);

	if (result == CTL_OK && json_object_size(body) == 0)
		return ctl_misuse("say what to look for: --where or "
				  "--criteria");
	if (result == CTL_OK)
		result =
		    client_ask(ctl, "POST", GROUPS "/preview", body, &answer);
	if (result != CTL_OK)
		return result;
	if (ctl_is_set(ctl, "json")) {
		output_json(answer);
		return CTL_OK;
	}
	table_print(stdout, PREVIEW, array_length(PREVIEW),
	    json_object_get(answer, "computers"));
	ctl_say(ctl, "%lld computers fit.",
	    (long long)json_integer_value(
		json_object_get(answer, "computer_count")));
	return CTL_OK;
}

/* The arguments behind the group, as ids. */
static enum ctl_exit
add_computers(struct ctl *ctl, json_t *body)
{
	json_t *ids = json_array();

	json_set_value(body, "computer_ids", ids);
	for (size_t i = 1; i < ctl->argument_count; i++) {
		scoped(memory_freep) char *id = NULL;
		enum ctl_exit result =
		    computer_find(ctl, ctl->arguments[i], &id);

		if (result != CTL_OK)
			return result;
		json_array_append_new(ids, json_string(id));
	}
	return CTL_OK;
}

static enum ctl_exit
change_members(struct ctl *ctl, const char *rest, const char *done)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, rest, &path);
	const json_t *group;

	if (result == CTL_OK)
		result = add_computers(ctl, body);
	if (result == CTL_OK)
		result = client_ask(ctl, "POST", path, body, &answer);
	if (result != CTL_OK)
		return result;
	group = json_object_get(answer, "group");
	if (ctl_is_set(ctl, "json"))
		output_json(answer);
	ctl_say(ctl, "%lld %s; computers in the group now: %lld.",
	    (long long)json_integer_value(json_object_get(answer, "changed")),
	    done,
	    (long long)json_integer_value(
		json_object_get(group, "computer_count")));
	return CTL_OK;
}

enum ctl_exit
group_add(struct ctl *ctl)
{
	return change_members(ctl, "/members/add", "added");
}

enum ctl_exit
group_remove(struct ctl *ctl)
{
	return change_members(ctl, "/members/remove", "taken out");
}

enum ctl_exit
group_computers(struct ctl *ctl)
{
	return computer_list_of_group(ctl, ctl->arguments[0]);
}
