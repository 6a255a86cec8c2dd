/* user … and role …: who may do what. */
#include "ctl/find.h"
#include "ctl/people.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"
#include "ctl/change.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/secret.h"
#include "ctl/terminal.h"

#define USERS "/api/v1/users"
#define ROLES "/api/v1/roles"

static const struct table_column USER_LIST[] = {
    {"NAME", "name"},
    {"ROLE", "role.name"},
    {"SCOPE", "scope"},
    {"DISABLED", "is_disabled"},
    {"LOCKED UNTIL", "locked_until"},
    {"SECOND FACTOR", "two_factor"},
    {"LAST SIGN-IN", "last_sign_in_at"},
    {"ID", "id"},
};

static const struct table_column USER_ONE[] = {
    {"Name", "name"},
    {"Id", "id"},
    {"Role", "role.name"},
    {"Scope", "scope"},
    {"Disabled", "is_disabled"},
    {"Locked until", "locked_until"},
    {"Second factor", "two_factor"},
    {"Password must be changed", "must_change_password"},
    {"  changed", "password_changed_at"},
    {"Last sign-in", "last_sign_in_at"},
    {"Made", "created_at"},
    {"Version", "version"},
};

static const struct table_column ROLE_LIST[] = {
    {"NAME", "name"},
    {"USERS", "user_count"},
    {"API TOKENS", "api_token_count"},
    {"ALWAYS THERE AS", "built_in"},
    {"ID", "id"},
};

static const struct table_column ROLE_ONE[] = {
    {"Name", "name"},
    {"Id", "id"},
    {"Always there as", "built_in"},
    {"Users", "user_count"},
    {"API tokens", "api_token_count"},
    {"Computers", "levels.computers"},
    {"Inventory", "levels.inventory"},
    {"Software", "levels.software"},
    {"Enrolment", "levels.enrolment"},
    {"Offices", "levels.offices"},
    {"Groups", "levels.groups"},
    {"Users and roles", "levels.users"},
    {"API tokens of all", "levels.api_tokens"},
    {"Settings", "levels.settings"},
    {"Security settings", "levels.security"},
    {"Audit log", "levels.audit"},
    {"Events", "levels.events"},
    {"Version", "version"},
};

static const char *
find_named(const json_t *list, const char *name)
{
	const json_t *items = json_object_get(list, "items");

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *other =
		    json_string_value(json_object_get(item, "name"));

		if (other != NULL && strcasecmp(other, name) == 0)
			return json_string_value(json_object_get(item, "id"));
	}
	return NULL;
}

enum ctl_exit
people_find(struct ctl *ctl, const char *path, const char *noun,
    const char *id_or_name, char **out_id)
{
	scoped(json_freep) json_t *list = NULL;
	enum ctl_exit result;
	const char *id;

	if (id_is_valid(view_string(id_or_name))) {
		*out_id = memory_string(id_or_name);
		return CTL_OK;
	}
	result = client_list(ctl, path, &list);
	if (result != CTL_OK)
		return result;
	id = find_named(list, id_or_name);
	if (id == NULL) {
		ctl_complain("there is no %s \"%s\"", noun, id_or_name);
		return CTL_FAILED;
	}
	*out_id = memory_string(id);
	return CTL_OK;
}

enum ctl_exit
people_find_place(struct ctl *ctl, char **out_id)
{
	const char *office = ctl_value(ctl, "office");
	const char *group = ctl_value(ctl, "group");

	if (office != NULL && group != NULL)
		return ctl_misuse("give --office or --group, not both");
	if (office != NULL)
		return office_find(ctl, office, out_id);
	return group == NULL ? CTL_OK : group_find(ctl, group, out_id);
}

enum ctl_exit
people_add_role(struct ctl *ctl, json_t *body)
{
	const char *wanted = ctl_value(ctl, "role");
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result = CTL_OK;

	if (wanted != NULL)
		result = people_find(ctl, ROLES, "role", wanted, &id);
	if (id != NULL)
		json_set_string(body, "role_id", id);
	return result;
}

/* Users */

static enum ctl_exit
user_path(struct ctl *ctl, const char *rest, char **out_path)
{
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result =
	    people_find(ctl, USERS, "user", ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(USERS "/%s%s", id, rest);
	return result;
}

enum ctl_exit
user_list(struct ctl *ctl)
{
	scoped(json_freep) json_t *list = NULL;
	scoped(json_freep) json_t *filter = json_object();
	scoped(memory_freep) char *path = NULL;
	scoped(memory_freep) char *place = NULL;
	enum ctl_exit result = people_add_role(ctl, filter);

	if (result == CTL_OK)
		result = people_find_place(ctl, &place);
	if (result != CTL_OK)
		return result;
	path = client_path(USERS, "role_id",
	    json_string_value(json_object_get(filter, "role_id")), "search",
	    ctl_value(ctl, "search"), "place_id", place, "sort",
	    ctl_value(ctl, "sort"), NULL);
	result = client_list(ctl, path, &list);
	if (result != CTL_OK)
		return result;
	people_tell_scopes(ctl, json_object_get(list, "items"));
	output_list(ctl, USER_LIST, array_length(USER_LIST), list);
	return CTL_OK;
}

static enum ctl_exit
ask_and_show(
    struct ctl *ctl, const char *method, const char *path, const json_t *body)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = strcmp(method, "PATCH") == 0
	    ? change_now(ctl, method, path, body, &answer)
	    : client_ask(ctl, method, path, body, &answer);

	if (result != CTL_OK)
		return result;
	people_tell_scope(ctl, answer);
	output_one(ctl, USER_ONE, array_length(USER_ONE), answer);
	return CTL_OK;
}

