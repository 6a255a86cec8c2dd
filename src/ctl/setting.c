/* setting …: what Administrators set while the server runs. */
#include <string.h>

#include "base/memory.h"
#include "ctl/change.h"
#include "ctl/client.h"
#include "ctl/output.h"

static const struct table_column SECURITY[] = {
    {"password_minimum_length", "password_minimum_length"},
    {"password_history", "password_history"},
    {"lockout_attempts", "lockout_attempts"},
    {"lockout_minutes", "lockout_minutes"},
    {"session_idle_minutes", "session_idle_minutes"},
    {"  in force, seconds", "in_force.session_idle_seconds"},
    {"session_longest_hours", "session_longest_hours"},
    {"  in force, seconds", "in_force.session_longest_seconds"},
    {"Version", "version"},
};

static const struct table_column SERVER[] = {
    {"refresh_minutes", "refresh_minutes"},
    {"  in force, seconds", "in_force.refresh_seconds"},
    {"Names (configuration file)", "file.names"},
    {"HTTP port (configuration file)", "file.http_port"},
    {"HTTPS port (configuration file)", "file.https_port"},
    {"Agent port (configuration file)", "file.agent_port"},
    {"Version", "version"},
};

static const struct group {
	const char *name;
	const char *path;
	const struct table_column *columns;
	size_t column_count;
} GROUPS[] = {
    {"security", "/api/v1/settings/security", SECURITY, array_length(SECURITY)},
    {"server", "/api/v1/settings/server", SERVER, array_length(SERVER)},
};

static const struct group *
find_group(const char *name)
{
	for (size_t i = 0; i < array_length(GROUPS); i++)
		if (strcmp(GROUPS[i].name, name) == 0)
			return &GROUPS[i];
	ctl_complain("there are the settings \"security\" and \"server\", not "
		     "\"%s\"",
	    name);
	return NULL;
}

/* A list as one text, for the table. */
static void
join_names(struct ctl *ctl, json_t *answer)
{
	json_t *file = json_object_get(answer, "file");
	const json_t *names = json_object_get(file, "names");
	scoped(memory_freep) char *text = memory_string("");

	if (names == NULL || ctl_is_set(ctl, "json"))
		return;
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		char *longer = memory_format("%s%s%s", text, i == 0 ? "" : ", ",
		    name != NULL ? name : "?");

		free(text);
		text = longer;
	}
	json_set_string(file, "names", text);
}

static enum ctl_exit
ask_and_show(struct ctl *ctl, const struct group *group, const char *method,
    const json_t *body)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = body != NULL
	    ? change_now(ctl, method, group->path, body, &answer)
	    : client_ask(ctl, method, group->path, NULL, &answer);

	if (result != CTL_OK)
		return result;
	join_names(ctl, answer);
	output_one(ctl, group->columns, group->column_count, answer);
	return CTL_OK;
}

enum ctl_exit
setting_show(struct ctl *ctl)
{
	const struct group *group = find_group(ctl->arguments[0]);

	return group == NULL ? CTL_USAGE
			     : ask_and_show(ctl, group, "GET", NULL);
}

/* "NAME=NUMBER", "NAME=yes" or "NAME=file": the server knows names and bounds.
 */
static enum ctl_exit
add_wish(const char *text, json_t *body)
{
	struct view name, word;
	scoped(memory_freep) char *member = NULL;
	uint64_t number;

	if (!view_cut(view_string(text), '=', &name, &word))
		return ctl_misuse("\"%s\" is not NAME=VALUE", text);
	member = view_to_string(name);
	if (view_equal_string(word, "file"))
		json_set_value(body, member, json_null());
	else if (view_equal_string(word, "yes") ||
	    view_equal_string(word, "no"))
		json_set_bool(body, member, view_equal_string(word, "yes"));
	else if (view_to_u64(word, INT32_MAX, &number))
		json_set_integer(body, member, (int64_t)number);
	else
		return ctl_misuse(
		    "\"%s\": the value is a number, yes, no or file", text);
	return CTL_OK;
}

enum ctl_exit
setting_set(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	const struct group *group = find_group(ctl->arguments[0]);
	enum ctl_exit result = group == NULL ? CTL_USAGE : CTL_OK;

	for (size_t i = 1; result == CTL_OK && i < ctl->argument_count; i++)
		result = add_wish(ctl->arguments[i], body);
	return result != CTL_OK ? result
				: ask_and_show(ctl, group, "PATCH", body);
}
