/* Scopes as people write and read them: the names of places. */
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/find.h"
#include "ctl/people.h"

#define OFFICES "/api/v1/offices"
#define GROUPS  "/api/v1/groups"

#define GROUP_PREFIX "group:"

/* "Osaka" or "group:Laboratory" */
static enum ctl_exit
add_place(struct ctl *ctl, struct view text, json_t *places)
{
	struct view name = view_trim(text);
	bool is_group = view_starts_with(name, GROUP_PREFIX);
	scoped(memory_freep) char *wanted = view_to_string(is_group
		? view_slice(name, strlen(GROUP_PREFIX), name.length)
		: name);
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result = is_group ? group_find(ctl, wanted, &id)
					: office_find(ctl, wanted, &id);
	json_t *place;

	if (result != CTL_OK)
		return result;
	place = json_object();
	json_set_string(place, "kind", is_group ? "group" : "office");
	json_set_string(place, "id", id);
	json_array_append_new(places, place);
	return CTL_OK;
}

enum ctl_exit
people_add_scope(struct ctl *ctl, json_t *body)
{
	struct view rest = view_string(ctl_value(ctl, "scope")), name;
	enum ctl_exit result = CTL_OK;
	json_t *places;

	if (!ctl_is_set(ctl, "scope"))
		return CTL_OK;
	if (view_equal_string(rest, "all")) {
		json_set_value(body, "scope", json_null());
		return CTL_OK;
	}
	places = json_array();
	json_set_value(body, "scope", places);
	do {
		view_cut(rest, ',', &name, &rest);
		result = add_place(ctl, name, places);
	} while (result == CTL_OK && rest.length > 0);
	return result;
}

/* What places are called. */
struct place_names {
	json_t *offices; /* lists, or NULL */
	json_t *groups;
};

static void
place_names_done(struct place_names *names)
{
	json_decref(names->offices);
	json_decref(names->groups);
}

static const char *
place_name(const json_t *list, const char *id)
{
	const json_t *items = json_object_get(list, "items");

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *other =
		    json_string_value(json_object_get(item, "id"));

		if (other != NULL && id != NULL && strcmp(other, id) == 0)
			return json_string_value(json_object_get(item, "name"));
	}
	return id;
}

static void
tell_scope(const struct place_names *names, json_t *object)
{
	const json_t *scope = json_object_get(object, "scope");
	scoped(memory_freep) char *text = memory_string("");

	if (json_is_null(scope)) {
		json_set_string(object, "scope", "all");
		return;
	}
	for (size_t i = 0; i < json_array_size(scope); i++) {
		const json_t *place = json_array_get(scope, i);
		const char *kind =
		    json_string_value(json_object_get(place, "kind"));
		bool is_group = kind != NULL && strcmp(kind, "group") == 0;
		const char *name =
		    place_name(is_group ? names->groups : names->offices,
			json_string_value(json_object_get(place, "id")));
		char *longer = memory_format("%s%s%s%s", text,
		    i == 0 ? "" : ", ", is_group ? GROUP_PREFIX : "",
		    name != NULL ? name : "?");

		free(text);
		text = longer;
	}
	json_set_string(object, "scope", text);
}

/* Who may not see the places sees their ids. */
static json_t *
get_places(struct ctl *ctl, const char *path)
{
	scoped(memory_freep) char *code = NULL;
	json_t *list = NULL;

	if (client_try(ctl, "GET", path, NULL, &list, &code) != CTL_OK)
		return NULL;
	return list;
}

static struct place_names
get_names(struct ctl *ctl)
{
	return (struct place_names){get_places(ctl, OFFICES "?limit=500"),
	    get_places(ctl, GROUPS "?limit=500")};
}

static bool
is_limited(const json_t *object)
{
	return json_is_array(json_object_get(object, "scope"));
}

void
people_tell_scopes(struct ctl *ctl, json_t *objects)
{
	struct place_names names = {0};
	bool any = false;

	if (ctl_is_set(ctl, "json"))
		return;
	for (size_t i = 0; i < json_array_size(objects); i++)
		any |= is_limited(json_array_get(objects, i));
	if (any)
		names = get_names(ctl);
	for (size_t i = 0; i < json_array_size(objects); i++)
		tell_scope(&names, json_array_get(objects, i));
	place_names_done(&names);
}

void
people_tell_scope(struct ctl *ctl, json_t *object)
{
	struct place_names names = {0};

	if (ctl_is_set(ctl, "json"))
		return;
	if (is_limited(object))
		names = get_names(ctl);
	tell_scope(&names, object);
	place_names_done(&names);
}