enum ctl_exit
user_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = user_path(ctl, "", &path);

	return result != CTL_OK ? result : ask_and_show(ctl, "GET", path, NULL);
}

static enum ctl_exit
add_password(struct ctl *ctl, json_t *body, const char *member)
{
	scoped(secret_textp) char *wanted = NULL;
	struct err err = ERR_INIT;

	if (!ctl_get_new_password(ctl, &wanted, &err)) {
		ctl_complain("%s", err_sentence(&err));
		return CTL_FAILED;
	}
	json_set_string(body, member, wanted);
	return CTL_OK;
}

enum ctl_exit
user_create(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	enum ctl_exit result;

	if (!ctl_is_set(ctl, "role"))
		return ctl_misuse("say which role: --role ROLE");
	json_set_string(body, "name", ctl->arguments[0]);
	result = people_add_role(ctl, body);
	if (result == CTL_OK)
		result = people_add_scope(ctl, body);
	if (result == CTL_OK)
		result = add_password(ctl, body, "password");
	return result != CTL_OK ? result
				: ask_and_show(ctl, "POST", USERS, body);
}

enum ctl_exit
user_update(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(memory_freep) char *path = NULL;
	const char *name = ctl_value(ctl, "name");
	bool disable = ctl_is_set(ctl, "disable");
	bool enable = ctl_is_set(ctl, "enable");
	enum ctl_exit result;

	if (disable && enable)
		return ctl_misuse("give --disable or --enable, not both");
	if (disable || enable)
		json_set_bool(body, "is_disabled", disable);
	if (name != NULL)
		json_set_string(body, "name", name);
	result = people_add_role(ctl, body);
	if (result == CTL_OK)
		result = people_add_scope(ctl, body);
	if (result != CTL_OK)
		return result;
	if (json_object_size(body) == 0)
		return ctl_misuse("say what to change: --name, --role, "
				  "--scope, --disable or --enable");
	result = user_path(ctl, "", &path);
	return result != CTL_OK ? result
				: ask_and_show(ctl, "PATCH", path, body);
}

enum ctl_exit
user_password(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = user_path(ctl, "/password", &path);

	if (result == CTL_OK)
		result = add_password(ctl, body, "new_password");
	if (result == CTL_OK)
		result = client_ask(ctl, "PUT", path, body, NULL);
	if (result == CTL_OK)
		ctl_say(ctl,
		    "The password is another; it must be changed at the next "
		    "sign-in.");
	return result;
}

enum ctl_exit
user_delete(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = user_path(ctl, "", &path);

	return result != CTL_OK ? result : change_delete(ctl, "user", path);
}

/* Roles */

static enum ctl_exit
role_path(struct ctl *ctl, char **out_path)
{
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result =
	    people_find(ctl, ROLES, "role", ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(ROLES "/%s", id);
	return result;
}

enum ctl_exit
role_list(struct ctl *ctl)
{
	return output_get_list(ctl, ROLES, ROLE_LIST, array_length(ROLE_LIST));
}

enum ctl_exit
role_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = role_path(ctl, &path);

	return result != CTL_OK
	    ? result
	    : output_get_one(ctl, path, ROLE_ONE, array_length(ROLE_ONE));
}

/* "computers=full,events=read": the server knows the words. */
static enum ctl_exit
add_levels(struct ctl *ctl, json_t *body)
{
	struct view rest = view_string(ctl_value(ctl, "levels")), pair;
	json_t *levels;

	if (!ctl_is_set(ctl, "levels"))
		return CTL_OK;
	levels = json_object();
	json_set_value(body, "levels", levels);
	while (rest.length > 0) {
		struct view name, word;
		scoped(memory_freep) char *module = NULL;
		scoped(memory_freep) char *level = NULL;

		view_cut(rest, ',', &pair, &rest);
		if (!view_cut(pair, '=', &name, &word))
			return ctl_misuse("--levels is MODULE=LEVEL,… as in "
					  "computers=write,events=read");
		module = view_to_string(view_trim(name));
		level = view_to_string(view_trim(word));
		json_set_string(levels, module, level);
	}
	return CTL_OK;
}

static enum ctl_exit
send_role(
    struct ctl *ctl, const char *method, const char *path, const json_t *body)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = strcmp(method, "PATCH") == 0
	    ? change_now(ctl, method, path, body, &answer)
	    : client_ask(ctl, method, path, body, &answer);

	if (result == CTL_OK)
		output_one(ctl, ROLE_ONE, array_length(ROLE_ONE), answer);
	return result;
}

enum ctl_exit
role_create(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	enum ctl_exit result;

	if (!ctl_is_set(ctl, "levels"))
		return ctl_misuse("say what it may do: --levels "
				  "MODULE=LEVEL,…");
	json_set_string(body, "name", ctl->arguments[0]);
	result = add_levels(ctl, body);
	return result != CTL_OK ? result : send_role(ctl, "POST", ROLES, body);
}

enum ctl_exit
role_update(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(memory_freep) char *path = NULL;
	const char *name = ctl_value(ctl, "name");
	enum ctl_exit result = add_levels(ctl, body);

	if (name != NULL)
		json_set_string(body, "name", name);
	if (result != CTL_OK)
		return result;
	if (json_object_size(body) == 0)
		return ctl_misuse("say what to change: --levels or --name");
	result = role_path(ctl, &path);
	return result != CTL_OK ? result : send_role(ctl, "PATCH", path, body);
}

enum ctl_exit
role_delete(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = role_path(ctl, &path);

	return result != CTL_OK ? result : change_delete(ctl, "role", path);
}
